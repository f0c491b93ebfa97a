"""OpenID Connect and AWS IAM."""

import yaml

from bedplate.capi.rendering import identity
from tests.unit.capi.rendering.looking import inside
from tests.unit.providers.vsphere.rendering.drawing import Draft


def draft_with(kind: str, **settings) -> Draft:
    draft = Draft()
    draft.cluster["identityProviderRefs"] = [{"kind": kind, "name": "idp"}]
    version = "anywhere.eks.amazonaws.com/v1alpha1"
    draft.documents.append(
        {"apiVersion": version, "kind": kind, "metadata": {"name": "idp"}, "spec": settings}
    )
    return draft


def test_a_cluster_without_identity_providers_is_told_of_none():
    spec = Draft().spec()
    assert identity.oidc_arguments(spec) == identity.aws_iam_arguments(spec) == {}
    assert identity.aws_iam_files(spec) == identity.aws_iam_volumes(spec) == []


def test_only_what_is_said_of_openid_connect_becomes_an_argument():
    draft = draft_with(
        "OIDCConfig",
        clientId="me",
        issuerUrl="https://issuer.test",
        groupsPrefix="oidc:",
        requiredClaims=[{"claim": "aud", "value": "x"}],
    )
    assert identity.oidc_arguments(draft.spec()) == {
        "oidc-client-id": "me",
        "oidc-groups-prefix": "oidc:",
        "oidc-issuer-url": "https://issuer.test",
        "oidc-required-claim": "aud=x",
    }


def test_the_api_server_asks_an_authenticator_on_its_own_node():
    spec = draft_with("AWSIamConfig", awsRegion="x", backendMode=["CRD"]).spec()
    kubeconfig, certificate, key = inside(identity.aws_iam_files(spec))
    content = yaml.safe_load(kubeconfig["content"])
    (cluster,) = content["clusters"]
    assert cluster["cluster"]["server"] == "https://localhost:21362/authenticate"
    assert content["contexts"][0]["context"]["cluster"] == cluster["name"]
    for made in (certificate, key):
        assert made["contentFrom"]["secret"]["name"] == "w01-aws-iam-authenticator-ca"
        assert made["permissions"] == "0640"


def test_every_file_of_the_authenticator_is_in_a_mounted_folder():
    spec = draft_with("AWSIamConfig", awsRegion="x", backendMode=["CRD"]).spec()
    mounted = [one["hostPath"] for one in inside(identity.aws_iam_volumes(spec))]
    for made in inside(identity.aws_iam_files(spec)):
        assert any(made["path"].startswith(folder) for folder in mounted)
    (argument,) = identity.aws_iam_arguments(spec).values()
    folders = [one["mountPath"] for one in inside(identity.aws_iam_volumes(spec))]
    assert any(argument.startswith(folder) for folder in folders)
