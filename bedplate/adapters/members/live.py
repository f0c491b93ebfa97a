"""etcd as kubeadm runs it, on machines that are entered by SSH."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bedplate.adapters.members import scripts, troubles
from bedplate.adapters.members.reading import Seen, healthy_of, seen_of
from bedplate.adapters.members.scripts import Layout, Seat
from bedplate.adapters.members.ssh import DENIED, Ssh
from bedplate.adapters.programs import Ended
from bedplate.ports.members import Member, MemberMachine, Restoration

LOOK_SECONDS, MOVE_SECONDS = 60.0, 120.0
COPY_SECONDS, RESTORE_SECONDS = 1200.0, 1200.0


class LiveMembers:
    """The members of one cluster. `etcdutl` is a program to bring along where one is missing."""

    def __init__(self, ssh: Ssh, *, etcdutl: str = "", layout: Layout = Layout()) -> None:  # noqa: B008
        self._ssh = ssh
        self._etcdutl = etcdutl
        self._layout = layout

    def see(self, machine: MemberMachine) -> Member:
        return self._seen(machine).member

    def healthy(self, machine: MemberMachine) -> Sequence[str]:
        script = scripts.healthy(self._layout, self._seen(machine).image)
        ended = self._ssh.run(machine, script, seconds=LOOK_SECONDS)
        return healthy_of(_require(machine, "asking etcd", ended))

    def stop(self, machine: MemberMachine) -> None:
        ended = self._ssh.run(machine, scripts.stop(self._layout), seconds=MOVE_SECONDS)
        _require(machine, "stopping etcd", ended)

    def start(self, machine: MemberMachine) -> None:
        ended = self._ssh.run(machine, scripts.start(self._layout), seconds=MOVE_SECONDS)
        _require(machine, "starting etcd", ended)

    def restore(self, machine: MemberMachine, restoration: Restoration) -> None:
        """Bring what turns out to be missing, each once, and restore."""
        snapshot = restoration.snapshot
        seen = self._seen(machine)
        seat = Seat(seen.member.name, restoration.peers, seen.image)
        script = scripts.restore(self._layout, restoration.id, snapshot.sha256, seat)
        bring = {scripts.NO_SNAPSHOT: (snapshot.where, self._layout.snapshot(restoration.id))}
        if self._etcdutl:
            bring[scripts.NO_TOOL] = (self._etcdutl, self._layout.etcdutl)
        ended = self._ssh.run(machine, script, seconds=RESTORE_SECONDS)
        while ended.status in bring:
            source, target = bring.pop(ended.status)
            self._send(machine, Path(source), target)
            ended = self._ssh.run(machine, script, seconds=RESTORE_SECONDS)
        _require(machine, "restoring the snapshot", ended)

    def _seen(self, machine: MemberMachine) -> Seen:
        ended = self._ssh.run(machine, scripts.see(self._layout), seconds=LOOK_SECONDS)
        found = seen_of(_require(machine, "looking", ended))
        if found is None:
            raise troubles.unknown(machine)
        return found

    def _send(self, machine: MemberMachine, source: Path, target: str) -> None:
        script = scripts.receive(target)
        ended = self._ssh.run(machine, script, seconds=COPY_SECONDS, source=source)
        _require(machine, f"copying {source.name}", ended)


def _require(machine: MemberMachine, what: str, ended: Ended) -> str:
    """Return what a script printed; raises where it did not end well."""
    if ended.status == 0:
        return ended.output
    if ended.status == scripts.RUNNING:
        raise troubles.running(machine)
    if ended.status == scripts.BUSY:
        raise troubles.busy(machine)
    if ended.status == scripts.NO_TOOL:
        raise troubles.no_tool(machine)
    if any(words in ended.errors for words in DENIED):
        raise troubles.denied(machine, "its user", ended.last_words)
    raise troubles.failed(machine, what, ended.last_words)
