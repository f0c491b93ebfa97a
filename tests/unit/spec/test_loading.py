"""What is read, what is refused, and where in the text a problem is shown."""

import textwrap
from pathlib import Path

import pytest

from bedplate.errors import BadInput, SpecError
from bedplate.spec import ClusterSpec, from_documents, load_file, load_text, read_text
from bedplate.spec.nodes import MAX_BYTES

EXAMPLES = ("vsphere-standalone.yaml", "vsphere-gitops.yaml", "vsphere-stacked-etcd.yaml")
CLUSTER = "apiVersion: anywhere.eks.amazonaws.com/v1alpha1\nkind: Cluster\n"


def problems_of(text):
    with pytest.raises(SpecError) as caught:
        load_text(text, "c.yaml")
    return caught.value.problems


def places(text):
    return [(p.line, p.column, p.field) for p in problems_of(text)]


@pytest.fixture
def example():
    return (Path(__file__).parents[3] / "examples" / EXAMPLES[0]).read_text()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_valid(load, name):
    assert isinstance(load(example=name), ClusterSpec)


def test_a_problem_shows_file_line_column_field_and_what_is_right(example):
    text = example.replace("    count: 3\n", "    count: 4\n", 1)
    line = text.splitlines().index("    count: 4") + 1
    (problem,) = problems_of(text)
    assert str(problem) == (
        f"c.yaml:{line}:12: Cluster.spec.externalEtcdConfiguration.count: 4 is even (3 or 5)"
    )


def test_a_missing_field_is_shown_at_the_nearest_field_around_it(example):
    text = example.replace("      host: 198.18.0.10\n", "      {}\n")
    line = text.splitlines().index("    endpoint:") + 1
    assert places(text) == [(line, 5, "Cluster.spec.controlPlaneConfiguration.endpoint.host")]


def test_an_unknown_field_of_the_cluster_asks_what_was_meant(example):
    text = example.replace("  datacenterRef:", "  datacentreRef:")
    problem = next(p for p in problems_of(text) if "unknown" in p.message)
    line = text.splitlines().index("  datacentreRef:") + 1
    assert (problem.line, problem.column) == (line, 3)
    assert problem.expected == "did you mean 'datacenterRef'?"


def test_an_unknown_field_deep_in_the_cluster_is_an_error(example):
    text = example.replace("      cilium: {}", "      cilium: {helmVales: always}")
    assert [p.field for p in problems_of(text)] == [
        "Cluster.spec.clusterNetwork.cniConfig.cilium.helmVales"
    ]


def test_an_unknown_field_of_a_child_is_ignored(load):
    assert load({"VSphereMachineConfig/w01.spec.colour": "red"}) == load()


def test_keys_match_whatever_their_case(example):
    text = example.replace("    count: 2\n", "    certSANs: [k8s.example.com]\n    Count: 2\n", 1)
    spec = load_text(text)
    assert spec.control_plane.cert_sans == ("k8s.example.com",)
    assert spec.control_plane.count == 2


def test_a_field_written_in_two_spellings_is_an_error(example):
    text = example.replace("    count: 2\n", "    count: 2\n    Count: 2\n", 1)
    assert [p.message for p in problems_of(text)] == ["the field is written twice"]


@pytest.mark.parametrize("written", ["1.30", '"1.30"', "'1.30'"])
def test_a_version_stays_the_text_written(example, written):
    spec = load_text(example.replace('"1.34"', written))
    assert spec.kubernetes_version == "1.30"
    assert load_text(spec.dump()).kubernetes_version == "1.30"


def test_a_workers_version_stays_the_text_written(example):
    text = example.replace("    - name: md-0", "    - kubernetesVersion: 1.30\n      name: md-0")
    assert load_text(text.replace('"1.34"', "1.30")).workers[0].kubernetes_version == "1.30"


def test_numbers_and_truth_values_are_text_where_the_api_wants_text(example):
    labels = "    labels: {a: 007, b: 1.10, c: yes, d: false, e: 1e3, f: }\n    count: 2\n"
    spec = load_text(example.replace("    count: 2\n", labels, 1))
    assert dict(spec.control_plane.labels) == {
        "a": "007", "b": "1.10", "c": "true", "d": "false", "e": "1e3", "f": "",
    }  # fmt: skip


@pytest.mark.parametrize("written", ["two", '"2"', "2.5", "true", "[2]", "{a: 2}", "1" * 30])
def test_only_a_whole_number_is_a_count(example, written):
    text = example.replace("    count: 2\n", f"    count: {written}\n", 1)
    (problem,) = problems_of(text)
    assert problem.field == "Cluster.spec.controlPlaneConfiguration.count"
    assert problem.expected.startswith("a whole number")


@pytest.mark.parametrize("written", ["2.0", "0x2", "0b10", "02", "+2"])
def test_a_count_may_be_written_in_any_way_that_yaml_has(example, written):
    spec = load_text(example.replace("    count: 2\n", f"    count: {written}\n", 1))
    assert spec.control_plane.count == 2


def test_a_list_where_text_is_wanted_is_an_error(example):
    text = example.replace("      host: 198.18.0.10", "      host: [198.18.0.10]")
    assert [p.expected for p in problems_of(text)] == ["text"]


def test_null_is_not_set(example):
    spec = load_text(example.replace("  folder: /DC0/vm/w01", "  folder: ~"))
    assert {config.spec.folder for config in spec.vsphere_machines.values()} == {""}


def test_a_key_written_twice_is_shown_at_the_second_place(example):
    text = example.replace("    count: 2\n", "    count: 2\n    count: 2\n", 1)
    line = text.splitlines().index("    count: 2") + 2
    assert places(text) == [(line, 5, "count")]


def test_anchors_aliases_and_merge_keys_are_followed(example):
    text = example.replace(
        "    pods:\n      cidrBlocks:\n        - 192.168.0.0/16",
        "    pods: &p\n      cidrBlocks: [192.168.0.0/16]",
    ).replace(
        "    services:\n      cidrBlocks:\n        - 10.96.0.0/12",
        "    services: {<<: *p, cidrBlocks: [10.96.0.0/12]}",
    )
    assert load_text(text) == load_text(example)


def test_aliases_that_multiply_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (problem,) = problems_of("\n".join(lines))
    assert "too large" in problem.message


def test_an_alias_of_itself_is_refused():
    (problem,) = problems_of("a: &a [*a]")
    assert "no anchor" in problem.message


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000, "a: {b: " * 300])
def test_deep_nesting_is_refused(text):
    assert len(problems_of(text)) == 1


def test_a_large_file_is_refused(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text("#" + "é" * MAX_BYTES)
    with pytest.raises(SpecError, match="bytes"):
        load_file(path)


@pytest.mark.parametrize("text", ["", "\n", "---\n---\n", "# nothing\n", "~"])
def test_an_empty_file_holds_no_cluster(text):
    assert [p.message for p in problems_of(text)] == ["the file holds no Cluster"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: b\n c: d\n", 2, 3),
        ("}test", 1, 1),
        ("a:\n\t- b\n", 2, 1),
        ("a: 'b\n", 1, 4),
        ("a: b\n\x07", 2, 1),
        ("a: *b", 1, 4),
    ],
)
def test_what_is_not_yaml_is_shown_where_reading_stopped(text, line, column):
    assert places(text) == [(line, column, "")]


def test_a_lone_surrogate_is_not_utf8():
    assert [p.message for p in problems_of("a: \ud800")] == [
        "this character cannot be written as UTF-8"
    ]


@pytest.mark.parametrize("text", ["text", "[a]", "5", "- a: b"])
def test_a_document_that_is_no_table_is_an_error(text):
    assert "a document must be a table of fields" in [p.message for p in problems_of(text)]


def test_a_table_as_a_key_is_an_error(example):
    text = f"{example}---\n? {{a: b}}\n: c\n"
    assert "must be text" in problems_of(text)[0].message


def test_documents_of_other_kinds_and_empty_ones_are_ignored(example):
    other = "---\n---\napiVersion: v1\nkind: Secret\nspec: [odd]\n---\n"
    assert load_text(other + example + other) == load_text(example)


def test_a_document_without_api_version_is_an_error(example):
    text = f"{example}---\nkind: FluxConfig\nmetadata: {{name: a}}\n"
    line = len(example.splitlines()) + 2
    assert places(text) == [(line, 1, "FluxConfig.apiVersion")]


def test_a_document_without_kind_is_an_error(example):
    assert [p.field for p in problems_of(f"{example}---\napiVersion: v1\n")] == ["kind"]


def test_a_cluster_of_another_api_is_not_ours(example):
    text = example.replace("anywhere.eks.amazonaws.com/v1alpha1", "cluster.x-k8s.io/v1beta1", 1)
    assert "Cluster.apiVersion" in [p.field for p in problems_of(text)]


def test_a_file_holds_one_cluster(example):
    second = f"---\n{CLUSTER}metadata: {{name: w02}}\n"
    assert [p.message for p in problems_of(example + second)] == ["a second Cluster"]


def test_an_object_written_twice_is_an_error(example):
    machine = example.split("---\n")[-1]
    (problem,) = problems_of(f"{example}---\n{machine}")
    assert "is already written in line" in problem.message


def test_a_reference_to_nothing_is_shown_where_it_is_written(example):
    text = example.replace("      name: w01-etcd", "      name: w01-etc", 1)
    line = text.splitlines().index("      name: w01-etc") + 1
    (problem,) = problems_of(text)
    assert (problem.line, problem.column) == (line, 13)
    assert "'w01-etcd'" in problem.expected


def test_objects_that_nothing_refers_to_are_left_out(example):
    machine = example.split("---\n")[-1].replace("name: w01\n", "name: spare\n")
    assert "spare" not in load_text(f"{example}---\n{machine}").machine_configs


def test_all_objects_share_the_clusters_namespace(example):
    text = example.replace("  name: w01-cp\nspec", "  name: w01-cp\n  namespace: x\nspec")
    assert [p.field for p in problems_of(text)] == [
        "VSphereMachineConfig/w01-cp.metadata.namespace"
    ]


def test_a_namespace_that_is_written_equals_the_default_one(load):
    assert load({"VSphereDatacenterConfig.metadata.namespace": "default"}) == load()


def test_a_wrong_type_hides_no_other_problem(example):
    text = example.replace("    count: 2\n", "    count: two\n", 1).replace('"1.34"', '"1"')
    assert [p.field for p in problems_of(text)] == [
        "Cluster.spec.kubernetesVersion",
        "Cluster.spec.controlPlaneConfiguration.count",
    ]


def test_too_many_problems_are_counted():
    keys = "\n".join(f"  unknown{n}: 1" for n in range(2000))
    found = problems_of(f"{CLUSTER}spec:\n{keys}\n")
    assert len(found) == 501
    assert found[-1].message.startswith("and 15")


@pytest.mark.parametrize("name", ["absent.yaml", "", "a\0b"])
def test_a_path_that_cannot_be_read_is_bad_input(tmp_path, name):
    with pytest.raises(BadInput) as caught:
        load_file(tmp_path / name)
    assert caught.value.code == "SPEC_UNREADABLE"


def test_a_file_that_is_not_utf8_is_bad_input(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_bytes(b"a: \xff")
    with pytest.raises(BadInput, match="byte 3 is not UTF-8"):
        load_file(path)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path, example):
    path = tmp_path / "c.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + example.replace("\n", "\r\n").encode())
    assert load_file(path) == load_text(example)


def test_a_file_names_itself_in_its_problems(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("")
    with pytest.raises(SpecError, match=r"c\.yaml:1:1"):
        load_file(path)


def test_reading_without_rules_takes_what_a_controller_once_accepted(example):
    text = example.replace("    count: 2\n", "    count: 0\n    odd: 1\n", 1)
    text = text.replace("  memoryMiB: 8192", "  memoryMiB: 4096")
    spec = read_text(text)
    assert spec.control_plane.count == 0
    assert spec.vsphere_machines["w01-etcd"].spec.memory_mib == 4096


def test_reading_without_rules_still_needs_a_specification():
    with pytest.raises(SpecError):
        read_text(textwrap.dedent(f"{CLUSTER}spec: {{}}\n"))


def test_objects_of_an_api_server_make_the_same_specification(load):
    spec = load()
    objects = [
        {**item, "status": {"ready": True}, "metadata": {**item["metadata"], "uid": "1"}}
        for item in spec.documents()
    ]
    assert from_documents(objects) == spec


def test_a_value_of_any_length_is_shown_in_a_readable_line(example):
    (problem,) = problems_of(example.replace('"1.34"', "1" * 5000))
    assert len(str(problem)) < 800


def test_names_are_the_same_text_wherever_they_are_written(example):
    text = example.replace("      name: w01-etcd", "      name: on").replace(
        "  name: w01-etcd", "  name: yes"
    )
    assert "true" in load_text(text).machine_configs
