"""Ports that fail now and then: the run retries, or stops with a clear error and goes on later."""

import re
from typing import get_args

import pytest

from bedplate.simulation import World, parse_fault
from deployments.cli.options import Faults
from tests.cli.conftest import ROOT


def create(cli, keyed, fault, *arguments):
    return cli("create", "cluster", "-f", keyed, "--fault", fault, "-o", "json", *arguments)


@pytest.mark.parametrize("error", ["409", "429", "500", "timeout", "lost"])
def test_a_port_that_fails_twice_is_tried_again(cli, keyed, error):
    fault = f"kube.bootstrap.apply:Deployment={error}x2"
    result = create(cli, keyed, fault, "--until-step", "providers")

    assert result.status == 0
    assert "trying again in" in result.err
    (providers,) = [s for s in result.document["steps"] if s["name"] == "providers"]
    assert [a["outcome"] for a in providers["attempts"]] == ["failed", "failed", "completed"]


@pytest.mark.parametrize("lie", ["kube.bootstrap.get", "kube.cluster.list", "vcenter.look"])
def test_a_port_that_lies_once_changes_nothing_in_the_end(cli, keyed, home, lie):
    result = create(cli, keyed, f"{lie}=liex1")

    world = World(home / "sites/simulated")
    if result.status != 0:
        assert result.document["error"]["remedy"]
        result = cli("resume", "-o", "json")
    assert result.status == 0
    assert len([e for e in world.vm_events() if e.event == "made"]) == 7


@pytest.mark.parametrize(
    ("fault", "step", "code"),
    [
        ("vcenter.about=timeout", "preflight", "NET_UNREACHABLE"),
        ("kind.create=timeout", "bootstrap", "BOOTSTRAP_ENGINE"),
        ("kube.bootstrap.apply:Deployment=429", "providers", "RATE_LIMITED"),
        ("vault.put=full", "preflight", "API_UNAVAILABLE"),
    ],
)
def test_a_port_that_stays_away_ends_the_run_with_a_next_step(
    cli, example, home, fault, step, code
):
    result = cli("create", "cluster", "-f", example, "--fault", fault, "-o", "json")

    assert result.status == 1
    error = result.document["error"]
    assert error["code"] == code
    assert error["seen"]
    assert error["remedy"]
    assert error["owner"]
    (failed,) = [s for s in result.document["steps"] if s["state"] == "failed"]
    assert failed["name"] == step
    assert len(failed["attempts"]) >= 2

    World(home / "sites/simulated").clear_faults()
    assert cli("resume", "--until-step", step).status == 0


# -- what is still to happen ---------------------------------------------------------------------


def inject(home, *texts):
    world = World(home / "sites/simulated")
    for text in texts:
        world.inject(parse_fault(text))


LASTING, COUNTED = "vcenter.about=timeout", "kube.cluster.create:Machine=deniedx2"


def test_the_faults_of_a_site_are_listed_as_they_are_written(cli, home):
    inject(home, LASTING, COUNTED)

    out = cli("faults").out

    assert re.search(rf"{re.escape(LASTING)} +until cleared", out)
    assert re.search(rf"{re.escape(COUNTED)} +2 times more", out)


def test_the_faults_of_a_site_are_a_document(cli, home):
    inject(home, LASTING, COUNTED)

    document = cli("faults", "-o", "json").document

    assert document["site"] == "simulated"
    assert [fault["fault"] for fault in document["faults"]] == [LASTING, COUNTED]
    assert [fault["times"] for fault in document["faults"]] == [None, 2]
    assert document["cleared"] == []


def test_faults_are_cleared_and_the_run_goes_on(cli, home, keyed):
    create(cli, keyed, "kind.create=denied", "--until-step", "bootstrap")
    assert cli("resume").status == 1

    assert "kind.create=denied" in cli("faults", "--clear").out

    assert cli("faults").out == "No fault is to happen at site simulated\n"
    assert cli("resume", "--until-step", "bootstrap").status == 0


def test_what_was_cleared_is_in_the_document(cli, home):
    inject(home, LASTING)

    document = cli("faults", "--clear", "-o", "json").document

    assert document["faults"] == []
    assert [fault["fault"] for fault in document["cleared"]] == [LASTING]


def test_a_fault_that_has_happened_is_listed_no_more(cli, keyed):
    create(cli, keyed, "kind.create=deniedx1", "--until-step", "bootstrap")

    assert cli("faults", "-o", "json").document["faults"] == []


def test_looking_for_faults_makes_no_world(cli, home):
    assert cli("faults").status == 0
    assert cli("faults", "--clear").status == 0

    assert not (home / "sites").exists()


def test_only_a_simulated_site_has_faults(cli, home, example):
    home.mkdir()
    (home / "sites.yaml").write_text("real: {kind: vsphere}")

    listed = cli("faults", "--site", "real")
    created = cli("create", "cluster", "-f", example, "--site", "real", "--fault", LASTING)

    assert [listed.status, created.status] == [2, 2]
    assert "❌ SITE_NOT_SIMULATED" in listed.err
    assert "❌ SITE_NOT_SIMULATED" in created.err
    assert not (home / "sites").exists()


def test_every_fault_that_help_and_pages_name_is_one():
    help_text = get_args(Faults)[1].help
    pages = [page.read_text() for page in (ROOT / "docs").rglob("*.md")]
    named = re.findall(r"--fault '([^']+)'", "".join(pages))
    named += re.findall(r"[a-z.]+=[a-z0-9]+", help_text)

    assert len(named) >= 2
    for text in named:
        parse_fault(text)
