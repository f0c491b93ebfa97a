"""The kubeconfig of a simulated cluster, and whether it is of that very cluster."""

from __future__ import annotations

import base64
import re

CA_DATA = re.compile(r"certificate-authority-data: *(\S+)")


def kubeconfig_of(cluster: str, endpoint: str, ca: str, client: tuple[str, str]) -> str:
    """Return the kubeconfig that a cluster's control plane writes; `client` is PEM and its key."""
    authority, certificate, key = (
        base64.b64encode(text.encode()).decode() for text in (ca, *client)
    )
    return (
        "apiVersion: v1\nkind: Config\nclusters:\n"
        f"- name: {cluster}\n  cluster:\n    certificate-authority-data: {authority}\n"
        f"    server: https://{endpoint}:6443\n"
        f"contexts:\n- name: {cluster}-admin@{cluster}\n"
        f"  context: {{cluster: {cluster}, user: {cluster}-admin}}\n"
        f"current-context: {cluster}-admin@{cluster}\n"
        f"users:\n- name: {cluster}-admin\n  user:\n    client-certificate-data: {certificate}\n"
        f"    client-key-data: {key}\n"
    )


def trusts(kubeconfig: str, ca: str) -> bool:
    """Say whether a kubeconfig trusts the authority that a cluster was made with."""
    found = CA_DATA.search(kubeconfig)
    return found is not None and found[1] == base64.b64encode(ca.encode()).decode()
