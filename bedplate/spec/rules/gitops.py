"""Rules about GitOps."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.kinds import Role, kinds_with
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.flux import FluxConfig
from bedplate.spec.names import near
from bedplate.spec.rules.text import without_password

LONGEST_BRANCH = 244
"""What Git allows on common file systems."""

_BRANCH = re.compile(r"[0-9A-Za-z_+,]+\.?/?[0-9A-Za-z\-_+,]+")
_REPOSITORY = re.compile(r"[0-9A-Za-z\-_.]+")


def gitops_ref(cluster: Cluster) -> Findings:
    """The repository's object is named, and of a known kind."""
    ref = cluster.spec.git_ops_ref
    if ref is None:
        return
    known = kinds_with(Role.GIT_OPS)
    if ref.kind not in known:
        said = f"{ref.kind!r} is not a kind of GitOps"
        yield Finding("spec.gitOpsRef.kind", said, near(ref.kind, known) or " or ".join(known))
    if not ref.name:
        yield Finding("spec.gitOpsRef.name", "is empty", "the name of the object")


def flux_provider(config: FluxConfig) -> Findings:
    """Exactly one of GitHub and Git is used."""
    github, git = config.spec.github, config.spec.git
    if (github is None) == (git is None):
        seen = "neither github nor git is set" if git is None else "github and git are both set"
        yield Finding("spec", seen, "exactly one of them")


def flux_branch(config: FluxConfig) -> Findings:
    """The branch is one that EKS Anywhere accepts."""
    branch = config.spec.branch
    if len(branch) > LONGEST_BRANCH or not _BRANCH.fullmatch(branch):
        yield Finding("spec.branch", f"{branch!r} is not a branch's name", "for example main")


def flux_github(config: FluxConfig) -> Findings:
    """A repository at GitHub has an owner and a name."""
    github = config.spec.github
    if github is None:
        return
    if not github.owner:
        yield Finding("spec.github.owner", "is empty", "a user or an organisation")
    if not _REPOSITORY.fullmatch(github.repository):
        said = f"{github.repository!r} is not a repository's name"
        yield Finding("spec.github.repository", said, "letters, digits, -, _ and .")


def flux_git(config: FluxConfig) -> Findings:
    """Any other repository is reached over SSH."""
    git = config.spec.git
    if git is None:
        return
    if not _is_ssh(git.repository_url):
        said = f"{without_password(git.repository_url)!r} is not an ssh:// address"
        yield Finding("spec.git.repositoryUrl", said, "as ssh://git@git.example.com/repo.git")


def _is_ssh(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme == "ssh" and bool(parts.hostname) and len(parts.path) > 1
    except ValueError:
        return False
