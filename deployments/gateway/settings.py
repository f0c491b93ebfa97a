"""What `gateway.yaml` says: who may send, what they may ask for, and where tickets are read.

The file lies in the home. Secrets are never in it, only references to them (`references.py`), or
the digests of tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import (
    AnyHttpUrl,
    BaseModel,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bedplate.errors import BadInput, Owner
from bedplate.fleet.gates import same
from deployments.gateway.references import KINDS

FILE = "gateway.yaml"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

Network = IPv4Network | IPv6Network
Reference = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(KINDS)}):[\w./-]+$")]
TokenHash = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40,64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
Identity = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Part(BaseModel, frozen=True, extra="forbid"):
    """A part of the file; a word that is not known here is an error."""


class Callback(Part):
    """Where the source itself is told what became of its wish, signed with Standard Webhooks."""

    url: AnyHttpUrl
    secret: Reference


class SourceBase(Part):
    """What every source may be given.

    A ticket is read back from `tickets` before anything starts; `trust_sender` says instead that
    whoever has the source's secret may start without one. Where `roles` are named, whoever asks
    must have one of them: the ticket's requester, or whom a trusted sender names.
    """

    verbs: tuple[str, ...]
    clusters: tuple[str, ...] = ("*",)
    sites: tuple[str, ...] = ("simulated",)
    tickets: Name | None = None
    trust_sender: bool = False
    roles: tuple[Name, ...] = ()
    callback: Callback | None = None

    @model_validator(mode="after")
    def _has_somebody_to_ask(self) -> SourceBase:
        if (self.tickets is None) == (not self.trust_sender):
            raise ValueError("give either tickets, or trust_sender: true")
        if not self.sites:
            raise ValueError("sites names at least one")
        return self


class StandardSource(SourceBase):
    """Any system that signs with Standard Webhooks; two secrets while one replaces the other."""

    kind: Literal["standard"]
    secrets: tuple[Reference, ...] = Field(min_length=1)
    tolerance: float = Field(default=5 * MINUTE, gt=0, le=HOUR)


class JiraFields(Part):
    """The issue's fields that say what is wanted, by their ids."""

    verb: str
    cluster: str
    site: str = ""
    spec_file: str = ""
    confirm: str = ""


class JiraSource(SourceBase):
    """Jira's webhooks (`secrets`), and its Automation, which sends a bearer token (`tokens`)."""

    kind: Literal["jira"]
    secrets: tuple[Reference, ...] = ()
    tokens: tuple[TokenHash, ...] = ()
    fields: JiraFields | None = None
    start_status: str = "Implement"
    tolerance: float = Field(default=2 * HOUR, gt=0, le=8 * DAY)


class ServiceNowSource(SourceBase):
    """ServiceNow: a bearer token or a client certificate, and a signature where `secrets` are.

    `certificates` are SHA-256 fingerprints. A proxy that ends TLS names the certificate in
    `proxy_header`, which is believed from `proxies` only.
    """

    kind: Literal["servicenow"]
    tokens: tuple[TokenHash, ...] = ()
    certificates: tuple[Fingerprint, ...] = ()
    proxy_header: str = ""
    proxies: tuple[Network, ...] = ()
    secrets: tuple[Reference, ...] = ()
    tolerance: float = Field(default=5 * MINUTE, gt=0, le=HOUR)

    @model_validator(mode="after")
    def _has_a_proof(self) -> ServiceNowSource:
        if not self.tokens and not self.certificates:
            raise ValueError("give tokens or certificates")
        return self


class GitHubSource(SourceBase):
    """Commands in comments of issues and pull requests, by the people named."""

    kind: Literal["github"]
    secrets: tuple[Reference, ...] = Field(min_length=1)
    people: tuple[str, ...] = Field(min_length=1)
    repositories: tuple[str, ...] = Field(min_length=1)
    tolerance: float = Field(default=3 * DAY, gt=0, le=8 * DAY)


class GitLabSource(SourceBase):
    """Commands in notes on issues and merge requests, by the people named.

    `secrets` are tokens as GitLab sends them, `signing` the keys of its Standard Webhooks.
    """

    kind: Literal["gitlab"]
    secrets: tuple[Reference, ...] = ()
    signing: tuple[Reference, ...] = ()
    people: tuple[str, ...] = Field(min_length=1)
    repositories: tuple[str, ...] = Field(min_length=1)
    tolerance: float = Field(default=5 * MINUTE, gt=0, le=HOUR)

    @model_validator(mode="after")
    def _has_a_proof(self) -> GitLabSource:
        if not self.secrets and not self.signing:
            raise ValueError("give secrets or signing")
        return self


Source = Annotated[
    StandardSource | JiraSource | ServiceNowSource | GitHubSource | GitLabSource,
    Field(discriminator="kind"),
]


class TicketRules(Part):
    """What a ticket must say before anything starts.

    `running`, `done` and `failed` are the states that it is moved to, empty for none.
    """

    url: AnyHttpUrl
    username: str = ""
    secret: Reference
    requires_plan_hash: bool = False


class JiraTickets(TicketRules):
    """Jira's REST API v3; with `username` the secret is an API token, else a bearer token."""

    kind: Literal["jira"]
    start_states: tuple[str, ...] = ("Implement",)
    approved_field: str = Field(description="The field that names who approved it.")
    cluster_field: str = Field(description="The field that names the cluster.")
    start_field: str = ""
    end_field: str = ""
    plan_field: str = ""
    running: str = ""
    done: str = ""
    failed: str = ""


class ServiceNowTickets(TicketRules):
    """ServiceNow's Table and Change Management APIs; states as the instance numbers them."""

    kind: Literal["servicenow"]
    start_states: tuple[str, ...] = ("-1", "-2")
    plan_field: str = "u_plan_hash"
    running: str = ""
    done: str = "0"
    failed: str = ""


Tickets = Annotated[JiraTickets | ServiceNowTickets, Field(discriminator="kind")]


class Role(Part):
    """What people may ask for; they are named as the source's ticket system names them."""

    people: tuple[str, ...] = Field(min_length=1)
    verbs: tuple[str, ...] = Field(min_length=1)
    clusters: tuple[str, ...] = ("*",)


class Approver(Part):
    """A person who may approve at the gateway; two tokens while one replaces the other.

    `identities` are the person's names elsewhere, as each ticket system and campaign has them.
    """

    tokens: tuple[TokenHash, ...] = Field(min_length=1)
    identities: tuple[Identity, ...] = ()
    clusters: tuple[str, ...] = ("*",)
    campaigns: tuple[str, ...] = ()


class Limits(Part):
    """How much is taken at once."""

    body_bytes: int = Field(default=256 * 1024, ge=1024)
    body_seconds: float = Field(default=10.0, gt=0)
    head_seconds: int = Field(default=15, ge=1)
    at_once: int = Field(default=64, ge=1)
    per_second: float = Field(default=50.0, gt=0)
    burst: int = Field(default=100, ge=1)
    waiting: int = Field(default=5000, ge=1)


class Settings(Part):
    """The whole file."""

    public_url: AnyHttpUrl | None = None
    database: Reference | None = None
    networks: tuple[Network, ...] = Field(
        default=(), description="Private networks that the gateway may talk to."
    )
    limits: Limits = Limits()
    approval_seconds: float = Field(default=3 * DAY, gt=0)
    approvers: Mapping[Name, Approver] = {}
    roles: Mapping[Name, Role] = {}
    tickets: Mapping[Name, Tickets] = {}
    sources: Mapping[Name, Source] = {}

    @model_validator(mode="after")
    def _what_sources_name_is_known(self) -> Settings:
        for name, source in self.sources.items():
            if source.tickets is not None and source.tickets not in self.tickets:
                raise ValueError(
                    f"source {name} names tickets {source.tickets}, which is not there"
                )
            for role in source.roles:
                if role not in self.roles:
                    raise ValueError(f"source {name} names role {role}, which is not there")
        return self

    @model_validator(mode="after")
    def _an_identity_is_one_persons(self) -> Settings:
        owners: dict[str, str] = {}
        for name, approver in self.approvers.items():
            for word in (name, *approver.identities):
                if owners.setdefault(same(word), name) != name:
                    raise ValueError(f"approvers {owners[same(word)]} and {name} share an identity")
        return self

    def roles_of(self, source: SourceBase) -> tuple[Role, ...]:
        """Return the roles of which whoever asks through a source needs one; none: anybody may."""
        return tuple(self.roles[name] for name in source.roles)


def read_settings(path: Path) -> Settings:
    """Return what the file says; raises BadInput GATEWAY_INVALID, quoting no value of it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Settings.model_validate({} if content is None else content)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise _invalid(path, reason or "it cannot be read") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark is not None else "somewhere"
        raise _invalid(path, f"{line}: it is no YAML") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise _invalid(path, f"{field}: {first['msg']}") from None


def _invalid(path: Path, seen: str) -> BadInput:
    return BadInput(
        "GATEWAY_INVALID",
        f"{path}: {seen}",
        why="the gateway takes nothing from a sender that it does not know",
        remedy="correct the file (docs/how-to/tickets.md has one for each sender)",
        owner=Owner.PLATFORM,
    )
