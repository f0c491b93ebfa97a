"""Who the API server lets in: OpenID Connect and AWS IAM."""

from __future__ import annotations

from typing import TypeVar

from bedplate.capi.rendering.files import Fields, file, secret_file, to_yaml
from bedplate.ports.kube import JSON
from bedplate.spec import AWSIamConfig, ClusterSpec, OIDCConfig
from bedplate.spec.models.oidc import OIDCSettings

ON_NODE = "/var/lib/kubeadm/aws-iam-authenticator"
KUBECONFIG = "/etc/kubernetes/aws-iam-authenticator/kubeconfig.yaml"
CERTIFICATES = "/var/aws-iam-authenticator"
SERVER = "https://localhost:21362/authenticate"
READABLE = "0640"

P = TypeVar("P", OIDCConfig, AWSIamConfig)


def provider(spec: ClusterSpec, kind: type[P]) -> P | None:
    """Return the identity provider of a kind; None where there is none."""
    return next((item for item in spec.identity_providers if isinstance(item, kind)), None)


def oidc_arguments(spec: ClusterSpec) -> dict[str, str]:
    """Return the API server's arguments for OpenID Connect; the first required claim counts."""
    config = provider(spec, OIDCConfig)
    if config is None:
        return {}
    oidc = config.spec
    settings = {
        "oidc-client-id": oidc.client_id,
        "oidc-groups-claim": oidc.groups_claim,
        "oidc-groups-prefix": oidc.groups_prefix,
        "oidc-issuer-url": oidc.issuer_url,
        "oidc-required-claim": _required_claim(oidc),
        "oidc-username-claim": oidc.username_claim,
        "oidc-username-prefix": oidc.username_prefix,
    }
    return {name: value for name, value in settings.items() if value}


def aws_iam_arguments(spec: ClusterSpec) -> dict[str, str]:
    """Return the API server's arguments for AWS IAM."""
    wanted = provider(spec, AWSIamConfig) is not None
    return {"authentication-token-webhook-config-file": KUBECONFIG} if wanted else {}


def aws_iam_secret(cluster: str) -> str:
    """Return the Secret with the authority that the authenticator's own certificate comes from."""
    return f"{cluster}-aws-iam-authenticator-ca"


def aws_iam_files(spec: ClusterSpec) -> list[Fields]:
    """Return the webhook's kubeconfig and the authenticator's certificate and key."""
    if provider(spec, AWSIamConfig) is None:
        return []
    secret = aws_iam_secret(spec.name)
    pairs = [
        secret_file(f"{ON_NODE}/pki/{key}", secret, key, permissions=READABLE)
        for key in ("cert.pem", "key.pem")
    ]
    kubeconfig = file(f"{ON_NODE}/kubeconfig.yaml", to_yaml(_kubeconfig()), permissions=READABLE)
    return [kubeconfig, *pairs]


def aws_iam_volumes(spec: ClusterSpec) -> list[JSON]:
    """Return what the API server mounts of them."""
    if provider(spec, AWSIamConfig) is None:
        return []
    return [
        {
            "hostPath": f"{ON_NODE}/",
            "mountPath": "/etc/kubernetes/aws-iam-authenticator/",
            "name": "authconfig",
            "readOnly": False,
        },
        {
            "hostPath": f"{ON_NODE}/pki/",
            "mountPath": f"{CERTIFICATES}/",
            "name": "awsiamcert",
            "readOnly": False,
        },
    ]


def _required_claim(oidc: OIDCSettings) -> str:
    claim = next(iter(oidc.required_claims), None)
    return f"{claim.claim}={claim.value}" if claim and claim.claim else ""


def _kubeconfig() -> Fields:
    """The API server calls the authenticator of its own node and needs no identity for that."""
    name = "aws-iam-authenticator"
    cluster: Fields = {"certificate-authority": f"{CERTIFICATES}/cert.pem", "server": SERVER}
    return {
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": "apiserver"}],
        "current-context": "webhook",
        "contexts": [{"name": "webhook", "context": {"cluster": name, "user": "apiserver"}}],
    }
