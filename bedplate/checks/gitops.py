"""Git: whether the repository lets us in, and whether the cluster's path there is free."""

from __future__ import annotations

from collections.abc import Callable

import yaml

from bedplate.checks.check import Check
from bedplate.checks.finding import Findings, block, check, warn
from bedplate.checks.scene import Scene
from bedplate.errors import Owner, PermanentError
from bedplate.spec import ClusterSpec, FluxConfig

KEY, KNOWN_HOSTS = "git/private-key", "git/known-hosts"
VARIABLES = {KEY: "EKSA_GIT_PRIVATE_KEY", KNOWN_HOSTS: "EKSA_GIT_KNOWN_HOSTS"}
CLUSTER_FILE = "eksa-cluster.yaml"


def git_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return the check of the repository's login; none without GitOps."""
    if spec.gitops is None:
        return ()
    return (check("git-credentials", "Git credentials accepted", _credentials),)


def git_path_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return the check that a new cluster takes over nobody's path; none without GitOps."""
    if spec.gitops is None:
        return ()
    return (check("git-path", "Git path of the cluster is free", _path),)


def git_drift_checks(old: ClusterSpec, new: ClusterSpec) -> tuple[Check, ...]:
    """Return the check that Git holds what an upgrade starts from; none without GitOps."""
    if new.gitops is None:
        return ()
    return (check("git-drift", "Git holds the state of the cluster", _drift(old)),)


def repository_url(flux: FluxConfig) -> str:
    """Return the repository's URL; one at GitHub is reached over SSH too."""
    if flux.spec.git is not None:
        return flux.spec.git.repository_url
    if flux.spec.github is not None:
        return f"ssh://git@github.com/{flux.spec.github.owner}/{flux.spec.github.repository}.git"
    return ""


def _credentials(scene: Scene) -> Findings:
    """Present, since Flux in the cluster gets them from the vault, and accepted."""
    flux = scene.spec.gitops
    if flux is None:
        return
    url = repository_url(flux)
    for name, variable in VARIABLES.items():
        if not (scene.vault.get(name) or "").strip():
            yield block(
                url,
                f"the vault has no {name}, which Flux reads the repository with",
                f"keep it in the site's vault, or name its file in {variable}",
                Owner.PLATFORM,
            )
    if scene.git is None:
        return
    try:
        scene.git.head(url, flux.spec.branch)
    except PermanentError as error:
        yield block(url, error.seen, error.remedy, error.owner)


def _path(scene: Scene) -> Findings:
    """What an earlier try of the same cluster left there is no trouble: it is committed over."""
    return _other_state(
        scene,
        (scene.spec,),
        "if that cluster still lives, choose another name or another clusterConfigPath; else:"
        " git rm -r",
    )


def _drift(old: ClusterSpec) -> Callable[[Scene], Findings]:
    """A change that is only in Git would be lost, or would undo this one."""

    def look(scene: Scene) -> Findings:
        remedy = "take what is right there into the specification, then go on; see git log -p"
        return _other_state(scene, (old, scene.spec), remedy)

    return look


def _other_state(scene: Scene, known: tuple[ClusterSpec, ...], remedy: str) -> Findings:
    flux = scene.spec.gitops
    if flux is None or scene.git is None:
        return
    url, branch = repository_url(flux), flux.spec.branch
    folder = f"{flux.spec.cluster_config_path}/{scene.spec.name}/eksa-system"
    try:
        files = scene.git.files(url, branch, folder)
    except PermanentError:
        return  # git-credentials says so
    kept = files.get(f"{folder}/{CLUSTER_FILE}")
    if kept is not None and not any(_same(kept, spec) for spec in known):
        yield warn(
            f"{url} {branch}:{folder}",
            f"{CLUSTER_FILE} there describes another state of the cluster {scene.spec.name}, and"
            " this operation commits over it",
            f"{remedy} {folder}",
            Owner.GIT,
        )


def _same(kept: str, spec: ClusterSpec) -> bool:
    try:
        found = [document for document in yaml.safe_load_all(kept) if document is not None]
    except yaml.YAMLError:
        return False
    return found == list(yaml.safe_load_all(spec.dump()))
