"""What a Kubernetes API server does with a request: admission, then the verb."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bedplate.adapters.kubernetes.statuses import with_status
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.kube import Kind, Ref
from bedplate.simulation import kinds
from bedplate.simulation.apply import applied
from bedplate.simulation.autoscaling import default_replicas
from bedplate.simulation.fields import (
    Key,
    Obj,
    finalize,
    is_deleting,
    look,
    matches,
    merge_patch,
    place,
    plain,
    timestamp,
)
from bedplate.simulation.kinds import CRD, HOLDERS, IMMUTABLE, Served
from bedplate.simulation.objects import Objects
from bedplate.simulation.webhooks import require_answering

MANAGER = "bedplate"

NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
# Names of these kinds may hold more than a DNS name does.
FREE_NAMES = frozenset({"rbac.authorization.k8s.io"})


def get(objects: Objects, ref: Ref) -> Obj | None:
    """Return an object in the version asked for, or None."""
    found = _served(objects, ref)
    return None if found is None else _shown(found[1], ref.kind)


def list_(objects: Objects, kind: Kind, namespace: str, labels: Mapping[str, str]) -> list[Obj]:
    """Return the objects of a kind that carry all of the labels."""
    if not kinds.known(objects.tx, objects.api, kind):
        return []
    kinds.serve(objects.tx, objects.api, kind)
    found = objects.selected(kind.group, kind.kind, namespace)
    return [_shown(obj, kind) for obj in found if matches(obj, labels)]


def apply(objects: Objects, ref: Ref, manifest: Mapping[str, Any], *, keep: bool = True) -> Obj:
    """Server-side apply. Without `keep`, only ask."""
    served = _admit(objects, ref, manifest)
    require_answering(objects, ref)
    live = objects.at(_key(ref))
    _require_same(live, manifest, ref)
    wanted = {k: v for k, v in manifest.items() if k != "status" or not served.status}
    result = _defaulted(applied(live, wanted, MANAGER))
    if ref.kind.kind == "MachineDeployment":
        default_replicas(result, live)
    if live is None:
        _require_namespace(objects, ref)
        return _shown(_added(objects, result) if keep else result, ref.kind)
    _require_changeable(live, result, ref)
    return _shown(_saved(objects, live, result) if keep else result, ref.kind)


def create(objects: Objects, ref: Ref, manifest: Mapping[str, Any], *, keep: bool = True) -> Obj:
    """Create an object with its status; return what is there already. Without `keep`, only ask."""
    _admit(objects, ref, manifest)
    live = objects.at(_key(ref))
    if live is not None:
        return _shown(_completed(objects, live, manifest) if keep else live, ref.kind)
    require_answering(objects, ref)
    if look(manifest, "metadata", "resourceVersion"):
        raise invalid(ref, "metadata.resourceVersion: should not be set on objects to be created")
    _require_namespace(objects, ref)
    obj = _defaulted(plain(manifest))
    obj["metadata"].pop("managedFields", None)
    return _shown(_added(objects, obj) if keep else obj, ref.kind)


def _completed(objects: Objects, live: Obj, manifest: Mapping[str, Any]) -> Obj:
    """Give an object that was created what its status lacks; what controllers wrote there stays."""
    given, there = plain(manifest).get("status") or {}, live.get("status") or {}
    was_created = not look(live, "metadata", "managedFields")
    if not was_created or given.keys() <= there.keys():
        return live
    return _saved(objects, live, plain(with_status(live, given)))


def patch(objects: Objects, ref: Ref, change: Mapping[str, Any]) -> Obj | None:
    """JSON merge patch of everything but the status; None where the object is gone."""
    found = _served(objects, ref)
    if found is None:
        return None
    served, live = found
    _require_same(live, change, ref, ("resourceVersion",))
    require_answering(objects, ref)
    wanted = {k: v for k, v in change.items() if k != "status" or not served.status}
    result = _defaulted(merge_patch(live, wanted))
    for field in ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"):
        if result["metadata"].get(field) != live["metadata"].get(field):
            raise invalid(ref, f"metadata.{field}: field is immutable")
    _require_changeable(live, result, ref)
    return _shown(_saved(objects, live, result), ref.kind)


def patch_status(objects: Objects, ref: Ref, status: Mapping[str, Any]) -> Obj | None:
    """JSON merge patch of a status; None where the object is gone or has none of its own."""
    found = _served(objects, ref)
    if found is None:
        return None
    served, live = found
    if not served.status:
        return None
    return _shown(_saved(objects, live, merge_patch(live, {"status": status})), ref.kind)


def delete(objects: Objects, ref: Ref) -> None:
    """Delete an object; its dependents follow when the garbage collector comes by."""
    found = _served(objects, ref)
    if found is None:
        return
    _, live = found
    finalizer = HOLDERS.get((ref.kind.group, ref.kind.kind))
    if finalizer is not None:
        finalize(live, finalizer)
        objects.save(live)
    objects.delete(live)


def invalid(ref: Ref, seen: str) -> PermanentError:
    """Return the error for an object that is not accepted."""
    return PermanentError(
        "API_INVALID",
        f"{ref.identity} is invalid: {seen}",
        why="the API server does not accept the object",
        remedy="correct what the message names, then resume",
        owner=Owner.BEDPLATE,
    )


def conflict(ref: Ref, seen: str) -> TemporaryError:
    """Return the error for a write that somebody else's came before."""
    return TemporaryError(
        "CONFLICT",
        f"operation cannot be fulfilled on {ref.identity}: {seen}",
        why="somebody changed the object meanwhile",
        remedy="the call is repeated with what is there now",
        owner=Owner.PLATFORM,
    )


def _served(objects: Objects, ref: Ref) -> tuple[Served, Obj] | None:
    """Return how a kind is served and the object; None where there is no such kind or object."""
    if not kinds.known(objects.tx, objects.api, ref.kind):
        return None
    served = kinds.serve(objects.tx, objects.api, ref.kind)
    live = objects.at(_key(ref))
    return None if live is None else (served, live)


def _key(ref: Ref) -> Key:
    return Key(ref.kind.group, ref.kind.kind, ref.namespace, ref.name)


def _shown(obj: Obj, kind: Kind) -> Obj:
    return {**obj, "apiVersion": kind.api_version}


def _admit(objects: Objects, ref: Ref, manifest: Mapping[str, Any]) -> Served:
    said = Kind(str(manifest.get("apiVersion", "")), str(manifest.get("kind", "")))
    if said != ref.kind:
        raise invalid(ref, f"the object is a {said.kind or 'nothing'} of {said.api_version!r}")
    served = kinds.serve(objects.tx, objects.api, ref.kind)
    metadata = manifest.get("metadata")
    if not isinstance(metadata, Mapping):
        raise invalid(ref, "metadata: required")
    for field, value in (("name", ref.name), ("namespace", ref.namespace)):
        if str(metadata.get(field) or "") != value:
            raise invalid(
                ref, f"metadata.{field}: {metadata.get(field)!r} does not match the request"
            )
    if bool(ref.namespace) != served.namespaced:
        scope = "needs a namespace" if served.namespaced else "has no namespace"
        raise invalid(ref, f"metadata.namespace: a {ref.kind.kind} {scope}")
    if ref.kind.group not in FREE_NAMES and not NAME.fullmatch(ref.name):
        raise invalid(ref, f"metadata.name: {ref.name!r} is no RFC 1123 subdomain")
    for owner in metadata.get("ownerReferences") or ():
        if not all(owner.get(field) for field in ("apiVersion", "kind", "name", "uid")):
            raise invalid(
                ref, "metadata.ownerReferences: apiVersion, kind, name and uid are required"
            )
    return served


def _require_namespace(objects: Objects, ref: Ref) -> None:
    if not ref.namespace:
        return
    namespace = objects.get("", "Namespace", "", ref.namespace)
    if namespace is None:
        raise invalid(ref, f'namespaces "{ref.namespace}" not found')
    if is_deleting(namespace):
        raise invalid(ref, f"namespace {ref.namespace} is being terminated")


def _require_same(
    live: Obj | None,
    manifest: Mapping[str, Any],
    ref: Ref,
    fields: Sequence[str] = ("uid", "resourceVersion"),
) -> None:
    """A write that names a uid or a resource version is meant for that object only."""
    for field in fields:
        named = look(manifest, "metadata", field)
        found = live["metadata"][field] if live is not None else None
        if named and named != found:
            raise conflict(ref, f"{field} is {found}, not {named}")


def _defaulted(obj: Obj) -> Obj:
    """Fill in what the API server itself does."""
    if obj["kind"] == "Secret" and "stringData" in obj:
        for name, text in obj.pop("stringData").items():
            place(obj, "data")[name] = base64.b64encode(text.encode()).decode()
    if obj["kind"] == "Namespace":
        place(obj, "metadata", "labels")["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
        place(obj, "status").setdefault("phase", "Active")
    if obj["kind"] in ("Deployment", "StatefulSet"):
        place(obj, "spec").setdefault("replicas", 1)
    return obj


def _added(objects: Objects, obj: Obj) -> Obj:
    obj = objects.add(obj)
    _define(objects, obj)
    return obj


def _require_changeable(live: Obj, result: Obj, ref: Ref) -> None:
    for path in IMMUTABLE.get((ref.kind.group, ref.kind.kind), ()):
        if look(result, *path) != look(live, *path):
            raise invalid(ref, f"{'.'.join(path)}: field is immutable")


def _saved(objects: Objects, live: Obj, result: Obj) -> Obj:
    live.clear()
    live.update(result)
    if objects.save(live) and not is_deleting(live):
        _define(objects, live)
    return live


def _define(objects: Objects, obj: Obj) -> None:
    """Serve the kind of a CustomResourceDefinition at once."""
    if obj["kind"] != CRD:
        return
    kinds.define(objects.tx, objects.api, obj)
    since = timestamp(objects.tx.now)
    established: list[Obj] = [
        {"type": kind, "status": "True", "reason": reason, "lastTransitionTime": since}
        for kind, reason in (
            ("NamesAccepted", "NoConflicts"),
            ("Established", "InitialNamesAccepted"),
        )
    ]
    if not look(obj, "status", "conditions"):
        place(obj, "status")["conditions"] = established
        objects.save(obj)
