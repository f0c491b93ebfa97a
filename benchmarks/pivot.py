"""The pivot of ever more objects between two real API servers, beside `clusterctl move`.

Both move the same objects between servers of the same kind: a Cluster, its infrastructure, and
templates and Secrets that the Cluster owns. No controllers run; where our pivot waits for their
acknowledgement, this program writes it, and that time counts as ours.
"""

from __future__ import annotations

from pathlib import Path

from bedplate.spec import load_text
from benchmarks.pivot_movers import clusterctl, ours
from benchmarks.pivot_sides import SPEC, moved, sides
from benchmarks.table import print_table
from lab.apiserver import ApiServerError, programs
from lab.artifacts import Manifests
from lab.eksa import components
from lab.images import Images
from lab.manifests import manifests
from lab.places import REGISTRY, places
from lab.programs import Programs

COUNTS = (30, 300, 3000)


def measure(made: Manifests, cluster: str, count: int, program: Path) -> tuple[float, float]:
    """Return the seconds of both for so many objects; raises ApiServerError."""
    taken = []
    for move in (ours, lambda both: clusterctl(both, program)):
        with sides(made, cluster, count) as both:
            taken.append(move(both))
            if moved(both) != count - 2:
                raise ApiServerError(f"{moved(both)} of {count - 2} objects were moved")
    return taken[0], taken[1]


def main() -> None:
    """Measure and print."""
    where = places()
    built, images = Programs(where.cache), Images(REGISTRY)
    try:
        programs()
    except ApiServerError as error:
        print(f"pivot is not measured: {error}")
        return
    made = manifests(built, images, components(images))
    cluster = load_text(SPEC.read_text()).name
    try:
        found = [(n, *measure(made, cluster, n, built["clusterctl"])) for n in COUNTS]
    except ApiServerError as error:
        raise SystemExit(f"pivot is not measured: {error}") from None
    rows = [
        (f"{n} objects", f"{a:.1f} s", f"{b:.1f} s", f"{a / b:.2f}", f"{1000 * a / n:.1f} ms")
        for n, a, b in found
    ]
    head = ("what", "pivot", "clusterctl move", "ratio", "each")
    print_table("a pivot between two real API servers", head, rows)


if __name__ == "__main__":
    main()
