"""The JSON schema that editors use, of one kind and of a whole file."""

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from bedplate.errors import BadInput
from bedplate.spec import KINDS
from bedplate.spec.schema import schema_of, schema_of_file
from bedplate.spec.skeletons import PROVIDERS

WHOLE = schema_of_file()
CHECK = jsonschema.Draft202012Validator(WHOLE)


def test_the_schema_of_a_file_is_one():
    jsonschema.Draft202012Validator.check_schema(WHOLE)
    assert WHOLE["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_of_a_kind_is_one(kind):
    schema = schema_of(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == kind


@pytest.mark.parametrize("example", [*PROVIDERS, "vsphere-gitops.yaml"])
def test_every_document_of_an_example_fits(text, example):
    for document in yaml.safe_load_all(text(example=example)):
        assert [error.message for error in CHECK.iter_errors(document)] == []


def test_other_kinds_and_empty_documents_fit():
    for document in ({"apiVersion": "v1", "kind": "Secret", "data": {"a": "b"}}, None):
        assert CHECK.is_valid(document)


@pytest.mark.parametrize(
    ("edits", "place"),
    [
        ({"Cluster.spec.kubernetesVersoin": "1.34"}, "$.spec"),
        (
            {"Cluster.spec.controlPlaneConfiguration.count": "2"},
            "$.spec.controlPlaneConfiguration.count",
        ),
        ({"VSphereMachineConfig/w01.spec.osFamily": "windows"}, "$.spec.osFamily"),
        ({"VSphereMachineConfig/w01.spec.numCpus": 2}, "$.spec"),
    ],
)
def test_a_mistake_is_found_in_its_place(text, edits, place):
    documents = list(yaml.safe_load_all(text(edits)))
    errors = [error for document in documents for error in CHECK.iter_errors(document)]
    assert [error.json_path for error in errors] == [place]


def test_a_kind_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(BadInput, match="'Clster'") as caught:
        schema_of("Clster")
    assert caught.value.remedy == "did you mean 'Cluster'?"
