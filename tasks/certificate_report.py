"""The report of certificates, as Markdown for an artifact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bedplate.certificates import Certificates
from tasks.report import table


def certificates_markdown(site: str, found: Sequence[Certificates], days: int) -> str:
    """Return the report: a table for each cluster, those that end first before the others."""
    parts = [f"# Certificates at site {site}", f"❌ marks what ends within {days} days."]
    for one in found:
        rows = [
            (
                "❌" if certificate.days_left(one.now) < days else "✅",
                str(certificate.days_left(one.now)),
                datetime.fromtimestamp(certificate.not_after, UTC).strftime("%Y-%m-%d"),
                certificate.place,
                certificate.subject,
                certificate.renewal,
            )
            for certificate in one.found
        ]
        heads = ("", "Days left", "Ends", "Certificate", "Subject", "Renewed how")
        parts += [f"## {one.cluster}", table(heads, rows)]
        parts += [f"⚠ Not looked at: {part.part}. {part.code}: {part.seen}" for part in one.unseen]
    return "\n\n".join(parts)
