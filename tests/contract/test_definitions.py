"""A real API server takes the definitions made from the models, then the objects they define."""

import copy
import time
from pathlib import Path
from typing import Any

import pytest

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.kubernetes.connection import Connection, Request
from bedplate.adapters.kubernetes.kube import APPLY_PATCH, MERGE_PATCH
from bedplate.capi.cluster import documents
from bedplate.capi.definitions import definitions
from bedplate.spec import load_file

ROOT = Path(__file__).parents[2]
GROUP = "/apis/anywhere.eks.amazonaws.com/v1alpha1"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def plain_definitions() -> Any:
    return definitions()


@pytest.fixture(scope="module")
def defined(apiserver_process):
    """Give a connection to an API server that has all definitions."""
    connection = Connection(apiserver_process.kubeconfig)
    for manifest in definitions():
        answer = apply(connection, DEFINITIONS, manifest)
        assert answer.is_good, answer.document
    for manifest in plain_definitions():
        wait_until_established(connection, manifest["metadata"]["name"])
    yield connection
    for manifest in plain_definitions():
        connection.ask(Request("DELETE", f"{DEFINITIONS}/{manifest['metadata']['name']}"))
    connection.close()


def apply(connection, path, manifest, **query):
    """Apply an object on the server's side; a field that its schema does not know is refused."""
    query = {"fieldManager": "tests", "force": "true", "fieldValidation": "Strict", **query}
    at = f"{path}/{manifest['metadata']['name']}"
    return connection.ask(Request("PATCH", at, query, manifest, APPLY_PATCH))


def wait_until_established(connection, name):
    deadline = time.monotonic() + 60
    while conditions(connection, name).get("Established") != "True":
        assert time.monotonic() < deadline, f"{name}: {conditions(connection, name)}"
        SystemClock().sleep(0.1)


def conditions(connection, name):
    found: Any = connection.ask(Request("GET", f"{DEFINITIONS}/{name}")).document
    seen = found.get("status", {}).get("conditions", [])
    return {condition["type"]: condition["status"] for condition in seen}


def path_of(manifest):
    names = [d["spec"]["names"] for d in plain_definitions()]
    (plural,) = (name["plural"] for name in names if name["kind"] == manifest["kind"])
    return f"{GROUP}/namespaces/default/{plural}"


def objects(example="vsphere-standalone"):
    return {d["kind"]: d for d in documents(load_file(ROOT / "examples" / f"{example}.yaml"))}


def test_every_schema_is_structural_and_served(defined):
    found = [conditions(defined, manifest["metadata"]["name"]) for manifest in plain_definitions()]
    assert [seen for seen in found if "NonStructuralSchema" in seen] == []
    assert all(seen["NamesAccepted"] == "True" for seen in found)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_objects_of_a_specification_are_taken_and_kept_as_they_are(defined, example):
    for manifest in documents(load_file(example)):
        answer = apply(defined, path_of(manifest), manifest)
        assert answer.is_good, answer.document
        assert answer.document["spec"] == manifest["spec"]


def test_a_bundle_is_kept_with_the_fields_that_no_model_has(defined):
    part = {"kubeVersion": "1.34", "nutanix": {"version": "v1.6.0"}}
    spec = {"number": 7, "cliMinVersion": "v0.1.0", "cliMaxVersion": "v0.26.0"}
    bundle = {
        "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
        "kind": "Bundles",
        "metadata": {"name": "bundles-7"},
        "spec": {**spec, "versionsBundles": [part]},
    }
    answer = apply(defined, path_of(bundle), bundle)
    assert answer.is_good, answer.document
    assert answer.document["spec"]["versionsBundles"] == [part]


WRONG = {
    "another type": ("Cluster", ("controlPlaneConfiguration", "count"), "three"),
    "a field that is not there": ("Cluster", ("controlPlaneConfiguration", "cuont"), 3),
    "a word that is none of the choice": ("VSphereMachineConfig", ("osFamily",), "windows"),
    "a required field that is missing": ("VSphereDatacenterConfig", ("server",), None),
    "text where a list is wanted": ("VSphereMachineConfig", ("users",), "ec2-user"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_bad_object_is_refused_by_the_name_of_its_field(defined, wrong):
    kind, (*way, field), value = WRONG[wrong]
    bad = copy.deepcopy(objects()[kind])
    place = bad["spec"]
    for name in way:
        place = place[name]
    place[field] = value
    if value is None:
        del place[field]

    answer = apply(defined, path_of(bad), bad, dryRun="All")

    assert answer.status in (400, 422, 500), answer.document
    assert field in answer.document["message"]


def test_status_is_written_through_its_own_door(defined):
    cluster = objects()["Cluster"]
    apply(defined, path_of(cluster), cluster)
    said: Any = {
        "observedGeneration": 1,
        "failureReason": "ClusterInvalid",
        "more": {"any": "thing"},
    }

    at = f"{path_of(cluster)}/{cluster['metadata']['name']}/status"
    answer = defined.ask(Request("PATCH", at, {}, {"status": said}, MERGE_PATCH))

    assert answer.document["status"] == said
