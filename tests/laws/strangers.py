"""Clusters that somebody else made: on a simulated site, with no trace of ours."""

from __future__ import annotations

from pathlib import Path

from bedplate.capi.commit import REF
from bedplate.ports.kube import Side
from bedplate.spec import load_text
from tests.laws.making import Place


def make_stranger(folder: Path) -> str:
    """Make the cluster of the laws, and take away all that tells that we did; its kubeconfig."""
    place = Place(folder)
    place.create()
    place.journal.close()
    kube = place.site.open(load_text(place.text)).kube[Side.CLUSTER]
    kube.delete(REF)  # EKS Anywhere's move leaves no record on the cluster
    kubeconfig = place.site.vault.get("w01/kubeconfig")
    for path in (folder / "site" / "vault" / "w01").iterdir():
        if path.name != "ssh-private-key":
            path.unlink()
    for path in folder.glob("journal.sqlite*"):
        path.unlink()
    assert kubeconfig is not None
    return kubeconfig
