"""An API server and what it serves: requests for a kind go where the kind is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bedplate.adapters.kubernetes import faults
from bedplate.adapters.kubernetes.connection import Answer, Connection, Request
from bedplate.adapters.kubernetes.discovery import Kinds, Resource
from bedplate.capi import objects
from bedplate.ports.kube import Kind, Manifest, Ref

PAGE = 500  # objects in one answer: as kubectl

Asking = Callable[[Resource], Request]


class Server:
    """The API server of one kubeconfig; threads may share it."""

    def __init__(self, kubeconfig: str) -> None:
        self.kubeconfig = kubeconfig
        self.connection = Connection(kubeconfig)
        self.kinds = Kinds(self.connection.ask, self.connection.where)

    @property
    def where(self) -> str:
        """The API server's address, for people."""
        return self.connection.where

    def find(self, ref: Ref) -> Resource | None:
        """Return where an object would be; None where there is no such kind or place for it."""
        resource = self.kinds.find(ref.kind)
        return resource if resource is not None and resource.has_place(ref.namespace) else None

    def read(self, ref: Ref, asking: Asking) -> Answer | None:
        """Ask about an object; None where there is nothing of its kind, or no such place."""
        return self._ask(ref.kind, lambda: self.find(ref), asking)

    def write(self, ref: Ref, asking: Asking) -> Answer:
        """Ask for an object to be made; raises PermanentError API_UNKNOWN_KIND, API_INVALID."""
        answer = self.read(ref, asking)
        if answer is not None:
            return answer
        resource = self.kinds.find(ref.kind)
        if resource is None:
            raise faults.unknown_kind(ref.kind)
        scope = "needs a namespace" if resource.namespaced else "has no namespace"
        raise faults.invalid(ref.identity, f"metadata.namespace: a {ref.kind.kind} {scope}")

    def list(self, kind: Kind, namespace: str, query: Mapping[str, str]) -> list[Manifest]:
        """Return the objects of a kind in one namespace or all (""), page by page."""

        def place() -> Resource | None:
            resource = self.kinds.find(kind)
            return resource if resource and (resource.namespaced or not namespace) else None

        found: list[Manifest] = []
        asked = {**query, "limit": str(PAGE)}
        while True:
            answer = self._ask(kind, place, partial(_page, namespace, asked))
            if answer is None:
                return found
            page = self.done(kind, answer)
            found += objects.items(page, "items")
            rest = objects.text(page, "metadata", "continue")
            if not rest:
                return found
            asked = {**asked, "continue": rest}

    def done(self, about: Ref | Kind, answer: Answer) -> Manifest:
        """Return what a request was answered with; raises where it was not carried out."""
        if answer.is_good:
            return answer.document
        raise faults.of(answer, about, self.where)

    def _ask(
        self, kind: Kind, find: Callable[[], Resource | None], asking: Asking
    ) -> Answer | None:
        resource = find()
        if resource is None:
            return None
        answer = self.connection.ask(asking(resource))
        if not answer.lacks_path:
            return answer
        # The kind is gone, or is not served at each address yet.
        self.kinds.forget()
        if find() is None:
            return None
        raise faults.not_served_yet(kind)


def _page(namespace: str, query: Mapping[str, str], at: Resource) -> Request:
    return Request("GET", at.path(namespace), query)
