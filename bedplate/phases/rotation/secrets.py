"""Secrets: every Secret with credentials holds the new ones.

Of vSphere four (EKS Anywhere's documentation on rotation): the site's and the cluster's own where
its machines are managed, the cloud provider's there, and on the cluster itself what a
ClusterResourceSet makes of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import yaml

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, objects
from bedplate.capi.managing import managing_side, sides
from bedplate.capi.secret_data import holds
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, TemporaryError
from bedplate.fact import Given
from bedplate.facts import ROTATED_SECRETS
from bedplate.phases.rendering import draft
from bedplate.phases.rotation.logins import as_before, is_current
from bedplate.phases.rotation.restart import RestartReaders
from bedplate.ports.kube import Kube, Manifest, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec


class RotateSecrets(Phase[facts.RotatedSecrets]):
    """Write the credentials into the Secrets where the machines are managed."""

    title = "Updating the secrets"
    gives = ROTATED_SECRETS
    needs = (facts.KEPT_LOGIN,)
    patience = Patience(deadline=600, attempts=3)

    def check(self, given: Given, tools: Tools) -> facts.RotatedSecrets | None:
        """Each Secret holds what the vault holds, and that is what is wanted."""
        if not is_current(tools.ports.vault, tools.spec):
            return None
        if any(tools.answering(side) is None for side in sides(tools.spec)):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Apply those that differ; raises TemporaryError CLUSTER_SILENT."""
        _apply(tools, tools)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.RotatedSecrets | Waiting:
        """Return the names once each holds it, those on the cluster itself too."""
        names: list[str] = []
        for side, secret in _everywhere(tools):
            ref = objects.ref(secret)
            if not holds(_require(tools, side), secret):
                return Waiting(f"{ref.identity} of {side} to hold the credentials of the vault")
            names.append(f"{side} {ref.namespace}/{ref.name}")
        return facts.RotatedSecrets(names=tuple(names))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Write the former credentials back, and start anew what began with the others.

        The cluster's own are brought there after a while: what reads them begins with them.
        """
        former = as_before(tools)
        if former is None:
            return None
        _apply(tools, former)
        found = self.verify(given, former)
        return found if isinstance(found, Waiting) else RestartReaders().run(given, tools)

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone: what is in them is no part of a specification."""
        return [spec.name]


def _apply(tools: Tools, source: Tools) -> None:
    kube = _require(tools, managing_side(tools.spec))
    for secret in _managed(source):
        if not holds(kube, secret):
            kube.apply(objects.ref(secret), secret)


def _managed(tools: Tools) -> Iterator[Manifest]:
    """Yield the Secrets with credentials where the machines are managed, each once."""
    provider = provider_of(tools.spec)
    blueprint = replace(draft(tools.spec, tools.bundle), secrets=provider.render_secrets(tools))
    found = (*provider.credentials(tools), *provider.control_plane(blueprint))
    secrets = {objects.ref(one): one for one in found if objects.kind(one) == kinds.SECRET}
    yield from secrets.values()


def _everywhere(tools: Tools) -> Iterator[tuple[Side, Manifest]]:
    for secret in _managed(tools):
        yield managing_side(tools.spec), secret
        for inner in _brought(secret):
            yield Side.CLUSTER, inner


def _brought(secret: Manifest) -> Iterator[Manifest]:
    """Yield the Secrets that a ClusterResourceSet makes of one that holds manifests."""
    if not objects.text(secret, "type").endswith("/resource-set"):
        return
    for text in objects.texts_by_key(secret.get("stringData")).values():
        for document in yaml.safe_load_all(text):
            if isinstance(document, dict) and document.get("kind") == "Secret":
                yield document


def _require(tools: Tools, side: Side) -> Kube:
    kube = tools.answering(side)
    if kube is None:
        raise TemporaryError(
            "CLUSTER_SILENT",
            f"the API server of the {side} side of {tools.spec.name} does not answer",
            why="its Secrets hold credentials, and it may be the only one that has the old ones",
            remedy="see whether its machines run, then resume",
            owner=Owner.PLATFORM,
        )
    return kube
