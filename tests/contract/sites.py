"""The sites that the contract tests run against; one built of real parts is one more row here."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bedplate.adapters.kubernetes import LiveKube
from bedplate.adapters.vsphere import LiveVCenter
from bedplate.ports.components import Component
from bedplate.ports.kube import JSON, Kind, Kube, Reach, Ref, Side
from bedplate.ports.tools import Ports
from bedplate.simulation import SimulatedSite
from bedplate.simulation.bundle import eksd_name
from bedplate.simulation.inventory import THUMBPRINT
from bedplate.spec import ClusterSpec, load_text
from lab.apiserver import ApiServer
from tests.vcsim import PASSWORD, TEMPLATES, USER, Vcsim

EXAMPLES = Path(__file__).parents[2] / "examples"
SITES: dict[str, Callable[[Path], SimulatedSite]] = {"simulated": SimulatedSite}
# The sites whose vCenter is another's: these the tests of the vCenter ask for by name.
VCENTERS = ("simulated", "vcsim")
# The sites whose API servers are another's. The tests on the real one share it, so they take turns.
KUBES = ("simulated", pytest.param("apiserver", marks=pytest.mark.xdist_group("apiserver")))

NAMESPACE = "eksa-system"
CONFIG_MAP = Kind("v1", "ConfigMap")
SECRET = Kind("v1", "Secret")
CLUSTER = Kind("cluster.x-k8s.io/v1beta2", "Cluster")


@pytest.fixture(params=sorted(SITES))
def site(request, tmp_path) -> SimulatedSite:
    """A site that nobody has used yet."""
    if request.param == "vcsim":
        return VcsimSite(tmp_path / "site", request.getfixturevalue("vcsim"))
    if request.param == "apiserver":
        return ApiServerSite(tmp_path / "site", request.getfixturevalue("apiserver"))
    return SITES[request.param](tmp_path / "site")


class VcsimSite(SimulatedSite):
    """A simulated site whose vCenter is the simulator of lab/vcsim, by the real adapter."""

    def __init__(self, state: Path, vcsim: Vcsim) -> None:
        super().__init__(state)
        self.vcsim = vcsim
        self.vault.put("vcenter/username", USER)
        self.vault.put("vcenter/password", PASSWORD)
        for version in ("1.33", "1.34"):
            tags = ["os:ubuntu", f"eksdRelease:{eksd_name(version)}"]
            vcsim.template(f"{TEMPLATES}/ubuntu-2204-kube-v{version}", tags=tags)

    def open(self, spec: ClusterSpec) -> Ports:
        ports = super().open(spec)
        return replace(ports, vcenter=LiveVCenter(self.vcsim.access(), self.vault))


class ApiServerSite(SimulatedSite):
    """A simulated site whose clusters share a real API server, by the real adapter.

    A second of the site takes a fiftieth of a real one, which is still longer than what is waited
    for takes.
    """

    def __init__(self, state: Path, apiserver: ApiServer) -> None:
        super().__init__(state, pace=0.02)
        self.apiserver = apiserver

    def open(self, spec: ClusterSpec) -> Ports:
        ports = super().open(spec)

        def of_kind() -> str | None:
            exists = ports.bootstrap.exists(kind_name(spec))
            return self.apiserver.kubeconfig if exists else None

        bootstrap = LiveKube(of_kind)
        cluster = LiveKube(lambda: self.vault.get(f"{spec.name}/kubeconfig"))
        return replace(ports, kube={Side.BOOTSTRAP: bootstrap, Side.CLUSTER: cluster})


@pytest.fixture
def spec(site) -> ClusterSpec:
    """A cluster with external etcd, which pins the certificate of the site's vCenter."""
    text = (EXAMPLES / "vsphere-standalone.yaml").read_text()
    if isinstance(site, VcsimSite):
        text = text.replace(THUMBPRINT, site.vcsim.thumbprint)
    return load_text(text)


@pytest.fixture
def ports(site, spec) -> Ports:
    """The ports of one cluster at the site."""
    return site.open(spec)


@pytest.fixture
def kube(ports, spec) -> Kube:
    """A bootstrap cluster's API server that answers, with one namespace to work in."""
    ports.bootstrap.create(kind_name(spec), {})
    api = ports.kube[Side.BOOTSTRAP]
    wait(ports, lambda: api.reach() is Reach.ANSWERS)
    api.apply(*thing("v1", "Namespace", NAMESPACE, namespace=""))
    return api


@pytest.fixture
def defined(kube, ports) -> Kube:
    """The same, serving the kinds of Cluster API."""
    for manifest in ports.components.release(Component.CLUSTER_API).manifests:
        if manifest["kind"] == "CustomResourceDefinition":
            kube.apply(ref_of(manifest), manifest)
    wait(ports, lambda: kube.list(CLUSTER) == [])
    return kube


def kind_name(spec: ClusterSpec) -> str:
    return f"{spec.name}-eks-a-cluster"


def wait(ports: Ports, ready: Callable[[], bool], seconds: float = 600, poll: float = 5) -> None:
    """Let time pass at the site until something is so."""
    deadline = ports.clock.now() + seconds
    while not ready():
        assert ports.clock.now() < deadline, "waited too long"
        ports.clock.sleep(poll)


def ref_of(manifest) -> Ref:
    metadata = manifest["metadata"]
    kind = Kind(manifest["apiVersion"], manifest["kind"])
    return Ref(kind, metadata.get("namespace", ""), metadata["name"])


def thing(
    version: str, kind: str, name: str, *, namespace: str = NAMESPACE, **body: Any
) -> tuple[Ref, dict[str, Any]]:
    """Return an object's address and its manifest; keywords of metadata go there."""
    metadata: dict[str, JSON] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    for field in ("labels", "annotations", "finalizers", "ownerReferences", "uid"):
        if field in body:
            metadata[field] = body.pop(field)
    manifest = {"apiVersion": version, "kind": kind, "metadata": metadata, **body}
    return Ref(Kind(version, kind), namespace, name), manifest


def config_map(name: str, **body: Any) -> tuple[Ref, dict[str, Any]]:
    return thing("v1", "ConfigMap", name, **body)


def capi_cluster(name: str, **body: Any) -> tuple[Ref, dict[str, Any]]:
    return thing(CLUSTER.api_version, "Cluster", name, **body)


def owner(manifest, **changes: JSON) -> dict[str, JSON]:
    """Return an owner reference to a stored object."""
    return {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "name": manifest["metadata"]["name"],
        "uid": manifest["metadata"]["uid"],
        **changes,
    }
