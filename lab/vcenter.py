"""The vCenter simulator of lab/vcsim, from Python: built, started, changed through its admin port.

The tests and the benchmarks use it; it needs Go.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from bedplate.adapters.files import FileVault
from bedplate.adapters.vsphere import Access, LiveVCenter, close_all

BUILD = Path(__file__).parent / "vcsim" / "build"

USER, PASSWORD = "bedplate@vsphere.local", "Vcsim-1-pass"
CLUSTER = "/DC0/host/Cluster0"
POOL = f"{CLUSTER}/Resources"
DATASTORE = "/DC0/datastore/LocalDS_0"
NETWORK = "/DC0/network/VM Network"
TEMPLATES = "/DC0/vm/Templates"


class SimulatorError(Exception):
    """The simulator cannot be built or started, or its admin port refuses what was asked."""


@dataclass(frozen=True)
class Vcsim:
    """A running vCenter simulator."""

    address: str
    admin: str
    thumbprint: str
    certificate: str

    def access(self, **changes: Any) -> Access:
        """Return how the adapter reaches it."""
        known: dict[str, Any] = {"thumbprint": self.thumbprint, "datacenter": "DC0"}
        return Access(self.address, **{**known, **changes})

    def vcenter(self, folder: Path, **changes: Any) -> LiveVCenter:
        """Return the adapter, with a vault of its own that holds the right password."""
        return LiveVCenter(self.access(**changes), vault_in(folder))

    def calls(self) -> dict[str, int]:
        """Return how often each method was called since the last reset."""
        found: dict[str, int] = self.ask("GET", "/calls")
        return found

    def sessions(self) -> list[dict[str, str]]:
        """Return the open sessions."""
        found: list[dict[str, str]] = self.ask("GET", "/sessions")
        return found

    def post(self, what: str, /, **body: Any) -> None:
        """Change something; what there is to change stands in lab/vcsim/admin.go."""
        self.ask("POST", what, body)

    def delete(self, path: str) -> None:
        """Take back, or end, all of something."""
        self.ask("DELETE", path)

    def reset(self, **size: Any) -> None:
        """Make the vCenter anew, of the given size; the cluster is called as in the examples."""
        close_all()
        self.post("/reset", **{"machines": 0, "hosts": 2, "clusters": 1, "networks": 0, **size})
        self.post("/rename", path="/DC0/host/DC0_C0", name="Cluster0")
        self.post("/pool", path=POOL, memoryMiB=-1, cpuMHz=-1)

    def template(self, path: str, **changes: Any) -> None:
        """Put a template there that has every mark of an EKS Anywhere template."""
        tags = ["os:ubuntu", "eksdRelease:kubernetes-1-34-eks-12"]
        self.machine(path, **{"template": True, "snapshots": 1, "tags": tags, **changes})

    def machine(self, path: str, **changes: Any) -> None:
        """Put a virtual machine there."""
        body = {"path": path, "pool": POOL, "datastore": DATASTORE, "disksGiB": [20], **changes}
        self.post("/machine", **body)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call the admin port."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.admin + path, method=method, data=data)
        try:
            with urlopen(request, timeout=60) as answer:
                text = answer.read()
        except HTTPError as error:
            raise SimulatorError(f"{method} {path}: {error.read().decode()}") from None
        return json.loads(text) if text else None


def vault_in(folder: Path, password: str = PASSWORD) -> FileVault:
    """Return a vault with the user's name and a password."""
    vault = FileVault(folder / "vault")
    vault.put("vcenter/username", USER)
    vault.put("vcenter/password", password)
    return vault


def build() -> Path:
    """Return the program, built now or before; raises SimulatorError that says what is missing."""
    built = subprocess.run([BUILD], capture_output=True, text=True, check=False)
    if built.returncode != 0:
        last_line = (built.stderr.strip().splitlines() or ["no message"])[-1]
        raise SimulatorError(f"there is no vCenter simulator: {last_line}")
    return Path(built.stdout.strip())


@contextmanager
def running(program: Path, *words: str) -> Iterator[Vcsim]:
    """Run a simulator that ends with the block, and with this process, whose pipe it watches."""
    with tempfile.TemporaryDirectory(prefix="bedplate-vcsim-") as home:
        log = Path(home) / "log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [program, "-user", USER, "-password", PASSWORD, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={"TMPDIR": home},
            )
        with process:  # closes the pipes, which ends it, and waits
            line = process.stdout.readline() if process.stdout is not None else ""
            if not line:
                raise SimulatorError(f"the simulator did not start: {log.read_text()}")
            yield Vcsim(**json.loads(line))
