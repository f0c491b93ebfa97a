"""The audit policy, and the requests that are kept from webhooks."""

import json

import pytest
import yaml

from bedplate.capi.rendering import policies
from tests.unit.providers.vsphere.rendering.drawing import Draft


def usual(minor: int):
    return yaml.safe_load(policies.usual_audit_policy(minor))


@pytest.mark.parametrize(
    ("minor", "version"), [(23, "audit.k8s.io/v1beta1"), (24, "audit.k8s.io/v1")]
)
def test_the_policy_is_of_the_version_that_the_api_server_knows(minor, version):
    assert usual(minor)["apiVersion"] == version


@pytest.mark.parametrize("minor", [23, 34])
def test_secrets_are_never_recorded_with_their_content(minor):
    """The first rule that fits decides: none above may record a Secret. A deletion holds none."""
    for rule in usual(minor)["rules"]:
        named = [name for item in rule.get("resources", []) for name in item.get("resources", [])]
        if "secrets" in named:
            assert rule["level"] == "Metadata"
            return
        assert named or rule["level"] == "None" or rule["verbs"] == ["deletecollection"]
    pytest.fail("no rule is about secrets")


def test_the_older_policy_differs_in_what_nodes_read_alone():
    def bare(rule):
        items = [{k: v for k, v in item.items() if v} for item in rule.get("resources", [])]
        return {**rule, "resources": items}

    pairs = list(zip(usual(23)["rules"], usual(24)["rules"], strict=True))
    (different,) = [(old, new) for old, new in pairs if bare(old) != bare(new)]
    assert different[0]["userGroups"] == ["system:nodes"]
    assert "userGroups" not in different[1]


def test_an_own_policy_replaces_the_usual_one():
    draft = Draft()
    own = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n"
    draft.cluster["controlPlaneConfiguration"]["auditPolicyContent"] = f"\n{own}\n"
    made = policies.audit_policy_file(draft.spec())
    assert made["content"] == own


def test_without_one_the_usual_policy_of_the_clusters_version_is_written():
    made = policies.audit_policy_file(Draft().spec())
    assert made["path"] == "/etc/kubernetes/audit-policy.yaml"
    assert made["content"] == policies.usual_audit_policy(34) + "\n"


def test_webhooks_see_everything_unless_the_specification_says_otherwise():
    draft = Draft()
    assert policies.admission_files(draft.spec()) == []
    draft.cluster["controlPlaneConfiguration"]["skipAdmissionForSystemResources"] = True
    (made,) = policies.admission_files(draft.spec())
    assert made["path"] == "/etc/kubernetes/admission-plugin-exclusion-rules.json"


def test_every_exclusion_says_what_whose_and_where():
    rules = json.loads(policies.admission_exclusions())
    assert len(rules) == 17
    for rule in rules:
        assert {"apiGroup", "apiVersion", "kind", "scope", "name", "username"} <= rule.keys()
        assert ("namespace" in rule) is (rule["scope"] == "Namespaced")
