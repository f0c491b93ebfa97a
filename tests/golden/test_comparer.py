"""What counts as the same rendering, and that nothing else does."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.golden.bundle import SHARED
from tests.golden.comparer import NO_VALUE, canonical, differences, is_wildcard, objects_differ
from tests.golden.reading import Data, Documents, decoded, read_documents

GOLDENS = sorted((SHARED / "render").glob("*/expected_*.yaml"))

needs_data = pytest.mark.skipif(not GOLDENS, reason=f"{SHARED} is not there")


def said(expected: str, actual: str) -> list[str]:
    return [str(found) for found in differences(read_documents(expected), read_documents(actual))]


def config_map(text: str) -> str:
    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    return yaml.safe_dump({**head, "data": {"data": text}})


POD = """
apiVersion: v1
kind: Pod
metadata: {name: a, creationTimestamp: null}
spec:
  containers:
  - name: one
    env: [{name: A, value: "1"}, {name: B, value: "true"}]
    resources: {}
  - name: two
    command: [sh, -c, "true"]
status: {}
"""
SAME_POD = """
kind: Pod
apiVersion: v1
spec:
  containers:
  - {name: two, command: ["sh", '-c', 'true'], resources: }
  - {name: one, env: [{name: B, value: 'true'}, {name: A, value: '1'}]}
metadata:
  name: "a"
"""


def test_order_quotes_comments_and_nothing_make_no_difference():
    assert said(POD, SAME_POD) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'value: "1"',
            "value: 1",
            "v1 Pod a spec.containers[name=one].env[name=A].value: expected '1', got 1",
        ),
        (
            "[sh, -c,",
            "[-c, sh,",
            "v1 Pod a spec.containers[name=two].command[0]: expected 'sh', got '-c'",
        ),
        (
            "name: two",
            "name: three",
            "v1 Pod a spec.containers[name=three]: expected nothing,"
            " got {'command': ['sh', '-c', 'true'], 'name': 'three'}",
        ),
        ("kind: Pod", "kind: Pad", "v1 Pad a: expected nothing, got 'an object'"),
    ],
)
def test_a_difference_says_where_and_what(old, new, message):
    assert message in said(POD, POD.replace(old, new))


def test_an_object_that_is_missing_is_a_difference():
    assert said(f"{POD}---\n{config_map('x')}", POD) == [
        "v1 ConfigMap a: expected 'an object', got nothing"
    ]


def test_taints_that_are_none_are_not_taints_that_are_unsaid():
    kind = "kind: KubeadmControlPlane\nmetadata: {name: a}\n"
    assert said(f"{kind}spec: {{taints: []}}", f"{kind}spec: {{}}") != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a: 1\nb: [x]\n", '{"b": ["x"], "a": 1}'),
        ("a: 1\n---\nb: 2\n", "# first\na: 1\n---\n# second\nb:   2\n\n"),
        ('[a]\n  b = "c"\n[d]\ne = 1', '[a]\nb = "c"\n\n[d]\n  e = 1\n'),
        ("line\nother line  \n\n", "line\nother line"),
        ("data: |\n  a: 1\n  c: 2\n", "data: |\n    c:   2 # two\n    a: 1\n"),
    ],
    ids=["yaml-or-json", "documents", "toml", "text", "nested"],
)
def test_texts_are_compared_by_the_data_in_them(one, other):
    assert said(config_map(one), config_map(other)) == []


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ("a: 1\nb: 2\n", "a: 1\nb: 3\n", "data.data > [0].b"),
        ("a: 1\n---\nb: 2\n", "b: 2\n---\na: 1\n", "data.data > [0].a"),
        ('[a]\nb = "c"\n', '[a]\nb = "d"\n', "data.data > [0].a.b"),
        ("line\nother line", "line\nother  line", "data.data"),
        (POD, SAME_POD.replace("name: one", "name: won"), "data.data > v1 Pod a spec"),
    ],
    ids=["yaml", "documents", "toml", "text", "objects"],
)
def test_a_difference_inside_a_text_is_found(one, other, where):
    assert any(where in line for line in said(config_map(one), config_map(other)))


def test_the_order_of_audit_rules_says_something_and_that_of_a_roles_does_not():
    rules = "rules: [{verbs: [get, list]}, {verbs: [watch]}]"
    turned = "rules: [{verbs: [watch]}, {verbs: [list, get]}]"
    assert said(f"kind: Policy\n{rules}", f"kind: Policy\n{turned}") != []
    assert said(f"kind: ClusterRole\n{rules}", f"kind: ClusterRole\n{turned}") == []


def test_of_two_files_with_one_path_the_last_one_counts():
    head = "kind: KubeadmControlPlane\nspec: {files: "
    files = ["{path: a, content: '1'}", "{path: a, content: '2'}", "{path: b, content: '3'}"]
    one, two, three = files
    assert said(f"{head}[{one}, {two}, {three}]}}", f"{head}[{three}, {one}, {two}]}}") == []
    assert said(f"{head}[{one}, {two}, {three}]}}", f"{head}[{two}, {one}, {three}]}}") != []


def test_a_secret_says_the_same_in_clear_and_encoded():
    head = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"
    assert said(f"{head}data: {{u: dnNwaGVyZQ==}}", f"{head}stringData: {{u: vsphere}}") == []
    assert said(f"{head}data: {{u: dnNwaGVyZQ==}}", f"{head}stringData: {{u: vsphera}}") != []


@pytest.mark.parametrize("blank", [NO_VALUE, "", "''"])
def test_a_name_that_is_set_from_outside_may_be_any_name_but_none(blank):
    made = "kind: M\nmetadata: {name: %s}\nspec: {configRef: {name: %s}, size: 1}"
    assert said(made % (blank, blank), made % ("a-1", "a-2")) == []
    assert said(made % (blank, blank), made % ("a-1", "''")) != []


def test_of_several_objects_that_a_blank_name_could_mean_the_nearest_is_taken():
    made = "kind: M\nmetadata: {name: %s}\nspec: {size: %d}\n"
    wanted = f"{made % (NO_VALUE, 1)}---\n{made % (NO_VALUE, 2)}"
    found = f"{made % ('a', 2)}---\n{made % ('b', 1)}"
    assert said(wanted, found) == []
    assert said(wanted, found.replace("size: 2", "size: 3")) != []


Path = tuple[Any, ...]

# -- every value of every golden matters ------------------------------------------------------


def leaves(tree: Data, path: Path = ()) -> Iterator[Path]:
    """The paths of all scalars, also of those inside texts."""
    if isinstance(tree, dict):
        for key, item in tree.items():
            yield from leaves(item, (*path, key))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from leaves(item, (*path, index))
    else:
        yield path


def changed(document: Data, path: Path) -> Data:
    """The document with one scalar changed."""
    found = copy.deepcopy(document)
    place = found
    for key in path[:-1]:
        place = place[key]
    old = place[path[-1]]
    if isinstance(old, bool):
        place[path[-1]] = not old
    else:
        place[path[-1]] = old + 1 if isinstance(old, int | float) else f"{old or ''}x"
    return found


def filled(tree: Data, key: str = "", above: str = "") -> Data:
    """The same with a value for everything that stands for whatever a caller fills in."""
    if isinstance(tree, dict):
        return {name: filled(item, name, key) for name, item in tree.items()}
    if isinstance(tree, list):
        return type(tree)(filled(item, "", key) for item in tree)
    return "filled-in" if is_wildcard(tree, key, above) else tree


def is_open(document: Data, path: Path) -> bool:
    """Whether a scalar stands for whatever a caller fills in."""
    value, keys = document, ["", *map(str, path)]
    for key in path:
        value = value[key]
    return is_wildcard(value, keys[-1], keys[-2])


@needs_data
@pytest.mark.parametrize("golden", GOLDENS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_any_single_changed_value_of_a_golden_is_a_difference(golden):
    documents = [decoded(item) for item in read_documents(golden.read_text())]
    unnoticed = []
    for document in documents:
        reference, full = canonical(document, wildcards=True), filled(document)
        assert not objects_differ([reference], [canonical(full)])
        for path in leaves(document):
            if is_open(document, path):
                continue
            if not objects_differ([reference], [canonical(changed(full, path))]):
                unnoticed.append(path)
    assert unnoticed == []


@needs_data
@pytest.mark.parametrize("golden", GOLDENS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_golden_equals_itself_written_another_way(golden):
    documents = read_documents(golden.read_text())
    again = [rewritten(filled(item)) for item in reversed(documents)]
    assert differences(documents, again) == []


def rewritten(value: Data) -> Data:
    """The same data with tables turned round and structured texts laid out anew."""
    if isinstance(value, dict):
        return {key: rewritten(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [rewritten(item) for item in value]
    inside = decoded(value)
    if isinstance(inside, Documents) and "=" not in str(value).split("\n", 1)[0]:
        return yaml.safe_dump_all(read_documents(str(value)), default_flow_style=True)
    return value
