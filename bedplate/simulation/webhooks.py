"""Webhooks that guard writes: one whose service is gone refuses what it guards, if it says Fail."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Owner, TemporaryError
from bedplate.ports.kube import Ref
from bedplate.simulation.fields import Obj, look, matches
from bedplate.simulation.objects import Objects

GROUP = "admissionregistration.k8s.io"
KINDS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def require_answering(objects: Objects, ref: Ref) -> None:
    """Raise TemporaryError WEBHOOK_SILENT where a webhook that guards a write cannot answer."""
    if ref.kind.group == GROUP:
        return  # an API server asks no webhook about webhooks
    for config in (one for kind in KINDS for one in objects.of(GROUP, kind)):
        for hook in config.get("webhooks") or ():
            if _guards(objects, hook, ref) and not _answers(objects, hook):
                raise _no_answer(hook, ref)


def _guards(objects: Objects, hook: Obj, ref: Ref) -> bool:
    if hook.get("failurePolicy", "Fail") != "Fail":
        return False
    namespace = objects.get("", "Namespace", "", ref.namespace) if ref.namespace else None
    selector = look(hook, "namespaceSelector", "matchLabels") or {}
    if selector and (namespace is None or not matches(namespace, selector)):
        return False
    return (ref.kind.group, f"{ref.kind.kind.lower()}s") in set(_ruled(hook))


def _ruled(hook: Obj) -> Iterator[tuple[str, str]]:
    for rule in hook.get("rules") or ():
        for group in rule.get("apiGroups") or ():
            yield from ((group, resource) for resource in rule.get("resources") or ())


def _answers(objects: Objects, hook: Obj) -> bool:
    service = look(hook, "clientConfig", "service")
    if not service:
        return True  # somewhere outside
    return objects.get("", "Service", service["namespace"], service["name"]) is not None


def _no_answer(hook: Obj, ref: Ref) -> TemporaryError:
    service = look(hook, "clientConfig", "service")
    name = str(hook.get("name"))
    url = f"https://{service['name']}.{service['namespace']}.svc:443/"
    return TemporaryError(
        "WEBHOOK_SILENT",
        f'the API server cannot write {ref.identity}: failed calling webhook "{name}": failed to'
        f' call webhook: Post "{url}": service "{service["name"]}" not found',
        why=f"webhook {name} guards the object, does not answer, and its failurePolicy is Fail",
        remedy="bring its service back, or take its configuration away, then resume",
        owner=Owner.PLATFORM,
    )
