"""Laws that hold for the rendering of any valid specification for vSphere."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.providers.vsphere.rendering import control_plane_objects, worker_objects
from bedplate.spec import load_text
from tests.unit.providers.vsphere.rendering.drawing import Draft

CLUSTER_SCOPED = {"VSphereFailureDomain", "VSphereDeploymentZone"}
MADE_ELSEWHERE = {("Secret", "w01-aws-iam-authenticator-ca")}
"""What objects refer to although a rendering does not hold it: it is made once and kept."""

_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
DNS_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")

Change = Callable[[Draft], None]

labels = st.dictionaries(
    st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9]{0,10}", fullmatch=True),
    max_size=3,
)
taints = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.from_regex(r"[a-z]{1,8}", fullmatch=True),
            "effect": st.sampled_from(["PreferNoSchedule"]),
        },
        optional={"value": st.from_regex(r"[a-z]{1,8}", fullmatch=True)},
    ),
    max_size=2,
    unique_by=lambda taint: str(taint["key"]),
)
hosts = st.sampled_from(["198.18.0.5", "mirror.example.com"])
counts = st.integers(1, 9)
names = st.from_regex(r"[a-z]([a-z0-9-]{0,12}[a-z0-9])?", fullmatch=True)
kubelets = st.fixed_dictionaries({}, optional={"maxPods": st.integers(10, 250)})


def _cluster(key: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Change]:
    """Return changes that set one field of the Cluster's specification."""
    return values.map(lambda value: lambda draft: draft.cluster.update({key: value}))


def _nested(key: str, field: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Change]:
    return values.map(lambda value: lambda draft: draft.cluster[key].update({field: value}))


def _stacked(draft: Draft) -> None:
    draft.cluster.pop("externalEtcdConfiguration", None)
    draft.cluster["controlPlaneConfiguration"]["count"] = 3


def _aws_iam(draft: Draft) -> None:
    draft.cluster.setdefault("identityProviderRefs", []).append(
        {"kind": "AWSIamConfig", "name": "iam"}
    )
    draft.documents.append(
        {
            "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
            "kind": "AWSIamConfig",
            "metadata": {"name": "iam"},
            "spec": {"awsRegion": "eu-west-1", "backendMode": ["CRD"]},
        }
    )


def _oidc(draft: Draft) -> None:
    draft.cluster.setdefault("identityProviderRefs", []).append(
        {"kind": "OIDCConfig", "name": "sso"}
    )
    draft.documents.append(
        {
            "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
            "kind": "OIDCConfig",
            "metadata": {"name": "sso"},
            "spec": {"clientId": "k8s", "issuerUrl": "https://sso.example.com"},
        }
    )


def _groups(found: list[dict[str, Any]]) -> Change:
    def change(draft: Draft) -> None:
        draft.cluster["workerNodeGroupConfigurations"] = [
            {**draft.group, **group} for group in found
        ]

    return change


def _domains(found: list[str]) -> Change:
    """Every group goes to the first one."""

    def change(draft: Draft) -> None:
        fields = ("computeCluster", "resourcePool", "datastore", "folder", "network")
        draft.datacenter["failureDomains"] = [
            {"name": name, **{field: f"/DC0/{field}/{name}" for field in fields}} for name in found
        ]
        for group in draft.cluster["workerNodeGroupConfigurations"]:
            group["failureDomains"] = found[:1]

    return change


def _networks(draft: Draft) -> None:
    draft.machine("w01")["networks"] = ["/DC0/network/a", "/DC0/network/b"]


groups = st.lists(
    st.fixed_dictionaries(
        {"name": names, "count": counts},
        optional={
            "labels": labels,
            "taints": taints,
            "kubeletConfiguration": kubelets,
            "autoscalingConfiguration": st.just({"minCount": 1, "maxCount": 9}),
            "upgradeRolloutStrategy": st.just(
                {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
            ),
        },
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda group: str(group["name"]),
)
mirrors = st.fixed_dictionaries(
    {"endpoint": hosts},
    optional={
        "port": st.sampled_from(["443", "5000"]),
        "authenticate": st.booleans(),
        "ociNamespaces": st.just(
            [
                {"registry": "public.ecr.aws", "namespace": "eksa"},
                {"registry": "docker.io", "namespace": "hub"},
            ]
        ),
    },
)
proxies = st.fixed_dictionaries(
    {"httpProxy": st.just("198.18.0.8:3128"), "httpsProxy": st.just("198.18.0.9:3128")},
    optional={"noProxy": st.lists(hosts, max_size=2)},
)
machine_settings = st.fixed_dictionaries(
    {},
    optional={
        "numCPUs": st.integers(1, 64),
        "memoryMiB": st.integers(2048, 10**6),
        "cloneMode": st.sampled_from(["fullClone", "linkedClone"]),
        "tags": st.just(["urn:vmomi:InventoryServiceTag:1:GLOBAL"]),
        "hostOSConfiguration": st.just({"ntpConfiguration": {"servers": ["time.example.com"]}}),
    },
)

# Applied in this order: a later change may build on an earlier one.
CHANGES: tuple[st.SearchStrategy[Change], ...] = (
    st.just(Draft.bottlerocket),
    st.just(_stacked),
    _cluster("kubernetesVersion", st.integers(30, 36).map(lambda minor: f"1.{minor}")),
    groups.map(_groups),
    _nested("controlPlaneConfiguration", "labels", labels),
    _nested("controlPlaneConfiguration", "taints", taints),
    _nested("controlPlaneConfiguration", "certSans", st.just(["api.example.com"])),
    _nested("controlPlaneConfiguration", "kubeletConfiguration", kubelets),
    _nested("clusterNetwork", "dns", st.just({"resolvConf": {"path": "/etc/my.conf"}})),
    _cluster("registryMirrorConfiguration", mirrors),
    _cluster("proxyConfiguration", proxies),
    _cluster("podIamConfig", st.just({"serviceAccountIssuer": "https://issuer.example.com"})),
    st.just(_oidc) | st.just(_aws_iam),
    machine_settings.map(lambda found: lambda draft: draft.machines(**found)),
    st.just(_networks),
    st.lists(names, min_size=1, max_size=2, unique=True).map(_domains),
)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Return specifications with any of the changes."""
    draft = Draft()
    for change in CHANGES:
        if draw(st.booleans()):
            draw(change)(draft)
    return draft


@settings(deadline=None, max_examples=40)
@given(drafts())
def test_what_is_valid_can_be_rendered_and_every_object_finds_what_it_refers_to(
    draft: Draft,
) -> None:
    load_text(yaml.safe_dump_all(draft.documents))  # raises where the specification is not valid
    blueprint = draft.blueprint()
    found = _plain((*control_plane_objects(blueprint), *worker_objects(blueprint)))
    assert all(_is_in_its_place(one) for one in found)
    assert all(DNS_NAME.fullmatch(one["metadata"]["name"]) for one in found)
    known = {(one["kind"], one["metadata"]["name"]) for one in found}
    assert len(known) == len(found)
    assert set(_references(found)) <= known | MADE_ELSEWHERE


@settings(deadline=None, max_examples=10)
@given(drafts())
def test_the_same_specification_is_rendered_the_same(draft: Draft) -> None:
    one, other = draft.blueprint(), draft.blueprint()
    assert control_plane_objects(one) == control_plane_objects(other)
    assert worker_objects(one) == worker_objects(other)


def _plain(manifests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is not JSON cannot be sent to an API server."""
    found: list[dict[str, Any]] = json.loads(json.dumps(manifests))
    return found


def _is_in_its_place(manifest: Mapping[str, Any]) -> bool:
    namespace = manifest["metadata"].get("namespace")
    return namespace == (None if manifest["kind"] in CLUSTER_SCOPED else "eksa-system")


def _references(tree: Any) -> Iterator[tuple[str, str]]:
    """Yield kind and name of everything that objects refer to, however they say it."""
    if isinstance(tree, list):
        for item in tree:
            yield from _references(item)
    elif isinstance(tree, dict):
        if {"kind", "name"} <= tree.keys():
            yield tree["kind"], tree["name"]
        for key, value in tree.items():
            if key == "secret":
                yield "Secret", value["name"]
            elif key == "failureDomain":
                yield "VSphereDeploymentZone", value
                yield "VSphereFailureDomain", value
            elif key == "clusterName":
                yield "Cluster", value
            yield from _references(value)
