"""What the kinds are as models: their JSON schema, plain data in and out, copies."""

import subprocess
import sys
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import ValidationError

from bedplate.spec import KINDS, Cluster, FreeObject, FrozenMap, Ref, Taint
from bedplate.spec.models.common import TaintEffect
from bedplate.spec.models.model import replace

ROOT = Path(__file__).parents[3]
EXAMPLES = ("vsphere-standalone.yaml", "vsphere-gitops.yaml", "vsphere-stacked-etcd.yaml")
MODELS = [kind.model for kind in KINDS.values() if kind.model]


def model_of(document):
    """Return the model of a document's kind."""
    return {model.KIND: model for model in MODELS}[document["kind"]]


def refused(document):
    """Return what the schema of a document's kind refuses, as paths."""
    schema = model_of(document).model_json_schema()
    validator = jsonschema.Draft202012Validator(schema)
    return [error.json_path for error in validator.iter_errors(document)]


def test_the_schema_of_a_cluster_names_the_fields_of_the_api_and_refuses_others():
    schema = Cluster.model_json_schema()
    assert "controlPlaneConfiguration" in schema["$defs"]["ClusterSettings"]["properties"]
    parts = [schema, *schema["$defs"].values()]
    assert all(not part["additionalProperties"] for part in parts if "properties" in part)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.KIND)
def test_the_schema_of_a_kind_asks_for_its_name_and_version(model):
    schema = model.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["kind"] == {"const": model.KIND}
    assert schema["required"] == ["apiVersion", "kind"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_schemas_accept_an_example(load, name):
    assert not any(refused(document) for document in load(example=name).documents())


@pytest.mark.parametrize(
    ("field", "value"),
    [("count", "two"), ("colour", "red"), ("labels", {"a": 1}), ("taints", {}), ("endpoint", [])],
)
def test_the_schema_refuses_what_loading_refuses(load, field, value):
    cluster = load().documents()[0]
    cluster["spec"]["controlPlaneConfiguration"][field] = value
    assert len(refused(cluster)) == 1


def test_the_schema_takes_what_an_api_server_adds(load):
    cluster = load().documents()[0]
    cluster["status"] = {"ready": True}
    cluster["metadata"] |= {"uid": "1", "finalizers": ["a"]}
    assert refused(cluster) == []
    assert Cluster.model_validate(cluster) == load().cluster


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_model_reads_the_document_that_it_writes(load, name):
    spec = load(example=name)
    for document in spec.documents():
        model = model_of(document).model_validate(document)
        assert model in (spec.cluster, spec.datacenter, spec.gitops, *spec.machine_configs.values())


def test_a_model_is_made_with_names_of_python_or_of_the_api():
    assert Taint(key="a", effect=TaintEffect.NO_EXECUTE) == Taint.model_validate(
        {"key": "a", "effect": "NoExecute", "timeAdded": "2024"}
    )
    with pytest.raises(ValidationError, match="extra"):
        Ref.model_validate({"name": "a", "colour": "red"})


@pytest.mark.parametrize("value", ["2", True, 2**63, [2], 2.5])
def test_a_count_is_never_made_from_something_else(value):
    with pytest.raises(ValidationError):
        Cluster.model_validate({"spec": {"controlPlaneConfiguration": {"count": value}}})


def test_free_objects_and_maps_cannot_change_and_are_written_as_plain_data():
    cilium = {"helmValues": {"a": [{"b": None}, 1.5]}}
    data = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"clusterNetwork": {"cniConfig": {"cilium": cilium}}},
    }
    cluster = Cluster.model_validate(data)
    plugins = cluster.spec.cluster_network.cni_config
    assert plugins
    assert plugins.cilium
    assert plugins.cilium.helm_values == FreeObject({"a": (FreeObject({"b": None}), 1.5)})
    assert cluster.metadata.labels == FrozenMap({"a": "b"})
    assert hash(cluster) == hash(Cluster.model_validate(data))
    written = cluster.model_dump(mode="json", by_alias=True)
    assert written["spec"]["clusterNetwork"]["cniConfig"]["cilium"] == cilium
    assert written["metadata"] == data["metadata"]


def test_a_copy_with_other_values_is_checked_like_a_new_model():
    ref = Ref(kind="FluxConfig", name="a")
    assert replace(ref, name="b") == Ref(kind="FluxConfig", name="b")
    with pytest.raises(ValidationError, match="extra"):
        replace(ref, nmae="b")
    with pytest.raises(ValidationError, match="string"):
        replace(ref, name=1)


def test_several_threads_may_be_the_first_to_use_the_models():
    code = """
import concurrent.futures, sys, threading
from pathlib import Path
from bedplate.spec import load_file
start = threading.Barrier(8)
def load(path):
    start.wait()
    return load_file(path).fingerprint()
sys.setswitchinterval(1e-5)
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    assert len(set(pool.map(load, [Path(sys.argv[1])] * 8))) == 1
"""
    subprocess.run([sys.executable, "-c", code, ROOT / "examples" / EXAMPLES[1]], check=True)
