"""The secrets that Cluster API's controllers read on the side of the cluster's own objects."""

from __future__ import annotations

import base64

from bedplate.capi import kinds
from bedplate.capi.blueprint import Blueprint, Login
from bedplate.capi.cluster import build
from bedplate.capi.rendering.files import Fields
from bedplate.ports.kube import Manifest

SITE_CREDENTIALS = "vsphere-credentials"
"""What EKS Anywhere's own controller reads."""

REGISTRY_CREDENTIALS = "registry-credentials"
"""Bottlerocket's bootstrap provider looks for the mirror's user under this name."""

MOVES: Fields = {kinds.MOVE_LABEL: "true"}
"""The labels of a secret that goes along when the cluster moves to another management cluster."""


def vsphere_credentials_name(cluster: str) -> str:
    """Return the secret that the VSphereCluster names as its identity."""
    return f"{cluster}-vsphere-credentials"


def credentials(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the vCenter user's secret, and the registry mirror's where it asks for a user."""
    mirror = blueprint.spec.cluster.spec.registry_mirror_configuration
    name = vsphere_credentials_name(blueprint.spec.name)
    found = [_secret(name, blueprint.secrets.infrastructure)]
    if mirror is not None and mirror.authenticate:
        found.append(_secret(REGISTRY_CREDENTIALS, blueprint.secrets.registry))
    return tuple(found)


def encoded(text: str) -> str:
    """Return a text as a Secret's `data` has it: base64 of UTF-8."""
    return base64.b64encode(text.encode()).decode()


def _secret(name: str, login: Login) -> Manifest:
    data: Fields = {
        "username": encoded(login.username),
        "password": encoded(login.password),
    }
    return build(kinds.SECRET, name, {"data": data}, labels=MOVES)
