"""What health checks say of machines that are not well, and what people are told of it."""

from bedplate.capi import kinds
from bedplate.phases.machines import evidence, held_back, list_machines
from tests.unit.simulation.yard import PROVIDERS


def workers(yard):
    return list_machines(yard.bootstrap, {kinds.DEPLOYMENT_NAME_LABEL: "w01-md-0"})


def test_workers_that_never_join_and_may_not_be_replaced_are_told_with_the_reason(yard):
    yard.bring_bootstrap()
    yard.install(yard.bootstrap, *PROVIDERS)
    yard.world.machine_never_joins("w01-md-0")
    yard.order()
    yard.until(yard.take_kubeconfig)
    yard.order_workers()
    yard.sleep(300)
    assert held_back(yard.bootstrap, "w01", workers(yard)) == {}
    yard.sleep(3600)
    machines = workers(yard)
    for said in evidence(machines).values():
        assert said.startswith("Provisioned, no node yet (if it stays so, cloud-init's output on ")
        assert said.endswith(", Health check failed: Node failed to report startup in 600s")
    ((check, reason),) = held_back(yard.bootstrap, "w01", machines).items()
    assert check == "health check w01-md-0-worker-unhealthy"
    assert reason.startswith("Remediation is not allowed")
    assert reason.endswith(
        f"(total: {len(machines)}, unhealthy: {len(machines)}, maxUnhealthy: 40%)"
    )
