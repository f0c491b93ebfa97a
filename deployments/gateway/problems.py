"""What the gateway refuses, with the HTTP status that says so."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from bedplate.errors import BadInput, Owner, Refused, TemporaryError


class Unverified(Refused):
    """A delivery that its sender did not sign, or signed too long ago (401)."""

    status: ClassVar[HTTPStatus] = HTTPStatus.UNAUTHORIZED


class Malformed(BadInput):
    """A verified delivery that says nothing that can be done (422)."""

    status: ClassVar[HTTPStatus] = HTTPStatus.UNPROCESSABLE_ENTITY


class TooLarge(BadInput):
    """A body over the limit, or one that did not arrive in time (413)."""

    status: ClassVar[HTTPStatus] = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Unknown(BadInput):
    """Nothing is known under a name that was asked for (404)."""

    status: ClassVar[HTTPStatus] = HTTPStatus.NOT_FOUND


class Conflict(Refused):
    """The same key came before with another body (409)."""

    status: ClassVar[HTTPStatus] = HTTPStatus.CONFLICT


class NotAllowed(Refused):
    """A rule says no (403); its code is the rule's id."""

    status: ClassVar[HTTPStatus] = HTTPStatus.FORBIDDEN


class Overloaded(TemporaryError):
    """More than the gateway takes at once (429)."""

    status: ClassVar[HTTPStatus] = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, seen: str, retry_after: int) -> None:
        super().__init__(
            "OVERLOADED",
            seen,
            why="taking more than can be handled would lose some of it",
            remedy=f"send it again after {retry_after} s",
            owner=Owner.PLATFORM,
        )
        self.retry_after = retry_after


def signature_missing(header: str) -> Unverified:
    """Return the refusal of a delivery without a header that proves who sent it."""
    return Unverified(
        "SIGNATURE_MISSING",
        f"there is no header {header}",
        why="without it anybody could have sent this",
        remedy="set the secret where the webhook is configured (docs/how-to/tickets.md)",
    )


def signature_wrong(what: str) -> Unverified:
    """Return the refusal of a delivery whose proof is wrong; never says how it is wrong."""
    return Unverified(
        "SIGNATURE_WRONG",
        f"{what} is not what a known secret makes of this body",
        why="somebody else sent this, or the body was changed on its way",
        remedy="compare the secret in the sender with the one that gateway.yaml names",
    )


def stale(seen: str) -> Unverified:
    """Return the refusal of a delivery from another time."""
    return Unverified(
        "DELIVERY_STALE",
        seen,
        why="an old delivery may be a recording of somebody else's",
        remedy="check the clocks of both machines, and send it anew",
    )


def malformed(seen: str, remedy: str = "") -> Malformed:
    """Return the refusal of a body that cannot be read."""
    return Malformed(
        "INTENT_INVALID",
        seen,
        why="what is wanted, for which cluster and by which ticket cannot be told from it",
        remedy=remedy or "compare the body with docs/how-to/tickets.md",
    )
