"""A restore of a cluster that another one manages: its own etcd, and nothing of its manager's."""

from dataclasses import replace

from bedplate.engine.journal import RunState
from bedplate.managed_operations import BACKUP_MANAGED
from bedplate.operations import RESTORE
from bedplate.ports.kube import Kind, Reach, Ref, Side
from bedplate.service import run_to_end
from bedplate.spec import load_text

CONFIG_MAP = Kind("v1", "ConfigMap")
LATE = Ref(CONFIG_MAP, "default", "late")


def test_a_managed_cluster_is_restored_and_its_manager_is_as_it_was(made):
    ports = made.site.open(load_text(made.text))
    kube = ports.kube[Side.CLUSTER]
    with made.session(operation=BACKUP_MANAGED) as session:
        assert run_to_end(session) is RunState.COMPLETED
    (backup,) = ports.backups.kept()
    head = {"name": LATE.name, "namespace": LATE.namespace}
    kube.apply(LATE, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": head})
    machines, managed = made.own_machines(), made.objects()
    for name in machines:
        made.world.wipe_etcd(name)
    assert kube.reach() is Reach.SILENT

    session = made.session(operation=RESTORE)
    session.request = replace(session.request, backup=backup)
    with session:
        assert run_to_end(session) is RunState.COMPLETED

    assert kube.reach() is Reach.ANSWERS
    assert kube.get(LATE) is None
    assert (made.own_machines(), made.objects()) == (machines, managed)
