"""The definitions made from the models are EKS Anywhere's own, but for what is named here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bedplate.capi.definitions import definitions

SHARED = Path(__file__).parents[4] / "shared" / "eksa"
DEFINITIONS: Any = definitions()
OURS: dict[str, Any] = {d["spec"]["names"]["kind"]: d for d in DEFINITIONS}

# No definition of theirs is published beside the others; EKS Anywhere has the kinds.
NOT_PUBLISHED = {"SnowDatacenterConfig", "SnowMachineConfig", "SnowIPPool"}

# A difference and why it is there; each is a pattern for what `differences` says.
KNOWN = {
    r"\S+\.status\.\S+: not in ours": "status is open, nothing in it gets lost",
    r"\S+\.status(\.\S+)?: not in theirs": "one status serves every kind, and nothing is required",
    r"Bundles\.spec\.versionsBundles\[\]\.(aws|cloudStack|nutanix|snow|tinkerbell): not in ours": (
        "parts of providers that no cluster is made on are open, and kept as written"
    ),
    r"Bundles\.spec\.versionsBundles\[\]\.vSphere\.(driver|syncer): not in ours": (
        "the storage driver that EKS Anywhere no longer installs; kept as written"
    ),
    r"Bundles\.spec\.\S+\.os: words": "nothing is chosen by an image's system: any text is kept",
    r"Bundles\S*: required": "bundles are checked when they are read, by what is used of them",
    r"\S+\.taints\[\]\.timeAdded: any value": "a node's, which means nothing in a specification",
    r"\S+\.helmValues: open object": "Helm values are a table; any other value is refused here",
    r"\S+: words in ours only": "the API says these words in its text, and refuses others later",
}


@pytest.fixture(scope="module")
def theirs():
    """Give EKS Anywhere's own definitions by kind."""
    if not SHARED.is_dir():
        pytest.skip(f"EKS Anywhere's own definitions are not at {SHARED}")
    texts = [path.read_text() for path in sorted((SHARED / "crds").glob("*.yaml"))]
    found = [yaml.load(text, Loader=yaml.CSafeLoader) for text in texts]
    return {crd["spec"]["names"]["kind"]: crd for crd in found}


def schema(definition):
    (version,) = definition["spec"]["versions"]
    return version["schema"]["openAPIV3Schema"]


def differences(theirs, ours, path):
    """Yield every difference in names, types, words and required fields, both ways."""
    if kind_of(theirs) != kind_of(ours):
        yield f"{path}: {kind_of(ours)}, theirs {kind_of(theirs)}"
        return
    if sorted(theirs.get("required", [])) != sorted(ours.get("required", [])):
        yield f"{path}: required {ours.get('required')}, theirs {theirs.get('required')}"
    if sorted(theirs.get("enum", [])) != sorted(ours.get("enum", [])):
        whose = "" if "enum" in theirs else " in ours only"
        yield f"{path}: words{whose} {ours.get('enum')}, theirs {theirs.get('enum')}"
    yield from fields(theirs.get("properties", {}), ours.get("properties", {}), path)
    for inside, sign in (("items", "[]"), ("additionalProperties", ".*")):
        if inside in theirs:
            yield from differences(theirs[inside], ours[inside], path + sign)


def fields(theirs, ours, path):
    for name in theirs.keys() - ours.keys():
        yield f"{path}.{name}: not in ours"
    for name in ours.keys() - theirs.keys():
        yield f"{path}.{name}: not in theirs"
    for name in theirs.keys() & ours.keys():
        yield from differences(theirs[name], ours[name], f"{path}.{name}")


def kind_of(part):
    """Return what a value is; a map of one's own names is not a table of fields."""
    if part.get("x-kubernetes-int-or-string"):
        return "number or text"
    if "type" not in part:
        return "any value"
    if part["type"] == "object" and "additionalProperties" in part:
        return "map"
    if part["type"] == "object" and not part.get("properties"):
        return "open object" if part.get("x-kubernetes-preserve-unknown-fields") else "object"
    return part["type"]


def found(theirs, kind):
    return sorted(differences(schema(theirs[kind]), schema(OURS[kind]), kind))


@pytest.mark.parametrize("kind", sorted(OURS.keys() - NOT_PUBLISHED))
def test_a_definition_differs_only_where_there_is_a_reason(theirs, kind):
    lines = found(theirs, kind)
    assert [line for line in lines if not any(re.match(known, line) for known in KNOWN)] == []


def test_every_reason_is_still_needed(theirs):
    lines = [line for kind in theirs for line in found(theirs, kind)]
    assert [known for known in KNOWN if not any(re.match(known, line) for line in lines)] == []


def test_every_published_kind_has_a_definition(theirs):
    assert OURS.keys() == theirs.keys() | NOT_PUBLISHED


def test_names_scope_and_doors_are_the_published_ones(theirs):
    def head(definition):
        (version,) = definition["spec"]["versions"]
        outside = {name: version[name] for name in version if name != "schema"}
        return {**definition["spec"], "versions": outside, "is": definition["metadata"]["name"]}

    assert {kind: head(OURS[kind]) for kind in theirs} == {k: head(d) for k, d in theirs.items()}


def parts(schema):
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from parts(inner)
    for inside in ("items", "additionalProperties"):
        if inside in schema:
            yield from parts(schema[inside])


@pytest.mark.parametrize("kind", sorted(OURS))
def test_a_schema_has_only_what_a_structural_schema_may_have(kind):
    allowed = {
        "additionalProperties",
        "description",
        "enum",
        "format",
        "items",
        "properties",
        "required",
        "type",
        "x-kubernetes-int-or-string",
        "x-kubernetes-preserve-unknown-fields",
    }
    assert [part for part in parts(schema(OURS[kind])) if not part.keys() <= allowed] == []


def test_every_kind_says_what_it_is_for():
    assert [kind for kind in OURS if not schema(OURS[kind]).get("description")] == []


def test_the_comparison_sees_names_types_words_and_what_is_required():
    theirs = {
        "type": "object",
        "required": ["count"],
        "properties": {
            "gone": {"type": "string"},
            "count": {"type": "integer"},
            "list": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    ours = {
        "type": "object",
        "properties": {
            "own": {"type": "string"},
            "count": {"type": "string"},
            "list": {"type": "array", "items": {"type": "string", "enum": ["a"]}},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }
    assert [line.split()[0] for line in sorted(differences(theirs, ours, "s"))] == [
        "s.count:",
        "s.gone:",
        "s.list[]:",
        "s.map.*:",
        "s.own:",
        "s:",
    ]
