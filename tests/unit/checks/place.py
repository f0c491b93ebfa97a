"""A simulated site to look at, specifications to look for, and clusters made by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from bedplate.bundles import ChosenBundle
from bedplate.checks import Check, Finding, Scene, Severity
from bedplate.ports.components import Component
from bedplate.ports.kube import Kind, Kube, Reach, Ref, Side
from bedplate.simulation import SimulatedSite
from bedplate.spec import ClusterSpec, load_text

EXAMPLES = Path(__file__).parents[3] / "examples"
NAMESPACE = "eksa-system"
ANYWHERE = "anywhere.eks.amazonaws.com/v1alpha1"
Documents = dict[str, Any]
Edit = Callable[[Documents], object]


def spec_of(*edits: Edit, example: str = "vsphere-standalone") -> ClusterSpec:
    """Return an example's specification after edits; each gets the documents by `Kind/name`."""
    text = (EXAMPLES / f"{example}.yaml").read_text()
    found = [document for document in yaml.safe_load_all(text) if document]
    documents = {f"{one['kind']}/{one['metadata']['name']}": one for one in found}
    documents["Cluster"] = documents["Cluster/w01"]
    for edit in edits:
        edit(documents)
    del documents["Cluster"]
    return load_text(yaml.safe_dump_all(documents.values()), "w01.yaml")


def setting(path: str, value: object) -> Edit:
    """Return the edit that sets a field of the Cluster's spec."""

    def edit(documents: Documents) -> None:
        *parents, last = path.split(".")
        place = documents["Cluster"]["spec"]
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        place[last] = value

    return edit


def bottlerocket(documents: Documents) -> None:
    """Let every machine run Bottlerocket."""
    for name, document in documents.items():
        if name.startswith("VSphereMachineConfig/"):
            document["spec"]["osFamily"] = "bottlerocket"
            document["spec"]["users"] = [{"name": "ec2-user", "sshAuthorizedKeys": [""]}]


class Place:
    """A site, and one scene after another in it."""

    def __init__(self, state: Path) -> None:
        self.site = SimulatedSite(state)
        self.world = self.site.world
        self.vault = self.site.vault
        self.kube: dict[Side, Kube] = {}

    def scene(self, spec: ClusterSpec, bundle: ChosenBundle | None = None, **changes: Any) -> Scene:
        ports = self.site.open(spec)
        scene = Scene(
            spec=spec,
            bundle=bundle or self.site.bundle(spec),
            clock=ports.clock,
            network=ports.network,
            host=ports.host,
            vcenter=ports.vcenter,
            vault=ports.vault,
            kube=self.kube,
            git=ports.git,
        )
        return replace(scene, **changes) if changes else scene

    def api_server(self, spec: ClusterSpec, side: Side, *components: Component) -> Any:
        """Return an API server that serves the components' kinds, and let scenes have it."""
        ports = self.site.open(spec)
        kube = ports.kube[Side.BOOTSTRAP]
        ports.bootstrap.create(f"{spec.name}-eks-a-cluster", {})
        while kube.reach() is not Reach.ANSWERS:
            ports.clock.sleep(5)
        put(kube, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        for component in components:
            for manifest in ports.components.release(component).manifests:
                if manifest["kind"] == "CustomResourceDefinition":
                    put(kube, manifest)
        ports.clock.sleep(30)
        self.kube[side] = kube
        return kube


def put(kube: Kube, manifest: Mapping[str, Any]) -> None:
    """Make an object exactly so, with its status; one that is there is replaced."""
    ref = ref_of(manifest)
    kube.delete(ref)
    kube.create(ref, manifest)


def ref_of(manifest: Mapping[str, Any]) -> Ref:
    metadata = manifest["metadata"]
    kind = Kind(manifest["apiVersion"], manifest["kind"])
    return Ref(kind, metadata.get("namespace", ""), metadata["name"])


def thing(
    version: str, kind: str, name: str, *, namespace: str = NAMESPACE, **body: Any
) -> dict[str, Any]:
    """Return a manifest; `labels` and `annotations` go into the metadata."""
    metadata: dict[str, Any] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    for field in ("labels", "annotations", "finalizers"):
        if field in body:
            metadata[field] = body.pop(field)
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}


def changed(manifest: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy of a manifest with one field set."""
    made: dict[str, Any] = copy.deepcopy(dict(manifest))
    *parents, last = path.split(".")
    place = made
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return made


def one(checks: Sequence[Check], name: str) -> Check:
    """Return the check of a name; there is exactly one."""
    (found,) = (check for check in checks if check.name == name)
    return found


def blocks(findings: Sequence[Finding]) -> list[str]:
    """Return the targets of the findings that stop the operation."""
    return [finding.target for finding in findings if finding.severity is Severity.BLOCK]


def warnings(findings: Sequence[Finding]) -> list[str]:
    return [finding.target for finding in findings if finding.severity is Severity.WARN]
