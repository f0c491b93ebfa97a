"""A site of real parts: KinD on a Docker engine, a vCenter, and API servers over the network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bedplate.adapters.backups import FolderBackups
from bedplate.adapters.clock import SystemClock
from bedplate.adapters.components import BundleComponents, Charts, Reach, Registry
from bedplate.adapters.docker_host import DockerEngine
from bedplate.adapters.files import FileVault, FolderFiles
from bedplate.adapters.kind import KindClusters
from bedplate.adapters.kubernetes import EtcdOfPods, LiveKube
from bedplate.adapters.members import LiveMembers, Login, Ssh
from bedplate.adapters.network import SystemNetwork
from bedplate.adapters.no_git import NoGit
from bedplate.adapters.redaction import RememberingVault
from bedplate.adapters.vsphere import Access, LiveVCenter
from bedplate.bundles import ChosenBundle
from bedplate.bundles.resolve import Demand, resolve
from bedplate.bundles.source import Source
from bedplate.capi import names
from bedplate.capi.rendering.mirror import mirror_map
from bedplate.capi.rendering.proxy import no_proxy
from bedplate.ports.kube import Side
from bedplate.ports.tools import Ports
from bedplate.ports.vault import Vault
from bedplate.providers.keys import vault_name
from bedplate.providers.logins import REGISTRY, require_login
from bedplate.providers.vsphere.reading import datacenter_of
from bedplate.sites.choice import fetcher_for, request_for
from bedplate.sites.site import SiteConfig
from bedplate.spec import ClusterSpec


def vault_of(config: SiteConfig) -> FileVault:
    """Return the vault of a real site: files in its folder."""
    return FileVault(config.state / "vault")


class LiveSite:
    """Real parts. The bundle of a specification is resolved and verified once."""

    def __init__(
        self, config: SiteConfig, given: Mapping[str, str], warn: Callable[[str], None]
    ) -> None:
        self._config = config
        self._live = config.live
        self._warn = warn
        self._vault = RememberingVault(_Given(given, vault_of(config)))
        self._bundles: dict[str, ChosenBundle] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name under which runs record the site."""
        return self._config.name

    def open(self, spec: ClusterSpec) -> Ports:
        """Return the ports for one cluster; raises PermanentError PROVIDER_MISMATCH."""
        docker, state, vault = self._live.docker, self._config.state, self._vault
        kind = KindClusters(
            self._live.programs.kind,
            docker.host,
            state / "kind",
            network=docker.network,
            variables=_proxy(spec),
        )
        manager = {}
        if not spec.self_managed:
            manager[Side.MANAGEMENT] = self._known(spec.management_cluster)
        own = self._known(spec.name)
        etcd = EtcdOfPods(
            spec.name,
            own,
            manager.get(Side.MANAGEMENT, own),
            lambda: vault.get(names.vault_kubeconfig(spec.name)),
        )
        return Ports(
            clock=SystemClock(),
            kube={
                Side.BOOTSTRAP: LiveKube(
                    partial(kind.kubeconfig, names.bootstrap_cluster(spec.name))
                ),
                Side.CLUSTER: own,
                **manager,
            },
            bootstrap=kind,
            vcenter=LiveVCenter(self._access(spec), vault),
            network=SystemNetwork(ca_file=self._live.bundle.ca_file),
            host=DockerEngine(docker.host),
            git=NoGit(),
            vault=vault,
            files=FolderFiles(state / "clusters" / spec.name),
            components=self._components(spec),
            backups=FolderBackups(self._config.backups_of(spec.name), etcd.snapshot),
            members=self._members(spec),
        )

    def _known(self, cluster: str) -> LiveKube:
        """The API server of a cluster whose kubeconfig the vault holds; its create kept it."""
        return LiveKube(lambda: self._vault.get(names.vault_kubeconfig(cluster)))

    def bundle(self, spec: ClusterSpec) -> ChosenBundle:
        """Return the bundle that the site's choice and the specification lead to."""
        with self._lock:
            known = spec.fingerprint()
            if known not in self._bundles:
                request = request_for(self._live.bundle, spec, Demand.REQUIRE)
                self._bundles[known] = resolve(self._fetcher(spec), request)
            return self._bundles[known]

    def _members(self, spec: ClusterSpec) -> LiveMembers:
        programs = self._live.programs
        ssh = Ssh(programs.ssh, self._config.state / "ssh", lambda: self._login(spec))
        return LiveMembers(ssh, etcdutl=programs.etcdutl)

    def _login(self, spec: ClusterSpec) -> Login:
        """The first user of the control plane's machines; the key is the one that was left to us.

        Or the user's own, which somebody may have put into its place.
        """
        users = spec.machine_config(spec.control_plane.machine_group_ref).spec.users
        user = users[0].name if users else "root"
        return Login(user, self._vault.get(vault_name(spec.name)))

    def _fetcher(self, spec: ClusterSpec) -> Source:
        return fetcher_for(self._live.bundle, spec, self._config.state / "cache", self._warn)

    def _components(self, spec: ClusterSpec) -> BundleComponents:
        charts = Charts(self._live.programs.helm, self._config.state / "helm", _proxy(spec))
        reach = Reach(self._fetcher(spec), charts, lambda: self._registry(spec))
        return BundleComponents(spec, lambda: self.bundle(spec), reach, self._vault)

    def _registry(self, spec: ClusterSpec) -> Registry:
        """Charts come from the specification's mirror, as its user, else from where they are."""
        choice, mirror = self._live.bundle, spec.cluster.spec.registry_mirror_configuration
        asks = mirror is not None and mirror.authenticate
        places = mirror_map(spec)
        return Registry(
            ca_file=Path(choice.ca_file) if choice.ca_file else None,
            plain_hosts=frozenset(choice.plain_hosts),
            insecure=mirror is not None and bool(mirror.insecure_skip_verify),
            host=places.base if places is not None else "",
            login=require_login(self._vault, REGISTRY) if asks else None,
        )

    def _access(self, spec: ClusterSpec) -> Access:
        settings = datacenter_of(spec).spec
        return Access(
            settings.server,
            thumbprint=settings.thumbprint,
            insecure=settings.insecure,
            datacenter=settings.datacenter,
            state=self._config.state,
        )


def _proxy(spec: ClusterSpec) -> Mapping[str, str]:
    """Return the specification's proxy as programs read it; nothing without one."""
    given = spec.cluster.spec.proxy_configuration
    if given is None:
        return {}
    direct = ",".join(no_proxy(spec))
    return {
        "HTTP_PROXY": given.http_proxy,
        "HTTPS_PROXY": given.https_proxy,
        "NO_PROXY": direct,
    }


class _Given:
    """A vault before which secrets count that were given to this process."""

    def __init__(self, given: Mapping[str, str], vault: Vault) -> None:
        self._given = given
        self._vault = vault

    def get(self, name: str) -> str | None:
        return self._given.get(name) or self._vault.get(name)

    def put(self, name: str, text: str) -> None:
        self._vault.put(name, text)

    def delete(self, name: str) -> None:
        self._vault.delete(name)
