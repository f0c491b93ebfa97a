"""The simulated bundle: the table of components as manifests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bedplate.errors import Owner, PermanentError
from bedplate.ports.components import Component, Release
from bedplate.simulation.component_table import REGISTRY, TABLE, Bill, Definition, Workload
from bedplate.simulation.fields import Obj

PROVIDER_LABEL = "cluster.x-k8s.io/provider"
CLUSTERCTL_LABEL = "clusterctl.cluster.x-k8s.io"
IRREGULAR: Mapping[str, str] = {
    "Bundles": "bundles",
    "EKSARelease": "eksareleases",
    "GitRepository": "gitrepositories",
    "HelmRepository": "helmrepositories",
    "IPAddress": "ipaddresses",
    "OCIRepository": "ocirepositories",
}


class SimulatedComponents:
    """The components of the simulated bundle; `versions` take the place of those in the table."""

    def __init__(self, versions: Mapping[Component, str] | None = None) -> None:
        self._versions = versions or {}

    def release(self, component: Component) -> Release:
        """Return a component's release, its objects in the order to apply them."""
        bill = TABLE.get(component)
        if bill is None:
            raise PermanentError(
                "BUNDLE_MISSING",
                f"the simulated bundle has no {component}",
                why="nothing says which version of it to install",
                remedy="use a site whose bundle has it",
                owner=Owner.PLATFORM,
            )
        bill = replace(bill, version=self._versions.get(component, bill.version))
        return Release(component, bill.version, tuple(_manifests(component, bill)))


def _manifests(component: Component, bill: Bill) -> Iterator[Obj]:
    labels = {PROVIDER_LABEL: bill.provider, CLUSTERCTL_LABEL: ""} if bill.provider else {}
    if bill.namespace != "kube-system":
        yield _object("v1", "Namespace", bill.namespace, "", labels)
    for definition in bill.definitions:
        for kind in definition.kinds:
            yield _definition(definition, kind, labels)
    for workload in bill.workloads:
        yield _object("v1", "ServiceAccount", workload.name, bill.namespace, labels)
    if component is Component.VSPHERE_CSI:
        driver = _object("storage.k8s.io/v1", "CSIDriver", "csi.vsphere.vmware.com", "", labels)
        yield {**driver, "spec": {"attachRequired": True, "podInfoOnMount": False}}
    for workload in bill.workloads:
        yield _workload(bill, workload, labels)


def _object(version: str, kind: str, name: str, namespace: str, labels: Mapping[str, str]) -> Obj:
    metadata: Obj = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = dict(labels)
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def plural(kind: str) -> str:
    """Return the plural by which a kind's definition is named."""
    name = kind.lower()
    if kind in IRREGULAR:
        return IRREGULAR[kind]
    return f"{name}es" if name.endswith(("s", "ss")) else f"{name}s"


def _definition(definition: Definition, kind: str, labels: Mapping[str, str]) -> Obj:
    names = plural(kind)
    stored = definition.versions[-1]
    own = {**labels, **dict.fromkeys(definition.labels, "")}
    if PROVIDER_LABEL in labels:
        own |= {"cluster.x-k8s.io/v1beta2": "_".join(definition.versions)}
    crd = _object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        f"{names}.{definition.group}",
        "",
        own,
    )
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    crd["spec"] = {
        "group": definition.group,
        "names": {
            "kind": kind,
            "listKind": f"{kind}List",
            "plural": names,
            "singular": kind.lower(),
        },
        "scope": "Cluster" if definition.cluster_scoped else "Namespaced",
        "versions": [
            {
                "name": version,
                "served": True,
                "storage": version == stored,
                "schema": schema,
                "subresources": {"status": {}},
            }
            for version in definition.versions
        ],
    }
    return crd


def _workload(bill: Bill, workload: Workload, labels: Mapping[str, str]) -> Obj:
    selector = {"app.kubernetes.io/name": workload.name}
    obj = _object("apps/v1", workload.kind, workload.name, bill.namespace, {**labels, **selector})
    pod: Obj = {
        "serviceAccountName": workload.name,
        "containers": [{"name": "manager", "image": f"{REGISTRY}/{workload.image}:{bill.version}"}],
    }
    if workload.host_network:
        pod["hostNetwork"] = True
    obj["spec"] = {
        "selector": {"matchLabels": selector},
        "template": {"metadata": {"labels": selector}, "spec": pod},
    }
    if workload.kind == "Deployment":
        obj["spec"]["replicas"] = 1
    return obj
