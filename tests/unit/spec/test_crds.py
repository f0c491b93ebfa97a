"""Every field of every kind is the one that EKS Anywhere's own API has: name, type and values."""

import functools

import pytest
import yaml

from bedplate.spec import KINDS

# Values that mean nothing here, and are read and left out.
IGNORED = {"timeAdded"}

TYPES = {"integer": "integer", "boolean": "boolean", "string": "string"}


@functools.cache
def crds(shared):
    """Return the schema of `spec` by kind, of every kind that a specification may hold."""
    found = {}
    for path in sorted((shared / "crds").glob("*.yaml")):
        crd = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        kind = crd["spec"]["names"]["kind"]
        if kind in KINDS:
            (version,) = crd["spec"]["versions"]
            fields = version["schema"]["openAPIV3Schema"]["properties"]
            found[kind] = fields.get("spec", {})
    return found


def resolved(ours, definitions):
    """Follow references, and leave out that a field may be null."""
    while "$ref" in ours or "anyOf" in ours:
        if "$ref" in ours:
            ours = definitions[ours["$ref"].rpartition("/")[2]]
        else:
            kinds = [one for one in ours["anyOf"] if one != {"type": "null"}]
            if len(kinds) > 1:
                return {"type": sorted(one["type"] for one in kinds)}
            (ours,) = kinds
    return ours


def differences(theirs, ours, definitions, path):
    """Yield where a model differs from the API."""
    ours = resolved(ours, definitions)
    if theirs.get("x-kubernetes-preserve-unknown-fields"):
        if "properties" in ours:
            yield f"{path}: the API leaves its fields open"
    elif theirs.get("x-kubernetes-int-or-string"):
        if ours.get("type") != ["integer", "string"]:
            yield f"{path}: the API takes a number or text"
    elif theirs["type"] == "object" and "additionalProperties" in theirs:
        values = ours.get("additionalProperties")
        if not values:
            yield f"{path}: the API has names of one's own here"
        else:
            inner = theirs["additionalProperties"]
            yield from differences(inner, values, definitions, f"{path}.*")
    elif theirs["type"] == "object":
        yield from fields(theirs, ours, definitions, path)
    elif theirs["type"] == "array":
        if ours.get("type") != "array":
            yield f"{path}: the API has a list here"
        else:
            yield from differences(theirs["items"], ours["items"], definitions, f"{path}[]")
    else:
        yield from value_differences(theirs, ours, path)


def value_differences(theirs, ours, path):
    if ours.get("type") != TYPES[theirs["type"]]:
        yield f"{path}: {theirs['type']} in the API, {ours.get('type')} here"
    elif "enum" in theirs and sorted(ours.get("enum", [])) != sorted(theirs["enum"]):
        yield f"{path}: {theirs['enum']} in the API, {ours.get('enum')} here"


def fields(theirs, ours, definitions, path):
    known = theirs.get("properties", {})
    models = {name: part for name, part in ours.get("properties", {}).items() if part is not True}
    for name in known.keys() - models.keys() - IGNORED:
        yield f"{path}.{name}: is missing"
    for name in models.keys() - known.keys():
        yield f"{path}.{name}: the API has no such field"
    for name in known.keys() & models.keys():
        yield from differences(known[name], models[name], definitions, f"{path}.{name}")


WITHOUT_CRD = {"SnowDatacenterConfig", "SnowMachineConfig", "SnowIPPool"}


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - WITHOUT_CRD))
def test_every_field_is_the_apis(shared, kind):
    schema = KINDS[kind].model.model_json_schema()
    found = differences(
        crds(shared)[kind], schema["properties"]["spec"], schema["$defs"], f"{kind}.spec"
    )
    assert sorted(found) == []


def test_every_kind_of_the_api_that_a_file_may_hold_is_compared(shared):
    assert crds(shared).keys() | WITHOUT_CRD == KINDS.keys()


def test_the_comparison_finds_a_missing_field_another_type_and_other_values():
    theirs = {
        "type": "object",
        "properties": {
            "gone": {"type": "string"},
            "count": {"type": "integer"},
            "mode": {"type": "string", "enum": ["a", "b"]},
        },
    }
    ours = {
        "properties": {
            "count": {"type": "string"},
            "mode": {"type": "string", "enum": ["a"]},
            "own": {"type": "string"},
        }
    }
    assert {line.split(":")[0] for line in differences(theirs, ours, {}, "s")} == {
        "s.gone",
        "s.count",
        "s.mode",
        "s.own",
    }
