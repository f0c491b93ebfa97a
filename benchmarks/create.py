"""A cluster of one control plane and one worker in the lab, beside the same made by a plain script.

Needs the lab (lab/README.md), and brings it up. First Bedplate creates the cluster and deletes it,
then `plain-create.sh` makes it from the same parts: node image, manifests, chart, cluster objects.
Prints seconds per step, and Bedplate's own overhead: the time in which no step worked or waited.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.components.cilium import cilium_values
from bedplate.adapters.journal import open_journal
from bedplate.capi import kinds, names
from bedplate.capi.cluster import build, documents
from bedplate.capi.rendering.kind import kind_config
from bedplate.engine.journal import Attempt
from bedplate.phases.rendering import blueprint_of
from bedplate.ports.components import Component
from bedplate.ports.kube import Manifest
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.sites import open_site
from bedplate.spec import load_text
from benchmarks.pivot_movers import Memory
from benchmarks.table import print_table
from deployments.home import Home
from lab import specification
from lab.artifacts import write_clusterctl
from lab.authority import Authority
from lab.check import Check
from lab.eksa import components
from lab.images import Images
from lab.manifests import manifests
from lab.places import NETWORK, REGISTRY, places
from lab.up import SITE, Lab

SCRIPT = Path(__file__).parent / "plain-create.sh"
SECONDS = 2400.0


@dataclass(frozen=True)
class Steps:
    """When each step's attempts began and ended."""

    attempts: Sequence[Attempt]

    def rows(self) -> list[tuple[str, float]]:
        """Return the seconds of each step."""
        return [
            (one.step, (one.ended_at or one.started_at) - one.started_at) for one in self.attempts
        ]

    @property
    def total(self) -> float:
        """Return the seconds from the first beginning to the last end."""
        ends = [one.ended_at for one in self.attempts if one.ended_at is not None]
        return max(ends) - min(one.started_at for one in self.attempts)

    @property
    def covered(self) -> float:
        """Return the seconds in which at least one step worked or waited."""
        spans = sorted((one.started_at, one.ended_at or one.started_at) for one in self.attempts)
        covered, end = 0.0, spans[0][0]
        for start, stop in spans:
            covered += max(0.0, stop - max(start, end))
            end = max(end, stop)
        return covered


def write_parts(lab: Lab, folder: Path) -> None:
    """Write what the plain script works with, from the site where the cluster is right now."""
    spec = load_text((lab.places.state / f"{specification.NAME}.yaml").read_text())
    site = open_site(Home(lab.home).site(SITE), _secrets(lab))
    tools = Tools(spec, site.bundle(spec), site.open(spec), Memory(), print)
    provider, blueprint = provider_of(spec), blueprint_of(tools)
    namespace = build(kinds.NAMESPACE, names.NAMESPACE, {}, namespace="")
    chart = tools.bundle[spec.kubernetes_version].bundle.cilium.helm_chart
    part = tools.bundle[spec.kubernetes_version].bundle
    (folder / "kind.json").write_text(json.dumps(kind_config(spec, tools.bundle)))
    _write(folder / "secrets.json", (namespace, *provider.credentials(tools)))
    _write(
        folder / "cluster.json", (*provider.control_plane(blueprint), *provider.workers(blueprint))
    )
    _write(folder / "eksa.json", tools.ports.components.release(Component.EKS_ANYWHERE).manifests)
    _write(folder / "objects.json", documents(spec))
    (folder / "cilium.json").write_text(json.dumps(cilium_values(spec, part, None)))
    (folder / "chart").write_text(f"oci://{chart.repository}")
    (folder / "chart-version").write_text(chart.tag)
    (folder / "ca.pem").write_text(Authority.of(lab.places.state).files.certificate.read_text())
    _write_providers(lab, folder)


def _write_providers(lab: Lab, folder: Path) -> None:
    images = Images(REGISTRY)
    made = manifests(lab.programs, images, components(images))
    config = write_clusterctl(folder, made)
    (folder / "cert-manager.yaml").write_text(made.cert_manager.text)
    with config.open("a") as out:
        url, version = folder / "cert-manager.yaml", made.cert_manager.version
        out.write(f"cert-manager:\n  url: {url}\n  version: {version}\n")


def _write(file: Path, manifests: Sequence[Manifest]) -> None:
    items = [dict(one) for one in manifests]
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def _secrets(lab: Lab) -> Mapping[str, str]:
    environment = lab.environment()
    return {
        "vcenter/username": environment["EKSA_VSPHERE_USERNAME"],
        "vcenter/password": environment["EKSA_VSPHERE_PASSWORD"],
    }


def plain(lab: Lab, folder: Path) -> float:
    """Run the plain script; returns its seconds, and prints what it said."""
    own = lab.environment()
    environment = {
        **os.environ,
        **own,
        "PATH": f"{lab.places.programs}:{os.environ['PATH']}",
        "HOME": str(folder),
        "KIND_EXPERIMENTAL_DOCKER_NETWORK": NETWORK,
        "VSPHERE_USERNAME": own["EKSA_VSPHERE_USERNAME"],
        "VSPHERE_PASSWORD": own["EKSA_VSPHERE_PASSWORD"],
        "CLUSTERCTL_DISABLE_VERSIONCHECK": "true",
        "EXP_CLUSTER_RESOURCE_SET": "true",
    }
    clock = SystemClock()
    began = clock.now()
    subprocess.run(
        [SCRIPT, folder, specification.NAME], env=environment, timeout=SECONDS, check=True
    )
    return clock.now() - began


def measure(lab: Lab) -> tuple[Steps, float, float]:
    """Return our steps, our seconds with the program's start, and the plain script's."""
    check, clock = Check(lab, print), SystemClock()
    folder = lab.places.state / "plain"
    folder.mkdir()
    began = clock.now()
    check.cluster.create()
    ours = clock.now() - began
    write_parts(lab, folder)
    url = f"sqlite:///{lab.home / 'journal.sqlite'}"
    with contextlib.closing(open_journal(url)) as journal:
        steps = Steps(journal.attempts(journal.runs(specification.NAME, 1)[0].id))
    check.cluster.delete()
    return steps, ours, plain(lab, folder)


def main() -> None:
    """Measure in a fresh lab and print."""
    lab = Lab(places(), print)
    lab.reset()
    lab.up()
    try:
        steps, ours, theirs = measure(lab)
    finally:
        lab.reset()
    print_table("steps", ("step", "seconds"), [(n, f"{s:.1f}") for n, s in steps.rows()])
    rows = [
        ("create 1 + 1", f"{ours:.0f} s", f"{theirs:.0f} s", f"{ours / theirs:.2f}"),
        (
            "no step at work",
            f"{steps.total - steps.covered:.2f} s",
            f"{steps.total:.0f} s",
            f"{(steps.total - steps.covered) / steps.total:.4f}",
        ),
    ]
    print_table("a cluster on real parts", ("what", "Bedplate", "beside", "ratio"), rows)
