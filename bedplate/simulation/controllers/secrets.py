"""The secrets of a cluster: its authorities, and the kubeconfig made from them."""

from __future__ import annotations

import base64

from bedplate.simulation.certificates import CLIENT_DAYS, issue_client, make_authority
from bedplate.simulation.controllers.context import Context
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    Obj,
    look,
    name_of,
    namespace_of,
    own,
)
from bedplate.simulation.kubeconfig import client_end, kubeconfig_of

PURPOSES = ("ca", "etcd", "proxy", "sa")
TYPE = "cluster.x-k8s.io/secret"
RENEWED_BEFORE = CLIENT_DAYS / 2 * 86_400.0
"""How long before its end Cluster API writes a kubeconfig anew (seconds)."""


def ensure_authorities(
    context: Context, owner: Obj, cluster: Obj, purposes: tuple[str, ...] = PURPOSES
) -> None:
    """Make the authorities that are missing; one that is there is never replaced."""
    for purpose in purposes:
        name = f"{name_of(cluster)}-{purpose}"
        if context.objects.get("", "Secret", namespace_of(owner), name) is None:
            # The name of the authority tells that of an earlier cluster of this name apart.
            number = context.tx.count("authority")
            made, key = make_authority(f"{purpose} of {name_of(cluster)} {number}", context.now)
            data = {"tls.crt": _encode(made), "tls.key": _encode(key)}
            _ensure(context, owner, cluster, name, data)


def ensure_kubeconfig(context: Context, owner: Obj, cluster: Obj) -> None:
    """Make the kubeconfig where it can be made; write it anew when half of its time is over."""
    name, namespace = name_of(cluster), namespace_of(owner)
    there = context.objects.get("", "Secret", namespace, f"{name}-kubeconfig")
    if there is not None:
        at = client_end(secret_text(there, "value")) - RENEWED_BEFORE
        if at > context.now:
            context.wake(at)
            return
    text = _kubeconfig(context, cluster)
    if not text:
        return
    if there is None:
        _ensure(context, owner, cluster, f"{name}-kubeconfig", {"value": _encode(text)})
        return
    there["data"] = {"value": _encode(text)}
    context.objects.save(there)


def _kubeconfig(context: Context, cluster: Obj) -> str:
    """Return a new one; "" where there is no authority or no address yet."""
    host = look(cluster, "spec", "controlPlaneEndpoint", "host")
    secret = context.objects.get("", "Secret", namespace_of(cluster), f"{name_of(cluster)}-ca")
    if secret is None or not host:
        return ""
    authority, key = secret_text(secret, "tls.crt"), secret_text(secret, "tls.key")
    client = issue_client(authority, key, "kubernetes-admin", context.now)
    return kubeconfig_of(name_of(cluster), host, authority, client)


def authority_of(context: Context, cluster: Obj) -> str:
    """Return the certificate of the cluster's authority, or ""."""
    secret = context.objects.get("", "Secret", namespace_of(cluster), f"{name_of(cluster)}-ca")
    return "" if secret is None else secret_text(secret, "tls.crt")


def secret_text(secret: Obj, key: str) -> str:
    """Return one text of a Secret, or ""."""
    encoded = look(secret, "data", key) or ""
    return base64.b64decode(encoded).decode()


def make_data_secret(context: Context, owner: Obj, cluster: Obj, text: str) -> str:
    """Make the Secret with a machine's bootstrap data; returns its name."""
    _ensure(context, owner, cluster, name_of(owner), {"value": _encode(text)})
    return name_of(owner)


def _ensure(context: Context, owner: Obj, cluster: Obj, name: str, data: dict[str, str]) -> None:
    if context.objects.get("", "Secret", namespace_of(owner), name) is not None:
        return
    secret: Obj = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": namespace_of(owner),
            "labels": {CLUSTER_NAME: name_of(cluster)},
        },
        "type": TYPE,
        "data": data,
    }
    own(secret, owner, controller=True)
    context.objects.add(secret)


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
