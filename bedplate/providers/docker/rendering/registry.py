"""The registry mirror's user, as a Secret beside the cluster's objects."""

from __future__ import annotations

from bedplate.capi import kinds
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build
from bedplate.capi.rendering.files import Fields
from bedplate.ports.kube import Manifest


def credentials(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the Secret; nothing where no mirror asks for a user. It moves with the cluster."""
    mirror = blueprint.spec.cluster.spec.registry_mirror_configuration
    if mirror is None or not mirror.authenticate:
        return ()
    login = blueprint.secrets.registry
    data: Fields = {"username": login.username, "password": login.password}
    labels: Fields = {kinds.MOVE_LABEL: "true"}
    return (build(kinds.SECRET, "registry-credentials", {"stringData": data}, labels=labels),)
