"""Which names templates get: they never change, so a changed one counts up."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.capi import kinds, objects
from bedplate.capi.blueprint import TemplateNames, WorkerTemplates
from bedplate.capi.cluster import build, group_ref
from bedplate.capi.naming import (
    increment,
    is_derivative,
    kinds_to_read,
    next_names,
    without_live_templates,
)
from tests.unit.engine.small import TEXT, spec_of

SPEC = spec_of(TEXT)
FIRST = TemplateNames.first(SPEC)
GROUP = SPEC.workers[0].name


def rendered(names=FIRST, *, memory=8192, config=None):
    """A control plane and one worker group, under the names given."""
    worker = names.workers[GROUP]
    machine = {"infrastructureRef": group_ref(kinds.VSPHERE_MACHINE_TEMPLATE, worker.machine)}
    machine["bootstrap"] = {
        "configRef": group_ref(kinds.KUBEADM_CONFIG_TEMPLATE, worker.kubeadm_config)
    }
    control_plane = {
        "machineTemplate": {
            "spec": {
                "infrastructureRef": group_ref(kinds.VSPHERE_MACHINE_TEMPLATE, names.control_plane)
            }
        }
    }
    return [
        build(kinds.KUBEADM_CONTROL_PLANE, SPEC.name, {"spec": control_plane}),
        build(
            kinds.MACHINE_DEPLOYMENT,
            f"{SPEC.name}-{GROUP}",
            {"spec": {"template": {"spec": machine}}},
        ),
        template(kinds.VSPHERE_MACHINE_TEMPLATE, names.control_plane, {"memoryMiB": memory}),
        template(kinds.VSPHERE_MACHINE_TEMPLATE, worker.machine, {"memoryMiB": memory}),
        template(kinds.KUBEADM_CONFIG_TEMPLATE, worker.kubeadm_config, config or node()),
    ]


def template(kind, name, spec):
    return build(kind, name, {"spec": {"template": {"spec": spec}}})


def node(*, taints=(), args=(), files=(), commands=("hostname",)):
    registration = {"taints": list(taints), "kubeletExtraArgs": list(args)}
    return {
        "joinConfiguration": {"nodeRegistration": {"criSocket": "c", **registration}},
        "files": list(files),
        "preKubeadmCommands": list(commands),
    }


TAINT = {"key": "a", "value": "b", "effect": "NoSchedule"}
FILE = {"path": "/etc/kubernetes/patches/kubelet.yaml", "content": "maxPods: 20"}
LABELS = {"name": "node-labels", "value": "foo=bar"}


def test_a_new_cluster_has_the_first_names():
    assert next_names(SPEC, rendered(), []) == FIRST


def test_names_stay_while_nothing_changes():
    assert next_names(SPEC, rendered(), rendered()) == FIRST


def test_a_changed_machine_size_counts_both_machine_templates_up_and_no_other():
    names = next_names(SPEC, rendered(memory=16384), rendered())
    assert names.control_plane == f"{SPEC.name}-control-plane-2"
    assert names.workers[GROUP] == WorkerTemplates(
        f"{SPEC.name}-{GROUP}-2", f"{SPEC.name}-{GROUP}-1"
    )


def test_the_name_that_an_owner_uses_now_is_counted_from():
    now = replace(FIRST, control_plane="w01-control-plane-template-1655000000000")
    names = next_names(SPEC, rendered(memory=16384), rendered(now))
    assert names.control_plane == "w01-control-plane-template-1655000000001"


def test_a_name_without_a_number_gives_way_to_the_first_one_once_its_template_changes():
    now = replace(FIRST, control_plane="made-by-hand")
    assert next_names(SPEC, rendered(), rendered(now)).control_plane == "made-by-hand"
    changed = next_names(SPEC, rendered(memory=16384), rendered(now))
    assert changed.control_plane == FIRST.control_plane


def test_a_template_that_is_gone_keeps_its_name():
    now = replace(FIRST, control_plane="w01-control-plane-7")
    live = [item for item in rendered(now) if "Template" not in item["kind"]]
    assert next_names(SPEC, rendered(memory=16384), live).control_plane == "w01-control-plane-7"


def test_a_template_left_by_a_killed_run_is_taken_when_it_fits_and_passed_over_when_not():
    left = template(
        kinds.VSPHERE_MACHINE_TEMPLATE, f"{SPEC.name}-control-plane-2", {"memoryMiB": 16384}
    )
    names = next_names(SPEC, rendered(memory=16384), [*rendered(), left])
    assert names.control_plane == f"{SPEC.name}-control-plane-2"
    names = next_names(SPEC, rendered(memory=32768), [*rendered(), left])
    assert names.control_plane == f"{SPEC.name}-control-plane-3"


def test_a_first_template_without_an_owner_is_not_written_over():
    live = [item for item in rendered() if "Template" in item["kind"]]
    names = next_names(SPEC, rendered(memory=16384), live)
    assert names.control_plane == f"{SPEC.name}-control-plane-2"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (node(), node(taints=[TAINT])),
        (node(taints=[TAINT]), node()),
        (node(), node(args=[LABELS])),
        (node(args=[LABELS]), node()),
        (node(), node(files=[FILE])),
        (node(files=[FILE]), node()),
        (node(), node(commands=["hostname", "true"])),
    ],
    ids=[
        "taint-added",
        "taint-removed",
        "label-added",
        "label-removed",
        "file-added",
        "file-removed",
        "more",
    ],
)
def test_a_node_configuration_counts_up_when_it_changes(old, new):
    names = next_names(SPEC, rendered(config=new), rendered(config=old))
    assert names.workers[GROUP].kubeadm_config == f"{SPEC.name}-{GROUP}-2"
    assert names.workers[GROUP].machine == FIRST.workers[GROUP].machine


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (node(commands=["hostname", "true"]), node()),
        ({**node(), "verbosity": 5}, node()),
    ],
    ids=["command-removed", "filled-in-by-the-api"],
)
def test_a_node_configuration_keeps_its_name_where_eks_anywhere_sees_no_change(old, new):
    names = next_names(SPEC, rendered(config=new), rendered(config=old))
    assert names == FIRST


def test_what_is_not_rendered_keeps_the_name_in_use():
    now = replace(FIRST, workers={GROUP: WorkerTemplates("w01-md-0-4", "w01-md-0-5")})
    names = next_names(SPEC, rendered()[:1], rendered(now))
    assert names.workers == now.workers


def test_the_kinds_to_read_are_owners_and_templates():
    assert {kind.kind for kind in kinds_to_read(rendered())} == {
        "KubeadmControlPlane",
        "MachineDeployment",
        "VSphereMachineTemplate",
        "KubeadmConfigTemplate",
    }


def test_templates_that_are_there_are_not_applied_again():
    left = without_live_templates(rendered(), rendered())
    assert {item["kind"] for item in left} == {"KubeadmControlPlane", "MachineDeployment"}


@pytest.mark.parametrize(
    ("name", "following"),
    [("a-1", "a-2"), ("a-9", "a-10"), ("a-b-007", "a-b-8"), ("a1", None), ("a-1-b", None)],
)
def test_a_number_at_the_end_counts_up(name, following):
    assert increment(name) == following


SCALARS = st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2)
TREES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.text("xyz", min_size=1), inside)
    ),
    max_leaves=12,
)
TABLES = st.dictionaries(st.text("xyz", min_size=1), TREES)


@given(TREES)
def test_everything_is_a_derivative_of_itself(tree):
    assert is_derivative(tree, copy.deepcopy(tree))


@given(TABLES, st.data())
def test_a_field_taken_away_leaves_a_derivative(table, data):
    kept = data.draw(st.sets(st.sampled_from(sorted(table)))) if table else set()
    assert is_derivative({key: table[key] for key in kept}, table)


@given(TABLES, st.sampled_from([True, 7, "other", ["other"], {"other": 1}]))
def test_a_field_that_is_new_or_changed_leaves_none(table, value):
    assert not is_derivative({**table, "x": value}, {**table, "x": "old"})
    rest = {key: item for key, item in table.items() if key != "x"}
    assert not is_derivative({**table, "x": value}, rest)


@given(st.lists(st.sampled_from([2048, 4096, 8192]), min_size=1, max_size=6))
def test_a_history_of_changes_ends_with_templates_that_say_what_was_asked_for_last(sizes):
    live, names = [], FIRST
    for memory in sizes:
        names = next_names(SPEC, rendered(memory=memory), live)
        fresh = rendered(names, memory=memory)
        applied = without_live_templates(fresh, live)
        templates = {objects.ref(item): item for item in live if "Template" in item["kind"]}
        assert templates.keys().isdisjoint(map(objects.ref, applied))
        live = [*templates.values(), *applied]
        assert next_names(SPEC, rendered(memory=memory), live) == names
    used = next(item for item in live if objects.name(item) == names.control_plane)
    assert objects.number(used, "spec", "template", "spec", "memoryMiB") == sizes[-1]
