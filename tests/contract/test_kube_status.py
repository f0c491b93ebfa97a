"""What phases may rely on of the status of an object."""

import pytest

from tests.contract.sites import KUBES, capi_cluster, config_map

SINCE = "2026-01-01T00:00:00Z"

pytestmark = pytest.mark.parametrize("site", KUBES, indirect=True)


def test_create_keeps_the_status_as_given(defined):
    ref, manifest = capi_cluster("c1", spec={}, status={"phase": "Provisioned"})
    assert defined.create(ref, manifest)["status"] == {"phase": "Provisioned"}


def test_creating_again_gives_the_status_that_was_left_out(defined):
    ref, manifest = capi_cluster("c1", spec={"paused": True})
    made = defined.create(ref, manifest)
    ready = {"type": "Ready", "status": "True", "reason": "", "lastTransitionTime": SINCE}
    status = {"phase": "Provisioned", "conditions": [ready]}
    defined.create(ref, {**manifest, "status": status})
    found = defined.get(ref)
    assert found["metadata"]["uid"] == made["metadata"]["uid"]
    assert found["status"]["phase"] == "Provisioned"
    assert [one["type"] for one in found["status"]["conditions"]] == ["Ready"]


def test_apply_leaves_a_status_to_the_controllers(defined):
    ref, manifest = capi_cluster("c1", spec={}, status={"phase": "Mine"})
    assert "status" not in defined.apply(ref, manifest)
    defined.delete(ref)
    defined.create(ref, manifest)
    found = defined.apply(ref, {**manifest, "status": {"phase": "Other"}})
    assert found["status"] == {"phase": "Mine"}


def test_a_status_is_patched_and_nothing_else(defined):
    ref, manifest = capi_cluster("c1", spec={"paused": True}, status={"phase": "Provisioned"})
    assert defined.patch_status(ref, {"phase": "Mine"}) is None
    defined.create(ref, manifest)
    found = defined.patch_status(ref, {"initialization": {"infrastructureProvisioned": True}})
    assert found == defined.get(ref)
    assert found["spec"] == defined.get(ref)["spec"]
    assert found["metadata"]["generation"] == 1
    assert found["status"] == {
        "phase": "Provisioned",
        "initialization": {"infrastructureProvisioned": True},
    }


def test_a_kind_without_a_status_has_none_to_patch(kube):
    ref, manifest = config_map("one", data={"a": "1"})
    made = kube.create(ref, manifest)
    assert kube.patch_status(ref, {"phase": "Mine"}) is None
    assert kube.get(ref) == made
