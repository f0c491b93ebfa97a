"""What a move's copies look like on a Kubernetes API server, the simulated one and a real one."""

import pytest

from bedplate.capi.copies import create_copies
from bedplate.capi.move import MOVE_ANNOTATION, MovePlan
from tests.contract.sites import KUBES, capi_cluster, owner, ref_of, thing

pytestmark = pytest.mark.parametrize("site", KUBES, indirect=True)


def version_of(obj) -> int:
    return int(obj["metadata"]["resourceVersion"])


def test_a_copied_cluster_says_that_it_runs_when_its_kubeconfig_is_there(defined):
    _, cluster = capi_cluster(
        "c1", spec={"paused": True}, status={"phase": "Provisioned"}, uid="the-old-one"
    )
    secret, kubeconfig = thing("v1", "Secret", "c1-kubeconfig", data={}, uid="the-other-one")
    kubeconfig["metadata"]["ownerReferences"] = [owner(cluster)]
    create_copies(defined, MovePlan(((cluster,), (kubeconfig,))), {}, {MOVE_ANNOTATION: "a-move"})
    made = defined.get(ref_of(cluster))
    assert made["status"]["phase"] == "Provisioned"
    assert version_of(made) > version_of(defined.get(secret))
