"""`bedplate abort`: takes back what was made, but only what was meant."""

import pytest

from bedplate.simulation import World, parse_fault


@pytest.fixture
def world(home):
    return lambda: World(home / "sites" / "simulated")


@pytest.fixture
def stopped(begun):
    """A run that stopped with machines made, before the pivot; its id."""
    return begun("--until-step", "workers")


def test_everything_that_was_made_is_taken_back(cli, stopped, world):
    result = cli("abort", "w01", "--yes-delete", "w01")

    assert result.status == 0
    begun = [line for line in result.lines if line.startswith("Taking back ")]
    assert begun[0] == "Taking back workers"
    assert begun[-1] == "Taking back preflight"
    assert "w01 is taken back" in result.out
    assert world().virtual_machines() == []
    assert world().bootstrap_clusters() == []
    assert cli("runs", "-o", "json").document["runs"][0]["state"] == "aborted"


def test_it_says_beforehand_what_it_will_take_back(cli, stopped):
    err = cli("abort", "--yes-delete", "w01").err

    assert "steps     workers, networking, control-plane" in err
    assert err.count("w01-md-0-") >= 2


def test_without_a_terminal_the_name_must_be_given(cli, stopped, world):
    result = cli("abort", "w01")

    assert result.status == 2
    assert "--yes-delete w01" in result.err
    assert len(world().virtual_machines()) == 7


def test_another_name_takes_nothing_back(cli, stopped, world):
    result = cli("abort", "--yes-delete", "w02")

    assert result.status == 6
    assert "❌ NAME_DIFFERS" in result.err
    assert len(world().virtual_machines()) == 7


def test_after_the_pivot_there_is_no_way_back(cli, begun, world):
    begun("--until-step", "pivot")

    result = cli("abort", "--yes-delete", "w01")

    assert result.status == 6
    assert "there is no way back" in result.err
    assert len(world().virtual_machines()) == 7


def test_an_abort_that_fails_says_how_to_go_on(cli, stopped, world):
    world().inject(parse_fault("kube.bootstrap.delete=deniedx1"))

    broken = cli("abort", "--yes-delete", "w01")

    assert broken.status == 1
    assert f"bedplate abort {stopped}" in broken.err
    assert cli("abort", "--yes-delete", "w01").status == 0
    assert world().virtual_machines() == []
