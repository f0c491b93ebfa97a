"""The report of a comparison, as Markdown for an artifact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bedplate.drift import Comparison, Drift
from tasks.report import table


def drift_markdown(site: str, found: Sequence[Comparison]) -> str:
    """Return the report: a row for each cluster, then every difference with what to do."""
    rows = [(one.cluster, _standing(one), one.basis) for one in found]
    parts = [f"# Drift at site {site}", table(("Cluster", "State", "Compared with"), rows)]
    for one in found:
        if one.drifts or one.unseen:
            parts += [f"## {one.cluster}", *_details(one)]
    return "\n\n".join(parts)


def _standing(one: Comparison) -> str:
    if one.drifts:
        return f"❌ {len(one.drifts)} differences"
    if one.has_failed:
        return "⚠ could not be looked at"
    return "⚠ in part" if one.unseen else "✅ as asked for"


def _details(one: Comparison) -> Iterator[str]:
    for drift in one.drifts:
        yield f"### {drift.sort}: {drift.target}"
        yield table(("", ""), _rows(drift))
    for part in one.unseen:
        yield f"⚠ Not compared: {part.part}. {part.code}: {part.seen} — {part.remedy}"


def _rows(drift: Drift) -> list[tuple[str, str]]:
    return [
        ("seen", drift.seen),
        ("why it matters", drift.why),
        ("do", drift.remedy),
        ("who", drift.owner.value),
    ]
