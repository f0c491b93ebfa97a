"""The verbs of the `Kube` port on a real API server."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog

from bedplate.adapters.kubernetes import faults, statuses
from bedplate.adapters.kubernetes.connection import NOT_FOUND, Answer, Request
from bedplate.adapters.kubernetes.discovery import Resource
from bedplate.adapters.kubernetes.logs import pod_logs
from bedplate.adapters.kubernetes.server import Server
from bedplate.adapters.kubernetes.statuses import CREATOR, MANAGER
from bedplate.capi import objects
from bedplate.errors import BedplateError
from bedplate.ports.kube import JSON, Kind, Manifest, Reach, Ref

log = structlog.stdlib.get_logger("bedplate")

APPLY_PATCH = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"
STATUS_WRITES = 5  # while a controller writes the same object's status
OURS = re.compile(rf'conflict with "(?:{MANAGER}|{CREATOR})"')


class LiveKube:
    """The API server that a kubeconfig leads to; threads may share it.

    `kubeconfig` returns the text, or None where there is no such cluster as far as is known. It is
    called at first, by every `reach`, and again after a call that reached nobody or was not let
    in: a cluster of the same name made anew has another.
    """

    def __init__(self, kubeconfig: Callable[[], str | None]) -> None:
        self._kubeconfig = kubeconfig
        self._lock = threading.Lock()
        self._known: Server | None = None

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._replace(None)

    def reach(self) -> Reach:
        try:
            server = self._look_up()
            if server is None:
                return Reach.ABSENT
            with self._watched(server):
                return Reach.ANSWERS if server.connection.is_ready() else Reach.SILENT
        except BedplateError as error:
            log.debug("an API server is silent", code=error.code, seen=error.seen)
            return Reach.SILENT

    def get(self, ref: Ref) -> Manifest | None:
        with self._server() as server:
            return _get(server, ref)

    def list(
        self, kind: Kind, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> Sequence[Manifest]:
        chosen = ",".join(f"{key}={value}" for key, value in (labels or {}).items())
        query = {"labelSelector": chosen} if chosen else {}
        with self._server() as server:
            found = server.list(kind, namespace, query)
        # An API server leaves kind and version out of the items of a list.
        named = ({"apiVersion": kind.api_version, "kind": kind.kind, **item} for item in found)
        return sorted(named, key=lambda obj: (objects.namespace(obj), objects.name(obj)))

    def logs(self, workload: Ref, lines: int) -> Mapping[str, str]:
        with self._server() as server:
            found = _get(server, workload)
            return {} if found is None else pod_logs(server, found, lines)

    def apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        _require_same(ref, manifest)

        def asking(at: Resource, force: str = "false") -> Request:
            body = _without_status(manifest) if at.status else manifest
            query = {"fieldManager": MANAGER, "force": force}
            return Request("PATCH", at.path(ref.namespace, ref.name), query, body, APPLY_PATCH)

        with self._server() as server:
            answer = server.write(ref, asking)
            conflicts = _conflicts(answer)
            if conflicts:
                _tell(ref, conflicts)
                answer = server.write(ref, lambda at: asking(at, force="true"))
            return server.done(ref, answer)

    def dry_run(self, ref: Ref, manifest: Manifest) -> Manifest:
        with self._server() as server:
            answer = _post(server, ref, manifest, {"dryRun": "All"})
            return _existing(server, ref) if _exists(answer) else server.done(ref, answer)

    def would_apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        _require_same(ref, manifest)
        query = {"fieldManager": MANAGER, "force": "true", "dryRun": "All"}

        def asking(at: Resource) -> Request:
            body = _without_status(manifest) if at.status else manifest
            return Request("PATCH", at.path(ref.namespace, ref.name), query, body, APPLY_PATCH)

        with self._server() as server:
            return server.done(ref, server.write(ref, asking))

    def create(self, ref: Ref, manifest: Manifest) -> Manifest:
        with self._server() as server:
            answer = _post(server, ref, manifest, {})
            is_new = not _exists(answer)
            made = server.done(ref, answer) if is_new else _existing(server, ref)
            status = manifest.get("status")
            place = server.find(ref)
            if not status or place is None or not place.status:
                return made
            if is_new or statuses.awaits_status(made):
                return _write_status(server, ref, made, status)
            return made

    def patch(self, ref: Ref, patch: Manifest) -> Manifest | None:
        with self._server() as server:
            return _merge(server, ref, patch)

    def patch_status(self, ref: Ref, status: Manifest) -> Manifest | None:
        with self._server() as server:
            place = server.find(ref)
            if place is None or not place.status:
                return None
            return _merge(server, ref, {"status": status}, "status")

    def delete(self, ref: Ref) -> None:
        query = {"propagationPolicy": "Background"}

        def asking(at: Resource) -> Request:
            return Request("DELETE", at.path(ref.namespace, ref.name), query)

        with self._server() as server:
            _found(server, ref, server.read(ref, asking))

    # -- which API server ------------------------------------------------------------------------

    @contextmanager
    def _server(self) -> Iterator[Server]:
        with self._lock:
            server = self._known
        server = server or self._look_up()
        if server is None:
            raise faults.absent()
        with self._watched(server):
            yield server

    def _look_up(self) -> Server | None:
        """Return the API server of the kubeconfig as it is now, with its open connections."""
        text = self._kubeconfig()
        with self._lock:
            if self._known is not None and self._known.kubeconfig == text:
                return self._known
        return self._replace(None if text is None else Server(text))

    def _replace(self, server: Server | None, old: Server | None = None) -> Server | None:
        """Use another API server, in the place of `old` only where that is given."""
        with self._lock:
            if old is not None and self._known is not old:
                return self._known
            before, self._known = self._known, server
        if before is not None:
            before.connection.close()
        return server

    @contextmanager
    def _watched(self, server: Server) -> Iterator[None]:
        """Read the kubeconfig again after a call that reached nobody or was not let in."""
        try:
            yield
        except BedplateError as error:
            if error.code in ("NET_UNREACHABLE", "AUTH_DENIED"):
                self._replace(None, server)
            raise


def _get(server: Server, ref: Ref) -> Manifest | None:
    answer = server.read(ref, lambda at: Request("GET", at.path(ref.namespace, ref.name)))
    return _found(server, ref, answer)


def _found(server: Server, ref: Ref, answer: Answer | None) -> Manifest | None:
    if answer is None or answer.status == NOT_FOUND:
        return None
    return server.done(ref, answer)


def _merge(server: Server, ref: Ref, change: Manifest, part: str = "") -> Manifest | None:
    def asking(at: Resource) -> Request:
        path = at.path(ref.namespace, ref.name, part)
        return Request("PATCH", path, {"fieldManager": MANAGER}, change, MERGE_PATCH)

    return _found(server, ref, server.read(ref, asking))


def _existing(server: Server, ref: Ref) -> Manifest:
    there = _get(server, ref)
    if there is None:
        raise faults.conflict(ref.identity, "it was there, and is gone")
    return there


def _post(server: Server, ref: Ref, manifest: Manifest, query: Mapping[str, str]) -> Answer:
    _require_same(ref, manifest)
    metadata = {**objects.mapping(manifest, "metadata")}
    metadata.pop("managedFields", None)
    body: Manifest = {**manifest, "metadata": metadata}

    def asking(at: Resource) -> Request:
        return Request("POST", at.path(ref.namespace), {"fieldManager": CREATOR, **query}, body)

    return server.write(ref, asking)


def _write_status(server: Server, ref: Ref, made: Manifest, status: JSON) -> Manifest:
    """Write a created object's status, but for what a controller wrote meanwhile."""

    def asking(at: Resource) -> Request:
        path = at.path(ref.namespace, ref.name, "status")
        return Request("PUT", path, {"fieldManager": CREATOR}, statuses.with_status(made, status))

    for _ in range(STATUS_WRITES):
        answer = server.write(ref, asking)
        if answer.status != faults.CONFLICT:
            return server.done(ref, answer)
        made = _existing(server, ref)
    raise faults.conflict(ref.identity, "its status changes faster than it can be written")


def _require_same(ref: Ref, manifest: Manifest) -> None:
    """A request to create names no object, so the API server cannot tell that another was meant."""
    said = objects.kind(manifest)
    if said != ref.kind:
        raise faults.invalid(
            ref.identity, f"the object is a {said.kind or 'nothing'} of {said.api_version!r}"
        )
    for field, is_, right in (
        ("name", objects.name(manifest), ref.name),
        ("namespace", objects.namespace(manifest), ref.namespace),
    ):
        if is_ != right:
            raise faults.invalid(
                ref.identity, f"metadata.{field}: {is_!r} does not match the request"
            )


def _without_status(manifest: Manifest) -> Manifest:
    return {key: value for key, value in manifest.items() if key != "status"}


def _exists(answer: Answer) -> bool:
    return (
        answer.status == faults.CONFLICT
        and objects.text(answer.document, "reason") == "AlreadyExists"
    )


def _conflicts(answer: Answer) -> list[str]:
    """Return who else manages which fields that were applied, as the API server says it."""
    if answer.status != faults.CONFLICT:
        return []
    return [
        f"{objects.text(cause, 'message')}: {objects.text(cause, 'field')}"
        for cause in objects.items(answer.document, "details", "causes")
        if objects.text(cause, "reason") == "FieldManagerConflict"
    ]


def _tell(ref: Ref, conflicts: Sequence[str]) -> None:
    """Log that fields of others are taken over; what we created or patched is ours anyway."""
    others = [text for text in conflicts if not OURS.match(text)]
    if others:
        log.warning("applied over others' fields", object=ref.identity, fields="; ".join(others))
