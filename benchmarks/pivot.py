"""The pivot of ever more objects between two real API servers, beside `clusterctl move`.

Both move the same objects between servers of the same kind: a Cluster, its infrastructure, and
templates and Secrets that the Cluster owns. No controllers run; where our pivot waits for their
acknowledgement, this program writes it, and that time counts as ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.kubernetes import LiveKube
from bedplate.capi import kinds, names, objects
from bedplate.capi.pause import REPORTS
from bedplate.engine.phase import Waiting
from bedplate.fact import Fact, FactType, Given, Key
from bedplate.phases.pivot import Pivot
from bedplate.ports.kube import JSON, Kind, Manifest, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_text
from benchmarks.table import print_table
from lab.apiserver import ApiServer, ApiServerError, programs, running
from lab.artifacts import Manifests
from lab.commands import run
from lab.eksa import components
from lab.images import Images
from lab.manifests import manifests
from lab.places import REGISTRY, places
from lab.programs import Programs

COUNTS = (30, 300, 3000)
SECONDS = 1800.0
SPEC = Path(__file__).parent.parent / "examples/vsphere-standalone.yaml"
CRD = kinds.CRD
INFRASTRUCTURE = Kind("infrastructure.cluster.x-k8s.io/v1beta1", "VSphereCluster")
TEMPLATE = Kind("bootstrap.cluster.x-k8s.io/v1beta2", "KubeadmConfigTemplate")
PROVIDER = Kind("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider")


@dataclass
class Memory:
    """A step's notes, kept as long as this program runs."""

    notes: dict[str, JSON] = field(default_factory=dict)

    def find(self, name: str) -> JSON:
        return self.notes.get(name)

    def note(self, name: str, value: JSON) -> None:
        self.notes[name] = value

    def choose(self, name: str, make: Callable[[], str]) -> str:
        return str(self.notes.setdefault(name, make()))

    def earlier(self, step: str, name: str) -> Sequence[JSON]:
        del step, name
        return ()

    def others(self, key: Key[FactType]) -> Mapping[str, FactType]:
        del key
        return {}


@dataclass(frozen=True)
class Sides:
    """Two API servers that know Cluster API's kinds; the first holds a cluster's objects."""

    source: ApiServer
    target: ApiServer
    folder: Path

    def kubes(self) -> tuple[LiveKube, LiveKube]:
        """Return both through the adapter."""
        return LiveKube(lambda: self.source.kubeconfig), LiveKube(lambda: self.target.kubeconfig)


@contextmanager
def sides(made: Manifests, cluster: str, count: int) -> Iterator[Sides]:
    """Run both servers, and put objects on the first."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        first, second = (stack.enter_context(running(programs())) for _ in range(2))
        found = Sides(first, second, folder)
        source, target = found.kubes()
        for kube in (source, target):
            _prepare(kube, made)
        _fill(found.source, source, cluster, count)
        source.close()
        target.close()
        yield found


def _prepare(kube: LiveKube, made: Manifests) -> None:
    """Install the definitions, without webhooks, and clusterctl's inventory of providers."""
    texts = [one.components.text for one in made.providers]
    for definition in _definitions(texts):
        kube.apply(Ref(CRD, "", objects.name(definition)), definition)
    kube.apply(Ref(CRD, "", "providers.clusterctl.cluster.x-k8s.io"), _INVENTORY)
    while not _all_served(kube):
        SystemClock().sleep(0.1)
    for name in (names.NAMESPACE, "capi-system"):
        _put(kube, kinds.NAMESPACE, "", name, {})
    for one in made.providers:
        component = one.components
        kind, _, name = component.component.rpartition("-")
        body = {
            "providerName": "cluster-api" if name == "api" else name,
            "type": _TYPES[kind],
            "version": component.version,
            "watchedNamespace": "",
        }
        labels: Manifest = {
            "clusterctl.cluster.x-k8s.io": "",
            "cluster.x-k8s.io/provider": component.component,
        }
        _put(kube, PROVIDER, "capi-system", component.component, body, labels=labels)


_TYPES = {
    "cluster": "CoreProvider",
    "bootstrap": "BootstrapProvider",
    "control-plane": "ControlPlaneProvider",
    "infrastructure": "InfrastructureProvider",
}
_ANY: Manifest = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_INVENTORY: Manifest = {
    "apiVersion": CRD.api_version,
    "kind": CRD.kind,
    "metadata": {
        "name": "providers.clusterctl.cluster.x-k8s.io",
        "labels": {"clusterctl.cluster.x-k8s.io": "", "clusterctl.cluster.x-k8s.io/core": ""},
    },
    "spec": {
        "group": "clusterctl.cluster.x-k8s.io",
        "names": {"kind": "Provider", "plural": "providers", "singular": "provider"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1alpha3",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": _ANY},
            }
        ],
    },
}


def _all_served(kube: LiveKube) -> bool:
    found = [objects.condition(one, "Established") for one in kube.list(CRD)]
    return all(one is not None and one.true for one in found)


def _definitions(texts: Sequence[str]) -> Iterator[Manifest]:
    for text in texts:
        for found in yaml.load_all(text, Loader=yaml.CSafeLoader):
            if found and found["kind"] == CRD.kind:
                found["spec"].pop("conversion", None)
                found["metadata"].setdefault("labels", {})["clusterctl.cluster.x-k8s.io"] = ""
                found["metadata"].pop("annotations", None)
                found.pop("status", None)
                yield found


def _put(
    kube: LiveKube,
    kind: Kind,
    namespace: str,
    name: str,
    spec: Manifest,
    *,
    labels: Manifest | None = None,
    owner: Manifest | None = None,
) -> Manifest:
    metadata: dict[str, JSON] = {"name": name, "labels": dict(labels or {})}
    if namespace:
        metadata["namespace"] = namespace
    if owner is not None:
        metadata["ownerReferences"] = [
            {
                "apiVersion": kinds.CLUSTER.api_version,
                "kind": kinds.CLUSTER.kind,
                "name": objects.name(owner),
                "uid": objects.uid(owner),
            }
        ]
    body: dict[str, JSON] = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": metadata,
    }
    if kind == PROVIDER or kind == kinds.SECRET:
        body.update(spec)
    elif spec:
        body["spec"] = spec
    return kube.apply(Ref(kind, namespace, name), body)


def _fill(server: ApiServer, kube: LiveKube, cluster: str, count: int) -> None:
    space = names.NAMESPACE
    spec: Manifest = {
        "controlPlaneEndpoint": {"host": "198.18.200.10", "port": 6443},
        "infrastructureRef": {
            "apiGroup": "infrastructure.cluster.x-k8s.io",
            "kind": INFRASTRUCTURE.kind,
            "name": cluster,
        },
    }
    owner = _put(kube, kinds.CLUSTER, space, cluster, spec)
    labels: Manifest = {kinds.CLUSTER_NAME_LABEL: cluster}
    _put(
        kube,
        INFRASTRUCTURE,
        space,
        cluster,
        {"server": "198.18.0.1", "controlPlaneEndpoint": {"host": "198.18.200.10", "port": 6443}},
        labels=labels,
        owner=owner,
    )
    data: Manifest = {"stringData": {"value": "x" * 2000}}
    template: Manifest = {"template": {"spec": {"files": [{"path": "/x", "content": "x" * 2000}]}}}
    for number in range(count - 2):
        kind, body = (kinds.SECRET, data) if number % 2 else (TEMPLATE, template)
        _put(kube, kind, space, f"{cluster}-{number:05}", body, labels=labels, owner=owner)
    provisioned: Manifest = {
        "infrastructureProvisioned": True,
        "controlPlaneInitialized": True,
    }
    ref = Ref(kinds.CLUSTER, space, cluster)
    ready = _condition("ControlPlaneInitialized", "True", 1)
    _say_in_status(server, ref, {"initialization": provisioned, "conditions": [ready]})


def _condition(name: str, status: str, generation: int) -> Manifest:
    return {
        "type": name,
        "status": status,
        "reason": "Asked",
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "observedGeneration": generation,
    }


def _say_in_status(server: ApiServer, ref: Ref, status: Manifest) -> None:
    kind = f"{ref.kind.kind}.{ref.kind.api_version.rpartition('/')[2]}.{ref.kind.group}"
    patch = json.dumps({"status": status})
    words = ("patch", kind, ref.name, "-n", ref.namespace, "--subresource=status", "--type=merge")
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(server.kubeconfig)
        file.flush()
        run(
            [server.programs / "kubectl", "--kubeconfig", file.name, *words, "--patch", patch],
            timeout=60.0,
        )


def acknowledge(server: ApiServer, kube: LiveKube, cluster: str) -> None:
    """Say for the controllers what they would say of the Cluster's pause."""
    found = kube.get(Ref(kinds.CLUSTER, names.NAMESPACE, cluster))
    if found is None:
        return
    status = str(objects.flag(found, "spec", "paused"))
    for kind in (kinds.CLUSTER, INFRASTRUCTURE):
        if (kind.group, kind.kind) not in REPORTS:
            continue
        ref = Ref(kind, names.NAMESPACE, cluster)
        obj = kube.get(ref)
        if obj is None:
            continue
        condition = _condition("Paused", status, objects.generation(obj))
        ready = _condition("ControlPlaneInitialized", "True", 1)
        told: Manifest = {"conditions": [ready, condition]}
        _say_in_status(server, ref, told if kind == kinds.CLUSTER else {"v1beta2": told})


def ours(both: Sides) -> float:
    """Return how many seconds our pivot takes."""
    spec = load_text(SPEC.read_text())
    site = SimulatedSite(both.folder / "site")
    source, target = both.kubes()
    ports = replace(site.open(spec), kube={Side.BOOTSTRAP: source, Side.CLUSTER: target})
    tools = Tools(spec, site.bundle(spec), ports, Memory(), _silent)
    phase, given = Pivot(Side.BOOTSTRAP, Side.CLUSTER), Given(_no_fact)
    began = time.monotonic()
    while isinstance(phase.run(given, tools), Waiting):
        acknowledge(both.source, source, spec.name)
        acknowledge(both.target, target, spec.name)
    seconds = time.monotonic() - began
    source.close()
    target.close()
    return seconds


def _silent(text: str) -> None:
    del text


def _no_fact(key: Key[Fact]) -> Fact:
    raise KeyError(key.name)


def clusterctl(both: Sides, program: Path) -> float:
    """Return how many seconds `clusterctl move` takes."""
    files = [both.folder / "source", both.folder / "target"]
    for file, server in zip(files, (both.source, both.target), strict=True):
        file.write_text(server.kubeconfig)
    words = ["move", "-n", names.NAMESPACE, "--to-kubeconfig", str(files[1])]
    environment = {
        "HOME": str(both.folder),
        "PATH": os.environ["PATH"],
        "CLUSTERCTL_DISABLE_VERSIONCHECK": "true",
    }
    began = time.monotonic()
    done = subprocess.run(
        [str(program), *words, "--kubeconfig", str(files[0])],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ApiServerError(f"clusterctl move: {done.stderr[-2000:]}")
    return time.monotonic() - began


def moved(both: Sides) -> int:
    """Return how many templates and Secrets the target has."""
    _, target = both.kubes()
    count = sum(len(target.list(kind, names.NAMESPACE)) for kind in (TEMPLATE, kinds.SECRET))
    target.close()
    return count


def measure(made: Manifests, cluster: str, count: int, program: Path) -> tuple[float, float]:
    """Return the seconds of both for so many objects; raises ApiServerError."""
    taken = []
    for move in (ours, lambda both: clusterctl(both, program)):
        with sides(made, cluster, count) as both:
            taken.append(move(both))
            if moved(both) != count - 2:
                raise ApiServerError(f"{moved(both)} of {count - 2} objects were moved")
    return taken[0], taken[1]


def main() -> None:
    """Measure and print."""
    where = places()
    built, images = Programs(where.cache), Images(REGISTRY)
    try:
        programs()
        made = manifests(built, images, components(images))
        cluster = load_text(SPEC.read_text()).name
        found = [(n, *measure(made, cluster, n, built["clusterctl"])) for n in COUNTS]
    except ApiServerError as error:
        print(f"pivot is not measured: {error}")
        return
    rows = [
        (f"{n} objects", f"{a:.1f} s", f"{b:.1f} s", f"{a / b:.2f}", f"{1000 * a / n:.1f} ms")
        for n, a, b in found
    ]
    head = ("what", "pivot", "clusterctl move", "ratio", "each")
    print_table("a pivot between two real API servers", head, rows)


if __name__ == "__main__":
    main()
