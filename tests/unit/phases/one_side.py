"""One API server in memory with what matters to a pivot: uids, finalizers, garbage, controllers.

The controllers do the one thing that a pivot must not let happen: they delete the virtual machine
of a VSphereVM that goes while nobody is paused.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from bedplate.capi import kinds, objects
from bedplate.capi.pause import REPORTS
from bedplate.errors import PermanentError
from bedplate.ports.kube import Kind, Manifest, Reach, Ref
from tests.unit.capi import vsphere_set


class Api:
    """One API server with its controllers; `tick` is all the time that passes."""

    def __init__(self, label: str, machines: dict[str, str]) -> None:
        self.label = label
        self.answers = Reach.ANSWERS
        self.objects: dict[Ref, dict[str, Any]] = {}
        self.machines = machines
        self.webhook: Callable[[dict[str, Any]], None] = lambda made: None
        self.listed: Callable[[Kind], None] = lambda kind: None
        self._made = 0

    # -- the port --------------------------------------------------------------------------------

    def reach(self) -> Reach:
        return self.answers

    def get(self, ref: Ref) -> Manifest | None:
        return copy.deepcopy(self.objects.get(ref))

    def list(self, kind: Kind, namespace: str = "", labels: Mapping[str, str] | None = None) -> Any:
        self.listed(kind)
        return [
            copy.deepcopy(obj)
            for ref, obj in sorted(self.objects.items())
            if ref.kind == kind
            and namespace in ("", ref.namespace)
            and (labels or {}).items() <= objects.labels(obj).items()
        ]

    def logs(self, workload: Ref, lines: int) -> Mapping[str, str]:
        return {}

    def dry_run(self, ref: Ref, manifest: Manifest) -> Manifest:
        self._require_kind(ref)
        return manifest

    def would_apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        self._require_kind(ref)
        return manifest

    def apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        return self.create(ref, manifest)

    def create(self, ref: Ref, manifest: Manifest) -> Manifest:
        self._require_kind(ref)
        if ref not in self.objects:
            self._made += 1
            made: dict[str, Any] = copy.deepcopy(dict(manifest))
            self.webhook(made)
            made["metadata"] |= {"uid": f"{self.label}-{self._made}", "generation": 1}
            self.objects[ref] = made
        elif "status" in manifest:  # what its creation left out
            there = self.objects[ref]
            there["status"] = copy.deepcopy(manifest["status"]) | there.get("status", {})
        return copy.deepcopy(self.objects[ref])

    def patch(self, ref: Ref, patch: Manifest) -> Manifest | None:
        if ref not in self.objects:
            return None
        before = self.objects[ref]
        after = _merged(before, patch)
        if after.get("spec") != before.get("spec"):
            after["metadata"]["generation"] += 1
        self.objects[ref] = after
        self._let_go(ref)
        return copy.deepcopy(after)

    def patch_status(self, ref: Ref, status: Manifest) -> Manifest | None:
        return self.patch(ref, {"status": status})

    def delete(self, ref: Ref) -> None:
        if ref in self.objects:
            self.objects[ref]["metadata"]["deletionTimestamp"] = "now"
            self._let_go(ref)

    def _require_kind(self, ref: Ref) -> None:
        builtin = ref.kind.group in ("", "apps", "apiextensions.k8s.io")
        if not builtin and not any(
            objects.text(crd, "spec", "names", "kind") == ref.kind.kind
            for crd in self.list(kinds.CRD)
        ):
            raise PermanentError("API_UNKNOWN_KIND", f"{self.label} knows no {ref.kind.kind}")

    def _let_go(self, ref: Ref) -> None:
        if objects.is_deleting(self.objects[ref]) and not objects.finalizers(self.objects[ref]):
            del self.objects[ref]

    # -- what lives on it ------------------------------------------------------------------------

    def install_providers(self) -> None:
        for crd in vsphere_set.CRDS:
            self.objects[Ref(kinds.CRD, "", objects.name(crd))] = copy.deepcopy(dict(crd))
        for name in ("capi-controller-manager", "capv-controller-manager"):
            self.objects[Ref(kinds.DEPLOYMENT, "capi-system", name)] = vsphere_set.thing(
                "apps/v1",
                "Deployment",
                name,
                namespace="capi-system",
                labels={"cluster.x-k8s.io/provider": "some"},
                spec={"replicas": 1},
                status={"replicas": 1, "availableReplicas": 1},
            )

    def tick(self) -> None:
        """Let the garbage collector and every controller look once."""
        self._collect_garbage()
        if self.controllers_run:
            self._reconcile()
        for deployment in self.of_kind("Deployment").values():
            count = deployment["spec"]["replicas"]
            deployment["status"] = {"replicas": count, "availableReplicas": count}

    @property
    def controllers_run(self) -> bool:
        running = self.of_kind("Deployment").values()
        return any(objects.number(one, "status", "replicas") for one in running)

    def of_kind(self, kind: str) -> dict[Ref, dict[str, Any]]:
        return {ref: obj for ref, obj in self.objects.items() if ref.kind.kind == kind}

    def cluster(self) -> dict[str, Any]:
        return self.of_kind("Cluster")[Ref(kinds.CLUSTER, vsphere_set.NAMESPACE, "w01")]

    def _collect_garbage(self) -> None:
        living = {objects.uid(obj) for obj in self.objects.values()}
        for ref, obj in list(self.objects.items()):
            owners = objects.owner_references(obj)
            if owners and not any(owner.uid in living for owner in owners):
                self.delete(ref)

    def _reconcile(self) -> None:
        clusters = self.of_kind("Cluster").values()
        paused = any(objects.is_paused(cluster) for cluster in clusters)
        for ref, obj in list(self.objects.items()):
            if (ref.kind.group, ref.kind.kind) in REPORTS:
                _acknowledge(obj, paused)
            if objects.is_deleting(obj) and not paused:
                if ref.kind.kind == "VSphereVM":
                    self.machines.pop(ref.name, None)
                obj["metadata"].pop("finalizers", None)
                self._let_go(ref)


def _acknowledge(obj: dict[str, Any], paused: bool) -> None:
    status = obj.setdefault("status", {})
    if obj["apiVersion"].endswith("/v1beta1"):
        status = status.setdefault("v1beta2", {})
    others = [one for one in status.get("conditions", ()) if one["type"] != "Paused"]
    seen = vsphere_set.paused_condition(str(paused), obj["metadata"]["generation"])
    status["conditions"] = [*others, seen]


def _merged(old: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    merged = copy.deepcopy(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged
