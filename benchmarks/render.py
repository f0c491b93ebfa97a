"""How long rendering takes: the Cluster API objects of a thousand machines, from specifications."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bedplate.capi.blueprint import Blueprint, TemplateNames
from bedplate.providers.vsphere.rendering import control_plane_objects, worker_objects
from bedplate.simulation.bundle import choose
from bedplate.spec import ClusterSpec, load_text
from benchmarks.empty import SPEC
from benchmarks.table import print_table

MACHINES = 1000
RUNS = 5
GROUP = """\
    - name: md-0
      count: 2
      machineGroupRef:
        kind: VSphereMachineConfig
        name: w01
"""
SURROUNDINGS = """\
  proxyConfiguration:
    httpProxy: proxy.example.com:3128
    httpsProxy: proxy.example.com:3128
  registryMirrorConfiguration:
    endpoint: mirror.example.com
    authenticate: true
    ociNamespaces:
      - {registry: public.ecr.aws, namespace: eks-anywhere}
"""


def spec_of(name: str, groups: int) -> ClusterSpec:
    """Return a cluster of 2 + 3 machines and so many worker groups, behind a proxy and a mirror."""
    group = GROUP.replace("count: 2", "count: 1")
    workers = "".join(group.replace("md-0", f"md-{number}") for number in range(groups))
    text = SPEC.read_text().replace(GROUP, workers).replace("w01", name)
    return load_text(text.replace("  datacenterRef:\n", f"{SURROUNDINGS}  datacenterRef:\n", 1))


def seconds(specs: Sequence[ClusterSpec]) -> tuple[float, int]:
    """Render every cluster once; returns the seconds and the number of objects."""
    bundles = [choose(spec) for spec in specs]
    begun = time.perf_counter()
    objects = 0
    for spec, bundle in zip(specs, bundles, strict=True):
        blueprint = Blueprint(spec, bundle, TemplateNames.first(spec), ssh_key="ssh-ed25519 AAAA")
        objects += len(control_plane_objects(blueprint)) + len(worker_objects(blueprint))
    return time.perf_counter() - begun, objects


def main() -> None:
    """Print one large cluster and many small ones; the first run counts too."""
    shapes = {
        "1 cluster, 995 worker groups": [spec_of("large", MACHINES - 5)],
        "100 clusters, 5 worker groups each": [spec_of(f"c{n:02}", 5) for n in range(100)],
    }
    rows = []
    for shape, specs in shapes.items():
        runs = [seconds(specs) for _ in range(RUNS)]
        taken = sorted(run[0] for run in runs)
        times = (f"{one * 1000:.0f} ms" for one in (taken[RUNS // 2], taken[-1]))
        rows.append((shape, str(runs[0][1]), *times))
    head = ("", "objects", f"median of {RUNS}", "slowest")
    print_table(f"Rendering {MACHINES} machines (goal: at most 1 s)", head, rows)


if __name__ == "__main__":
    main()
