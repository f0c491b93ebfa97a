"""Preflight: every check of the specification against the site, before anything is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import objects
from bedplate.checks import Check, Finding, Scene, Severity, create_checks, host_checks
from bedplate.checks.docker_host import host_ports
from bedplate.checks.running import Result, State, lines_of, run_checks, summary
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import PreflightFailed
from bedplate.fact import Given
from bedplate.facts import PREFLIGHT
from bedplate.phases.managed.claims import claims_of
from bedplate.phases.rendering import draft
from bedplate.ports.kube import JSON, Side
from bedplate.ports.tools import Ports, Tools
from bedplate.providers import SshUser, provider_of
from bedplate.providers.keys import ensure_key, forget_key
from bedplate.spec import ClusterSpec

PASSED, WARNED = "preflight", "preflight-warnings"
ENGINE = "docker-engine"


class Preflight(Phase[facts.Preflight]):
    """Run all checks, tell all failures at once; then make the SSH key where it is left to us.

    A passed preflight is good for one run only, so `check` never finds it done: it is wanted only
    while the bootstrap cluster is still to be made.
    """

    title = "Performing setup and validations"
    gives = PREFLIGHT
    patience = Patience(deadline=300, tries=3)
    verb = "Create"

    def checks(self, tools: Tools) -> Sequence[Check]:
        """Return the checks to make."""
        return checks_of(tools.spec)

    def scene(self, tools: Tools) -> Scene:
        """Return what they may look at."""
        return scene_of(tools.spec, tools.bundle, tools.ports, claims_of(tools))

    def check(self, given: Given, tools: Tools) -> facts.Preflight | None:
        """Yesterday's checks say nothing about today."""
        return None

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Make every check; raises PreflightFailed with every finding that blocks."""
        results = run_checks(
            self.checks(tools),
            self.scene(tools),
            skipped=tools.skipped,
            tell=lambda result: _say(tools, lines_of(result)),
        )
        _say(tools, summary(results))
        require_passed(results)
        provider = provider_of(tools.spec)
        user = provider.ssh_user(tools.spec)
        if user is not None:
            _make_key(tools, user)
        tools.say(f"✅ {provider.title} Provider setup is valid")
        tools.say(f"✅ {self.verb} preflight validations pass")
        tools.notes.note(WARNED, list(warnings_of(results)))
        tools.notes.note(PASSED, list(passed_of(results)))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Preflight | Waiting:
        """Return the names of the checks that passed, and what others warned of."""
        noted: dict[str, JSON] = {name: tools.notes.find(name) for name in (PASSED, WARNED)}
        return facts.Preflight(
            passed=objects.texts(noted, PASSED), warnings=objects.texts(noted, WARNED)
        )

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Forget the SSH key."""
        forget_key(tools)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The machines: what else may change needs no new look at the infrastructure."""
        provider, blueprint = provider_of(spec), draft(spec, bundle)
        return [*provider.control_plane(blueprint), *provider.workers(blueprint)]


def checks_of(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return every check of a create: the provider's, those all share, the Docker host's.

    A managed cluster needs no Docker host.
    """
    if not spec.self_managed:
        return (*provider_of(spec).checks(spec), *create_checks(spec))
    engine = Check(ENGINE, "", lambda scene: _engine_answers(scene, spec))
    on_engine = (replace(check, needs=(*check.needs, ENGINE)) for check in host_checks(spec))
    return (*provider_of(spec).checks(spec), *create_checks(spec), engine, *on_engine)


def _engine_answers(scene: Scene, spec: ClusterSpec) -> tuple[()]:
    """The ground of the Docker host's checks; what it raises is told once, not for each of them."""
    scene.engine(host_ports(spec))
    return ()


def scene_of(
    spec: ClusterSpec, bundle: ChosenBundle, ports: Ports, claims: frozenset[str] = frozenset()
) -> Scene:
    """Return what the checks may look at.

    Of API servers there is that of a management cluster, and the cluster's own where a create goes
    on that had made it already.
    """
    sides = (Side.MANAGEMENT, Side.CLUSTER)
    return Scene(
        spec=spec,
        bundle=bundle,
        clock=ports.clock,
        network=ports.network,
        host=ports.host,
        vcenter=ports.vcenter,
        vault=ports.vault,
        git=ports.git,
        components=ports.components,
        kube={side: ports.kube[side] for side in sides if side in ports.kube},
        claims=claims,
    )


def require_passed(results: Sequence[Result]) -> None:
    """Raise PreflightFailed where a check failed.

    Where the only trouble is that there was no answer, raises that TemporaryError: another attempt
    may get one.
    """
    failed = [result for result in results if result.blocks]
    unanswered = [result.unanswered for result in failed if result.unanswered is not None]
    if unanswered and len(unanswered) == len(failed):
        raise unanswered[0]
    if failed:
        raise _failure(failed)


def passed_of(results: Sequence[Result]) -> tuple[str, ...]:
    """Return the names of the checks that passed, each once."""
    good = (State.PASSED, State.WARNED)
    return tuple(dict.fromkeys(r.check.name for r in results if r.state in good))


def warnings_of(results: Sequence[Result]) -> tuple[str, ...]:
    """Return what checks warned of, as text."""
    return tuple(
        f"{result.check.name}: {finding.target}: {finding.seen}"
        for result in results
        if not result.blocks
        for finding in result.findings
    )


def _say(tools: Tools, lines: Iterable[str]) -> None:
    for line in lines:
        tools.say(line)


def _blocks(finding: Finding) -> bool:
    return finding.severity is Severity.BLOCK


def _failure(failed: Sequence[Result]) -> PreflightFailed:
    found = [(r.check.name, finding) for r in failed for finding in r.findings if _blocks(finding)]
    owners = dict.fromkeys(finding.owner for _, finding in found)
    return PreflightFailed(
        "PREFLIGHT_FAILED",
        f"{len(failed)} of the checks failed\n"
        + "\n".join(f"{name}: {_target(name, finding)}{finding.seen}" for name, finding in found),
        why="a cluster made now would fail later, with more to clean up; nothing was made",
        remedy="\n".join(f"{name}: {finding.remedy}" for name, finding in found),
        owner=next(iter(owners)),
    )


def _target(name: str, finding: Finding) -> str:
    return "" if finding.target in (name, "") else f"{finding.target}: "


def _make_key(tools: Tools, user: SshUser) -> None:
    tools.say(
        "Provided VSphereMachineConfig sshAuthorizedKey is not set or is empty,"
        " auto-generating new key pair..."
    )
    path = ensure_key(tools, user.algorithm)
    tools.say(
        f"VSphereDatacenterConfig private key saved to {path}."
        f" Use 'ssh -i {path} {user.name}@<VM-IP-Address>' to login to your cluster VM"
    )
