"""What `--output json` writes for bundles; documented with the others in docs/reference/cli.md."""

from __future__ import annotations

from pydantic import Field

from deployments.cli.reports import ErrorReport, Report


class ImageReport(Report):
    """An image or a chart."""

    uri: str
    digest: str = Field(description="sha256:…; empty where no manifest names it")
    form: str = Field(description="image or chart")
    kubernetes_versions: tuple[str, ...]
    mirror: str | None = Field(description="its name in the specification's registry mirror")


class KubernetesReport(Report):
    """One Kubernetes version of a bundle."""

    version: str
    release: str = Field(description="the EKS Distro release's name, which templates carry")
    kubernetes: str = Field(description="the full version, such as v1.34.1")
    end_of_standard_support: str
    extended: bool = Field(description="whether standard support has ended")
    asked_for: bool
    manifest: str = Field(description="the address of the EKS Distro release")
    manifest_sha256: str | None = Field(description="null where it was not read")


class BundleReport(Report):
    """`bedplate bundles`."""

    number: int
    eksa_version: str = Field(description="empty with a bundle that no release names")
    source: str
    sha256: str = Field(description="of the bundle's bytes")
    digest: str = Field(description="of the bundle and of the EKS Distro releases that were read")
    signature: str = Field(description="verified, unsigned or bad")
    key: str = Field(description="the beginning of the SHA-256 of the public key")
    not_signed: tuple[str, ...] = Field(description="the paths that the signature leaves out")
    kubernetes: tuple[KubernetesReport, ...]
    images: tuple[ImageReport, ...]
    findings: tuple[ErrorReport, ...] = Field(description="what `verify` refuses")
    notes: tuple[str, ...]


class ImagesReport(Report):
    """`bedplate list images`."""

    images: tuple[ImageReport, ...] = Field(description="sorted, each once")


class OvaReport(Report):
    """A virtual machine image."""

    kubernetes_version: str
    os: str
    uri: str
    sha256: str
    sha512: str


class OvasReport(Report):
    """`bedplate list ovas`."""

    ovas: tuple[OvaReport, ...]


class ManifestReport(Report):
    """One downloaded manifest."""

    uri: str
    path: str = Field(description="below the folder")


class DownloadReport(Report):
    """`bedplate download artifacts`."""

    folder: str | None = Field(description="null where it was not kept")
    archive: str | None = Field(description="null with --dry-run")
    bytes: int
    signature: str = Field(description="of the bundle that was written")
    manifests: tuple[ManifestReport, ...]


BUNDLE_DOCUMENTS: dict[str, type[Report]] = {
    "bundles": BundleReport,
    "list images": ImagesReport,
    "list ovas": OvasReport,
    "download artifacts": DownloadReport,
}
