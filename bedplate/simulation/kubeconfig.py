"""The kubeconfig of a simulated cluster, and whether it is of that very cluster."""

from __future__ import annotations

import base64
import functools
import math
import re

from cryptography import x509

CLIENT_DATA = re.compile(r"client-certificate-data: *(\S+)")
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


@functools.lru_cache(maxsize=1024)
def client_end(kubeconfig: str) -> float:
    """Return when the client's certificate ends (Unix seconds); never, where it shows none."""
    found = CLIENT_DATA.search(kubeconfig)
    if found is None:
        return math.inf
    certificate = x509.load_pem_x509_certificate(base64.b64decode(found[1]))
    return certificate.not_valid_after_utc.timestamp()
