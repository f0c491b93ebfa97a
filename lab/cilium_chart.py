"""Cilium's chart with the lab's own defaults, as an artifact in the lab's registry.

The defaults are what Cilium needs in machines that are containers; values that a cluster gives on
top of them (the bundle's images, the routing mode) mean what they mean with any chart of Cilium.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from bedplate.bundles.documents import Json, Table
from bedplate.errors import Owner, PermanentError
from lab import versions
from lab.bundle import Chart
from lab.commands import run
from lab.images import Images, Part
from lab.programs import Programs, module

MODULE = "github.com/cilium/cilium"
FOLDER = "install/kubernetes/cilium"
HELM_SECONDS = 120.0

CGROUP = "/run/cilium/cgroupv2"
"""Where the guests of the lab mount cgroup v2, which the host may not have."""

_DIGEST = re.compile(r"^Digest: (?P<digest>sha256:[0-9a-f]{64})$", re.MULTILINE)


def defaults(images: Images) -> Table:
    """Return the values that differ from those of upstream's chart."""
    agent, operator = _image(images, Part.CILIUM), _image(images, Part.CILIUM_OPERATOR)
    suffix = "-generic"  # the chart puts it behind the operator's name by itself
    repository = str(operator["repository"]).removesuffix(suffix)
    return {
        "image": agent,
        "preflight": {"image": {**agent}},
        "operator": {"image": {**operator, "repository": repository}, "replicas": 1},
        # Neither a proxy nor Hubble is built for the lab, nor the responder of health checks.
        "envoy": {"enabled": False},
        "l7Proxy": False,
        "hubble": {"enabled": False},
        "healthChecking": False,
        # Each would enter the namespaces of the host, which in the lab is a container itself.
        "sysctlfix": {"enabled": False},
        "cgroup": {"autoMount": {"enabled": False}, "hostRoot": CGROUP},
        # The list of capabilities that is the default asks for one that containers may lack.
        "securityContext": {"privileged": True},
        # Maps are sized by the memory of the machine that all guests share.
        "bpf": {"mapDynamicSizeRatio": 0.001},
    }


@dataclass(frozen=True, slots=True)
class Package:
    """The chart as a file, made once for its content."""

    cache: Path
    images: Images

    @property
    def file(self) -> Path:
        """Return where the chart is or would be; the folder is named after what is in it."""
        content = f"{versions.CILIUM}\n{yaml.safe_dump(defaults(self.images))}"
        key = hashlib.sha256(content.encode()).hexdigest()[:16]
        return self.cache / "charts" / key / f"cilium-{versions.CILIUM_CHART}.tgz"

    def make(self, programs: Programs) -> Path:
        """Return the chart, packed now or before; raises PermanentError LAB_PROGRAM_…."""
        if not self.file.is_file():
            source = module(MODULE, versions.CILIUM) / FOLDER
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.file.parent) as made:
                chart = Path(made) / "cilium"
                _copy(source, chart)
                _set_defaults(chart / "values.yaml", defaults(self.images))
                run(
                    [
                        *(programs["helm"], "package", chart, "--destination", made),
                        *("--version", versions.CILIUM_CHART),
                        *("--app-version", versions.CILIUM),
                    ],
                    timeout=HELM_SECONDS,
                )
                packed = Path(made) / self.file.name
                _date(packed)
                packed.replace(self.file)
        return self.file


def push(programs: Programs, chart: Path, images: Images, ca_file: Path) -> Chart:
    """Push the chart to the registry, and return its name there with its digest.

    The same file has the same digest, however often it is pushed. Raises PermanentError
    LAB_PROGRAM_… from helm.
    """
    folder = images.chart_folder()
    # helm tells some of it on one stream, some on the other, so both are wanted as one.
    words = ("sh", "-c", 'exec "$0" "$@" 2>&1', programs["helm"], "push", chart)
    with tempfile.TemporaryDirectory(prefix="bedplate-helm-") as home:
        variables = {
            **{f"HELM_{kind}_HOME": home for kind in ("CACHE", "CONFIG", "DATA")},
            "NO_PROXY": images.registry.partition(":")[0],
            "TZ": "UTC",  # the date of the chart is written in the zone of whoever pushes it
        }
        where = (f"oci://{folder}", "--ca-file", ca_file)
        said = run([*words, *where], timeout=HELM_SECONDS, variables=variables)
    found = _DIGEST.search(said)
    if found is None:
        raise PermanentError(
            "LAB_CHART_UNPUSHED",
            f"helm named no digest of what it pushed to {folder}: {said.strip()}",
            why="the bundle names the chart by its digest",
            remedy="adapt lab/cilium_chart.py to the version of helm in lab/versions.py",
            owner=Owner.BEDPLATE,
        )
    return Chart(f"{folder}/cilium:{versions.CILIUM_CHART}", found["digest"])


def _image(images: Images, part: Part) -> Table:
    repository, _, tag = images.name(part).rpartition(":")
    return {
        "repository": repository,
        "tag": tag,
        "useDigest": False,
        "pullPolicy": "IfNotPresent",
    }


def _copy(source: Path, chart: Path) -> None:
    """Copy a chart to where it may be changed: the module cache is read-only, modes and all."""
    shutil.copytree(source, chart, copy_function=shutil.copyfile)
    for folder in (chart, *(path for path in chart.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def _set_defaults(file: Path, changes: Table) -> None:
    values = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(_merged(values, changes), sort_keys=False))


def _merged(below: Json, above: Json) -> Json:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}


def _date(file: Path) -> None:
    """Give a chart and all in it the date of the release: helm writes the time of packing.

    The digest of what is pushed is of these bytes and of the file's own date.
    """
    moment = int(datetime.fromisoformat(versions.RELEASED).timestamp())
    plain = io.BytesIO()
    with tarfile.open(file) as packed, tarfile.open(fileobj=plain, mode="w") as dated:
        for member in packed:
            member.mtime, member.pax_headers = moment, {}
            dated.addfile(member, packed.extractfile(member))
    file.write_bytes(gzip.compress(plain.getvalue(), mtime=moment))
    os.utime(file, (moment, moment))
