"""File systems made of Debian packages: of the machines, and of the images that need tools."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab import versions
from lab.commands import run

SECONDS = 1800.0
LEFT_OUT = ("doc", "man", "locale", "info", "lintian", "bash-completion")

# Only clang's own files: what else its package asks for is for linking programs.
UNPACK = (
    'cd "$1" && chroot . apt-get download --quiet {packages}'
    " && for package in *.deb; do dpkg-deb --extract $package . && rm $package; done"
)


@dataclass(frozen=True, slots=True)
class Root:
    """A file system: the packages that are installed, and those that are only unpacked."""

    name: str
    packages: tuple[str, ...]
    unpacked: tuple[str, ...] = ()

    def words(self, target: Path) -> list[str | Path]:
        """Return the command that makes it; the mirror is the one that mmdebstrap knows."""
        left_out = (f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT)
        unpack = UNPACK.format(packages=" ".join(self.unpacked))
        return [
            "mmdebstrap",
            "--mode=root",
            "--variant=apt",
            "--quiet",
            *left_out,
            f"--include={','.join(self.packages)}",
            *([f"--customize-hook={unpack}"] if self.unpacked else []),
            "--customize-hook=rm -rf $1/var/cache/apt $1/var/lib/apt/lists",
            versions.DEBIAN,
            target,
        ]

    def archive(self, cache: Path, say: Callable[[str], None] = lambda _: None) -> Path:
        """Return the tar file of the file system, made now where there is none."""
        digest = hashlib.sha256(repr(self.words(Path("root.tar"))).encode()).hexdigest()[:16]
        made = cache / "roots" / f"{self.name}-{digest}.tar"
        if not made.is_file():
            say(f"unpacking Debian packages: {self.name}")
            made.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=made.parent) as folder:
                unfinished = Path(folder) / "root.tar"
                run(self.words(unfinished), timeout=SECONDS, variables={"TMPDIR": folder})
                unfinished.replace(made)
        return made


TOOLS = Root(
    "tools",
    packages=(
        "bpftool",
        "conntrack",
        "ethtool",
        "iproute2",
        "ipset",
        "iptables",
        "kmod",
        "libclang-cpp19",
        "libllvm19",
        "mount",
        "nftables",
        "procps",
        "util-linux",
    ),
    unpacked=("clang-19", "libclang-common-19-dev"),
)
"""What kube-proxy and Cilium's agent run beside themselves; the agent compiles with clang."""

MACHINE = Root(
    "machine",
    packages=(
        "bash",
        "ca-certificates",
        "cloud-init",
        "conntrack",
        "containerd",
        "containernetworking-plugins",
        "dbus",
        "ethtool",
        "hostname",
        "iproute2",
        "iptables",
        "iputils-ping",
        "jq",
        "kmod",
        "mount",
        "netbase",
        "nftables",
        "openssh-server",
        "procps",
        "runc",
        "socat",
        "sudo",
        "systemd",
        "systemd-sysv",
        "util-linux",
    ),
)
"""What a machine consists of before Kubernetes comes to it."""

PYTHON = Root("python", packages=("ca-certificates", "passwd", "python3", "python3-venv"))
"""What stands for the public image of Python, from which Bedplate's own is built."""

POSTGRES = Root("postgres", packages=("passwd", "postgresql"))
"""What stands for the public image of Postgres."""
