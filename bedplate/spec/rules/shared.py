"""Rules about parts that the control plane and worker groups share."""

from __future__ import annotations

import re

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.common import MachineHealthCheck, Taint, TaintEffect
from bedplate.spec.rules.text import label_findings, seconds

_PERCENT = re.compile(r"[0-9]{1,9}%")


def taint_findings(taints: tuple[Taint, ...], field: str) -> Findings:
    """Yield what is wrong with taints: a key is a label's name, an effect is needed."""
    for index, taint in enumerate(taints):
        where = f"{field}[{index}]"
        if not taint.key:
            yield Finding(f"{where}.key", "is empty", "the taint's key")
        elif any(label_findings({taint.key: taint.value}, "")):
            said = f"{taint.key}={taint.value} is not a taint's key and value"
            yield Finding(where, said, "letters, digits, -, _ and .")
        if taint.effect is None:
            yield Finding(f"{where}.effect", "is not set", "one of " + ", ".join(TaintEffect))


def health_check_findings(check: MachineHealthCheck | None, field: str) -> Findings:
    """Yield what is wrong with a machine health check."""
    if check is None:
        return
    for name, text in (
        ("nodeStartupTimeout", check.node_startup_timeout),
        ("unhealthyMachineTimeout", check.unhealthy_machine_timeout),
    ):
        length = seconds(text) if text else 1.0
        if length is None or length <= 0:
            yield Finding(f"{field}.{name}", f"{text!r} is not a duration above zero", "as 10m0s")
    limit = check.max_unhealthy
    if isinstance(limit, str) and not _PERCENT.fullmatch(limit):
        said = f"{limit!r} is neither a number nor a percentage"
        yield Finding(f"{field}.maxUnhealthy", said, "as 40%")
    if isinstance(limit, int) and limit < 0:
        yield Finding(f"{field}.maxUnhealthy", f"{limit} is negative", "0 or more")
