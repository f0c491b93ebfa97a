"""A preflight of fifty machines on a vCenter with 500: seconds, and calls by method."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.docker_host import DockerEngine
from bedplate.adapters.network import SystemNetwork
from bedplate.adapters.vsphere import close_all
from bedplate.checks import Scene
from bedplate.checks.running import run_checks
from bedplate.needs import needs_of
from bedplate.providers import provider_of
from bedplate.simulation.bundle import choose
from bedplate.spec import ClusterSpec, load_text
from benchmarks.table import print_table
from lab.vcenter import TEMPLATES, SimulatorError, Vcsim, build, running, vault_in

MACHINES = 500
NODES = 50
EXAMPLE = Path(__file__).parent.parent / "examples" / "vsphere-standalone.yaml"
TEMPLATE = f"{TEMPLATES}/ubuntu-2204-kube-v1.34"
PINNED = "5A:1C:44:9E:0B:7D:23:F1:86:C2:3E:90:7B:54:D8:1F:62:0A:BC:33"
# Whether the endpoint is free is asked of the network, and nothing but loopback is asked here.
NOT_MADE = frozenset(("control-plane-ip",))


def spec_for(vcsim: Vcsim) -> ClusterSpec:
    """Return the example with fifty machines, on the simulator."""
    text = EXAMPLE.read_text().replace(PINNED, vcsim.thumbprint)
    text = text.replace("vcenter.example.com", vcsim.address)
    spec = load_text(text.replace("\n      count: 2", f"\n      count: {NODES - 5}"), "fifty.yaml")
    if needs_of(spec).now.machines != NODES:
        raise SimulatorError(f"the example has no longer {NODES} machines with more workers")
    return spec


def look(vcsim: Vcsim, folder: Path) -> dict[str, list[str]]:
    """Make every vSphere check, as the first preflight of a process does; returns how they end."""
    spec = spec_for(vcsim)
    scene = Scene(
        spec=spec,
        bundle=choose(spec),
        clock=SystemClock(),
        network=SystemNetwork(),
        host=DockerEngine(),
        vcenter=vcsim.vcenter(folder),
        vault=vault_in(folder),
    )
    ended: dict[str, list[str]] = {}
    for result in run_checks(provider_of(spec).checks(spec), scene, skipped=NOT_MADE):
        ended.setdefault(result.state.value, []).append(result.check.name)
    return ended


def measure(vcsim: Vcsim, folder: Path, machines: int) -> tuple[float, dict[str, int]]:
    """Return the seconds and the calls of one preflight, logged in anew."""
    vcsim.reset(machines=machines, hosts=8, datastores=4)
    vcsim.template(TEMPLATE)
    vcsim.delete("/calls")
    begun = time.perf_counter()
    ended = look(vcsim, folder)
    taken = time.perf_counter() - begun
    calls = vcsim.calls()
    close_all()
    print(f"{machines} machines: " + ", ".join(f"{len(n)} {state}" for state, n in ended.items()))
    if failed := ended.get("failed"):
        print(f"  failed: {', '.join(failed)}")
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
        f"All vSphere checks of {NODES} machines (goal: at most 5 s beside {MACHINES} others)",
        ("", "10 machines", f"{MACHINES} machines"),
        rows,
    )


if __name__ == "__main__":
    main()
