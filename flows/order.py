"""What a flow was asked for, made into a request of the domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prefect import runtime
from prefect.client.orchestration import get_client

from bedplate.engine.journal import Journal
from bedplate.errors import BadInput, Owner, Refused
from bedplate.operations import operation_for
from bedplate.request import Request
from bedplate.sites import inject_faults
from bedplate.spec import load_text
from blocks.site import SiteBlock


@dataclass(frozen=True, slots=True)
class Order:
    """The parameters of a flow: plain values and references, never a secret."""

    verb: str
    spec: str
    spec_file: str
    site: str
    requested_by: str
    from_step: str
    until_step: str
    faults: Sequence[str]
    skip_validations: Sequence[str] = ()
    confirm: str | None = None
    """The name that was typed, where the operation takes something away for good."""
    backup: str = ""
    """The backup that a restore puts back."""
    bundle: str = ""
    """The digest that the bundle must have, where one was planned."""
    not_after: str = ""
    """The moment after which nothing begins any more, as ISO 8601 has it."""

    def require_in_time(self, now: float) -> None:
        """Raise Refused WINDOW_CLOSED where this begins too late; what had begun goes on."""
        until = self._until()
        if until is None or now <= until.timestamp() or runtime.flow_run.run_count > 1:
            return
        raise Refused(
            "WINDOW_CLOSED",
            f"nothing was to begin after {self.not_after}; nothing was changed",
            why="no worker took the run up earlier, and the window has closed since",
            remedy="the campaign asks for it again in its next window",
            owner=Owner.PLATFORM,
        )

    def _until(self) -> datetime | None:
        if not self.not_after.strip():
            return None
        try:
            moment = datetime.fromisoformat(self.not_after.strip())
        except ValueError:
            raise BadInput(
                "MOMENT_INVALID",
                f"{self.not_after!r} is no moment",
                why="a run that begins later than that is to change nothing",
                remedy="write it as 2026-01-05T04:00:00+00:00",
                owner=Owner.PLATFORM,
            ) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def request(self, site: SiteBlock) -> Request:
        """Return the request; raises BadInput or SpecError, which say what to correct."""
        text, name = self._text(site)
        spec = load_text(text, name)
        self._require_confirmed(spec.name)
        return Request(
            operation=operation_for(self.verb, spec),
            spec_text=text,
            spec=spec,
            requested_by=self.requested_by or f"Prefect, flow run {runtime.flow_run.id}",
            first=self.from_step or None,
            last=self.until_step or None,
            skipped=frozenset(self.skip_validations),
            backup=self.backup.strip(),
            bundle=self.bundle.strip(),
        )

    def _require_confirmed(self, name: str) -> None:
        if self.confirm is not None and self.confirm.strip() != name:
            raise Refused(
                "NAME_DIFFERS",
                f"{self.confirm!r} is not {name!r}; nothing was taken away",
                why="the name has to be typed so that no other cluster is meant",
                remedy=f"run it again with {name} in Confirm",
                owner=Owner.PLATFORM,
            )

    def _text(self, site: SiteBlock) -> tuple[str, str]:
        if bool(self.spec.strip()) == bool(self.spec_file.strip()):
            both = "both a specification and a file" if self.spec.strip() else "no specification"
            raise BadInput(
                "SPEC_CHOICE",
                f"{both} was given",
                why="a cluster is made from one specification",
                remedy="paste it into Specification, or name it in Specification file",
                owner=Owner.SPEC_AUTHOR,
            )
        if self.spec.strip():
            return self.spec, "the pasted specification"
        name = self.spec_file.strip()
        return site.read_spec(name), name

    def inject(self, site: SiteBlock, request: Request, journal: Journal) -> None:
        """Let the chosen faults happen, where this begins a run and does not continue one."""
        open_run = journal.open_run(request.spec.name, request.operation.name)
        if self.faults and open_run is None:
            inject_faults(site.config(), self.faults)


def load_site(name: str) -> SiteBlock:
    """Load a site by the name of its block; raises BadInput SITE_UNKNOWN."""
    known = site_names()
    if name not in known:
        raise BadInput(
            "SITE_UNKNOWN",
            f"there is no site {name!r}",
            why=f"known are {', '.join(known) or 'none'}",
            remedy="choose one of these, or save a block of the type Bedplate site under this name",
            owner=Owner.PLATFORM,
        )
    found = SiteBlock.load(name)
    if not isinstance(found, SiteBlock):
        raise TypeError("a block is loaded outside of an event loop")
    return found


def site_names() -> list[str]:
    """Return the names of the blocks that are sites."""
    slug = SiteBlock.get_block_type_slug()
    with get_client(sync_client=True) as client:
        if slug not in {kind.slug for kind in client.read_block_types()}:
            return []
        documents = client.read_block_documents_by_type(slug)
    return sorted(one.name for one in documents if one.name)
