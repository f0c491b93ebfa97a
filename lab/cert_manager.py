"""cert-manager's manifest, put together as its project does for a release (make/manifests.mk)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import yaml

from lab import versions
from lab.artifacts import File
from lab.commands import run
from lab.images import Images, Part, check_images
from lab.programs import Programs, module

MODULE = "github.com/cert-manager/cert-manager"
HELM_SECONDS = 120.0

# As released, without a job that waits for the API: whoever applies the manifest waits for it.
# Its leases stay in its own namespace, so that what is removed with it is all of it.
VALUES = (
    "creator=static",
    "installCRDs=true",
    "startupapicheck.enabled=false",
    "global.leaderElection.namespace=cert-manager",
)

DEPLOYED = (
    Part.CERT_MANAGER_CONTROLLER,
    Part.CERT_MANAGER_WEBHOOK,
    Part.CERT_MANAGER_CAINJECTOR,
)

NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata:
  name: cert-manager
---
"""


def cert_manager(programs: Programs, images: Images) -> File:
    """Return the manifest; raises PermanentError LAB_PROGRAM_… from Go or helm."""
    source = module(MODULE, versions.CERT_MANAGER) / "deploy"
    with tempfile.TemporaryDirectory(prefix="bedplate-chart-") as made:
        chart = Path(made) / "cert-manager"
        _assemble(source, chart)
        text = run(
            [
                *(programs["helm"], "template", "cert-manager", chart),
                *("--namespace", "cert-manager", "--kube-version", versions.NEWEST.patch),
                *(word for value in (*VALUES, *_images(images)) for word in ("--set", value)),
            ],
            timeout=HELM_SECONDS,
        )
    check_images("cert-manager", text, {images.name(part) for part in DEPLOYED})
    content = NAMESPACE + text.removeprefix("---\n")
    return File("cert-manager", versions.CERT_MANAGER, "cert-manager.yaml", content)


def _assemble(source: Path, chart: Path) -> None:
    """Make the chart: its version is filled in, and the definitions become one template."""
    # The module cache may not be written to, and copies take their modes from there.
    shutil.copytree(source / "charts" / "cert-manager", chart, copy_function=shutil.copyfile)
    for folder in (chart, chart / "templates"):
        folder.chmod(0o755)
    head = yaml.safe_load((chart / "Chart.template.yaml").read_text())
    version = versions.CERT_MANAGER
    named = {**head, "version": version, "appVersion": version, "annotations": {}}
    (chart / "Chart.yaml").write_text(yaml.safe_dump(named))
    definitions = sorted((source / "crds").glob("crd-*.yaml"))
    joined = "\n---\n".join(file.read_text() for file in definitions)
    (chart / "templates" / "crds.yaml").write_text(
        "{{- if .Values.installCRDs }}\n" + joined + "\n{{- end }}\n"
    )


def _images(images: Images) -> tuple[str, ...]:
    parts = {
        "image": Part.CERT_MANAGER_CONTROLLER,
        "webhook.image": Part.CERT_MANAGER_WEBHOOK,
        "cainjector.image": Part.CERT_MANAGER_CAINJECTOR,
        "acmesolver.image": Part.CERT_MANAGER_ACMESOLVER,
    }
    names = {key: images.name(part).rpartition(":") for key, part in parts.items()}
    return tuple(
        text
        for key, (repository, _, tag) in names.items()
        for text in (f"{key}.repository={repository}", f"{key}.tag={tag}")
    )
