"""GitOps: the cluster's configuration in its Git repository, and Flux in the cluster to read it.

EKS Anywhere refuses a path that exists and only logs a failure. Ours commits what differs, and a
failure is a failure, which a resume takes up again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

import yaml

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, objects
from bedplate.capi.cluster import build, documents
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import GITOPS
from bedplate.phases.installing import apply_all, apply_release, missing, remove_release
from bedplate.phases.secrets import same_data
from bedplate.ports.components import Component
from bedplate.ports.kube import JSON, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec, FluxConfig

# The fields of Flux's Secret for SSH, and the names of the vault that they come from.
ACCESS = {"identity": "private-key", "known_hosts": "known-hosts", "password": "passphrase"}


class GitOps(Phase[facts.GitOps]):
    """Commit the cluster's objects, install Flux, point it at them."""

    title = "Installing AddonManager and GitOps Toolkit on workload cluster"
    gives = GITOPS
    patience = Patience(deadline=900)

    def __init__(self, side: Side) -> None:
        self._side = side

    def skip(self, spec: ClusterSpec) -> str | None:
        """No gitOpsRef, no Flux."""
        return None if spec.gitops else "GitOps field not specified, bootstrap flux skipped"

    def check(self, given: Given, tools: Tools) -> facts.GitOps | None:
        """Nothing is asked for, or the repository is current and Flux has read it."""
        if tools.spec.gitops is None:
            return facts.GitOps(repository=None)
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Commit first: Flux must find the path when it starts."""
        flux = tools.spec.gitops
        if flux is None:
            return None
        commit_path(tools, flux)
        kube = tools.kube(self._side)
        if waiting := apply_release(kube, tools.ports.components.release(Component.FLUX)):
            return waiting
        apply_all(kube, (*_access(tools, flux), *_sync(flux)))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.GitOps | Waiting:
        """Return the commit once Flux reports the path as applied."""
        flux = tools.spec.gitops
        if flux is None:
            return facts.GitOps(repository=None)
        folder = path_of(tools.spec, flux)
        if missing_files(tools, flux):
            return Waiting(f"the commit of {folder}")
        kube = tools.kube(self._side)
        if waiting := missing(kube, tools.ports.components.release(Component.FLUX)):
            return waiting
        for secret in _access(tools, flux):
            if not same_data(kube, secret):
                return Waiting(objects.ref(secret).identity)
        for manifest in _sync(flux):
            if not _ready(kube.get(objects.ref(manifest))):
                return Waiting(f"{objects.ref(manifest).identity} to be Ready")
        head = tools.ports.git.head(repository(flux), flux.spec.branch)
        return facts.GitOps(repository=repository(flux), path=folder, commit=head)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Remove Flux and the cluster's path; the repository's history stays."""
        flux = tools.spec.gitops
        if flux is None:
            return None
        remove_release(tools.kube(self._side), tools.ports.components.release(Component.FLUX))
        remove_path(tools, flux)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """All of it: the whole specification is committed."""
        return documents(spec) if spec.gitops else None


def commit_path(tools: Tools, flux: FluxConfig) -> None:
    """Commit the cluster's files; where nothing differs there is no new commit."""
    tools.ports.git.commit(
        repository(flux),
        flux.spec.branch,
        _files(tools.spec, flux),
        f"Add the configuration of cluster {tools.spec.name}",
    )


def missing_files(tools: Tools, flux: FluxConfig) -> tuple[str, ...]:
    """Return the files that the repository lacks, or has otherwise."""
    live = path_files(tools, flux)
    wanted = _files(tools.spec, flux)
    return tuple(path for path, text in wanted.items() if live.get(path) != text)


def remove_path(tools: Tools, flux: FluxConfig) -> None:
    """Remove the cluster's path from the repository; its history stays."""
    live = path_files(tools, flux)
    if live:
        tools.ports.git.commit(
            repository(flux),
            flux.spec.branch,
            dict.fromkeys(live),
            f"Remove the configuration of cluster {tools.spec.name}",
        )


def path_files(tools: Tools, flux: FluxConfig) -> Mapping[str, str]:
    """Return the files of the cluster's path in the repository."""
    folder = path_of(tools.spec, flux)
    return tools.ports.git.files(repository(flux), flux.spec.branch, folder)


def repository(flux: FluxConfig) -> str:
    """Return the repository's URL."""
    if flux.spec.git is not None:
        return flux.spec.git.repository_url
    if flux.spec.github is not None:
        return f"ssh://git@github.com/{flux.spec.github.owner}/{flux.spec.github.repository}.git"
    return ""


def path_of(spec: ClusterSpec, flux: FluxConfig) -> str:
    """Return the folder of the cluster's files in the repository."""
    return f"{flux.spec.cluster_config_path}/{spec.name}/eksa-system"


def _files(spec: ClusterSpec, flux: FluxConfig) -> dict[str, str]:
    kustomization = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    resources = {**kustomization, "resources": ["eksa-cluster.yaml"]}
    folder = path_of(spec, flux)
    return {
        f"{folder}/eksa-cluster.yaml": spec.dump(),
        f"{folder}/kustomization.yaml": yaml.safe_dump(resources, sort_keys=False),
    }


def _access(tools: Tools, flux: FluxConfig) -> tuple[Manifest, ...]:
    """The Secret by which Flux reads the repository; none where the vault holds no key for it."""
    vault = tools.ports.vault
    held = {field: vault.get(f"git/{name}") for field, name in ACCESS.items()}
    data: dict[str, JSON] = {
        field: base64.b64encode(text.encode()).decode() for field, text in held.items() if text
    }
    if not data:
        return ()
    namespace = flux.spec.system_namespace
    return (build(kinds.SECRET, namespace, {"data": data}, namespace=namespace),)


def _sync(flux: FluxConfig) -> tuple[Manifest, ...]:
    namespace = flux.spec.system_namespace
    source: dict[str, JSON] = {
        "interval": "1m0s",
        "url": repository(flux),
        "ref": {"branch": flux.spec.branch},
        "secretRef": {"name": namespace},
    }
    apply: dict[str, JSON] = {
        "interval": "10m0s",
        # Not the cluster's own folder alone: those of the clusters that it manages lie beside it.
        "path": f"./{flux.spec.cluster_config_path}",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": namespace},
    }
    return (
        build(kinds.GIT_REPOSITORY, namespace, {"spec": source}, namespace=namespace),
        build(kinds.KUSTOMIZATION, namespace, {"spec": apply}, namespace=namespace),
    )


def _ready(live: Manifest | None) -> bool:
    ready = objects.condition(live, "Ready") if live is not None else None
    return ready is not None and ready.true
