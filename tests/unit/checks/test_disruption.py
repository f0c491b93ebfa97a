"""What keeps pods from moving: disruption budgets, and webhooks that fail."""

import pytest

from bedplate.checks import upgrade_checks
from bedplate.ports.kube import Side
from tests.unit.checks.place import blocks, changed, one, put, spec_of, thing, warnings

BUDGET = thing(
    "policy/v1",
    "PodDisruptionBudget",
    "web",
    namespace="default",
    spec={"minAvailable": 1},
    status={"disruptionsAllowed": 0, "currentHealthy": 1, "expectedPods": 1},
)
PODS = {"apiGroups": [""], "resources": ["pods"], "operations": ["CREATE"]}
ADMISSION = "admissionregistration.k8s.io/v1"


def webhook(name="policy", kind="ValidatingWebhookConfiguration", **changes):
    hook = {"name": "deny.example.com", "rules": [PODS], "failurePolicy": "Fail", **changes}
    return thing(ADMISSION, kind, name, namespace="", webhooks=[hook])


@pytest.fixture
def kube(place):
    return place.api_server(spec_of(), Side.CLUSTER)


@pytest.fixture
def look(place, kube):
    def run(name):
        spec = spec_of()
        return one(upgrade_checks(spec, spec), name).probe(place.scene(spec))

    return run


def test_a_budget_that_allows_nothing_is_named_with_the_reason(kube, look):
    assert look("pod-disruption") == ()
    put(kube, BUDGET)
    (finding,) = look("pod-disruption")
    assert blocks([finding]) == ["PodDisruptionBudget default/web"]
    assert "0 disruptions: 1 of 1 pods are healthy, minAvailable is 1" in finding.seen
    assert "kubectl edit poddisruptionbudget -n default web" in finding.remedy


@pytest.mark.parametrize(
    "status",
    [
        {"disruptionsAllowed": 1, "currentHealthy": 2, "expectedPods": 2},
        {"disruptionsAllowed": 0, "currentHealthy": 0, "expectedPods": 0},
    ],
    ids=["it allows one", "it protects nothing"],
)
def test_a_budget_that_stops_nothing_passes(kube, look, status):
    put(kube, changed(BUDGET, "status", status))
    assert look("pod-disruption") == ()


@pytest.mark.parametrize("kind", ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"])
def test_a_webhook_that_fails_on_what_an_upgrade_writes_is_a_warning(kube, look, kind):
    assert look("custom-webhook") == ()
    put(kube, webhook(kind=kind))
    findings = look("custom-webhook")
    assert blocks(findings) == []
    assert warnings(findings) == [f"{kind} policy deny.example.com"]
    assert "refuses pods in kube-system" in findings[0].seen


@pytest.mark.parametrize(
    "selector",
    [
        {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]},
        {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        {},
    ],
)
def test_a_webhook_that_selects_the_system_is_told(kube, look, selector):
    put(kube, webhook(namespaceSelector=selector))
    assert len(look("custom-webhook")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"failurePolicy": "Ignore"},
        {"rules": [{"apiGroups": ["example.com"], "resources": ["*"]}]},
        {"namespaceSelector": {"matchLabels": {"policy": "on"}}},
        {
            "namespaceSelector": {
                "matchExpressions": [
                    {
                        "key": "kubernetes.io/metadata.name",
                        "operator": "NotIn",  # codespell:ignore notin
                        "values": ["kube-system"],
                    }
                ]
            }
        },
        {"namespaceSelector": {"matchExpressions": [{"key": "policy", "operator": "Exists"}]}},
    ],
    ids=["it is ignored", "other kinds", "other labels", "not this namespace", "labelled only"],
)
def test_a_webhook_that_leaves_the_system_alone_passes(kube, look, changes):
    put(kube, webhook(**changes))
    assert look("custom-webhook") == ()


def test_a_policy_left_out_is_that_of_the_api_server_and_every_group_is_every_group(kube, look):
    everything = {"apiGroups": ["*"], "resources": ["*/*"]}
    put(kube, webhook(failurePolicy="", rules=[everything]))
    (finding,) = look("custom-webhook")
    assert "leases" in finding.seen


def test_a_slow_webhook_is_a_warning_even_where_it_is_ignored(kube, look):
    put(kube, webhook(failurePolicy="Ignore", timeoutSeconds=30))
    (finding,) = look("custom-webhook")
    assert "30 s" in finding.seen
    put(kube, webhook(failurePolicy="Ignore", timeoutSeconds=15))
    assert look("custom-webhook") == ()


@pytest.mark.parametrize("name", ["cert-manager-webhook", "capi-validating-webhook", "eksa-x"])
def test_webhooks_of_the_clusters_own_components_pass(kube, look, name):
    put(kube, webhook(name))
    assert look("custom-webhook") == ()
