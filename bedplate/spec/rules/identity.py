"""Rules about who may use the cluster, and about IAM roles of its pods."""

from __future__ import annotations

from urllib.parse import urlsplit

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.kinds import Role, kinds_with
from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.names import near


def identity_provider_refs(cluster: Cluster) -> Findings:
    """Every provider is named, of a known kind, and the only one of its kind."""
    known = kinds_with(Role.IDENTITY)
    seen: set[str] = set()
    for index, ref in enumerate(cluster.spec.identity_provider_refs):
        field = f"spec.identityProviderRefs[{index}]"
        if ref.kind not in known:
            said = f"{ref.kind!r} is not a kind of identity provider"
            yield Finding(f"{field}.kind", said, near(ref.kind, known) or " or ".join(known))
        elif ref.kind in seen:
            yield Finding(field, f"a second {ref.kind}", "at most one of each kind")
        if not ref.name:
            yield Finding(f"{field}.name", "is empty", "the name of the object")
        seen.add(ref.kind)


def pod_iam(cluster: Cluster) -> Findings:
    """IAM roles for pods need the issuer of service accounts."""
    given = cluster.spec.pod_iam_config
    if given is not None and not given.service_account_issuer:
        field = "spec.podIamConfig.serviceAccountIssuer"
        yield Finding(field, "is empty", "the URL of the issuer")


def oidc_client(config: OIDCConfig) -> Findings:
    """The provider is asked as a client."""
    if not config.spec.client_id:
        yield Finding("spec.clientId", "is empty", "the client that the provider knows")


def oidc_issuer(config: OIDCConfig) -> Findings:
    """The provider is reached over HTTPS."""
    issuer = config.spec.issuer_url
    if not issuer:
        yield Finding("spec.issuerUrl", "is empty", "an https:// address")
    elif not _is_https(issuer):
        yield Finding("spec.issuerUrl", f"{issuer!r} is not an https:// address", "https://…")


def _is_https(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname) and not text.split(maxsplit=1)[1:]
    except ValueError:
        return False


def oidc_claims(config: OIDCConfig) -> Findings:
    """A token must carry at most one given claim."""
    claims = config.spec.required_claims
    if len(claims) > 1:
        yield Finding("spec.requiredClaims", f"{len(claims)} claims", "at most one")
    for index, claim in enumerate(claims):
        if not claim.claim:
            yield Finding(f"spec.requiredClaims[{index}].claim", "is empty", "a claim's name")


def aws_iam_region_and_mode(config: AWSIamConfig) -> Findings:
    """The region and the place of the mappings are given."""
    if not config.spec.aws_region:
        yield Finding("spec.awsRegion", "is empty", "for example us-west-2")
    if not config.spec.backend_mode:
        yield Finding("spec.backendMode", "is empty", "EKSConfigMap or CRD")


def aws_iam_mappings(config: AWSIamConfig) -> Findings:
    """Every mapping says which identity of AWS is who in the cluster."""
    for index, role in enumerate(config.spec.map_roles):
        yield from _mapping(f"spec.mapRoles[{index}]", "roleARN", role.role_arn, role.username)
    for index, user in enumerate(config.spec.map_users):
        yield from _mapping(f"spec.mapUsers[{index}]", "userARN", user.user_arn, user.username)


def _mapping(field: str, key: str, arn: str, username: str) -> Findings:
    if not arn:
        yield Finding(f"{field}.{key}", "is empty", "an Amazon resource name")
    if not username:
        yield Finding(f"{field}.username", "is empty", "a name in the cluster")
