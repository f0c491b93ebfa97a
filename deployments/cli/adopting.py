"""The work of `adopt`: put the kubeconfig where the adoption finds it, and adopt."""

from __future__ import annotations

from pathlib import Path

from bedplate.capi import names
from bedplate.errors import BadInput, Owner
from bedplate.spec import read_file
from deployments.cli.creating import Wish
from deployments.cli.operate import Job, make_request, open_to_work, operate
from deployments.cli.screen import Screen
from deployments.home import find_home, with_pace


def adopt(screen: Screen, wish: Wish, kubeconfig: Path | None) -> int:
    """Adopt a cluster; returns the exit status."""
    request = make_request(wish.verb, read_file(wish.file), str(wish.file), wish.steps)
    text = None if kubeconfig is None else _read(kubeconfig)
    home = find_home()
    config = with_pace(home.site(wish.site), wish.pace)
    site = open_to_work(screen, config)
    vault, cluster = site.open(request.spec).vault, request.spec.name
    if text is not None and text != vault.get(names.vault_kubeconfig(cluster)):
        vault.put(names.vault_adopting(cluster), text)
    job = Job(request, config, home.open_journal(config.journal), wish.logs, wish.faults)
    return operate(screen, home, job, site)


def _read(kubeconfig: Path) -> str:
    """Return the text of a kubeconfig; raises BadInput KUBECONFIG_UNUSABLE."""
    try:
        text = kubeconfig.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(kubeconfig, str(error)) from error
    if "clusters:" not in text or "users:" not in text:
        raise _unusable(kubeconfig, "it is no kubeconfig")
    return text


def _unusable(kubeconfig: Path, seen: str) -> BadInput:
    return BadInput(
        "KUBECONFIG_UNUSABLE",
        f"{kubeconfig}: {seen}",
        why="it leads to the cluster, as its administrator",
        remedy="name the file that EKS Anywhere wrote, CLUSTER-eks-a-cluster.kubeconfig",
        owner=Owner.PLATFORM,
    )
