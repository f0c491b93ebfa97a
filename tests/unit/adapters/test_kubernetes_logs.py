"""The logs of a workload's pods, as the adapter reads them."""

from __future__ import annotations

from bedplate.adapters.kubernetes import LiveKube
from bedplate.ports.kube import Kind, Ref
from tests.unit.adapters.kubernetes_server import Asked, Reply, group, serving, status

WORKLOAD = Ref(Kind("apps/v1", "Deployment"), "capi-system", "capi")
DEPLOYMENT = {
    "metadata": {"name": "capi", "namespace": "capi-system"},
    "spec": {"selector": {"matchLabels": {"app": "capi"}}},
}
POD = {
    "metadata": {"name": "capi-1", "namespace": "capi-system"},
    "status": {
        "initContainerStatuses": [{"name": "init", "restartCount": 0}],
        "containerStatuses": [{"name": "manager", "restartCount": 2}],
    },
}


def answer(asked: Asked) -> Reply:
    """One pod, whose container restarted, and whose other one says nothing."""
    if asked.path == "/apis":
        return Reply(200, group("apps", "Deployment"))
    if asked.path.endswith("/log"):
        if asked.query["container"] == "init":
            return status(400, "BadRequest", "container is waiting to start")
        return Reply(200, " ".join(asked.query.values()))
    if asked.path.endswith("/pods"):
        chosen = asked.query["labelSelector"] == "app=capi"
        return Reply(200, {"metadata": {}, "items": [POD] if chosen else []})
    return Reply(200, DEPLOYMENT)


def test_each_container_has_its_log_one_that_restarted_the_one_before_and_silence_its_reason():
    with serving(answer) as served:
        found = LiveKube(served.kubeconfig).logs(WORKLOAD, 50)

    assert found == {
        "capi-1/init": "no log (400): container is waiting to start\n",
        "capi-1/manager": "manager 50",
        "capi-1/manager (before)": "manager 50 true",
    }
    logs = [one.path for one in served.asked if one.path.endswith("/log")]
    assert set(logs) == {"/api/v1/namespaces/capi-system/pods/capi-1/log"}


def test_a_workload_that_is_gone_has_no_logs():
    def gone(asked: Asked) -> Reply:
        if asked.path == "/apis":
            return Reply(200, group("apps", "Deployment"))
        return status(404, "NotFound", "not found", kind="deployments", name="capi")

    with serving(gone) as served:
        assert LiveKube(served.kubeconfig).logs(WORKLOAD, 50) == {}


def test_a_workload_that_selects_everything_is_asked_for_nothing():
    def everything(asked: Asked) -> Reply:
        if asked.path == "/apis":
            return Reply(200, group("apps", "Deployment"))
        return Reply(200, {**DEPLOYMENT, "spec": {"selector": {}}})

    with serving(everything) as served:
        assert LiveKube(served.kubeconfig).logs(WORKLOAD, 50) == {}
