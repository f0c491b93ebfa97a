"""A management cluster that was made elsewhere is made known to a site by its kubeconfig."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import yaml

from bedplate.errors import BadInput, Owner, Refused

if TYPE_CHECKING:
    from bedplate.sites.site import SiteConfig
    from bedplate.spec import ClusterSpec

AUTHORITY = "certificate-authority-data"


def keep_manager(config: SiteConfig, spec: ClusterSpec, kubeconfig: str) -> None:
    """Keep the kubeconfig of a specification's management cluster in the site's vault.

    Raises BadInput KUBECONFIG_INVALID or KUBECONFIG_UNUSED, and Refused MANAGER_DIFFERS where the
    vault has that of another cluster under this name: a renewed certificate is the same cluster's.
    """
    from bedplate.adapters.files import FileVault
    from bedplate.capi import names

    if spec.self_managed:
        raise BadInput(
            "KUBECONFIG_UNUSED",
            f"{spec.name} manages itself: there is no management cluster to give a kubeconfig of",
            why="Cluster.spec.managementCluster names the cluster itself",
            remedy="leave --kubeconfig out, or name the management cluster in the specification",
        )
    vault, name = FileVault(config.state / "vault"), names.vault_kubeconfig(spec.management_cluster)
    known, authorities = vault.get(name), _authorities(kubeconfig)
    if not authorities:
        raise BadInput(
            "KUBECONFIG_INVALID",
            "the file is no kubeconfig with the authority of a cluster in it",
            why=f"without {AUTHORITY} nobody can tell that it is the right cluster that answers",
            remedy="kubectl config view --raw --flatten --minify writes one that holds everything",
            owner=Owner.PLATFORM,
        )
    if known is not None and not authorities & _authorities(known):
        raise _differs(spec, name)
    if known != kubeconfig:
        vault.put(name, kubeconfig)


def _authorities(kubeconfig: str) -> frozenset[str]:
    try:
        found = yaml.safe_load(kubeconfig)
    except yaml.YAMLError:  # its text quotes the lines, and so perhaps a key
        return frozenset()
    clusters = found.get("clusters") if isinstance(found, Mapping) else None
    if not isinstance(clusters, Sequence):
        return frozenset()
    entries = (one.get("cluster") for one in clusters if isinstance(one, Mapping))
    texts = (one.get(AUTHORITY) for one in entries if isinstance(one, Mapping))
    return frozenset(text for text in texts if isinstance(text, str) and text)


def _differs(spec: ClusterSpec, name: str) -> Refused:
    manager = spec.management_cluster
    return Refused(
        "MANAGER_DIFFERS",
        f"this site knows another cluster {manager} than the one that the kubeconfig is of",
        why=f"the certificate authority of the vault's {name!r} is another",
        remedy=f"leave --kubeconfig out to use the {manager} that is known here; where that one is"
        f" no more, remove the vault's {name!r} first",
        owner=Owner.PLATFORM,
    )
