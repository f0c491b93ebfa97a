"""The cluster's name, typed by whoever is about to lose it."""

from __future__ import annotations

from bedplate.errors import BadInput, Owner, Refused
from deployments.cli.screen import Screen


def require_name(screen: Screen, name: str, confirmed: str | None, option: str) -> None:
    """Ask for a cluster's name; raises BadInput where nobody is there, Refused for another name.

    `confirmed` is what was given with `option` instead.
    """
    if confirmed is None and not screen.can_ask:
        raise BadInput(
            "CONFIRMATION_MISSING",
            f"nobody is here to confirm that {name} is to go",
            why="what is taken away is lost",
            remedy=f"add {option} {name}",
            owner=Owner.PLATFORM,
        )
    typed = screen.ask(f"Type {name} to go on: ") if confirmed is None else confirmed
    if typed != name:
        raise Refused(
            "NAME_DIFFERS",
            f"{typed!r} is not {name!r}; nothing was taken away",
            why="the name has to be typed so that no other cluster is meant",
            remedy=f"run the same command again and type {name}",
            owner=Owner.PLATFORM,
        )
