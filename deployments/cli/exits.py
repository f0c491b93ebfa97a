"""The exit statuses of `bedplate`: stable, so that scripts can rely on them."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.errors import ExitStatus

CRASHED = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # what a shell gives a command that SIGINT ended

MEANINGS: Mapping[int, str] = {
    ExitStatus.OK: "done, or done as far as asked",
    ExitStatus.FAILED: "a step failed, resume goes on from there; or validate found a problem",
    ExitStatus.BAD_INPUT: "the specification, an option or a name is wrong; nothing was begun",
    ExitStatus.PREFLIGHT: "the site is not ready for this cluster; nothing was made",
    ExitStatus.LEASE: "another runner works on this cluster, or took the run over",
    ExitStatus.JOURNAL: "the journal cannot be used",
    ExitStatus.REFUSED: "a guard refused, or a person did",
    ExitStatus.FOUND: "a report found something to act on: drift, a certificate that ends soon",
    CRASHED: "a defect of Bedplate; the trace is in a file",
    INTERRUPTED: "interrupted; resume goes on",
}
