"""A backup and a restore through Prefect."""

from bedplate.operations import RESTORE
from bedplate.ports.kube import Reach, Side
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_text
from flows.backup import backup_cluster
from flows.create import create_cluster
from flows.restore import restore_cluster
from tests.laws.restoring import TEXT


def test_a_cluster_is_taken_back_to_its_backup_step_by_step(site, server):
    assert create_cluster(site=site.name, spec=TEXT, return_state=True).is_completed()
    assert backup_cluster(site=site.name, spec=TEXT, return_state=True).is_completed()
    simulated = SimulatedSite(site.folder / "site")
    ports = simulated.open(load_text(TEXT))
    (backup,) = ports.backups.kept()
    for one in simulated.world.virtual_machines("w01-"):
        simulated.world.wipe_etcd(one.name)

    refused = restore_cluster(
        backup=backup, confirm="w02", site=site.name, spec=TEXT, return_state=True
    )
    state = restore_cluster(
        backup=backup, confirm="w01", site=site.name, spec=TEXT, return_state=True
    )

    assert refused.is_failed()
    assert "NAME_DIFFERS" in str(refused.message)
    assert state.is_completed(), state.message
    labels = [step.label for step in RESTORE.steps]
    rows = server.states(state.state_details.flow_run_id, names=labels)
    assert sorted(rows) == labels
    assert ports.kube[Side.CLUSTER].reach() is Reach.ANSWERS
