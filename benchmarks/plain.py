"""A cluster of the lab made by a plain script, from the same parts as Bedplate's own.

Node image, manifests, chart and cluster objects are written into a folder; the scripts
(`plain-create.sh`, `plain-workload.sh`, `plain-upgrade.sh`) work with them, by kind, clusterctl,
kubectl and helm.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.components.cilium import cilium_values
from bedplate.capi import kinds, names
from bedplate.capi.cluster import build, documents
from bedplate.capi.rendering.kind import kind_config
from bedplate.phases.rendering import blueprint_of
from bedplate.phases.upgrade.control_plane import RollControlPlane
from bedplate.phases.upgrade.workers import RollWorkers
from bedplate.ports.components import Component
from bedplate.ports.kube import Manifest, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.sites import open_site
from bedplate.spec import load_text
from benchmarks.pivot_movers import Memory
from deployments.home import Home
from lab.artifacts import write_clusterctl
from lab.authority import Authority
from lab.eksa import components
from lab.images import Images
from lab.manifests import manifests
from lab.places import NETWORK, REGISTRY
from lab.up import SITE, Lab

SECONDS = 2400.0
LOG, LAST = "plain.log", 3000  # what the scripts' programs said, and how much of it is shown


def write_parts(lab: Lab, folder: Path, cluster: str) -> None:
    """Write what a plain script works with, from the site where the cluster is right now."""
    tools = _tools(lab, cluster)
    spec = tools.spec
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


def make_folders(lab: Lab, cluster: str) -> None:
    """Make the machines' folder, which our delete removed, as a person does once beforehand."""
    tools = _tools(lab, cluster)
    for path in provider_of(tools.spec).folders(tools.spec):
        tools.ports.vcenter.create_folder(path)


def write_upgrade(lab: Lab, folder: Path, cluster: str) -> None:
    """Write what a plain script brings a cluster with to what its specification says now."""
    tools = _tools(lab, cluster)
    kube, blueprint = tools.kube(Side.CLUSTER), blueprint_of(tools)
    for phase, name in (
        (RollControlPlane(Side.CLUSTER), "control-plane.json"),
        (RollWorkers(Side.CLUSTER), "workers.json"),
    ):
        _write(folder / name, phase.wanted(tools.spec, kube, blueprint))
    (folder / "control-planes").write_text(str(tools.spec.control_plane.count))
    (folder / "workers").write_text(str(tools.spec.workers[0].count))


def _tools(lab: Lab, cluster: str) -> Tools:
    """Return what a phase works with at the lab's site."""
    spec = load_text((lab.places.state / f"{cluster}.yaml").read_text())
    site = open_site(Home(lab.home).site(SITE), _secrets(lab))
    return Tools(spec, site.bundle(spec), site.open(spec), Memory(), print)


def _write_providers(lab: Lab, folder: Path) -> None:
    images = Images(REGISTRY)
    made = manifests(lab.programs, images, components(images))
    config = write_clusterctl(folder, made)
    version = made.cert_manager.version
    file = (
        folder / "cert-manager" / version / "cert-manager.yaml"
    )  # clusterctl reads the version from its path
    file.parent.mkdir(parents=True)
    file.write_text(made.cert_manager.text)
    with config.open("a") as out:
        out.write(f"cert-manager:\n  url: {file}\n  version: {version}\n")


def _write(file: Path, manifests: Sequence[Manifest]) -> None:
    items = [dict(one) for one in manifests]
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def _secrets(lab: Lab) -> Mapping[str, str]:
    environment = lab.environment()
    return {
        "vcenter/username": environment["EKSA_VSPHERE_USERNAME"],
        "vcenter/password": environment["EKSA_VSPHERE_PASSWORD"],
    }


def plain(lab: Lab, script: Path, folder: Path, cluster: str) -> float:
    """Run a plain script; returns its seconds, and prints what it said."""
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
    try:
        subprocess.run([script, folder, cluster], env=environment, timeout=SECONDS, check=True)
    except subprocess.CalledProcessError:
        print((folder / LOG).read_text()[-LAST:])
        raise
    return clock.now() - began
