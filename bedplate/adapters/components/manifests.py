"""Component manifests as objects: parsed, made complete, and in the order to apply them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import yaml

from bedplate.capi import objects
from bedplate.errors import Owner, PermanentError
from bedplate.ports.kube import JSON, Manifest

INJECTED = "cert-manager.io/inject-ca-from"
HOOK = "helm.sh/hook"

# clusterctl's order of creation; what it does not name comes between, webhooks after everything.
FIRST = (
    "Namespace",
    "CustomResourceDefinition",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Secret",
    "ConfigMap",
    "ServiceAccount",
    "LimitRange",
    "Pod",
    "ReplicaSet",
    "Endpoint",
)
LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "Provider")

CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CSIDriver",
        "ClusterIssuer",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    }
)
"""Kinds of components that are in no namespace."""

_BASE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_JSON = frozenset({"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"})


class _Loader(_BASE):  # type: ignore[misc, valid-type]
    """Reads dates as the text that they are, and `=` too."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as its base has it
        first: [(tag, pattern) for tag, pattern in found if tag not in _NOT_JSON]
        for first, found in _BASE.yaml_implicit_resolvers.items()
    }


def parse(text: str, uri: str) -> tuple[Manifest, ...]:
    """Return every object of a YAML text, those of lists too, without hooks.

    Raises PermanentError COMPONENT_UNREADABLE.
    """
    try:
        documents = list(yaml.load_all(text, Loader=_Loader))
    except yaml.YAMLError as error:
        raise _unreadable(uri, " ".join(str(error).split())) from error
    return tuple(
        found
        for document in documents
        if document is not None
        for found in _flat(document, uri)
        if HOOK not in objects.annotations_of(found)
    )


def complete(manifest: Manifest, namespace: str) -> Manifest:
    """Return an object as it is applied: in a namespace, and without what others fill in.

    The authority in a webhook is cert-manager's to write where an annotation asks for it: nobody
    fights for it.
    """
    found = {key: item for key, item in manifest.items() if key != "status"}
    metadata = {
        key: item
        for key, item in objects.mapping(manifest, "metadata").items()
        if key != "creationTimestamp"
    }
    if objects.kind(manifest).kind not in CLUSTER_SCOPED:
        metadata.setdefault("namespace", namespace)
    if is_injected(manifest):
        found = {key: _without_authority(item) for key, item in found.items()}
    return {**found, "metadata": metadata}


def is_injected(manifest: Manifest) -> bool:
    """Say whether cert-manager is to write an authority into an object."""
    return any(key.startswith(INJECTED) for key in objects.annotations_of(manifest))


def in_order(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return objects in the order to create them; equal ones as they were written."""
    return tuple(sorted(manifests, key=_place))


def namespace_of(manifests: Iterable[Manifest], otherwise: str) -> str:
    """Return the namespace that objects bring with them, else another."""
    found = (objects.name(one) for one in manifests if objects.kind(one).kind == "Namespace")
    return next(found, otherwise)


def _place(manifest: Manifest) -> int:
    kind = objects.kind(manifest).kind
    if kind in FIRST:
        return FIRST.index(kind) - len(FIRST)
    return LAST.index(kind) + 1 if kind in LAST else 0


def _without_authority(item: JSON) -> JSON:
    if isinstance(item, Mapping):
        return {key: _without_authority(one) for key, one in item.items() if key != "caBundle"}
    return [_without_authority(one) for one in item] if isinstance(item, list) else item


def _flat(document: JSON, uri: str) -> Iterator[Manifest]:
    if not isinstance(document, Mapping) or not objects.text(document, "kind"):
        raise _unreadable(uri, "a document in it is no object of Kubernetes")
    if objects.text(document, "kind").endswith("List") and "items" in document:
        for item in objects.items(document, "items"):
            yield from _flat(item, uri)
    elif not re.fullmatch(r"\S+", objects.name(document)):
        raise _unreadable(uri, f"a {objects.kind(document).kind} in it has no name")
    else:
        yield document


def _unreadable(uri: str, seen: str) -> PermanentError:
    return PermanentError(
        "COMPONENT_UNREADABLE",
        f"{uri}: {seen}",
        why="a component is a YAML text of Kubernetes objects",
        remedy="check the address, and what answers there: a proxy may send its own page",
        owner=Owner.PLATFORM,
    )
