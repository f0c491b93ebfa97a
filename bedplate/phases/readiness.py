"""Whether an applied object does its work yet, by its kind. Pure: live object in, answer out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bedplate.capi import kinds, objects
from bedplate.ports.kube import Manifest

INJECTED = "cert-manager.io/inject-ca-from"
PLACEHOLDERS = frozenset({"", "Cg=="})  # what stands for an authority before there is one
WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def unready(live: Manifest) -> str:
    """Return what an object still has to become, in words; empty where it is ready."""
    if not _has_authority(live):
        return "to know the authority of its webhook"
    wanted, is_so = _WANTED.get(objects.kind(live).kind, ("", _always))
    return "" if is_so(live) else wanted


def is_available(workload: Manifest) -> bool:
    """Say whether a Deployment or a DaemonSet runs all its pods, as it is written now."""
    if objects.kind(workload) == kinds.DAEMON_SET:
        wanted = objects.number(workload, "status", "desiredNumberScheduled") or 0
        ready = objects.number(workload, "status", "numberReady")
        updated = objects.number(workload, "status", "updatedNumberScheduled")
        return wanted > 0 and ready == wanted and updated in {None, wanted}
    replicas = objects.number(workload, "spec", "replicas")
    wanted = 1 if replicas is None else replicas
    available = objects.number(workload, "status", "availableReplicas") or 0
    return wanted > 0 and available >= wanted


def is_served(definition: Manifest) -> bool:
    """Say whether objects of a CustomResourceDefinition's kind can be made."""
    return _is(definition, "Established")


def _always(live: Manifest) -> bool:
    del live
    return True


def _holds(condition: str) -> Callable[[Manifest], bool]:
    return lambda live: _is(live, condition)


def _is(live: Manifest, condition: str) -> bool:
    found = objects.condition(live, condition)
    return found is not None and found.true


_WANTED: Mapping[str, tuple[str, Callable[[Manifest], bool]]] = {
    "Certificate": ("to be issued", _holds("Ready")),
    "CustomResourceDefinition": ("to be served", is_served),
    "DaemonSet": ("to be available", is_available),
    "Deployment": ("to be available", is_available),
}


def _has_authority(live: Manifest) -> bool:
    """A webhook that is asked before cert-manager wrote its authority answers with an error."""
    if not any(key.startswith(INJECTED) for key in objects.annotations_of(live)):
        return True
    return all(objects.text(client, "caBundle") not in PLACEHOLDERS for client in _clients(live))


def _clients(live: Manifest) -> Iterator[Manifest]:
    if objects.kind(live).kind in WEBHOOKS:
        for webhook in objects.items(live, "webhooks"):
            yield objects.mapping(webhook, "clientConfig")
    elif objects.text(live, "spec", "conversion", "strategy") == "Webhook":
        yield objects.mapping(live, "spec", "conversion", "webhook", "clientConfig")
