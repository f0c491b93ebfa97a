"""A member restored by etcd's own programs, through a real sshd: the data and the revisions."""

import hashlib
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from bedplate.errors import PermanentError
from bedplate.ports.backups import Backup
from bedplate.ports.members import Restoration
from lab.ports import free_port
from lab.programs import Programs
from tests.sshd import NAME
from tests.standins import eventually, program, skip_loudly

PROGRAMS = ("etcd", "etcdctl", "etcdutl")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def programs():
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bedplate-lab"
    found = Programs(Path(os.environ.get("BEDPLATE_LAB_CACHE") or cache))
    try:
        found.build(PROGRAMS)
    except PermanentError as error:
        skip_loudly(f"etcd cannot be built: {error.seen.splitlines()[-1]}")
    return found


class Etcd:
    """One member of etcd on loopback, without TLS."""

    def __init__(self, programs, data, log):
        self.programs, self.data, self.log = programs, data, log
        self.client, self.peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))

    @contextmanager
    def running(self):
        words = [self.programs["etcd"], "--name", NAME, "--data-dir", self.data]
        words += [f"--listen-client-urls={self.client}", f"--advertise-client-urls={self.client}"]
        words += [f"--listen-peer-urls={self.peer}", f"--initial-advertise-peer-urls={self.peer}"]
        with program([*words, f"--initial-cluster={NAME}={self.peer}"], self.log):
            eventually(lambda: self.ask("endpoint", "health").returncode == 0, self.log)
            yield self

    def ask(self, *words):
        command = [str(self.programs["etcdctl"]), f"--endpoints={self.client}", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    def get(self, key):
        found = json.loads(self.ask("get", key, "-w", "json").stdout)
        return found["header"]["revision"], [one["key"] for one in found.get("kvs", ())]


def test_what_was_written_before_the_snapshot_is_there_and_later_revisions_are_higher(
    plane, programs, tmp_path
):
    for name in PROGRAMS:
        shutil.copy(programs[name], plane.folder / "root" / "usr" / "local" / "bin" / name)
    shutil.rmtree(plane.data)
    etcd, snapshot = Etcd(programs, plane.data, tmp_path / "log"), tmp_path / "snapshot"
    with etcd.running():
        etcd.ask("put", "before", "1")
        assert etcd.ask("snapshot", "save", snapshot).returncode == 0
        etcd.ask("put", "after", "1")
        revision, _ = etcd.get("after")
    members, content = plane.members(), snapshot.read_bytes()
    members.stop(plane.machine)
    plane.processes()

    digest = hashlib.sha256(content).hexdigest()
    backup = Backup(str(snapshot), len(content), digest)
    members.restore(plane.machine, Restoration("restore-1", backup, {NAME: etcd.peer}))

    with etcd.running():
        now, found = etcd.get("before")
        assert len(found) == 1
        assert etcd.get("after")[1] == []
        assert now > revision + 1_000_000
    assert members.see(plane.machine).restored == "restore-1"
