"""What an API server and the network say when something goes wrong, as this project's errors.

The API server's own words are repeated, since they name the field and the rule; but what it quotes
of a Secret is not, and neither is anything of a kubeconfig.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from typing import Protocol

from bedplate.adapters.redaction import KNOWN
from bedplate.capi import objects
from bedplate.errors import BedplateError, Owner, PermanentError, TemporaryError
from bedplate.ports.kube import Kind, Manifest, Ref

UNAUTHORIZED, FORBIDDEN, CONFLICT, GONE, TOO_MANY = 401, 403, 409, 410, 429
SERVER_ERRORS = range(500, 600)
ABOUT_NO_CONTENT = (UNAUTHORIZED, FORBIDDEN, CONFLICT)
LONGEST = 1000  # characters: a definition can have hundreds of things wrong

# A refusal for lack of a right names the user; one by a webhook, a quota or a namespace that is
# going has the same status.
ABOUT_USER = re.compile(
    r'\buser "[^"]*" (?:cannot|\(groups=.*is attempting)\b', re.IGNORECASE | re.DOTALL
)
# The API server calls these internal errors (500), though they are the request's.
REQUESTS_OWN = re.compile(
    "resourceVersion should not be set|failed to create typed patch|illegal base64|cannot unmarshal"
)
# An API server's own words for a webhook that does not answer, with failurePolicy Fail.
WEBHOOK = re.compile(r'failed calling webhook "([^"]+)"')
SECRET = Kind("v1", "Secret")


class Said(Protocol):
    """An answer that is no success."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def document(self) -> Manifest:
        """The API server's `Status`; empty where something else answered."""

    @property
    def retry_after(self) -> str:
        """The header of this name."""


def of(said: Said, about: Ref | Kind, where: str) -> BedplateError:
    """Return the error that an answer is."""
    name = about.identity if isinstance(about, Ref) else about.kind
    kind = about.kind if isinstance(about, Ref) else about
    words = _words(said, is_secret=kind == SECRET)
    if said.status == TOO_MANY:
        return _rate_limited(where, said.retry_after)
    if said.status == UNAUTHORIZED or lacks_right(said) or _is_proxys_refusal(said):
        return _denied(where, words)
    if said.status == CONFLICT:
        return conflict(name, words)
    if REQUESTS_OWN.search(objects.text(said.document, "message")):
        return invalid(name, words)
    hook = WEBHOOK.search(objects.text(said.document, "message"))
    if said.status in SERVER_ERRORS and hook is not None:
        return webhook_silent(name, hook[1], words)
    if said.status in SERVER_ERRORS or said.status == GONE or not said.document:
        return unavailable(where, f"HTTP {said.status} for {name}: {words}")
    return invalid(name, words)


def lacks_right(said: Said) -> bool:
    """Say whether an API server refused a request since its user may not do that."""
    message = objects.text(said.document, "message")
    return said.status == FORBIDDEN and bool(ABOUT_USER.search(message))


def starting(where: str, said: Said) -> TemporaryError:
    """Return the error for an API server that refuses since it has not read its roles yet."""
    return unavailable(where, f"it is not ready, and refuses: {_words(said, is_secret=False)}")


def invalid(name: str, seen: str) -> PermanentError:
    """Return the error for an object that is not accepted."""
    return PermanentError(
        "API_INVALID",
        f"{name} is invalid: {seen}",
        why="the API server does not accept the object",
        remedy="correct what the message names, then resume",
        owner=Owner.BEDPLATE,
    )


def conflict(name: str, seen: str) -> TemporaryError:
    """Return the error for a write that somebody else's came before."""
    return TemporaryError(
        "CONFLICT",
        f"operation cannot be fulfilled on {name}: {seen}",
        why="somebody changed the object meanwhile",
        remedy="the call is repeated with what is there now",
        owner=Owner.PLATFORM,
    )


def unknown_kind(kind: Kind) -> PermanentError:
    """Return the error for a kind that the API server does not have in this version."""
    return PermanentError(
        "API_UNKNOWN_KIND",
        f'no matches for kind "{kind.kind}" in version "{kind.api_version}"',
        why="the API server has no definition of this kind and version",
        remedy="install the component that brings its CustomResourceDefinition, then resume",
        owner=Owner.PLATFORM,
    )


def not_served_yet(kind: Kind, seen: str = "") -> TemporaryError:
    """Return the error for a kind whose definition is there, but that is not served yet."""
    trouble = f": {seen}" if seen else ""
    return TemporaryError(
        "API_UNAVAILABLE",
        f'kind "{kind.kind}" of "{kind.api_version}" is defined but not served yet{trouble}',
        why="an API server takes a moment to serve a new definition, and to find all of them"
        " after a start",
        remedy="it is tried again; see `kubectl get crd` and the definition's conditions",
        owner=Owner.PLATFORM,
    )


def webhook_silent(name: str, hook: str, seen: str) -> TemporaryError:
    """Return the error for a write that a webhook guards which does not answer."""
    return TemporaryError(
        "WEBHOOK_SILENT",
        f"the API server cannot write {name}: {seen}",
        why=f"webhook {hook} guards the object, does not answer, and its failurePolicy is Fail",
        remedy="bring its service back, or take its configuration away, then resume:"
        " kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml"
        f" | grep -B40 {hook}",
        owner=Owner.PLATFORM,
    )


def unavailable(where: str, seen: str) -> TemporaryError:
    """Return the error for an API server that cannot do its work now."""
    return TemporaryError(
        "API_UNAVAILABLE",
        f"the API server at {where} cannot answer now: {seen}",
        why="it or its etcd starts, stops, or has too much to do",
        remedy="it is tried again; see `kubectl get --raw '/readyz?verbose'`",
        owner=Owner.PLATFORM,
    )


def not_kubernetes(where: str) -> TemporaryError:
    """Return the error for a success that no API server would write."""
    return unavailable(where, "what answers there is no Kubernetes API (a proxy's page?)")


def unreachable(where: str, error: BaseException) -> TemporaryError:
    """Return the error for an API server that nobody reaches, or nobody believes."""
    return TemporaryError(
        "NET_UNREACHABLE",
        f"the API server at {where} does not answer: {_reason(error)}",
        why="nothing can be read or changed there meanwhile",
        remedy="see whether its machines run and this machine reaches them (proxies: NO_PROXY),"
        f" then resume: curl -k {where}/readyz",
        owner=Owner.PLATFORM,
    )


def absent() -> TemporaryError:
    """Return the error for a cluster whose kubeconfig is not known."""
    return TemporaryError(
        "NET_UNREACHABLE",
        "the cluster's API server does not answer: its kubeconfig is not known",
        why="nothing can be read or changed there meanwhile",
        remedy="see whether its machines run, then resume",
        owner=Owner.PLATFORM,
    )


def _rate_limited(where: str, seconds: str) -> TemporaryError:
    when = f", for {seconds} s" if seconds.isdigit() else ""
    return TemporaryError(
        "RATE_LIMITED",
        f"the API server at {where} wants fewer calls (HTTP 429){when}",
        why="too many calls at once, of ours or of others",
        remedy="it is tried again; see `kubectl get --raw /metrics` for"
        " apiserver_flowcontrol_rejected_requests_total",
        owner=Owner.PLATFORM,
    )


def _denied(where: str, words: str) -> PermanentError:
    return PermanentError(
        "AUTH_DENIED",
        f"the API server at {where} refuses: {words}",
        why="the kubeconfig's user is not known there, or lacks the right",
        remedy="see who it is with `kubectl auth whoami`; put a kubeconfig of an administrator into"
        " the vault, then resume",
        owner=Owner.PLATFORM,
    )


def _is_proxys_refusal(said: Said) -> bool:
    # Without a Status it was something else than the API server.
    return said.status == FORBIDDEN and not said.document


def _words(said: Said, *, is_secret: bool) -> str:
    message = objects.text(said.document, "message") or "no Kubernetes answer"
    reason = objects.text(said.document, "reason")
    causes = objects.items(said.document, "details", "causes")
    fields = [objects.text(cause, "field") for cause in causes]
    if is_secret and said.status not in ABOUT_NO_CONTENT and reason != "InternalError":
        message = "; ".join([reason or "refused", *filter(None, fields)])
    elif causes and all(fields):
        message = "; ".join(
            f"{field}: {objects.text(cause, 'message')}"
            for field, cause in zip(fields, causes, strict=True)
        )
    if len(message) > LONGEST:
        message = f"{message[:LONGEST]} …"
    return KNOWN.redact(message)


def _reason(error: BaseException) -> str:
    """Return what lies at the bottom of an error of the client, in words without addresses."""
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not to be trusted: {cause.verify_message}"
    for cause in chain:
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed ({cause.reason or 'cut off'})"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    if any("Timeout" in type(cause).__name__ for cause in chain):
        return "no answer in time"
    return type(chain[-1]).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it hides, as attributes, arguments or causes."""
    todo, seen = [error], set[int]()
    while todo:
        found = todo.pop(0)
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        hidden = (getattr(found, "reason", None), *found.args, found.__cause__, found.__context__)
        todo += [one for one in hidden if isinstance(one, BaseException)]
