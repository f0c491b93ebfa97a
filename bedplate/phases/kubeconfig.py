"""The kubeconfig of a cluster: read where the cluster is managed, kept in vault and folder.

Cluster API writes it anew when half of its year is over. The vault's copy is good for the other
half: whoever looks at the cluster meanwhile has to fetch the newer one, or nobody gets in again.
"""

from __future__ import annotations

import base64
import binascii
import re

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.managing import managing_side
from bedplate.certificates.found import Expiry, in_kubeconfig
from bedplate.errors import Owner, PermanentError
from bedplate.ports.kube import Kube, Ref
from bedplate.ports.tools import Tools

LOGIN = re.compile(r"(client-(certificate|key)-data: *\"?)([A-Za-z0-9+/=]+)")
PARTS = ("certificate", "key")


def keep_kubeconfig(tools: Tools, kubeconfig: str) -> None:
    """Keep the kubeconfig in the vault, and in the user's folder with mode 0600."""
    name, file = names.vault_kubeconfig(tools.spec.name), names.kubeconfig_file(tools.spec.name)
    if tools.ports.vault.get(name) != kubeconfig:
        tools.ports.vault.put(name, kubeconfig)
    if tools.ports.files.read(file) != kubeconfig:
        tools.ports.files.write(file, kubeconfig, private=True)


def read_kubeconfig(kube: Kube, cluster: str) -> str:
    """Return the kubeconfig that Cluster API wrote, "" where there is none yet.

    Raises PermanentError KUBECONFIG_UNREADABLE.
    """
    secret = kube.get(_secret(cluster))
    encoded = objects.text(secret, "data", "value") if secret is not None else ""
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise PermanentError(
            "KUBECONFIG_UNREADABLE",
            f"Secret {names.kubeconfig_secret(cluster)} holds no kubeconfig",
            why="Cluster API writes it base64-encoded under the key value",
            remedy="delete the secret; the control plane's controller writes it again",
            owner=Owner.PLATFORM,
        ) from None


def _secret(cluster: str) -> Ref:
    return ref_of(kinds.SECRET, names.kubeconfig_secret(cluster))


def fetch_newer_kubeconfig(tools: Tools) -> None:
    """Keep what Cluster API wrote anew since; that of a managed cluster's manager too.

    Nothing is fetched where the machines' manager does not answer, or the vault knows nothing.
    """
    kube = tools.answering(managing_side(tools.spec))
    if kube is None:
        return
    if newer := _newer(tools, kube, tools.spec.name):
        keep_kubeconfig(tools, newer)
    manager = tools.spec.management_cluster
    if not tools.spec.self_managed and (newer := _newer(tools, kube, manager)):
        tools.ports.vault.put(names.vault_kubeconfig(manager), newer)


def _newer(tools: Tools, kube: Kube, cluster: str) -> str:
    """Return the vault's kubeconfig with the newer login, "" where there is no newer one."""
    kept = tools.ports.vault.get(names.vault_kubeconfig(cluster)) or ""
    secret = kube.get(_secret(cluster)) if kept else None
    written = objects.text(secret, "data", "value") if secret is not None else ""
    return with_newer_login(kept, objects.decoded(written))


def with_newer_login(kept: str, written: str) -> str:
    """Return `kept` with the certificate of `written` where that is good for longer, else "".

    The address stays: whoever gave the kubeconfig may reach the cluster by another one. So does a
    login of another user, which is not ours to replace. Pure.
    """
    before, after = _login(kept), _login(written)
    if before is None or after is None or not _is_renewed(before, after):
        return ""
    parts = {match[2]: match[3] for match in LOGIN.finditer(written)}
    return LOGIN.sub(lambda match: match[1] + parts[match[2]], kept)


def _login(kubeconfig: str) -> Expiry | None:
    """Return the certificate of a kubeconfig with one user who shows one."""
    if sorted(match[2] for match in LOGIN.finditer(kubeconfig)) != sorted(PARTS):
        return None
    return next(in_kubeconfig("", kubeconfig, ""), None)


def _is_renewed(before: Expiry, after: Expiry) -> bool:
    same = (before.subject, before.issuer) == (after.subject, after.issuer)
    return same and after.not_after > before.not_after
