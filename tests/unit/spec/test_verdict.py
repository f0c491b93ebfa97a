"""Everything that keeps a cluster from being created, or upgraded, at once."""

import pytest

from bedplate.errors import SpecError
from bedplate.spec.verdict import ignored_in, problems_of, read_old

CP = "Cluster.spec.controlPlaneConfiguration"
TINK = "TinkerbellDatacenterConfig.spec"
MACHINE = "TinkerbellMachineConfig/w01.spec"


def fields_of(problems):
    return [problem.field for problem in problems]


def test_what_only_create_refuses_is_found_with_the_rest(text):
    host = f"{CP}.endpoint.host"
    found = problems_of(text({host: "198.18.0.10:6443", f"{CP}.count": 0}), "c.yaml")
    assert fields_of(found) == [f"{CP}.count", host]
    assert found[1].expected == "198.18.0.10, without a port"


def test_a_field_that_cannot_be_read_is_told_once(text):
    assert fields_of(problems_of(text({f"{CP}.endpoint.host": []}))) == [f"{CP}.endpoint.host"]


CREATE = [
    ({f"{TINK}.tinkerbellIP": "198.18.0.10"}, [f"{TINK}.tinkerbellIP"]),
    ({f"{TINK}.osImageURL": "https://i.example.com/1-36.gz"}, 2 * ["osImageURL"]),
    ({f"{MACHINE}.osImageURL": ""}, [f"{MACHINE}.osImageURL"]),
    ({f"{MACHINE}.osImageURL": "https://i.example.com/1-35.gz"}, [f"{MACHINE}.osImageURL"]),
    ({f"{MACHINE}.osFamily": "redhat"}, [f"{MACHINE}.osFamily"]),
]


@pytest.mark.parametrize(("edits", "wanted"), CREATE)
def test_create_on_bare_metal_refuses(text, edits, wanted):
    found = fields_of(problems_of(text(edits, "tinkerbell")))
    assert len(found) == len(wanted)
    assert all(field.endswith(end) for field, end in zip(found, wanted, strict=True))


def test_an_upgrade_is_checked_instead_of_a_create(text):
    old, problems = read_old(text())
    assert problems == ()
    new = text({"Cluster.spec.kubernetesVersion": "1.36", f"{CP}.endpoint.host": "api.example.com"})
    found = problems_of(new, "new.yaml", old=old)
    assert fields_of(found) == ["Cluster.spec.kubernetesVersion", f"{CP}.endpoint.host"]
    assert {problem.file for problem in found} == {"new.yaml"}
    assert found[0].expected == "1.35 first, then on from there"


def test_problems_of_the_new_file_and_of_the_upgrade_come_together_in_order(text):
    old, _problems = read_old(text())
    new = text({f"{CP}.count": 0, "Cluster.spec.kubernetesVersion": "1.33"})
    assert fields_of(problems_of(new, old=old)) == ["Cluster.spec.kubernetesVersion", f"{CP}.count"]


def test_an_old_specification_that_breaks_todays_rules_can_be_upgraded_from(text):
    old, problems = read_old(text({f"{CP}.labels": {"a b": "c"}}))
    assert len(problems) == 1
    assert problems_of(text(), old=old) == ()


def test_an_old_text_that_is_no_specification_is_refused():
    with pytest.raises(SpecError):
        read_old("kind: Cluster")


def test_mistyped_fields_of_children_are_pointed_out_although_the_file_is_valid(text):
    child = text({"VSphereMachineConfig/w01.spec.numCpus2": 4})
    assert problems_of(child) == ()
    (found,) = ignored_in(child, "c.yaml")
    assert found.field == "VSphereMachineConfig/w01.spec.numCpus2"
    assert found.expected == "did you mean 'numCPUs'?"
    assert ignored_in("a: [") == ()


STRANGERS = [
    # what a hurried author writes, and the words that help
    ("    count: 2", "\tcount: 2", "a tab is used to indent"),
    ("    endpoint:\n      host", "    endpoint:\n    host", "a field of endpoint: indent it"),
    ("    - name: md-0\n", "    name: md-0\n", "a - before a list's item"),
    ('"1.34"', "1.3", "'1.30' in quotes, if that is meant"),
    ("kind: Cluster\n", "kind Cluster\n", "a colon after the key, here or in the line above"),
    ('"1.34"', '"1.34', "the quote that begins here does not end"),
    ("kind: VSphereDatacenterConfig\nmeta", "kind: VsphereDatacenterConfig\nmeta",
     "line 43 has the kind 'VsphereDatacenterConfig', which nobody knows"),
    ("    kind: VSphereDatacenterConfig\n", "    kind: VsphereDatacenterConfig\n",
     "did you mean 'VSphereDatacenterConfig'?"),
    ("count: 3", "count: '3'", "a whole number without quotes"),
    ("diskGiB: 25", "diskGiB: 25Gi", "the text '25Gi' is written here (a whole number)"),
    ("metadata:\n  name: w01\nspec:\n  kubernetes", "spec:\n  kubernetes", "the cluster's name"),
    ("count: 2", "count: {{ .Values.count }}", "the output of a template"),
    ("- 192.168.0.0/16", "- 192.168.0.0", "for example 192.168.0.0/16"),
    ("v1alpha1\nkind: Cluster", "v1beta1\nkind: Cluster", "has no kind Cluster"),
    ("kind: Cluster\n", "kind: cluster\n", "line 4 has the kind 'cluster', which nobody knows"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "help_"), STRANGERS, ids=[row[2] for row in STRANGERS])
def test_a_common_mistake_is_explained(examples, right, wrong, help_):
    written = (examples / "vsphere-standalone.yaml").read_text()
    assert right in written
    found = problems_of(written.replace(right, wrong, 1))
    assert any(help_ in str(problem) for problem in found)
    assert len(found) <= 2
