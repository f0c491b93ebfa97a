"""What breaks while a cluster is changed: told by its name, and the run goes on once it is well."""

from __future__ import annotations

import shutil

import pytest

from bedplate.capi import kinds, objects
from bedplate.capi.cluster import build, ref_of
from bedplate.engine.journal import RunState
from bedplate.errors import BedplateError, PermanentError, TemporaryError
from bedplate.operations import UPGRADE
from bedplate.phases.deletion.anywhere import PAUSED
from bedplate.ports.kube import JSON, Kind, Ref
from bedplate.service import run_to_end
from bedplate.simulation import parse_fault
from tests.laws.making import MACHINES, NEWER, Heard, Place, kube

LARGER = ("memoryMiB: 8192", "memoryMiB: 12288")
NEXT_RELEASE = (
    'kubernetesVersion: "1.34"',
    'kubernetesVersion: "1.34"\n  eksaVersion: v0.27.0',
)
POD = Kind("v1", "Pod")
BUDGET = Kind("policy/v1", "PodDisruptionBudget")
WEBHOOK = Kind("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """The folder of a place with one finished cluster."""
    folder = tmp_path_factory.mktemp("finished")
    place = Place(folder)
    assert place.create() is RunState.COMPLETED
    place.journal.close()
    return folder


@pytest.fixture
def place(made_once, tmp_path):
    folder = tmp_path / "place"
    shutil.copytree(made_once, folder)
    found = Place(folder)
    yield found
    found.journal.close()


def change(place, *changes):
    for before, after in changes:
        assert before in place.text
        place.text = place.text.replace(before, after)


def anywhere(place):
    return kube(place).get(Ref(kinds.ANYWHERE_CLUSTER, "default", "w01"))


class Until(Heard):
    """A watch that stops its session once a step waits on something with these words."""

    def __init__(self, session, words):
        super().__init__()
        self.session, self.words, self.found = session, words, None

    def waiting(self, step, waiting):
        super().waiting(step, waiting)
        if all(word in str(waiting) for word in self.words):
            self.found = waiting
            self.session.stop()


def upgrade_until_it_waits(place, *words):
    """Upgrade until a step waits on something with these words; return what it waits on."""
    with place.session(operation=UPGRADE) as session:
        session.watch = watch = Until(session, words)
        with pytest.raises(BedplateError):
            run_to_end(session)
    assert watch.found is not None, watch.texts[-1]
    return watch.found


def protect_a_pod(place, role):
    """Put a pod on a node of a role, and a budget over it that allows no disruption."""
    (node, *_) = sorted(
        objects.name(one) for one in kube(place).list(kinds.NODE) if role in objects.name(one)
    )
    shop = build(kinds.NAMESPACE, "shop", {}, namespace="")
    kube(place).create(objects.ref(shop), shop)
    pod: dict[str, JSON] = {"spec": {"nodeName": node}}
    found = build(POD, "frontend-0", pod, namespace="shop", labels={"app": "frontend"})
    kube(place).create(objects.ref(found), found)
    status = {"disruptionsAllowed": 0, "expectedPods": 1, "currentHealthy": 1, "desiredHealthy": 1}
    spec: JSON = {"minAvailable": 1, "selector": {"matchLabels": {"app": "frontend"}}}
    budget = build(BUDGET, "frontend", {"spec": spec, "status": status}, namespace="shop")
    kube(place).create(objects.ref(budget), budget)
    return node


def test_a_budget_that_allows_no_disruption_holds_the_workers_and_is_named(place):
    change(place, LARGER)
    place.upgrade(last="control-plane")
    node = protect_a_pod(place, "md-0")

    waiting = upgrade_until_it_waits(place, "cannot be drained")

    assert f"{node} cannot be drained (disruption budget frontend)" in waiting.on
    assert "Pod shop/frontend-0: cannot evict pod" in waiting.evidence[node]
    assert node in {machine.name for machine in place.world.virtual_machines()}
    kube(place).delete(Ref(BUDGET, "shop", "frontend"))

    assert place.upgrade() is RunState.COMPLETED

    assert node not in {machine.name for machine in place.world.virtual_machines()}
    assert kube(place).get(Ref(POD, "shop", "frontend-0")) is None
    assert len(place.made()) == 2 * MACHINES


def test_a_webhook_whose_service_is_gone_stops_the_network_and_is_named(place):
    change(place, NEXT_RELEASE)
    place.upgrade(last="control-plane")
    rule: JSON = {"apiGroups": ["apps"], "resources": ["daemonsets"], "operations": ["*"]}
    hook: JSON = {
        "name": "policy.example.com",
        "failurePolicy": "Fail",
        "rules": [rule],
        "clientConfig": {"service": {"namespace": "shop", "name": "policy"}},
    }
    config = build(WEBHOOK, "policy", {"webhooks": [hook]}, namespace="")
    kube(place).create(objects.ref(config), config)

    with pytest.raises(TemporaryError) as caught:
        place.upgrade()

    assert caught.value.code == "WEBHOOK_SILENT"
    assert "policy.example.com" in caught.value.why
    assert 'service "policy" not found' in caught.value.seen
    kube(place).delete(objects.ref(config))

    assert place.upgrade() is RunState.COMPLETED
    assert len(place.made()) == MACHINES


def test_a_webhook_that_may_be_ignored_or_guards_other_namespaces_stops_nothing(place):
    change(place, NEXT_RELEASE)
    service: JSON = {"service": {"namespace": "shop", "name": "policy"}}
    rule: JSON = {"apiGroups": ["apps"], "resources": ["daemonsets"], "operations": ["*"]}
    shop: JSON = {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}
    hooks: JSON = [
        {"name": "a.b.c", "failurePolicy": "Ignore", "rules": [rule], "clientConfig": service},
        {"name": "d.e.f", "namespaceSelector": shop, "rules": [rule], "clientConfig": service},
    ]
    config = build(WEBHOOK, "policy", {"webhooks": hooks}, namespace="")
    kube(place).create(objects.ref(config), config)

    assert place.upgrade() is RunState.COMPLETED


def test_an_etcd_member_that_is_lost_before_its_turn_is_replaced_like_the_others(place):
    change(place, LARGER)
    place.upgrade(last="pause")
    lost = next(m.name for m in place.world.virtual_machines() if m.name.startswith("w01-etcd-"))
    place.world.destroy_vm(lost)

    assert place.upgrade() is RunState.COMPLETED

    assert len(place.world.virtual_machines()) == MACHINES
    etcd = kube(place).get(ref_of(kinds.ETCDADM_CLUSTER, "w01-etcd"))
    assert objects.flag(etcd, "status", "ready")


def test_a_new_etcd_member_that_is_lost_is_missed_and_then_replaced(place):
    change(place, LARGER)
    place.upgrade(last="pause")
    known = {m.name for m in place.world.virtual_machines()}
    place.world.machine_never_joins("w01-etcd-")

    waiting = upgrade_until_it_waits(place, "1 of 3 etcd machines up to date, 3 there")

    assert any(name.startswith("w01-etcd-") for name in waiting.evidence)
    assert objects.is_paused(kube(place).get(ref_of(kinds.KUBEADM_CONTROL_PLANE, "w01")))
    place.world.clear_faults()
    (lost,) = {m.name for m in place.world.virtual_machines()} - known
    kube(place).delete(ref_of(kinds.MACHINE, lost))

    assert place.upgrade() is RunState.COMPLETED

    assert len(place.world.virtual_machines()) == MACHINES


@pytest.mark.timeout(240)  # two deadlines of two hours each, looked at every five seconds
def test_a_machine_that_never_joins_is_told_with_what_its_health_check_says(place):
    change(place, LARGER)
    place.upgrade(last="control-plane")
    place.world.machine_never_joins("w01-md-0-")

    with pytest.raises(TemporaryError) as caught:
        place.upgrade()

    assert "1 of 2 machines of md-0 up to date" in caught.value.seen
    nodes = {objects.name(node) for node in kube(place).list(kinds.NODE)}
    late = next(m for m in place.world.virtual_machines("w01-md-0-") if m.name not in nodes)
    where = f"no node yet (if it stays so, cloud-init's output on {late.addresses[0]} says why)"
    said = "Health check failed: Node failed to report startup in 600s"
    assert f"{late.name}: Provisioned, {where}, {said}" in caught.value.seen
    place.world.clear_faults()

    assert place.upgrade() is RunState.COMPLETED
    assert len(place.world.virtual_machines()) == MACHINES


@pytest.mark.parametrize("call", ["save_etcd", "keep"])
def test_a_full_disk_for_backups_stops_an_upgrade_before_it_touches_anything(place, call):
    change(place, LARGER)
    place.world.inject(parse_fault(f"backups.{call}=full"))

    with pytest.raises(TemporaryError) as caught:
        place.upgrade()

    assert "no space left on device" in caught.value.seen
    assert len(place.made()) == MACHINES
    assert PAUSED not in objects.annotations_of(anywhere(place))
    place.world.clear_faults()

    assert place.upgrade() is RunState.COMPLETED


def test_credentials_revoked_in_the_middle_are_told_and_new_ones_let_the_upgrade_go_on(place):
    change(place, LARGER)
    place.upgrade(last="external-etcd")
    place.world.change_user("rotated@vsphere.local", "n3w-and-l0nger")

    with pytest.raises(PermanentError) as caught:
        place.upgrade()

    assert caught.value.code == "AUTH_DENIED"
    assert "vcenter/password" in caught.value.remedy
    place.site.vault.put("vcenter/username", "rotated@vsphere.local")
    place.site.vault.put("vcenter/password", "n3w-and-l0nger")

    assert place.upgrade() is RunState.COMPLETED
    assert len(place.made()) == 2 * MACHINES


def test_somebody_elses_upgrade_meanwhile_is_told_before_any_machine_is_ordered(place):
    change(place, LARGER)
    place.upgrade(last="backup")
    theirs = {"spec": {"kubernetesVersion": "1.35"}}
    kube(place).patch(Ref(kinds.ANYWHERE_CLUSTER, "default", "w01"), theirs)

    with pytest.raises(PermanentError) as caught:
        place.upgrade()

    assert caught.value.code == "FOREIGN_CHANGE"
    assert "Kubernetes 1.34" in caught.value.seen
    assert "Kubernetes 1.35" in caught.value.seen
    assert len(place.made()) == MACHINES
    assert PAUSED not in objects.annotations_of(anywhere(place))

    change(place, NEWER)
    assert place.upgrade() is RunState.COMPLETED
    assert objects.text(anywhere(place), "spec", "kubernetesVersion") == "1.35"


def test_objects_that_this_run_has_written_itself_are_nobody_elses(place):
    change(place, NEWER)
    place.upgrade(last="cluster-objects")
    change(place, LARGER)

    assert place.upgrade() is RunState.COMPLETED
