"""`bedplate upgrade cluster`, `scale cluster`, and their plans."""

import pytest

from bedplate.simulation import World

TWO_WORKERS = "name: md-0\n      count: 2"


@pytest.fixture
def world(home):
    return lambda: World(home / "sites" / "simulated")


@pytest.fixture
def changed(begun, keyed):
    """Finish the example's create; return a writer of its specification with changes."""
    begun()

    def write(*changes):
        text = keyed.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        keyed.write_text(text)
        return keyed

    return write


def larger_workers(text):
    """Return a change of the last machine configuration, which is the workers'."""
    last = text.rindex("memoryMiB: 8192")
    return text, text[:last] + text[last:].replace("memoryMiB: 8192", "memoryMiB: 12288", 1)


def test_the_plan_names_the_machines_that_are_replaced_and_the_field(cli, changed, keyed, world):
    file = changed(larger_workers(keyed.read_text()))
    before = world().vm_events()

    result = cli("plan", "upgrade", "-f", file)
    document = cli("plan", "upgrade", "-f", file, "-o", "json").document

    assert result.status == 0
    assert "What happens to machines" in result.out
    assert "memoryMiB: 8192 → 12288" in result.out
    replaced = [group for group in document["groups"] if group["replaced"]]
    (group,) = replaced
    assert group["name"] == "md-0"
    assert all(name.startswith("w01-md-0-") for name in group["machines"])
    assert [reason.rpartition(": spec")[2] for reason in group["why"]] == [
        ".template.spec.memoryMiB: 8192 → 12288"
    ]
    assert world().vm_events() == before


def test_a_plan_of_what_is_there_replaces_none(cli, changed):
    result = cli("plan", "upgrade", "-f", changed())

    assert result.status == 0
    assert "none is replaced, none is added, none is taken away" in result.out
    assert "nothing to do" in result.out


def test_a_cluster_is_upgraded_and_another_time_there_is_nothing_to_do(cli, changed, keyed):
    file = changed(larger_workers(keyed.read_text()))

    result = cli("upgrade", "cluster", "-f", file)
    again = cli("upgrade", "cluster", "-f", file, "-o", "json")

    assert result.status == 0
    assert "🎉 Cluster upgraded!" in result.lines
    assert "Nothing to do: w01 is as the specification says" in again.err
    assert again.document["run"]["state"] == "completed"


def test_an_upgrade_that_broke_is_resumed_by_the_same_run(cli, changed, keyed):
    file = changed(larger_workers(keyed.read_text()))
    fault = "kube.cluster.apply:MachineDeployment=deniedx1"

    broken = cli("upgrade", "cluster", "-f", file, "--fault", fault)
    refused = cli("create", "cluster", "-f", file)
    resumed = cli("resume", "w01")

    assert broken.status == 1
    assert "itself stays paused" in broken.out
    assert refused.status == 6
    assert "RUN_UNFINISHED" in refused.err
    assert resumed.status == 0
    operations = [one["operation"] for one in cli("runs", "-o", "json").document["runs"]]
    assert operations == ["upgrade", "create"]


def test_a_scale_takes_numbers_only(cli, changed, keyed):
    file = changed(larger_workers(keyed.read_text()))

    result = cli("scale", "cluster", "-f", file)

    assert result.status == 3
    assert "scale-only" in result.err
    assert "bedplate upgrade cluster -f FILE" in result.err


def test_steps_of_both_tables_can_be_listed(cli):
    upgrade, scale = cli("steps", "upgrade"), cli("steps", "scale")

    assert upgrade.status == scale.status == 0
    assert "external-etcd" in upgrade.out
    assert "backup" not in scale.out


TWO_MINORS = (('"1.34"', '"1.36"'), ("kube-v1.34", "kube-v1.36"))


def test_two_minor_versions_are_planned_as_two_legs(cli, changed):
    file = changed(*TWO_MINORS)

    result = cli("plan", "upgrade", "-f", file)
    document = cli("plan", "upgrade", "-f", file, "-o", "json").document

    assert result.status == 0, result.err
    assert "On to Kubernetes 1.36" in result.out
    assert "replaced one by one: the machines of the leg before" in result.out
    (leg,) = document["then"]
    assert (document["kubernetes"], leg["kubernetes"]) == ("1.35", "1.36")
    assert all(group["replaced"] for group in leg["groups"])


def test_two_minor_versions_are_two_runs_and_resume_goes_on_in_the_right_one(cli, changed):
    file = changed(*TWO_MINORS)
    fault = "kube.cluster.apply:MachineDeployment=deniedx1"

    broken = cli("upgrade", "cluster", "-f", file, "--fault", fault)
    resumed = cli("resume", "w01", "-o", "json")
    runs = cli("runs", "-o", "json").document["runs"]

    assert (broken.status, resumed.status) == (1, 0)
    assert "✅ w01 runs Kubernetes 1.35, and goes on from there" in resumed.err
    assert resumed.document["run"]["id"] == runs[0]["id"]
    upgrades = [run["state"] for run in runs if run["operation"] == "upgrade"]
    assert upgrades == ["completed", "completed"]
