"""When Cluster API replaces machines: what the specification says, else EKS Anywhere's defaults."""

from typing import Any

import pytest
import yaml

from bedplate.capi import objects
from bedplate.capi.health_checks import health_checks
from tests.unit.engine.small import TEXT, spec_of


def checks_of(whole=None, control_plane=None, worker=None) -> dict[str, Any]:
    """What the health checks say, by name, with `machineHealthCheck` set in these places."""
    documents = list(yaml.safe_load_all(TEXT))
    spec = next(d for d in documents if d["kind"] == "Cluster")["spec"]
    places = (spec, spec["controlPlaneConfiguration"], spec["workerNodeGroupConfigurations"][0])
    for place, settings in zip(places, (whole, control_plane, worker), strict=True):
        if settings is not None:
            place["machineHealthCheck"] = settings
    found = health_checks(spec_of(yaml.safe_dump_all(documents)))
    return {objects.name(check): check["spec"] for check in found}


def limits(check):
    conditions = check["checks"]["unhealthyNodeConditions"]
    assert [c["status"] for c in conditions] == ["Unknown", "False"]
    unhealthy = {c["timeoutSeconds"] for c in conditions}
    startup = check["checks"]["nodeStartupTimeoutSeconds"]
    return startup, *unhealthy, check["remediation"]["triggerIf"]["unhealthyLessThanOrEqualTo"]


def test_without_a_word_the_defaults_hold():
    found = checks_of()
    assert limits(found["w01-kcp-unhealthy"]) == (600, 300, "100%")
    assert limits(found["w01-md-0-worker-unhealthy"]) == (600, 300, "40%")


def test_the_cluster_speaks_for_all_and_a_group_for_itself():
    own = {"unhealthyMachineTimeout": "1m30s", "maxUnhealthy": 2}
    found = checks_of({"nodeStartupTimeout": "20m", "maxUnhealthy": "60%"}, worker=own)
    assert limits(found["w01-kcp-unhealthy"]) == (1200, 300, "60%")
    assert limits(found["w01-md-0-worker-unhealthy"]) == (1200, 90, 2)


def test_the_control_plane_has_its_own_limits():
    found = checks_of(control_plane={"nodeStartupTimeout": "1h"})
    assert limits(found["w01-kcp-unhealthy"]) == (3600, 300, "100%")
    assert limits(found["w01-md-0-worker-unhealthy"]) == (600, 300, "40%")


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("w01-kcp-unhealthy", {"cluster.x-k8s.io/control-plane": ""}),
        ("w01-md-0-worker-unhealthy", {"cluster.x-k8s.io/deployment-name": "w01-md-0"}),
    ],
)
def test_each_looks_after_its_own_machines(name, labels):
    check = checks_of()[name]
    assert check["selector"] == {"matchLabels": labels}
    assert check["clusterName"] == "w01"
