"""Runs crash cases, each in forked children of a process that has everything imported.

`python -m tests.laws.zygote ACT FOLDER SPEC [POINT ...]`, where ACT is a key of ACTS: for each
point one child does it and is killed there, a second one does it again. One JSON line per case on
standard output. Without points: one line with the labels of every point of an undisturbed one. What
is aborted is a create that stands before its pivot, what is deleted a finished cluster or such a
create; it is made once and copied for each case.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from bedplate.adapters.journal import open_journal
from bedplate.engine.journal import RunState
from bedplate.engine.operation import Operation
from bedplate.engine.watch import Watches
from bedplate.managed_operations import (
    CREATE_MANAGED,
    DELETE_MANAGED,
    RENEW_MANAGED,
    SCALE_MANAGED,
    UPGRADE_MANAGED,
)
from bedplate.operations import (
    ADOPT,
    BACKUP,
    CREATE,
    DELETE,
    RENEW,
    RESTORE,
    ROTATE_CREDENTIALS,
    SCALE,
    UPGRADE,
)
from bedplate.request import Request
from bedplate.service import Session, abort, run_to_end
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_text
from tests.laws.crashing import Counter, CrashingSite, crashing_journal
from tests.laws.outcome import end_state
from tests.laws.restoring import TEXT, Restoring
from tests.laws.strangers import make_stranger

BEFORE_PIVOT = "secrets"
BEFORE_OBJECTS = "workers"
MANAGED_FILE = Path(__file__).parent / "managed.yaml"
MONTHS = 200 * 86_400.0
ROTATED = ("rotated@vsphere.local", "n3w-and-l0nger")


def run_create(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Run the create once, in one thread so that the points are the same every time."""
    with open_session(folder, spec_file, counter) as session:
        return run_to_end(session, workers=1).value


def run_abort(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Take the open create back."""
    with open_session(folder, spec_file, counter, takes_back=True) as session:
        abort(session)
        return RunState.ABORTED.value


def run_delete(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Delete the cluster, in one thread."""
    with open_session(folder, spec_file, counter, operation=DELETE) as session:
        return run_to_end(session, workers=1).value


def run_create_managed(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Create a cluster that the prepared one manages, in one thread."""
    session = open_session(folder, MANAGED_FILE, counter, operation=CREATE_MANAGED)
    with session:
        return run_to_end(session, workers=1).value


def run_abort_managed(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Take the open create of the managed cluster back."""
    session = open_session(folder, MANAGED_FILE, counter, takes_back=True, operation=CREATE_MANAGED)
    with session:
        abort(session)
        return RunState.ABORTED.value


def run_delete_managed(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Delete the managed cluster, in one thread."""
    session = open_session(folder, MANAGED_FILE, counter, operation=DELETE_MANAGED)
    with session:
        return run_to_end(session, workers=1).value


def run_rotate(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Rotate the credentials, in one thread."""
    with open_session(folder, spec_file, counter, operation=ROTATE_CREDENTIALS) as session:
        return run_to_end(session, workers=1).value


def run_renew(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Renew the certificates, in one thread."""
    with open_session(folder, spec_file, counter, operation=RENEW) as session:
        return run_to_end(session, workers=1).value


def run_renew_managed(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Renew the certificates of the managed cluster, in one thread."""
    with open_session(folder, MANAGED_FILE, counter, operation=RENEW_MANAGED) as session:
        return run_to_end(session, workers=1).value


def run_adopt(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Adopt the cluster, in one thread."""
    with open_session(folder, spec_file, counter, operation=ADOPT) as session:
        return run_to_end(session, workers=1).value


def run_upgrade(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Upgrade the cluster to larger machines and the next Kubernetes, in one thread."""
    changes = (("memoryMiB: 8192", "memoryMiB: 12288"), ('"1.34"', '"1.35"'))
    with open_session(folder, spec_file, counter, operation=UPGRADE, changes=changes) as session:
        return run_to_end(session, workers=1).value


def run_scale(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Take one worker more and one control-plane machine less, in one thread."""
    more = "name: md-0\n      count: "
    changes = (
        (f"{more}2", f"{more}3"),
        ("    count: 2\n    endpoint", "    count: 1\n    endpoint"),
    )
    with open_session(folder, spec_file, counter, operation=SCALE, changes=changes) as session:
        return run_to_end(session, workers=1).value


def run_upgrade_managed(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Upgrade the managed cluster to larger machines and the next Kubernetes, in one thread."""
    changes = (("memoryMiB: 8192", "memoryMiB: 12288"), ("1.34", "1.35"))
    session = open_session(
        folder, MANAGED_FILE, counter, operation=UPGRADE_MANAGED, changes=changes
    )
    with session:
        return run_to_end(session, workers=1).value


def run_scale_managed(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Take one worker more in the managed cluster, in one thread."""
    changes = (("name: md-0\n      count: 1", "name: md-0\n      count: 2"),)
    session = open_session(folder, MANAGED_FILE, counter, operation=SCALE_MANAGED, changes=changes)
    with session:
        return run_to_end(session, workers=1).value


def run_restore(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Restore the only backup, in one thread."""
    (backup,) = Restoring(folder).backups()
    session = open_session(folder, _stacked(folder), counter, operation=RESTORE, backup=backup)
    with session:
        return run_to_end(session, workers=1).value


def open_session(
    folder: Path,
    spec_file: Path,
    counter: Counter,
    *,
    last: str | None = None,
    takes_back: bool = False,
    operation: Operation = CREATE,
    changes: Sequence[tuple[str, str]] = (),
    backup: str = "",
) -> Session:
    """Return a session on the site and the journal of a folder, not yet entered."""
    journal = crashing_journal(open_journal(f"sqlite:///{folder}/journal.sqlite"), counter)
    site = CrashingSite(SimulatedSite(folder / "site"), counter)
    text = spec_file.read_text()
    for before, after in changes:
        text = text.replace(before, after)
    spec = load_text(text, str(spec_file))
    request = Request(operation, text, spec, last=last, takes_back=takes_back, backup=backup)
    return Session(request, site, journal, Watches(()))


def prepare_nothing(folder: Path, spec_file: Path) -> None:
    """A create begins with nothing."""


def prepare_create(folder: Path, spec_file: Path) -> None:
    """Bring a create to where it stands before its pivot."""
    _prepare(folder, spec_file, BEFORE_PIVOT, RunState.OPEN)


def prepare_cluster(folder: Path, spec_file: Path) -> None:
    """Make a cluster that manages itself."""
    _prepare(folder, spec_file, None, RunState.COMPLETED)


def prepare_old(folder: Path, spec_file: Path) -> None:
    """Make a cluster whose certificates are months old."""
    prepare_cluster(folder, spec_file)
    _grow_old(folder)


def prepare_managed_old(folder: Path, spec_file: Path) -> None:
    """Make a cluster that manages itself and one that it manages, both months old."""
    prepare_managed(folder, spec_file)
    _grow_old(folder)


def _grow_old(folder: Path) -> None:
    def wait() -> str:
        world = SimulatedSite(folder / "site").world
        world.advance(world.now() + MONTHS)
        return ""

    in_child(wait)


def prepare_rotation(folder: Path, spec_file: Path) -> None:
    """Make a cluster, and new credentials that wait in the vault."""
    prepare_cluster(folder, spec_file)

    def wait() -> str:
        site = SimulatedSite(folder / "site")
        site.world.admit(*ROTATED)
        for name, text in zip(("username", "password"), ROTATED, strict=True):
            site.vault.put(f"vcenter/next/{name}", text)
        return ""

    in_child(wait)


def prepare_stranger(folder: Path, spec_file: Path) -> None:
    """Make a cluster that is not known, and a kubeconfig that waits in the vault."""

    def wait() -> str:
        kubeconfig = make_stranger(folder)
        SimulatedSite(folder / "site").vault.put("w01/adopting", kubeconfig)
        return ""

    _, trouble = in_child(wait)
    if trouble:
        raise AssertionError(trouble)


def prepare_broken(folder: Path, spec_file: Path) -> None:
    """Make a cluster with a backup, in which more was written before its etcd was lost."""
    _prepare(folder, _stacked(folder), None, RunState.COMPLETED)
    _prepare(folder, _stacked(folder), None, RunState.COMPLETED, BACKUP)

    def break_it() -> str:
        place = Restoring(folder)
        place.write("after")
        place.break_all()
        return ""

    _, trouble = in_child(break_it)
    if trouble:
        raise AssertionError(trouble)


def _stacked(folder: Path) -> Path:
    """The specification of a cluster with etcd on its control plane, in a file."""
    file = folder / "stacked.yaml"
    file.write_text(TEXT)
    return file


def prepare_managed_half(folder: Path, spec_file: Path) -> None:
    """Bring the create of a managed cluster to where only its own objects are missing."""
    prepare_cluster(folder, spec_file)
    _prepare(folder, MANAGED_FILE, BEFORE_OBJECTS, RunState.OPEN, CREATE_MANAGED)


def prepare_managed(folder: Path, spec_file: Path) -> None:
    """Make a cluster that manages itself, and one that it manages."""
    prepare_cluster(folder, spec_file)
    _prepare(folder, MANAGED_FILE, None, RunState.COMPLETED, CREATE_MANAGED)


def _prepare(
    folder: Path,
    spec_file: Path,
    last: str | None,
    wanted: RunState,
    operation: Operation = CREATE,
) -> None:
    def work() -> str:
        session = open_session(folder, spec_file, Counter(None), last=last, operation=operation)
        with session:
            return run_to_end(session, workers=1).value

    _, ended = in_child(work)
    if ended != wanted:
        raise AssertionError(ended)


ACTS = {
    "create": (run_create, prepare_nothing),
    "abort": (run_abort, prepare_create),
    "upgrade": (run_upgrade, prepare_cluster),
    "scale": (run_scale, prepare_cluster),
    "delete": (run_delete, prepare_cluster),
    "delete-half": (run_delete, prepare_create),
    "upgrade-managed": (run_upgrade_managed, prepare_managed),
    "create-managed": (run_create_managed, prepare_cluster),
    "abort-managed": (run_abort_managed, prepare_managed_half),
    "delete-managed": (run_delete_managed, prepare_managed),
    "scale-managed": (run_scale_managed, prepare_managed),
    "renew": (run_renew, prepare_old),
    "renew-managed": (run_renew_managed, prepare_managed_old),
    "restore": (run_restore, prepare_broken),
    "rotate": (run_rotate, prepare_rotation),
    "adopt": (run_adopt, prepare_stranger),
}
Act = Callable[[Path, Path, Counter], str]


def in_child(work: Callable[[], str]) -> tuple[int, str]:
    """Run `work` in a forked child; returns the signal that ended it (0: none) and what it said."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            said = work()
        except BaseException:  # noqa: BLE001 - the child must not fall into the parent's loop
            said = traceback.format_exc()
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), said


def case(act: Act, prepared: Path, spec_file: Path, point: int) -> None:
    """Crash at a point, do it again, print how it ended and what the world looks like."""
    here = prepared.parent / f"point-{point}"
    shutil.copytree(prepared, here)
    killed, _ = in_child(lambda: act(here, spec_file, Counter(point)))
    _, ended = in_child(lambda: act(here, spec_file, Counter(None)))
    line = {
        "point": point,
        "killed": killed == signal.SIGKILL,
        "ended": ended,
        "state": end_state(here),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    shutil.rmtree(here)


def main(arguments: list[str]) -> None:
    """Run the cases, or list the points."""
    gc.freeze()  # nor need each child look through all that was imported
    act, prepare = ACTS[arguments[0]]
    folder, spec_file = Path(arguments[1]) / "prepared", Path(arguments[2])
    folder.mkdir(parents=True, exist_ok=True)
    prepare(folder, spec_file)
    if len(arguments) > 3:
        for point in arguments[3:]:
            case(act, folder, spec_file, int(point))
        return
    counter = Counter(None)
    ended = act(folder, spec_file, counter)
    line = {"labels": counter.labels, "ended": ended, "state": end_state(folder)}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
