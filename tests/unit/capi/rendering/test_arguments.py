"""Arguments of the Kubernetes components."""

import pytest

from bedplate.capi.rendering import arguments
from tests.unit.providers.vsphere.rendering.drawing import Draft

OLD, NEW = 30, 34


def values(listed) -> dict[str, str]:
    """Return arguments by name; no name may come twice."""
    found = {one["name"]: one["value"] for one in listed}
    assert len(found) == len(listed)
    return found


def api_server(draft: Draft, minor: int = NEW) -> dict[str, str]:
    return values(arguments.api_server(draft.spec(), minor, external_cloud=True))


def kubelet(draft: Draft, labels=None, *, patched: bool = False) -> dict[str, str]:
    given = arguments.kubelet(draft.spec(), labels or {}, {"own": "1"}, patched=patched)
    return values(given)


def test_requests_are_audited_and_only_one_cipher_suite_is_offered():
    found = api_server(Draft())
    assert found["audit-policy-file"] == "/etc/kubernetes/audit-policy.yaml"
    assert found["tls-cipher-suites"] == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    assert found["profiling"] == "false"


@pytest.mark.parametrize(("minor", "known"), [(32, True), (33, False)])
def test_the_api_server_is_told_of_the_cloud_as_long_as_it_knows_the_flag(minor, known):
    assert ("cloud-provider" in api_server(Draft(), minor)) is known


def test_an_api_server_without_a_cloud_is_told_of_none():
    found = values(arguments.api_server(Draft().spec(), OLD, external_cloud=False))
    assert "cloud-provider" not in found


def test_arguments_of_the_specification_win_over_ours():
    draft = Draft()
    draft.cluster["controlPlaneConfiguration"]["apiServerExtraArgs"] = {
        "audit-log-maxage": "7",
        "goaway-chance": "0.001",
    }
    found = api_server(draft)
    assert (found["audit-log-maxage"], found["goaway-chance"]) == ("7", "0.001")


def test_the_cipher_suites_are_not_the_specifications_to_choose():
    draft = Draft()
    extra = {"tls-cipher-suites": "TLS_RSA_WITH_RC4_128_SHA"}
    draft.cluster["controlPlaneConfiguration"]["apiServerExtraArgs"] = extra
    assert api_server(draft)["tls-cipher-suites"] == arguments.CIPHERS


def test_issuers_of_pod_iam_and_of_the_specification_add_up():
    draft = Draft()
    draft.cluster["podIamConfig"] = {"serviceAccountIssuer": "https://two"}
    assert api_server(draft)["service-account-issuer"] == "https://two"
    extra = {"service-account-issuer": "https://one"}
    draft.cluster["controlPlaneConfiguration"]["apiServerExtraArgs"] = extra
    assert api_server(draft)["service-account-issuer"] == "https://one,https://two"


def test_feature_gates_of_encryption_and_of_the_specification_add_up():
    draft = Draft()
    draft.cluster["etcdEncryption"] = [
        {"providers": [{"kms": {"name": "k", "socketListenAddress": "unix:///k"}}]}
    ]
    assert api_server(draft)["feature-gates"] == "KMSv1=true"
    extra = {"feature-gates": "Mine=true"}
    draft.cluster["controlPlaneConfiguration"]["apiServerExtraArgs"] = extra
    assert api_server(draft)["feature-gates"] == "KMSv1=true,Mine=true"
    assert api_server(draft, 28)["feature-gates"] == "Mine=true"


def test_a_nodes_share_of_the_pod_network_is_said_only_where_the_specification_says_it():
    draft = Draft()
    assert "node-cidr-mask-size" not in values(arguments.controller_manager(draft.spec(), {}))
    draft.cluster["clusterNetwork"]["nodes"] = {"cidrMaskSize": 26}
    found = values(arguments.controller_manager(draft.spec(), {"cloud-provider": "external"}))
    assert (found["node-cidr-mask-size"], found["cloud-provider"]) == ("26", "external")


def test_a_kubelet_without_a_configuration_is_secured_by_arguments():
    draft = Draft()
    draft.cluster["clusterNetwork"]["dns"] = {"resolvConf": {"path": "/etc/my.conf"}}
    assert kubelet(draft) == {
        "own": "1",
        "read-only-port": "0",
        "anonymous-auth": "false",
        "resolv-conf": "/etc/my.conf",
        "tls-cipher-suites": arguments.CIPHERS,
    }


def test_a_kubelet_with_a_configuration_gets_only_what_is_no_field_of_it():
    found = kubelet(Draft(), {"b": "2", "a": "1"}, patched=True)
    assert found == {"own": "1", "node-labels": "a=1,b=2"}
