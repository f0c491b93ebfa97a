"""Component manifests as objects in the order to apply them."""

from typing import Any

import pytest

from bedplate.adapters.components.manifests import complete, in_order, parse
from bedplate.errors import PermanentError

INJECTED = {"cert-manager.io/inject-ca-from": "capi-system/serving-cert"}


def made(kind, name="x", **more):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **more}


def test_namespaces_come_first_and_webhooks_last():
    kinds = [
        "ValidatingWebhookConfiguration",
        "Provider",
        "Deployment",
        "Certificate",
        "Secret",
        "CustomResourceDefinition",
        "ServiceAccount",
        "Namespace",
    ]
    found = [one["kind"] for one in in_order(made(kind) for kind in kinds)]
    assert found == [
        "Namespace",
        "CustomResourceDefinition",
        "Secret",
        "ServiceAccount",
        "Deployment",
        "Certificate",
        "ValidatingWebhookConfiguration",
        "Provider",
    ]


def test_equal_kinds_stay_as_they_were_written():
    found: Any = in_order([made("Role", "b"), made("Role", "a")])
    assert [one["metadata"]["name"] for one in found] == ["b", "a"]


def test_lists_are_taken_apart_and_hooks_left_out():
    text = """
kind: ConfigMapList
apiVersion: v1
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
# nothing here
---
{apiVersion: v1, kind: Pod, metadata: {name: t, annotations: {helm.sh/hook: test}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {day: 2026-11-23, eq: =}}
"""
    found: Any = parse(text, "m.yaml")
    assert [one["metadata"]["name"] for one in found] == ["a", "b"]
    assert found[1]["data"] == {"day": "2026-11-23", "eq": "="}


@pytest.mark.parametrize("text", ["a: [", "just text", "{apiVersion: v1, kind: Pod}", "<html>"])
def test_what_is_no_manifest_is_told_with_its_address(text):
    with pytest.raises(PermanentError) as caught:
        parse(text, "https://here/m.yaml")
    assert caught.value.code == "COMPONENT_UNREADABLE"
    assert "https://here/m.yaml" in caught.value.seen


def test_an_object_gets_a_namespace_unless_its_kind_has_none():
    found: Any = [complete(made(kind), "kube-system") for kind in ("Deployment", "ClusterRole")]
    assert found[0]["metadata"]["namespace"] == "kube-system"
    assert "namespace" not in found[1]["metadata"]


def test_status_is_left_to_the_controllers():
    manifest = made("CustomResourceDefinition", status={"conditions": []})
    manifest["metadata"]["creationTimestamp"] = None
    assert complete(manifest, "x") == made("CustomResourceDefinition")


def test_an_authority_that_cert_manager_writes_is_never_applied():
    client = {"service": {"name": "s"}, "caBundle": "Cg=="}
    webhook = made("MutatingWebhookConfiguration", webhooks=[{"clientConfig": client}])
    webhook["metadata"]["annotations"] = INJECTED
    found = complete(webhook, "x")
    assert found["webhooks"] == [{"clientConfig": {"service": {"name": "s"}}}]
