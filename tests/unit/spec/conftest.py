"""Specifications made from the examples by changing single fields."""

import copy
import itertools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bedplate.errors import SpecError
from bedplate.spec import KINDS, ClusterSpec, Environment, load_text
from bedplate.spec.skeletons import skeleton

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
SHARED = ROOT.parent / "shared" / "eksa"

CP_ENDPOINT = "Cluster.spec.controlPlaneConfiguration.endpoint.host"
NAMES = ("w01-cp", "w01-etcd", "w01")
"""The machine configurations of a skeleton; some have no external etcd."""

ZONE = "CloudStackDatacenterConfig.spec.availabilityZones[0]"
DATACENTER_FILLINGS: dict[str, dict[str, object]] = {
    "docker": {},
    "vsphere": {
        "VSphereDatacenterConfig.spec.server": "vcenter.example.com",
        "VSphereDatacenterConfig.spec.datacenter": "DC0",
        "VSphereDatacenterConfig.spec.network": "VM Network",
    },
    "tinkerbell": {"TinkerbellDatacenterConfig.spec.tinkerbellIP": "198.18.0.11"},
    "cloudstack": {
        f"{ZONE}.domain": "ROOT",
        f"{ZONE}.managementApiEndpoint": "https://cloudstack.example.com/client/api",
        f"{ZONE}.zone.name": "zone1",
        f"{ZONE}.zone.network.name": "shared",
    },
    "nutanix": {"NutanixDatacenterConfig.spec.endpoint": "prism.example.com"},
    "snow": {},
}
MACHINE_FILLINGS: dict[str, tuple[str, dict[str, object]]] = {
    "docker": ("", {}),
    "vsphere": (
        "VSphereMachineConfig",
        {"datastore": "ds", "resourcePool": "pool", "template": "/DC0/vm/ubuntu"},
    ),
    "tinkerbell": (
        "TinkerbellMachineConfig",
        {"hardwareSelector.type": "node", "osImageURL": "https://img.example.com/1-36.gz"},
    ),
    "cloudstack": (
        "CloudStackMachineConfig",
        {"computeOffering.name": "large", "template.name": "ubuntu-1.36"},
    ),
    "nutanix": (
        "NutanixMachineConfig",
        {"image.name": "ubuntu-1.36", "cluster.name": "pe", "subnet.name": "net"},
    ),
    "snow": ("SnowMachineConfig", {"devices[0]": "198.18.0.20"}),
}
"""What fills in a skeleton, by provider: of the datacenter, and of each machine configuration."""

REMOVED = object()
"""As a value in an edit: the field is taken out."""

Edits = Mapping[str, object]
Documents = dict[str, dict[str, object]]
Place = Any
"""A table or a list somewhere in plain data."""

OIDC = {
    "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
    "kind": "OIDCConfig",
    "metadata": {"name": "oidc"},
    "spec": {"clientId": "kubernetes", "issuerUrl": "https://login.example.com/realm"},
}
AWS_IAM = {
    "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
    "kind": "AWSIamConfig",
    "metadata": {"name": "iam"},
    "spec": {
        "awsRegion": "us-west-2",
        "backendMode": ["EKSConfigMap"],
        "mapRoles": [{"roleARN": "arn:aws:iam::1:role/r", "username": "r", "groups": ["a"]}],
    },
}
IDENTITIES = [{"kind": "OIDCConfig", "name": "oidc"}, {"kind": "AWSIamConfig", "name": "iam"}]


def documents_of(example: str) -> Documents:
    """Read an example as plain data, by kind, and by name where a kind has several objects.

    The name of a provider stands for its skeleton, filled in.
    """
    if example in MACHINE_FILLINGS:
        return filled(example)
    return by_kind((EXAMPLES / example).read_text())


def by_kind(text: str) -> Documents:
    """Read a text as plain data, by kind and name."""
    found: Documents = {}
    for item in yaml.load_all(text, Loader=yaml.CSafeLoader):
        many = KINDS[item["kind"]].many
        found[f"{item['kind']}/{item['metadata']['name']}" if many else item["kind"]] = item
    return found


def filled(provider: str) -> Documents:
    """Read a provider's skeleton with its open fields filled in."""
    documents = by_kind(skeleton(provider, "w01"))
    edits = dict(DATACENTER_FILLINGS[provider])
    if provider != "docker":
        edits[CP_ENDPOINT] = "198.18.0.10"
    kind, fields = MACHINE_FILLINGS[provider]
    for name in NAMES:
        if f"{kind}/{name}" in documents:
            edits |= {f"{kind}/{name}.spec.{field}": value for field, value in fields.items()}
    return by_kind(edit(documents, edits))


def edit(documents: Documents, edits: Edits) -> str:
    """Return the YAML of documents with fields set, by paths such as `Cluster.spec.a[0].b`."""
    changed: Place = copy.deepcopy(documents)
    for path, value in edits.items():
        *above, last = (part for part in re.split(r"\.|\[|\]", path) if part)
        place = changed
        for key, following in itertools.pairwise([*above, last]):
            place = below(place, key, [] if following.isdigit() else {})
        write(place, last, value)
    return yaml.dump_all(changed.values(), Dumper=yaml.CSafeDumper, sort_keys=False)


def below(place: Place, key: str, empty: object) -> Place:
    """Return what a key or an index leads to, made when missing."""
    if isinstance(place, list):
        return place[int(key)]
    return place.setdefault(key, empty)


def write(place: Place, key: str, value: object) -> None:
    """Set, add or take out one value."""
    at = int(key) if isinstance(place, list) else key
    if value is REMOVED:
        del place[at]
    elif isinstance(place, list) and at == len(place):
        place.append(copy.deepcopy(value))
    else:
        place[at] = copy.deepcopy(value)


@pytest.fixture(scope="session")
def examples() -> Path:
    """Give the folder of the examples."""
    return EXAMPLES


@pytest.fixture(scope="session")
def text() -> Callable[..., str]:
    """Give an example's text with some fields changed."""

    def make(edits: Edits | None = None, example: str = "vsphere-standalone.yaml") -> str:
        return edit(documents_of(example), edits or {})

    return make


@pytest.fixture(scope="session")
def load(text: Callable[..., str]) -> Callable[..., ClusterSpec]:
    """Load an example with some fields changed."""

    def make(edits: Edits | None = None, example: str = "vsphere-standalone.yaml") -> ClusterSpec:
        return load_text(text(edits, example))

    return make


@pytest.fixture(scope="session")
def fields(text: Callable[..., str]) -> Callable[..., list[str]]:
    """Give the fields that problems name once an example is changed; none where it is valid."""

    def make(
        edits: Edits,
        example: str = "vsphere-standalone.yaml",
        environment: Environment | None = None,
    ) -> list[str]:
        try:
            load_text(text(edits, example), environment=environment or Environment())
        except SpecError as error:
            return [problem.field for problem in error.problems]
        return []

    return make


@pytest.fixture(scope="session")
def removed() -> object:
    """Stand for a field that is taken out."""
    return REMOVED


@pytest.fixture(scope="session")
def identities() -> Edits:
    """Give a cluster both kinds of identity provider."""
    return {
        "Cluster.spec.identityProviderRefs": IDENTITIES,
        "OIDCConfig": OIDC,
        "AWSIamConfig": AWS_IAM,
    }


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of EKS Anywhere's own files."""
    if not SHARED.is_dir():
        pytest.skip(f"EKS Anywhere's own specifications are not at {SHARED}")
    return SHARED
