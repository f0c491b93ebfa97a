"""What a cluster's objects are rendered from, as the phases that apply them know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects
from bedplate.capi.blueprint import Blueprint, TemplateNames
from bedplate.capi.external_etcd import ENDPOINTS
from bedplate.capi.naming import kinds_to_read, next_names, without_live_templates
from bedplate.phases.installing import apply_all
from bedplate.ports.kube import JSON, Kube, Manifest
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.providers.keys import generated_public_key
from bedplate.spec import ClusterSpec

Render = Callable[[Blueprint], Sequence[Manifest]]

CHOSEN = "chosen"


def draft(spec: ClusterSpec, bundle: ChosenBundle) -> Blueprint:
    """Return the blueprint without what is found out later: keys, secrets, later names.

    What is rendered from it is what a step depends on.
    """
    return Blueprint(spec, bundle, TemplateNames.first(spec))


def blueprint_of(tools: Tools) -> Blueprint:
    """Return the blueprint under the first names, with the key and the credentials of the vault."""
    keep_choices(tools)
    return blueprint_seen(tools)


def blueprint_seen(tools: Tools) -> Blueprint:
    """Return that blueprint for a look: choices that were not journalled yet are made anew."""
    spec = provider_of(tools.spec).with_choices(tools.spec, _choices(tools))
    return replace(
        draft(spec, tools.bundle),
        ssh_key=generated_public_key(tools),
        secrets=provider_of(tools.spec).render_secrets(tools),
    )


def keep_choices(tools: Tools) -> None:
    """Journal what the inventory decides, once, before anything follows from it."""
    if not isinstance(tools.notes.find(_choices_name(tools)), Mapping):
        tools.notes.note(_choices_name(tools), _choices(tools))


def _choices(tools: Tools) -> Mapping[str, JSON]:
    chosen = tools.notes.find(_choices_name(tools))
    if isinstance(chosen, Mapping):
        return chosen
    seen = tools.ports.vcenter.look()
    return provider_of(tools.spec).choices(tools.spec, tools.bundle, seen)


def _choices_name(tools: Tools) -> str:
    # Of the bundle too: a template that is left to us is another one with another bundle.
    return f"{CHOSEN} for {tools.spec.fingerprint()[:12]} {tools.bundle.digest[:12]}"


def apply_rendered(tools: Tools, kube: Kube, render: Render) -> None:
    """Apply what a provider renders, under the names that fit what is there."""
    apply_all(kube, fitting(tools.spec, blueprint_of(tools), kube, render))


def fitting(
    spec: ClusterSpec, first: Blueprint, kube: Kube, render: Render
) -> tuple[Manifest, ...]:
    """Return what is to be applied, under the names that fit what is there.

    Machine templates are never changed: one that says something else gets a successor under the
    next name, as EKS Anywhere counts them. Those that are there are left out.
    """
    rendered = render(first)
    live = [
        {**item, "apiVersion": kind.api_version, "kind": kind.kind}
        for kind in kinds_to_read(rendered)
        for item in kube.list(kind, names.NAMESPACE)
    ]
    chosen = replace(
        first,
        templates=next_names(spec, rendered, live),
        etcd_endpoints=_etcd_endpoints(spec, live),
    )
    return without_live_templates(render(chosen), live)


def _etcd_endpoints(spec: ClusterSpec, live: Sequence[Manifest]) -> tuple[str, ...]:
    """Return the members that the control plane uses: Cluster API filled them in."""
    for item in live:
        if objects.kind(item) == kinds.KUBEADM_CONTROL_PLANE and objects.name(item) == spec.name:
            return objects.texts(item, *ENDPOINTS)
    return ()
