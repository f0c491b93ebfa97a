"""Preflight: every check of the specification against the site, before anything is made."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import objects
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import PermanentError, PreflightFailed
from bedplate.facts import PREFLIGHT, Given
from bedplate.ports.kube import JSON
from bedplate.ports.tools import Tools
from bedplate.providers import Check, Finding, provider_of
from bedplate.providers.keys import ensure_key, forget_key
from bedplate.spec import ClusterSpec

NOTE = "preflight"


class Preflight(Phase[facts.Preflight]):
    """Run all checks, tell all failures at once; then make the SSH key where it is left to us.

    A passed preflight is good for one run only, so `check` never finds it done: it is wanted only
    while the bootstrap cluster is still to be made.
    """

    title = "Performing setup and validations"
    gives = PREFLIGHT
    patience = Patience(deadline=300, attempts=3)

    def check(self, given: Given, tools: Tools) -> facts.Preflight | None:
        """Yesterday's checks say nothing about today."""
        return None

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Probe everything; raises PreflightFailed with every finding."""
        provider = provider_of(tools.spec)
        checks = provider.checks(tools.spec)
        failed = [(check, findings) for check in checks if (findings := _probe(check, tools))]
        if failed:
            raise _failure(failed)
        if provider.needs_ssh_key(tools.spec):
            _make_key(tools)
        tools.say(f"✅ {provider.title} Provider setup is valid")
        tools.say("✅ Create preflight validations pass")
        tools.notes.note(NOTE, [check.name for check in checks])
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Preflight | Waiting:
        """Return the names of the checks that passed."""
        passed = objects.texts({NOTE: tools.notes.find(NOTE)}, NOTE)
        return facts.Preflight(passed=passed)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Forget the SSH key."""
        forget_key(tools)
        return None

    def reads(self, spec: ClusterSpec) -> JSON:
        """The machines: what else may change needs no new look at the infrastructure."""
        provider = provider_of(spec)
        return [*provider.control_plane(spec, ""), *provider.workers(spec, "")]


def _probe(check: Check, tools: Tools) -> tuple[Finding, ...]:
    try:
        findings = tuple(check.probe(tools))
    except PermanentError as error:  # it was not let in to look
        findings = (Finding(error.seen, error.remedy, error.owner),)
    if not findings:
        tools.say(f"✅ {check.line}")
    for finding in findings:
        tools.say(f"❌ {check.name}: {finding.seen}")
    return findings


def _failure(failed: list[tuple[Check, tuple[Finding, ...]]]) -> PreflightFailed:
    seen = [f"{check.name}: {f.seen}" for check, findings in failed for f in findings]
    remedies = [f"{check.name}: {f.remedy}" for check, findings in failed for f in findings]
    owners = {f.owner: None for _, findings in failed for f in findings}
    return PreflightFailed(
        "PREFLIGHT_FAILED",
        f"{len(failed)} of the checks failed\n" + "\n".join(seen),
        why="a cluster made now would fail later, with more to clean up; nothing was made",
        remedy="\n".join(remedies),
        owner=next(iter(owners)),
    )


def _make_key(tools: Tools) -> None:
    tools.say(
        "Provided VSphereMachineConfig sshAuthorizedKey is not set or is empty,"
        " auto-generating new key pair..."
    )
    path = ensure_key(tools)
    tools.say(
        f"VSphereDatacenterConfig private key saved to {path}."
        f" Use 'ssh -i {path} capv@<VM-IP-Address>' to login to your cluster VM"
    )
