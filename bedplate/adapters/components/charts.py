"""Charts: pulled and rendered by the program `helm`, checked by digest, kept at the site."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bedplate.adapters.programs import Ended, run_program
from bedplate.bundles import Image
from bedplate.capi.blueprint import Login
from bedplate.errors import BedplateError, Owner, PermanentError, TemporaryError
from bedplate.ports.kube import JSON

PULL_SECONDS = 300.0
RENDER_SECONDS = 120.0
GONE = ("not found", "manifest unknown", "name unknown")
DENIED = ("unauthorized", "forbidden", "denied", "401", "403")

_DIGEST = re.compile(r"^Digest:\s*(sha256:[0-9a-f]{64})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a chart is rendered with; `kubernetes` is a version such as `1.34`."""

    name: str
    namespace: str
    kubernetes: str
    values: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Registry:
    """How the registry of charts is reached.

    `ca_file` holds more certificate authorities, `plain_hosts` are asked without TLS. `login` is
    the user of the mirror `host`, where that asks for one.
    """

    ca_file: Path | None = None
    plain_hosts: frozenset[str] = frozenset()
    insecure: bool = False
    host: str = ""
    login: Login | None = None


class Charts:
    """Renders charts. Helm's own files lie in the folder `state`, never in a user's home."""

    def __init__(
        self, program: str, state: Path, variables: Mapping[str, str] | None = None
    ) -> None:
        self._program = program
        self._state = state
        self._variables = {
            "HELM_CACHE_HOME": str(state / "cache"),
            "HELM_CONFIG_HOME": str(state / "config"),
            "HELM_DATA_HOME": str(state / "data"),
            "HELM_REGISTRY_CONFIG": str(state / "config/registry.json"),
            **(variables or {}),
        }

    def render(self, chart: Image, where: str, rendering: Rendering, registry: Registry) -> str:
        """Return the manifests of a chart; `where` is its repository, as the mirror has it.

        Raises:
            TemporaryError: NET_UNREACHABLE, the registry does not answer.
            PermanentError: DIGEST_MISSING, DIGEST_MISMATCH, CHART_MISSING, CHART_INVALID,
                AUTH_DENIED, PROGRAM_MISSING.
        """
        file = self._pulled(chart, where, registry)
        ended = self._helm(
            *("template", rendering.name, str(file), "--namespace", rendering.namespace),
            *("--kube-version", rendering.kubernetes, "--no-hooks", "--skip-tests"),
            *("--values", "-"),
            seconds=RENDER_SECONDS,
            text=json.dumps(rendering.values),
        )
        if ended.status != 0:
            raise _invalid(where, ended)
        return ended.output

    def _pulled(self, chart: Image, where: str, registry: Registry) -> Path:
        """Return the chart's archive: one that was pulled before, or a new one once it is whole."""
        if not chart.image_digest:
            raise _no_digest(where)
        kept = self._state / "charts" / f"{chart.image_digest.replace(':', '-')}.tgz"
        if kept.is_file():
            return kept
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._log_in(registry)
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".pull-") as folder:
            ended = self._helm(
                *("pull", f"oci://{where}", "--version", chart.tag, "--destination", folder),
                *_flags(where, registry),
                seconds=PULL_SECONDS,
            )
            if ended.status != 0:
                raise _not_pulled(where, chart.tag, ended)
            _check_digest(chart, where, ended)
            next(Path(folder).glob("*.tgz")).replace(kept)
        return kept

    def _log_in(self, registry: Registry) -> None:
        if registry.login is None:
            return
        ended = self._helm(
            *("registry", "login", registry.host, "--username", registry.login.username),
            *("--password-stdin", *_login_flags(registry)),
            seconds=RENDER_SECONDS,
            text=registry.login.password,
        )
        if ended.status != 0:
            raise _not_pulled(registry.host, "", ended)

    def _helm(self, *words: str, seconds: float, text: str = "") -> Ended:
        return run_program(
            [self._program, *words], seconds=seconds, text=text, variables=self._variables
        )


def _flags(where: str, registry: Registry) -> tuple[str, ...]:
    host = where.partition("/")[0].rpartition(":")[0] or where.partition("/")[0]
    if host in registry.plain_hosts:
        return ("--plain-http",)
    authorities = ("--ca-file", str(registry.ca_file)) if registry.ca_file is not None else ()
    return (*authorities, *(("--insecure-skip-tls-verify",) if registry.insecure else ()))


def _login_flags(registry: Registry) -> tuple[str, ...]:
    if registry.insecure:
        return ("--insecure",)
    return ("--ca-file", str(registry.ca_file)) if registry.ca_file is not None else ()


def _check_digest(chart: Image, where: str, ended: Ended) -> None:
    found = _DIGEST.search(f"{ended.output}\n{ended.errors}")
    if found is None or found[1] != chart.image_digest:
        raise PermanentError(
            "DIGEST_MISMATCH",
            f"the chart {where}:{chart.tag} has the digest {found[1] if found else 'of nothing'},"
            f" the bundle says {chart.image_digest}",
            why="the chart is not the one that was published",
            remedy="import it into the registry again; where it stays so, check the mirror",
            owner=Owner.PLATFORM,
        )


def _no_digest(where: str) -> PermanentError:
    return PermanentError(
        "DIGEST_MISSING",
        f"the chart {where} cannot be verified: the bundle names no digest",
        why="a chart without a digest may be anything",
        remedy="use a bundle that names its digest",
        owner=Owner.PLATFORM,
    )


def _not_pulled(where: str, tag: str, ended: Ended) -> BedplateError:
    said, chart = ended.last_words, f"{where}:{tag}" if tag else where
    seen = f"the chart {chart} cannot be pulled: {said}"
    if any(word in said.lower() for word in DENIED):
        return PermanentError(
            "AUTH_DENIED",
            seen,
            why="the registry lets nobody in without a login that it knows",
            remedy="check the user in REGISTRY_USERNAME and REGISTRY_PASSWORD",
            owner=Owner.PLATFORM,
        )
    if any(word in said.lower() for word in GONE):
        return PermanentError(
            "CHART_MISSING",
            seen,
            why="the cluster's network is made from this chart",
            remedy="import the bundle's charts into the registry mirror, or correct its address",
            owner=Owner.PLATFORM,
        )
    return TemporaryError(
        "NET_UNREACHABLE",
        seen,
        why="the cluster's network is made from this chart",
        remedy="check that the registry answers and which authority signed its certificate",
        owner=Owner.NETWORK,
    )


def _invalid(where: str, ended: Ended) -> PermanentError:
    return PermanentError(
        "CHART_INVALID",
        f"the chart {where} cannot be rendered: {ended.last_words}",
        why="its manifests are what makes the cluster's network",
        remedy="correct helmValues of the specification, if it has any",
        owner=Owner.SPEC_AUTHOR,
    )
