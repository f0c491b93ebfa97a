"""The world as a file: killed processes, several at once, a thousand clusters."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bedplate.errors import PermanentError
from bedplate.ports.kube import Kind, Ref, Side
from bedplate.ports.vcenter import Inventory
from bedplate.simulation import RELEASES, SimulatedSite, eksd_name
from bedplate.spec import load_text
from tests.unit.simulation.yard import CLUSTER, NAMESPACE, PROVIDERS, Yard, namespace

ROOT = Path(__file__).parents[3]


def test_another_opening_sees_the_same_world(grown, spec):
    again = Yard(SimulatedSite(grown.site.state), spec)
    assert again.world.now() == grown.world.now()
    assert again.is_grown()
    assert again.bootstrap.get(Ref(CLUSTER, NAMESPACE, "w01")) == grown.get(CLUSTER, "w01")


WORK = """
import sys
from pathlib import Path
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_file
from tests.unit.simulation.yard import Yard

class Told(Yard):
    def sleep_told(self, seconds):
        print("asleep", flush=True)
        self.slept(seconds)

yard = Told(SimulatedSite(Path(sys.argv[1])), load_file(Path("examples/vsphere-standalone.yaml")))
clock = yard.ports.clock
yard.slept, clock.sleep = clock.sleep, yard.sleep_told
yard.grow()
"""


@pytest.mark.parametrize("lines", [1, 6, 9, 14, 20, 27, 33, 45])
def test_a_killed_process_leaves_a_world_in_which_the_work_can_go_on(tmp_path, spec, lines):
    state = tmp_path / "site"
    command = [sys.executable, "-c", WORK, str(state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
    assert told == [b"asleep\n"] * lines
    assert process.returncode == -signal.SIGKILL
    yard = Yard(SimulatedSite(state), spec)
    yard.grow()
    assert len(yard.made()) == len(set(yard.made())) == 7
    assert yard.destroyed() == []


def break_off(world):
    with world.transaction() as tx:
        tx.run("DELETE FROM objects")
        raise ZeroDivisionError


def test_a_change_is_whole_or_not_there(yard):
    yard.bring_bootstrap()
    with pytest.raises(ZeroDivisionError):
        break_off(yard.world)
    assert yard.bootstrap.get(Ref(Kind("v1", "Namespace"), "", NAMESPACE)) is not None


def count_up(state: str, times: int) -> None:
    world = SimulatedSite(Path(state)).world
    for _ in range(times):
        with world.transaction() as tx:
            tx.count("test")


def test_processes_and_threads_do_not_lose_each_others_changes(tmp_path):
    state = str(tmp_path / "site")
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=count_up, args=(state, 50)) for _ in range(3)]
    threads = [threading.Thread(target=count_up, args=(state, 50)) for _ in range(3)]
    # The threads begin last: a process is not forked while they run.
    for worker in workers:
        worker.start()
    for thread in threads:
        thread.start()
    for worker in workers:
        worker.join()
    for thread in threads:
        thread.join()
    with SimulatedSite(Path(state)).world.transaction() as tx:
        assert tx.count("test") == 301


def test_a_forked_child_uses_a_connection_of_its_own(yard):
    yard.world.now()
    child = os.fork()
    if child == 0:
        yard.world.advance(yard.world.now() + 5)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0
    before = yard.world.now()
    yard.sleep(5)
    assert yard.world.now() == before + 5


def test_a_file_that_is_no_world_is_refused_with_a_remedy(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "world.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(PermanentError) as caught:
        SimulatedSite(tmp_path / "site")
    assert caught.value.code == "WORLD_UNUSABLE"
    assert "move" in caught.value.remedy


def test_a_world_of_another_version_is_refused(yard):
    with yard.world.transaction() as tx:
        tx.run("PRAGMA user_version = 99")
    with pytest.raises(PermanentError) as caught:
        SimulatedSite(yard.site.state)
    assert caught.value.code == "WORLD_UNUSABLE"


def test_the_password_is_in_the_vault_and_in_no_message(yard):
    user, password = yard.world.credentials()
    assert yard.ports.vault.get("vcenter/username") == user
    assert yard.ports.vault.get("vcenter/password") == password
    yard.ports.vault.put("vcenter/password", "changed by a person")
    SimulatedSite(yard.site.state)
    assert yard.ports.vault.get("vcenter/password") == "changed by a person"


def test_templates_are_of_the_bundles_releases(yard):
    for version, release in ((v, eksd_name(v)) for v in RELEASES):
        path = f"/DC0/vm/Templates/ubuntu-2204-kube-v{version}"
        (template,) = yard.ports.vcenter.look().find(Inventory.TEMPLATE, path)
        assert f"eksdRelease:{release}" in template.tags


def test_many_idle_clusters_cost_a_moment_nothing(yard):
    """Only what has something to do is looked at."""
    yard.bring_bootstrap()
    yard.install(yard.bootstrap, *PROVIDERS)
    with yard.world.transaction() as tx:
        columns = "api, grp, kind, ns, name, uid, owners, data"
        for number in range(300):
            api = f"kind:idle-{number}"
            tx.run(
                "INSERT INTO apis (id, cluster, kind_name, ready_at) VALUES (?, ?, ?, 0)",
                api,
                f"idle-{number}",
                f"idle-{number}",
            )
            tx.run(
                f"INSERT INTO objects ({columns}) SELECT ?, grp, kind, ns, name, uid, owners, data"
                " FROM objects WHERE api = ?",
                api,
                f"kind:{yard.kind_name}",
            )
    yard.apply(yard.bootstrap, namespace("one-more"))
    begun = time.process_time()
    for _ in range(200):
        yard.sleep(5)
    assert time.process_time() - begun < 2


def test_sites_have_a_name(tmp_path):
    assert SimulatedSite(tmp_path / "a").name == "simulated"
    assert SimulatedSite(tmp_path / "b", name="demo").name == "demo"


def test_the_clusters_of_a_site_do_not_meet(grown):
    """A second cluster beside the first one: its own bootstrap cluster, machines and address."""
    text = (ROOT / "examples" / "vsphere-standalone.yaml").read_text()
    text = text.replace("w01", "w02").replace("198.18.0.10", "198.18.0.20")
    other = Yard(grown.site, load_text(text))
    other.grow()
    assert len(other.ports.vcenter.virtual_machines("w02-")) == 7
    assert len(grown.ports.vcenter.virtual_machines("w01-")) == 7
    assert grown.is_grown()
    addresses = [a for vm in other.world.virtual_machines() for a in vm.addresses]
    assert len(addresses) == len(set(addresses)) == 16
    other.bootstrap.delete(Ref(CLUSTER, NAMESPACE, "w02"))
    other.until(lambda: other.get(CLUSTER, "w02") is None)
    assert grown.is_grown()
    assert other.ports.kube[Side.BOOTSTRAP].list(CLUSTER) == []
