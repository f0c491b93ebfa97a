"""What a ticket asks for, and the keys by which the same wish is recognised."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from deployments.gateway.problems import Malformed, malformed

LONGEST_SPEC = 128 * 1024

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
SiteName = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9-]*)?$", max_length=40)]
Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
Ticket = Annotated[str, StringConstraints(pattern=r"^[\w][\w./#:-]*$", max_length=120)]
# Visible characters and blanks: what people read in lists and logs stays on its line.
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=200)]


class Intent(BaseModel, frozen=True, extra="forbid", strict=True):
    """One wish: a verb for a cluster, as a ticket has it in one of its revisions."""

    ticket: Ticket = Field(description="The ticket's number or key.")
    revision: Line = Field(
        min_length=1, description="What changes when the ticket asks anew; the same in a retry."
    )
    verb: Word = Field(description="What to do: create or delete.")
    cluster: Label = Field(description="The cluster's name.")
    site: SiteName = Field(default="", description="The site; empty is the source's own.")
    spec: Annotated[str, StringConstraints(max_length=LONGEST_SPEC)] = Field(
        default="", description="The specification as text."
    )
    spec_file: Line = Field(
        default="", description="Or the name of a file in the site's folder of specifications."
    )
    confirm: Line = Field(
        default="", description="The cluster's name typed once more, for what takes it away."
    )
    requested_by: Line = Field(default="", description="Who wants it, for the record only.")

    def spec_hash(self) -> str:
        """Return what stands for the specification in the key."""
        return digest("text", self.spec) if self.spec else digest("file", self.spec_file)

    def fingerprint(self) -> str:
        """Return the digest of everything it says."""
        return digest("intent", self.model_dump_json())


def read_intent(content: object) -> Intent:
    """Return the intent that decoded JSON says; raises Malformed, quoting no values."""
    try:
        return Intent.model_validate(content)
    except ValidationError as error:
        raise unreadable(error) from None


def unreadable(error: ValidationError) -> Malformed:
    """Return the refusal of a document with wrong fields, which names them and quotes nothing."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    shown = [f"{'.'.join(map(str, one['loc'])) or 'the body'}: {one['msg']}" for one in problems]
    return malformed("; ".join(shown[:10])[:1000])


def business_key(source: str, intent: Intent) -> str:
    """Return the key of a wish: the same for every delivery of it, and Prefect's idempotency key.

    A digest of source, ticket, revision, verb, cluster and specification.
    """
    words = (source, intent.ticket, intent.revision, intent.verb, intent.cluster)
    return digest("key", *words, intent.spec_hash())


def plan_hash(verb: str, cluster: str, site: str, spec_text: str) -> str:
    """Return the digest of what will be done; a ticket that approves it can carry it."""
    return digest("plan", verb, cluster, site, spec_text)


def digest(*parts: str) -> str:
    """Return the SHA-256 of texts, in hexadecimal; no two lists of texts share one."""
    # JSON and not a separator: "a", "b" and "a,b" must differ.
    return sha256(json.dumps(parts, ensure_ascii=True).encode())


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
