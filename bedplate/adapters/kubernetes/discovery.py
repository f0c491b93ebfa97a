"""Which kinds an API server serves, and where: asked once, and again when a kind is not found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from bedplate.adapters.kubernetes import faults
from bedplate.adapters.kubernetes.connection import Answer, Request
from bedplate.capi import objects
from bedplate.ports.kube import Kind, Manifest

# All groups of an API server in one answer: since Kubernetes 1.27, and without "beta" since 1.30.
AGGREGATED = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1")
)
NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")


@dataclass(frozen=True, slots=True)
class Resource:
    """Where the objects of a kind are, and whether their status is written by itself."""

    base: str
    plural: str
    namespaced: bool
    status: bool

    def has_place(self, namespace: str) -> bool:
        """Say whether there can be an object of this kind in a namespace ("" is none)."""
        return bool(namespace) == self.namespaced

    def path(self, namespace: str, name: str = "", part: str = "") -> str:
        """Return the path of an object, of its status, or of all objects of a namespace."""
        within = f"namespaces/{quote(namespace, safe='')}/" if namespace else ""
        end = "".join(f"/{quote(text, safe='')}" for text in (name, part) if text)
        return f"{self.base}/{within}{self.plural}{end}"


@dataclass(frozen=True, slots=True)
class _Found:
    resources: Mapping[Kind, Resource]
    kinds: frozenset[tuple[str, str]]  # group and kind, whatever the version
    stale: frozenset[str]  # groups whose own API server does not answer


class Kinds:
    """The kinds of one API server; threads may share it, since what it knows is only replaced."""

    def __init__(self, ask: Callable[[Request], Answer], where: str) -> None:
        self._ask = ask
        self._where = where
        self._known: dict[str, _Found] = {}

    def find(self, kind: Kind) -> Resource | None:
        """Return where the objects of a kind are; None for a kind that there is in no version.

        Raises PermanentError API_UNKNOWN_KIND for one that there is in other versions only,
        TemporaryError API_UNAVAILABLE for one that is defined but not served yet: right after its
        definition was made, and while an API server starts. That nothing is known of a kind is
        believed only when no definition says otherwise, since it is taken for "there is nothing".
        """
        root = "/apis" if kind.group else "/api"
        known = self._known.get(root)
        if known is None or kind not in known.resources:
            known = self._known[root] = self._discover(root)
        resource = known.resources.get(kind)
        if resource is not None:
            return resource
        if kind.group in known.stale:
            raise faults.not_served_yet(kind, "the API server of its group does not answer")
        is_defined = self._is_defined(kind)
        if is_defined or (kind.group, kind.kind) in known.kinds:
            raise faults.unknown_kind(kind)
        return None

    def forget(self) -> None:
        """Ask again the next time."""
        self._known.clear()

    def _discover(self, root: str) -> _Found:
        document = self._read(Request("GET", root, accept=AGGREGATED), Kind("v1", "APIGroup"))
        resources: dict[Kind, Resource] = {}
        stale: set[str] = set()
        for group in objects.items(document, "items"):
            name = objects.text(group, "metadata", "name")
            for version in objects.items(group, "versions"):
                within = "/".join(filter(None, (name, objects.text(version, "version"))))
                if objects.text(version, "freshness") == "Stale":
                    stale.add(name)
                for resource in objects.items(version, "resources"):
                    kind = Kind(within, objects.text(resource, "responseKind", "kind"))
                    resources.setdefault(kind, _resource(f"{root}/{within}", resource))
        if not resources:
            raise faults.not_kubernetes(self._where)
        kinds = frozenset((kind.group, kind.kind) for kind in resources)
        return _Found(resources, kinds, frozenset(stale))

    def _is_defined(self, kind: Kind) -> bool:
        """Say whether a definition has the kind, in other versions; raises if it has this one."""
        if not kind.group:
            return False  # no definition can add to the core group
        listed = self._read(Request("GET", DEFINITIONS, accept=NAMES_ONLY), DEFINITION)
        for item in objects.items(listed, "items"):
            name = objects.name(item)
            if not name.endswith(f".{kind.group}"):
                continue
            answer = self._ask(Request("GET", f"{DEFINITIONS}/{quote(name, safe='')}"))
            if objects.text(answer.document, "spec", "names", "kind") != kind.kind:
                continue
            if kind.api_version.rpartition("/")[2] in _served_versions(answer.document):
                raise faults.not_served_yet(kind, _trouble(answer.document))
            return True
        return False

    def _read(self, request: Request, about: Kind) -> Manifest:
        answer = self._ask(request)
        if not answer.is_good:
            raise faults.of(answer, about, self._where)
        return answer.document


def _resource(base: str, found: Manifest) -> Resource:
    parts = {objects.text(part, "subresource") for part in objects.items(found, "subresources")}
    return Resource(
        base,
        objects.text(found, "resource"),
        namespaced=objects.text(found, "scope") == "Namespaced",
        status="status" in parts,
    )


def _served_versions(definition: Manifest) -> frozenset[str]:
    return frozenset(
        objects.text(version, "name")
        for version in objects.items(definition, "spec", "versions")
        if objects.flag(version, "served")
    )


def _trouble(definition: Manifest) -> str:
    """Return why a definition is not served, where the API server says so."""
    return "; ".join(
        objects.text(condition, "message")
        for condition in objects.items(definition, "status", "conditions")
        if objects.text(condition, "status") == "False"
    )
