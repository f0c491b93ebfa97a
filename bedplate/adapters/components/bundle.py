"""The components of a chosen bundle, fetched once and made ready to apply."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bedplate.adapters.components import inventory
from bedplate.adapters.components.charts import Charts, Registry, Rendering
from bedplate.adapters.components.cilium import cilium_values, preflight_values
from bedplate.adapters.components.images import with_images
from bedplate.adapters.components.manifests import complete, in_order, namespace_of, parse
from bedplate.adapters.components.sources import Source, source_of
from bedplate.adapters.components.variables import SECRETS, VALUES, substituted, with_secrets
from bedplate.bundles import ChosenBundle
from bedplate.bundles.artifacts import Manifest as Published
from bedplate.bundles.source import Source as Reader
from bedplate.bundles.source import beside
from bedplate.capi import kinds, objects
from bedplate.capi.rendering.mirror import mirror_map
from bedplate.errors import Owner, PermanentError
from bedplate.ports.components import Component, Release
from bedplate.ports.kube import Manifest
from bedplate.ports.vault import Vault
from bedplate.spec import ClusterSpec

KUBE_SYSTEM = "kube-system"


@dataclass(frozen=True, slots=True)
class Reach:
    """What components are read through: manifests, charts, and the registry of charts."""

    manifests: Reader
    charts: Charts
    registry: Callable[[], Registry]


class BundleComponents:
    """The components of one cluster's bundle.

    `bundle` is asked for when the first component is. Credentials are read from the vault whenever
    a release that holds them is asked for, and kept nowhere.
    """

    def __init__(
        self, spec: ClusterSpec, bundle: Callable[[], ChosenBundle], reach: Reach, vault: Vault
    ) -> None:
        self._spec = spec
        self._bundle = bundle
        self._reach = reach
        self._vault = vault
        self._mirror = mirror_map(spec)
        self._known: dict[Component, Release] = {}
        self._lock = threading.Lock()

    def release(self, component: Component) -> Release:
        """Return a component's release.

        Raises PermanentError BUNDLE_MISSING, COMPONENT_…, AUTH_MISSING, and what reading raises.
        """
        with self._lock:
            if component not in self._known:
                self._known[component] = self._made(component)
            found = self._known[component]
        if component is not Component.VSPHERE:
            return found
        filled = tuple(map(self._with_login, found.manifests))
        return Release(found.component, found.version, filled)

    def _made(self, component: Component) -> Release:
        bundle = self._bundle()
        if component in (Component.CILIUM, Component.CILIUM_PREFLIGHT):
            return self._cilium(component, bundle)
        source = source_of(component, bundle.management)
        if source is None:
            raise _missing(component)
        parsed = self._parsed(source.manifest, bundle)
        if source.also:
            parsed = (*self._parsed(Published(uri=source.also), bundle), *parsed)
        return self._from_manifest(component, source, parsed)

    def _parsed(self, manifest: Published, bundle: ChosenBundle) -> Sequence[Manifest]:
        uri = beside(bundle.source, manifest.uri)
        return parse(substituted(self._read(manifest, uri), VALUES, uri), uri)

    def _from_manifest(
        self, component: Component, source: Source, parsed: Sequence[Manifest]
    ) -> Release:
        namespace = namespace_of(parsed, source.namespace or KUBE_SYSTEM)
        made = [
            with_images(complete(one, namespace), source.images, self._mirror) for one in parsed
        ]
        if source.entry is not None:
            made = [inventory.labelled(one, source.entry) for one in made]
            made.append(inventory.entry_object(source.entry, source.version, namespace))
        if component is Component.CLUSTER_API:
            made.append(inventory.definition())
        if component is Component.CERT_MANAGER:
            made = [inventory.of_cert_manager(one, source.version) for one in made]
        return Release(component, source.version, in_order(made))

    def _read(self, manifest: Published, uri: str) -> str:
        content = self._reach.manifests.read(uri)
        wanted, found = manifest.sha256, hashlib.sha256(content).hexdigest()
        if wanted and wanted != found:
            raise _other(uri, wanted, found)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise PermanentError(
                "COMPONENT_UNREADABLE",
                f"{uri}: byte {error.start} is not UTF-8",
                why="a component is a YAML text of Kubernetes objects",
                remedy="check the address, and what answers there",
                owner=Owner.PLATFORM,
            ) from error

    def _cilium(self, component: Component, bundle: ChosenBundle) -> Release:
        version = self._spec.kubernetes_version
        part = bundle[version].bundle
        chart = part.cilium.helm_chart
        if not chart.uri:
            raise _missing(component)
        make = cilium_values if component is Component.CILIUM else preflight_values
        values = make(self._spec, part, self._mirror)
        where = (
            chart.repository if self._mirror is None else self._mirror.mirrored(chart.repository)
        )
        rendering = Rendering("cilium", KUBE_SYSTEM, version, values)
        text = self._reach.charts.render(chart, where, rendering, self._reach.registry())
        made = [complete(one, KUBE_SYSTEM) for one in parse(text, f"the chart {where}")]
        return Release(component, part.cilium.version, in_order(made))

    def _with_login(self, manifest: Manifest) -> Manifest:
        if objects.kind(manifest) != kinds.SECRET:
            return manifest
        return with_secrets(manifest, {name: self._secret(key) for name, key in SECRETS.items()})

    def _secret(self, name: str) -> str:
        found = self._vault.get(name)
        if found is None:
            raise PermanentError(
                "AUTH_MISSING",
                f"the vault holds no {name!r}",
                why="the controllers need it to log in",
                remedy="name the user in EKSA_VSPHERE_USERNAME and EKSA_VSPHERE_PASSWORD, then"
                " run the same command again",
                owner=Owner.PLATFORM,
            )
        return found


_INSTEAD = {
    Component.FLUX: "leave gitOpsRef out of the Cluster",
    Component.PACKAGES: "the cluster is made without their controller: set spec.packages.disable:"
    " true in the Cluster, or install it afterwards: eksctl anywhere install packagecontroller",
    Component.VSPHERE_CSI: "machines get the policy, the cluster no storage class: install the"
    " vSphere CSI driver on the finished cluster",
}


def _missing(component: Component) -> PermanentError:
    return PermanentError(
        "BUNDLE_MISSING",
        f"the bundle brings no {component} that can be installed",
        why="nothing says which version of it to install, or from where",
        remedy=_INSTEAD.get(component, "use a bundle as it was published"),
        owner=Owner.SPEC_AUTHOR if component in _INSTEAD else Owner.PLATFORM,
    )


def _other(uri: str, wanted: str, found: str) -> PermanentError:
    return PermanentError(
        "DIGEST_MISMATCH",
        f"{uri} has the sha256 {found}, its address says {wanted}",
        why="the file is not the one that was published, or was cut on its way",
        remedy="publish it again; where it stays so, check the proxy",
        owner=Owner.PLATFORM,
    )
