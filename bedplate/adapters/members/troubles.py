"""What can be wrong with a machine, or with what runs there, in words for people."""

from __future__ import annotations

from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.members import MemberMachine


def unreachable(machine: MemberMachine, said: str) -> TemporaryError:
    """Return the error of a machine that does not answer."""
    return TemporaryError(
        "MACHINE_UNREACHABLE",
        f"{machine.name} cannot be entered by SSH: {said}",
        why="etcd is worked on where it runs",
        remedy="see in vCenter whether it runs and has an address, and whether a connection to its"
        " port 22 is let through; then resume",
        owner=Owner.PLATFORM,
    )


def too_slow(machine: MemberMachine, seconds: float) -> TemporaryError:
    """Return the error of a command that did not end in time."""
    return TemporaryError(
        "MACHINE_UNREACHABLE",
        f"what was to be done on {machine.name} did not end within {seconds:.0f} s",
        why="nothing is waited for without an end",
        remedy="see how busy the machine and its disk are, then resume: it goes on where it was",
        owner=Owner.PLATFORM,
    )


def changed(machine: MemberMachine, said: str) -> PermanentError:
    """Return the error of a machine whose key is not the one that is known."""
    return PermanentError(
        "MACHINE_CHANGED",
        f"{machine.name} shows another host key than before: {said}",
        why="somebody else may answer in its place, and would be given every secret of the cluster",
        remedy="find out why; where it is right, take the line of"
        f" {machine.uuid.lower()} out of the site's folder ssh, file known_hosts, then resume",
        owner=Owner.PLATFORM,
    )


def denied(machine: MemberMachine, user: str, said: str) -> PermanentError:
    """Return the error of a machine that lets us not in, or not become root."""
    return PermanentError(
        "AUTH_DENIED",
        f"{machine.name} does not let {user} in, or not become root: {said}",
        why="etcd's data is root's",
        remedy="put the private key that its machine configuration names into the site's vault"
        " (CLUSTER/ssh-private-key); docs/how-to/restore.md says how",
        owner=Owner.PLATFORM,
    )


def unknown(machine: MemberMachine) -> PermanentError:
    """Return the error of a machine without etcd."""
    return PermanentError(
        "MEMBER_UNKNOWN",
        f"{machine.name} has no pod manifest of etcd, neither where the kubelet reads it nor aside",
        why="a restore works on etcd as kubeadm sets it up on a control plane",
        remedy="see what is in /etc/kubernetes/manifests there",
        owner=Owner.PLATFORM,
    )


def running(machine: MemberMachine) -> PermanentError:
    """Return the error of a member that runs while its data is to be replaced."""
    return PermanentError(
        "MEMBER_RUNNING",
        f"etcd or the API server of {machine.name} still runs",
        why="the data of a running member must not be replaced",
        remedy="see who started it (crictl ps there), then resume",
        owner=Owner.PLATFORM,
    )


def busy(machine: MemberMachine) -> TemporaryError:
    """Return the error of a machine where the same work is still going on."""
    return TemporaryError(
        "MACHINE_BUSY",
        f"on {machine.name} something of an earlier attempt still works",
        why="two at once would be in each other's way",
        remedy="wait until it has ended, then resume",
        owner=Owner.PLATFORM,
    )


def no_tool(machine: MemberMachine) -> PermanentError:
    """Return the error of a machine whose etcd has no program that restores."""
    return PermanentError(
        "ETCD_TOOL",
        f"the image of etcd on {machine.name} has no program that is needed",
        why="etcdutl, or etcdctl up to etcd 3.5, restores a snapshot and raises its revisions",
        remedy="get etcdutl of etcd's version (a static program for Linux), and name its path as"
        " etcdutl among the site's programs; then resume",
        owner=Owner.PLATFORM,
    )


def failed(machine: MemberMachine, what: str, said: str) -> PermanentError | TemporaryError:
    """Return the error of a script that failed."""
    if "No space left" in said:
        return TemporaryError(
            "DISK_FULL",
            f"{what} on {machine.name} failed: {said}",
            why="the new data stands beside the old until it is whole",
            remedy="make room where etcd has its data, then resume",
            owner=Owner.PLATFORM,
        )
    return PermanentError(
        "MACHINE_COMMAND",
        f"{what} on {machine.name} failed: {said}",
        why="the restore goes on only from what is done",
        remedy="see what it complains of; resume does the same again",
        owner=Owner.PLATFORM,
    )
