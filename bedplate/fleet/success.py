"""Whether a stage has broken what it may bear."""

from __future__ import annotations

from collections import Counter

from bedplate.fleet.campaign import Stage
from bedplate.fleet.states import SETTLED, ClusterState


def broken_criteria(
    settings: Stage, stage: Counter[ClusterState], batch: Counter[ClusterState]
) -> str:
    """Return what a batch has broken, nothing while all is well; given how clusters stand.

    Whatever a stage may bear, a batch in which no cluster could be upgraded breaks it: with a bad
    version no other batch begins. What a person accepted counts no more.
    """
    if not batch[ClusterState.FAILED]:
        return ""
    return _too_many(settings, stage) or _too_small_a_part(settings, stage) or _none_worked(batch)


def _too_many(settings: Stage, states: Counter[ClusterState]) -> str:
    success = settings.success
    most = 0 if success.max_failed is None and success.percent is None else success.max_failed
    failed = states[ClusterState.FAILED]
    if most is None or failed <= most:
        return ""
    return f"{failed} failed, {most} may"


def _too_small_a_part(settings: Stage, states: Counter[ClusterState]) -> str:
    """A part that cannot be reached any more is not waited for."""
    percent = settings.success.percent
    left_out = states[ClusterState.FOREIGN] + states[ClusterState.ACCEPTED]
    counted = states.total() - left_out
    possible = counted - states[ClusterState.FAILED]
    if percent is None or possible * 100 >= percent * counted:
        return ""
    return f"at most {possible} of {counted} can succeed, {percent} % must"


def _none_worked(batch: Counter[ClusterState]) -> str:
    ended = sum(batch[state] for state in SETTLED) == batch.total()
    if not ended or batch[ClusterState.UPGRADED] or batch[ClusterState.ACCEPTED]:
        return ""
    return f"none of a batch's {batch.total()} clusters could be upgraded"
