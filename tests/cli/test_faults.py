"""Ports that fail now and then: the run retries, or stops with a clear error and goes on later."""

import pytest

from bedplate.simulation import World


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


@pytest.mark.parametrize("lie", ["kube.bootstrap.get", "kube.cluster.list", "vcenter.find"])
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
