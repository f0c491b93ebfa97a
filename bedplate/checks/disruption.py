"""What keeps pods from moving while nodes are replaced: disruption budgets and webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.capi import kinds, objects
from bedplate.checks.check import Check
from bedplate.checks.finding import Findings, block, check, warn
from bedplate.checks.health import on_side
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.kube import Kind, Kube, Manifest, Ref, Side

BUDGET = Kind("policy/v1", "PodDisruptionBudget")
WEBHOOKS = (
    Kind("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    Kind("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
)
SYSTEM = "kube-system"

# Webhooks of what EKS Anywhere installs itself, by the beginning of their names.
OWN = (
    "validating-webhook-configuration",
    "mutating-webhook-configuration",
    "cert-manager-webhook",
    "eks-anywhere",
    "eksa-",
    "capi-",
    "capv-",
    "capd-",
    "etcdadm-",
)

# What an upgrade has to write: a webhook that fails here stops it.
NEEDED = {
    "": ("pods", "nodes", "services", "configmaps", "secrets"),
    "apps": ("daemonsets", "deployments"),
    "coordination.k8s.io": ("leases",),
}
LONG_SECONDS = 15
USUAL_SECONDS = 10  # what an API server takes where a webhook does not say


def disruption_checks() -> tuple[Check, ...]:
    """Return the checks of what runs in the cluster; `pod-disruption` as EKS Anywhere calls it."""
    here = Side.CLUSTER
    return (
        check("pod-disruption", "Pod disruption budgets validated", on_side(_budgets, here)),
        check("custom-webhook", "Webhooks validated", on_side(_webhooks, here)),
    )


def _budgets(_scene: Scene, kube: Kube) -> Findings:
    """A budget that allows no disruption keeps its nodes from being drained, for ever."""
    for budget in kube.list(BUDGET):
        allowed = objects.number(budget, "status", "disruptionsAllowed")
        pods = objects.number(budget, "status", "expectedPods")
        if allowed != 0 or pods == 0:
            continue
        name, place = objects.name(budget), objects.namespace(budget)
        yield block(
            objects.ref(budget).identity,
            f"it allows 0 disruptions: {_healthy(budget)}, {_rule(budget)}",
            "run one replica more than it protects, or let it allow one disruption:"
            f" kubectl edit poddisruptionbudget -n {place} {name}",
            Owner.PLATFORM,
        )


def _healthy(budget: Manifest) -> str:
    healthy = objects.number(budget, "status", "currentHealthy") or 0
    pods = objects.number(budget, "status", "expectedPods")
    return f"{healthy} of {'unknown' if pods is None else pods} pods are healthy"


def _rule(budget: Manifest) -> str:
    for field in ("minAvailable", "maxUnavailable"):
        found = objects.value(budget, "spec", field)
        if found is not None:
            return f"{field} is {found}"
    return "minAvailable is 1"  # what an API server takes where neither is said


def _webhooks(_scene: Scene, kube: Kube) -> Findings:
    """A webhook whose pods are being moved cannot answer, and what it guards is refused then."""
    labels = _labels_of(kube, SYSTEM)
    for kind in WEBHOOKS:
        for found in kube.list(kind):
            if objects.name(found).startswith(OWN):
                continue
            for hook in objects.items(found, "webhooks"):
                yield from _webhook(found, hook, labels)


def _webhook(found: Manifest, hook: Manifest, system: Mapping[str, str]) -> Findings:
    fails = objects.text(hook, "failurePolicy") in ("", "Fail")
    guarded = sorted(_guarded(hook))
    selects = _matches(objects.mapping(hook, "namespaceSelector"), system)
    if not guarded or not selects:
        return
    target = f"{objects.ref(found).identity} {objects.text(hook, 'name')}"
    edit = f"kubectl edit {objects.kind(found).resource} {objects.name(found)}"
    if fails:
        yield warn(
            target,
            f"it refuses {', '.join(guarded)} in {SYSTEM} while it does not answer (failurePolicy"
            " Fail), as when its own node is replaced",
            f"leave {SYSTEM} out by its namespaceSelector, or set failurePolicy Ignore: {edit}",
            Owner.PLATFORM,
        )
    seconds = objects.number(hook, "timeoutSeconds") or USUAL_SECONDS
    if seconds > LONG_SECONDS:
        yield warn(
            target,
            f"it may hold up every write of {', '.join(guarded)} for {seconds} s",
            f"set timeoutSeconds to {USUAL_SECONDS} or less: {edit}",
            Owner.PLATFORM,
        )


def _guarded(hook: Manifest) -> Iterator[str]:
    """Yield the resources that a webhook is asked about and that an upgrade writes."""
    for rule in objects.items(hook, "rules"):
        groups, resources = objects.texts(rule, "apiGroups"), objects.texts(rule, "resources")
        for group, needed in NEEDED.items():
            if group in groups or "*" in groups:
                every = "*" in resources or "*/*" in resources
                yield from (name for name in needed if every or name in resources)


def _labels_of(kube: Kube, namespace: str) -> Mapping[str, str]:
    """Return the namespace's labels; every API server sets the one with its name."""
    found = kube.get(Ref(kinds.NAMESPACE, "", namespace))
    labels = objects.labels(found) if found is not None else {}
    return {"kubernetes.io/metadata.name": namespace, **labels}


def _matches(selector: Mapping[str, object], labels: Mapping[str, str]) -> bool:
    """Say whether a label selector selects what has these labels; an empty one selects all."""
    wanted = selector.get("matchLabels")
    if isinstance(wanted, dict) and any(labels.get(k) != v for k, v in wanted.items()):
        return False
    expressions = selector.get("matchExpressions")
    return all(
        _fits(expression, labels)
        for expression in (expressions if isinstance(expressions, list | tuple) else ())
        if isinstance(expression, dict)
    )


def _fits(expression: Mapping[str, object], labels: Mapping[str, str]) -> bool:
    key, operator = str(expression.get("key")), expression.get("operator")
    given = expression.get("values")
    values = given if isinstance(given, list | tuple) else ()
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    if operator == "NotIn":  # codespell:ignore notin
        return labels.get(key) not in values
    return labels.get(key) in values
