"""What a preflight asks of a vCenter with 500 virtual machines: seconds, and calls by method."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bedplate.adapters.vsphere import LiveVCenter, close_all
from bedplate.ports.vcenter import Snapshot
from bedplate.providers.vsphere.privileges import PRIVILEGES, Scope
from benchmarks.table import print_table
from lab.vcenter import (
    DATASTORE,
    NETWORK,
    POOL,
    TEMPLATES,
    SimulatorError,
    Vcsim,
    build,
    running,
)

MACHINES = 500
TEMPLATE = f"{TEMPLATES}/ubuntu-2204-kube-v1.34"


def wanted() -> Mapping[str, frozenset[str]]:
    """Return the privileges that a cluster of fifty machines needs, by path."""
    scopes = {
        Scope.GLOBAL: ("/",),
        Scope.USER: (NETWORK, DATASTORE, POOL),
        Scope.ADMIN: ("/DC0/vm", TEMPLATES, TEMPLATE),
    }
    return {path: PRIVILEGES[scope] for scope, paths in scopes.items() for path in paths}


def ask(vcenter: LiveVCenter) -> Snapshot:
    """Ask everything that the checks ask, as the first preflight of a process does."""
    vcenter.about()
    vcenter.login()
    snapshot = vcenter.look()
    vcenter.missing_privileges(wanted())
    return snapshot


def measure(vcsim: Vcsim, folder: Path, machines: int) -> tuple[float, dict[str, int]]:
    """Return the seconds and the calls of one preflight, logged in anew."""
    vcsim.reset(machines=machines, hosts=8, datastores=4)
    vcsim.template(TEMPLATE)
    vcsim.delete("/calls")
    begun = time.perf_counter()
    seen = ask(vcsim.vcenter(folder))
    taken = time.perf_counter() - begun
    calls = vcsim.calls()
    close_all()
    if len(seen.machines) != machines:
        raise SimulatorError(f"{len(seen.machines)} machines were seen, not {machines}")
    return taken, calls


def main() -> None:
    """Print both sizes side by side; without Go, say so."""
    try:
        program = build()
    except SimulatorError as error:
        print(f"\npreflight: {error}")
        return
    with running(program) as vcsim, tempfile.TemporaryDirectory() as folder:
        few, few_calls = measure(vcsim, Path(folder), 10)
        many, many_calls = measure(vcsim, Path(folder), MACHINES)
    rows = [("seconds", f"{few:.2f}", f"{many:.2f}")]
    rows += [
        (name, str(few_calls.get(name, 0)), str(many_calls.get(name, 0)))
        for name in sorted(few_calls | many_calls)
    ]
    rows.append(("calls", str(sum(few_calls.values())), str(sum(many_calls.values()))))
    print_table(
        f"Preflight's questions to vCenter (goal: at most 5 s with {MACHINES} machines)",
        ("", "10 machines", f"{MACHINES} machines"),
        rows,
    )


if __name__ == "__main__":
    main()
