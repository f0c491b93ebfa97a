"""A machine on this very machine: a real sshd on loopback, and what a control plane has beside it.

Its programs of Kubernetes are stand-ins; the files that are moved about, the shell and sshd are
real.
"""

import getpass
import hashlib
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from bedplate.adapters.members import LiveMembers, Login, Ssh
from bedplate.adapters.members.scripts import Layout
from bedplate.ports.members import MemberMachine
from bedplate.providers.keys import make_private_key, public_key
from bedplate.providers.provider import KeyAlgorithm
from lab.ports import free_port
from tests.debian import find_or_install
from tests.standins import eventually, program

IMAGE = "public.ecr.aws/eks-distro/etcd-io/etcd:v3.6.5-eks-1-34-9"
PAGES = b"\1" * 1024
SNAPSHOT = PAGES + hashlib.sha256(PAGES).digest()
NAME, UUID, PEER = "w01-abcde", "4216AAAA-0000-4000-8000-000000000001", "https://198.18.3.4:2380"

ETCD_POD = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: etcd, namespace: kube-system}}
spec:
  containers:
  - image: {IMAGE}
    command: [etcd, --name={NAME}, "--initial-advertise-peer-urls={PEER}"]
"""
API_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
  - image: registry:5000/kube-apiserver:v1.34.1-eks-1-34-9
    command: [kube-apiserver]
"""
PROGRAMS = {
    "sudo": '[ "$1" = -n ] && shift; exec "$@"',
    "pgrep": 'grep -qx "$2" {processes}',
    "containerd": "echo '    snapshotter = \"overlayfs\"'",
    "ctr": """
for last; do :; done
case "$*" in
  *"images mount --snapshotter overlayfs {image} "*) cp -r {root}/. "$last" ;;
  *"images unmount --rm --snapshotter overlayfs"*) rm -rf "$last" && mkdir "$last" ;;
  *) echo "ctr: no such image" >&2; exit 1 ;;
esac""",
}
ETCDUTL = """#!/bin/sh
set -eu
case "$*" in *--help*) echo '--bump-revision uint'; exit 0 ;; esac
echo "$@" >>{calls}
[ ! -e {broken} ] || { echo 'Error: no disk' >&2; exit 1; }
while [ $# -gt 0 ]; do [ "$1" = --data-dir ] && made=$2; [ "$1" = restore ] && from=$2; shift; done
mkdir -p "$made/member/snap"
cp "$from" "$made/member/snap/db"
"""
ETCDCTL = """#!/bin/sh
case "$*" in
  *--help*) exit 1 ;;
  *"member list"*) cat {members} ;;
  *"endpoint health"*) cat {health} ;;
esac
"""


@dataclass
class Plane:
    """A control-plane machine, and the folder that stands for its disk."""

    folder: Path
    port: int
    key: str
    sshd: Path

    @property
    def layout(self) -> Layout:
        return Layout(str(self.folder / "kubernetes"), str(self.folder / "lib" / "etcd"))

    @property
    def data(self) -> Path:
        return self.folder / "lib" / "etcd"

    @property
    def calls(self) -> list[str]:
        """What etcdutl was called with, a line each."""
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def known_hosts(self) -> str:
        return (self.folder / "ssh" / "known_hosts").read_text()

    @property
    def machine(self) -> MemberMachine:
        return MemberMachine(NAME, UUID, ("127.0.0.1",))

    def ssh(self, *, user: str = "", key: str = "") -> Ssh:
        login = Login(user or getpass.getuser(), key or self.key)
        return Ssh("ssh", self.folder / "ssh", lambda: login, port=self.port)

    def members(self, *, etcdutl: str = "", ssh: Ssh | None = None) -> LiveMembers:
        return LiveMembers(ssh or self.ssh(), etcdutl=etcdutl, layout=self.layout)

    def processes(self, *names: str) -> None:
        """Let these run, and no others."""
        (self.folder / "processes").write_text("".join(f"{name}\n" for name in names))


def furnish(folder: Path) -> None:
    """Write the files of a control plane, and its programs."""
    manifests, pki = folder / "kubernetes" / "manifests", folder / "kubernetes" / "pki"
    root, tools = folder / "root" / "usr" / "local" / "bin", folder / "bin"
    for one in (manifests, pki, root, tools, folder / "lib" / "etcd" / "member"):
        one.mkdir(parents=True)
    (manifests / "etcd.yaml").write_text(ETCD_POD)
    (manifests / "kube-apiserver.yaml").write_text(API_POD)
    (pki / "ca.crt").write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    (folder / "lib" / "etcd" / "member" / "old").write_text("what was there before")
    (folder / "snapshot").write_bytes(SNAPSHOT)
    words = {
        "processes": folder / "processes", "root": folder / "root", "image": IMAGE,
        "calls": folder / "calls", "broken": folder / "broken", "members": folder / "members.json",
        "health": folder / "health.json", "snapshot": folder / "snapshot",
    }  # fmt: skip
    for name, text in PROGRAMS.items():
        write(tools / name, "#!/bin/sh\n" + text, words)
    write(root / "etcdutl", ETCDUTL, words)
    write(root / "etcdctl", ETCDCTL, words)


def write(path: Path, text: str, words: dict[str, object]) -> None:
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", str(value))
    path.write_text(text)
    path.chmod(0o755)


def find_sshd() -> Path | None:
    found = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    return Path(found) if found and shutil.which("ssh") else None


@pytest.fixture
def plane(tmp_path):
    """A control-plane machine that an sshd leads to; skips loudly where there can be none."""
    sshd = find_or_install(find_sshd, "openssh-server", "openssh-client")
    folder = tmp_path / "plane"
    furnish(folder)
    made = Plane(folder, free_port(), make_private_key(KeyAlgorithm.ED25519), sshd)
    made.processes("etcd", "kube-apiserver")
    with serving(made):
        yield made


def serving(plane: Plane):
    """An sshd for the user who runs the tests, with a host key of its own."""
    host_key = plane.folder / "host_key"
    host_key.unlink(missing_ok=True)
    host_key.write_text(make_private_key(KeyAlgorithm.ED25519))
    host_key.chmod(0o600)
    (plane.folder / "authorized").write_text(public_key(plane.key) + "\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it locks itself in before a login
    (plane.folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{plane.port}\nHostKey {host_key}\nPidFile none\n"
        f"AuthorizedKeysFile {plane.folder / 'authorized'}\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
        f"SetEnv PATH={plane.folder / 'bin'}:/usr/bin:/bin\n"
    )
    return _Serving(plane)


class _Serving:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._log = plane.folder / "sshd.log"
        command = [plane.sshd, "-D", "-e", "-f", plane.folder / "sshd_config"]
        self._program = program(command, self._log)

    def __enter__(self) -> subprocess.Popen[bytes]:
        started = self._program.__enter__()
        eventually(lambda: listens(self._plane.port), self._log)
        return started

    def __exit__(self, *error: object) -> None:
        self._program.__exit__(None, None, None)


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
