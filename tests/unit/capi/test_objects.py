from __future__ import annotations

import pytest

from bedplate.capi import objects
from tests.unit.capi.vsphere_set import Object

METADATA = [None, "x", {"name": 5}, []]
ODD: list[Object] = [{}, *({"metadata": metadata} for metadata in METADATA)]


@pytest.mark.parametrize("obj", ODD)
def test_an_odd_object_reads_as_nothing(obj):
    assert objects.name(obj) == ""
    assert objects.labels(obj) == {}
    assert objects.generation(obj) == 0
    assert objects.owner_references(obj) == ()
    assert objects.condition(obj, "Ready") is None
    assert not objects.is_deleting(obj)
    assert not objects.is_paused(obj)


def test_a_boolean_is_no_number_and_a_text_no_list():
    obj: Object = {"a": True, "b": "text", "c": ["x", {"y": 1}, 2]}
    assert objects.number(obj, "a") is None
    assert objects.sequence(obj, "b") == ()
    assert objects.texts(obj, "c") == ("x",)
    assert objects.items(obj, "c") == ({"y": 1},)


def test_the_newer_contracts_condition_wins():
    obj: Object = {
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "v1beta2": {"conditions": [{"type": "Ready", "status": "False", "reason": "New"}]},
        }
    }
    found = objects.condition(obj, "Ready")
    assert found is not None
    assert not found.true
    assert found.reason == "New"


def test_a_deprecated_condition_is_not_read():
    old = [{"type": "Ready", "status": "True"}]
    assert (
        objects.condition({"status": {"deprecated": {"v1beta1": {"conditions": old}}}}, "Ready")
        is None
    )


@pytest.mark.parametrize(
    "obj",
    [{"spec": {"paused": True}}, {"metadata": {"annotations": {objects.PAUSED_ANNOTATION: ""}}}],
)
def test_a_pause_is_a_field_or_an_annotation(obj):
    assert objects.is_paused(obj)
