"""Laws that hold for any text and for any valid specification."""

import contextlib
import random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedplate.errors import BadInput, SpecError
from bedplate.spec import ClusterSpec, load_file, load_text, read_text

CP = "Cluster.spec.controlPlaneConfiguration"
GROUP = "Cluster.spec.workerNodeGroupConfigurations[0]"
MACHINE = "VSphereMachineConfig/w01.spec"

common = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

words = st.text(min_size=1, max_size=12)
labels = st.dictionaries(
    st.from_regex(r"[a-z]([a-z0-9.-]{0,10}[a-z0-9])?", fullmatch=True),
    st.from_regex(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?)?", fullmatch=True),
    max_size=4,
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["007", "1.30", "1e5", "0o17", "yes", "null", "~", "1_000", "2001-01-01"])
)
free = st.dictionaries(
    words,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner),
        max_leaves=8,
    ),
    max_size=4,
)
versions = st.integers(18, 36).map(lambda minor: f"1.{minor}")
taints = st.lists(
    st.builds(
        lambda key, effect: {"key": key, "effect": effect},
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.sampled_from(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ),
    max_size=3,
)


@settings(common, max_examples=30)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "Cluster.metadata.name": st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{1,34}", fullmatch=True),
            "Cluster.metadata.labels": labels,
            "Cluster.metadata.annotations": st.dictionaries(
                words, st.text(max_size=20), max_size=3
            ),
            "Cluster.spec.kubernetesVersion": versions,
            "Cluster.spec.clusterNetwork.cniConfig.cilium.helmValues": free,
            "Cluster.spec.licenseToken": st.text(max_size=30),
            f"{CP}.count": st.integers(1, 99),
            f"{CP}.labels": labels,
            f"{CP}.taints": taints,
            f"{CP}.skipAdmissionForSystemResources": st.booleans(),
            f"{GROUP}.count": st.integers(0, 10**6),
            f"{GROUP}.labels": labels,
            f"{MACHINE}.folder": st.text(max_size=20),
            f"{MACHINE}.memoryMiB": st.integers(-5, 10**6),
            f"{MACHINE}.numCPUs": st.integers(-5, 64),
            f"{MACHINE}.tags": st.lists(st.text(max_size=8), max_size=3),
        },
    )
)
def test_a_valid_specification_survives_load_dump_and_load(load, edits):
    spec = load(edits)
    again = load_text(spec.dump())
    assert again == spec
    assert again.fingerprint() == spec.fingerprint()
    assert read_text(spec.dump()) == spec


texts = st.text(max_size=20)
named = st.text(min_size=1, max_size=12)
resources = st.one_of(
    st.builds(lambda name: {"type": "name", "name": name}, named),
    st.builds(lambda uuid: {"type": "uuid", "uuid": uuid}, named),
)
host_os = st.fixed_dictionaries(
    {}, optional={"ntpConfiguration": st.just({"servers": ["time.example.com"]})}
)

PROVIDERS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "docker": {},
    "tinkerbell": {
        "TinkerbellDatacenterConfig.spec.loadBalancerInterface": texts,
        "TinkerbellDatacenterConfig.spec.isoBoot": st.booleans(),
        "TinkerbellMachineConfig/w01.spec.hardwareSelector": st.dictionaries(
            named, texts, min_size=1, max_size=1
        ),
        "TinkerbellMachineConfig/w01.spec.hostOSConfiguration": host_os,
        f"{GROUP}.count": st.integers(0, 50),
    },
    "cloudstack": {
        "CloudStackDatacenterConfig.spec.availabilityZones[0].account": texts,
        "CloudStackDatacenterConfig.spec.availabilityZones[0].zone.id": texts,
        "CloudStackMachineConfig/w01.spec.template": st.builds(lambda name: {"id": name}, named),
        "CloudStackMachineConfig/w01.spec.affinityGroupIds": st.lists(texts, max_size=3),
        "CloudStackMachineConfig/w01.spec.userCustomDetails": st.dictionaries(
            st.from_regex(r"own\.[a-z]{1,5}", fullmatch=True), texts, max_size=3
        ),
    },
    "nutanix": {
        "NutanixDatacenterConfig.spec.port": st.integers(1, 65535),
        "NutanixMachineConfig/w01.spec.cluster": resources,
        "NutanixMachineConfig/w01.spec.project": resources,
        "NutanixMachineConfig/w01.spec.memorySize": st.integers(4 * 2**30, 2**45)
        | st.integers(5, 900).map(lambda size: f"{size}Gi"),
        "NutanixMachineConfig/w01.spec.vcpuSockets": st.integers(2, 64),
        "NutanixMachineConfig/w01.spec.gpus": st.lists(
            st.integers(0, 2**31).map(lambda number: {"type": "deviceID", "deviceID": number}),
            max_size=2,
        ),
    },
    "snow": {
        "SnowMachineConfig/w01.spec.amiID": texts,
        "SnowMachineConfig/w01.spec.devices": st.lists(named, min_size=1, max_size=3),
        "SnowMachineConfig/w01.spec.nonRootVolumes": st.lists(
            st.integers(8, 999).map(lambda size: {"deviceName": "/dev/sdc", "size": size}),
            max_size=2,
        ),
        "SnowMachineConfig/w01.spec.network.directNetworkInterfaces[0].vlanID": st.integers(
            0, 4095
        ),
    },
}


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(common, max_examples=15)
@given(data=st.data())
def test_a_valid_specification_of_a_provider_survives_load_dump_and_load(load, provider, data):
    optional = PROVIDERS[provider] | {"Cluster.metadata.labels": labels, f"{CP}.labels": labels}
    spec = load(data.draw(st.fixed_dictionaries({}, optional=optional)), provider)
    again = load_text(spec.dump())
    assert again == spec
    assert again.fingerprint() == spec.fingerprint()


def outcome(text):
    try:
        return load_text(text)
    except SpecError as error:
        return error


@common
@given(st.text(max_size=200))
def test_any_text_gives_a_specification_or_its_problems(text):
    assert isinstance(outcome(text), ClusterSpec | SpecError)


@common
@given(st.text(alphabet="abk:{}[]-,&*!|>'\"#%@<~? \n\t01.\x00\x85\ufeff", max_size=120))
def test_any_text_of_yaml_signs_gives_a_specification_or_its_problems(text):
    assert isinstance(outcome(text), ClusterSpec | SpecError)


@common
@given(st.binary(max_size=300))
def test_any_file_gives_a_specification_or_a_clear_error(tmp_path, content):
    path = tmp_path / "any.yaml"
    path.write_bytes(content)
    with contextlib.suppress(SpecError, BadInput):
        assert isinstance(load_file(path), ClusterSpec)


@common
@given(free)
def test_any_data_as_the_clusters_spec_gives_a_specification_or_its_problems(data):
    head = {"apiVersion": "anywhere.eks.amazonaws.com/v1alpha1", "kind": "Cluster"}
    assert isinstance(outcome(yaml.safe_dump({**head, "metadata": data, "spec": data})), SpecError)


def places_of(node, path=()):
    """Yield the path of every value in plain data."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places_of(value, (*path, key))


@settings(common, max_examples=100)
@given(st.randoms(use_true_random=False), scalars | st.lists(scalars, max_size=2) | free)
def test_any_value_in_any_place_gives_a_specification_or_its_problems(text, chance, value):
    documents = list(yaml.load_all(text(example="vsphere-gitops.yaml"), Loader=yaml.CSafeLoader))
    *above, last = chance.choice(list(places_of(documents)))
    place = documents
    for key in above:
        place = place[key]
    place[last] = value
    changed = yaml.dump_all(documents, Dumper=yaml.CSafeDumper)
    assert isinstance(outcome(changed), ClusterSpec | SpecError)


def test_any_text_with_a_line_lost_or_doubled_gives_a_specification_or_its_problems(text):
    chance = random.Random(3)
    lines = text(example="vsphere-gitops.yaml").splitlines()
    for _round in range(100):
        changed = list(lines)
        at = chance.randrange(len(changed))
        changed[at : at + 1] = [changed[at]] * chance.choice((0, 2))
        assert isinstance(outcome("\n".join(changed)), ClusterSpec | SpecError)
