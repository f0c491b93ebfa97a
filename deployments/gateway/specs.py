"""The specification of an intent: pasted, in the site's folder, or what the journal last knew."""

from __future__ import annotations

from typing import Protocol

from bedplate.errors import BadInput, Owner, SpecError
from bedplate.spec import load_text
from deployments.gateway.intents import Intent
from deployments.gateway.prefect_api import reaching_prefect
from deployments.gateway.problems import NotAllowed
from deployments.gateway.rules import TAKES_AWAY
from flows.order import load_site


class Specs(Protocol):
    """Finds specifications."""

    def text(self, intent: Intent) -> str:
        """Return the specification's text; raises BadInput, JournalError."""


class SiteSpecs:
    """Specifications at the sites that are blocks of Prefect."""

    def text(self, intent: Intent) -> str:
        if bool(intent.spec) and bool(intent.spec_file):
            raise _choice("both a specification and a file")
        if intent.spec:
            return intent.spec
        if not intent.spec_file and intent.verb not in TAKES_AWAY:
            raise _choice("no specification")
        with reaching_prefect():
            site = load_site(intent.site)
        if intent.spec_file:
            return site.read_spec(intent.spec_file)
        journal = site.open_journal()
        known = next(iter(journal.runs(intent.cluster, limit=1)), None)
        if known is None:
            raise BadInput(
                "CLUSTER_UNKNOWN",
                f"the journal of site {intent.site!r} has no run of cluster {intent.cluster!r}",
                why="its specification is not known there",
                remedy="send the specification, or the name of its file, with the intent",
                owner=Owner.PLATFORM,
            )
        return known.spec_text


def require_of(cluster: str, text: str) -> None:
    """Raise NotAllowed where a specification is another cluster's, SpecError where it is none.

    What the ticket approves is a name; what the flow does is what the specification says.
    """
    named = load_text(text, "the specification").name
    if named != cluster:
        raise NotAllowed(
            "SPEC_OTHER_CLUSTER",
            f"the specification is of cluster {named!r}, the intent names {cluster!r}",
            why="only the cluster that was approved may be touched",
            remedy="send the specification of the cluster that the ticket is about",
        )


def _choice(what: str) -> BadInput:
    return BadInput(
        "SPEC_CHOICE",
        f"{what} was given",
        why="a cluster is made from one specification",
        remedy="send spec, or the name of a file in spec_file",
        owner=Owner.SPEC_AUTHOR,
    )


FINAL = (BadInput, NotAllowed, SpecError)
