"""An EKS Distro release: the Kubernetes, etcd and CoreDNS of one version of a bundle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.bundles.artifacts import Document, Image
from bedplate.errors import Owner, PermanentError

DISTRO_API = "distro.eks.amazonaws.com/v1alpha1"
DISTRO_KIND = "Release"


class ImageUri(Document):
    """An image of an EKS Distro asset."""

    uri: str = ""
    image_digest: str = ""


class ArchiveUri(Document):
    """An archive of an EKS Distro asset, with its digests in hexadecimal."""

    uri: str = ""
    sha256: str = ""
    sha512: str = ""


class Asset(Document):
    """One image or archive of a component."""

    name: str
    type: str = ""
    os: str = ""
    arch: tuple[str, ...] = ()
    image: ImageUri | None = None
    archive: ArchiveUri | None = None


class Component(Document):
    """One component, such as `etcd`, at the upstream tag it was built from."""

    name: str
    git_tag: str = ""
    assets: tuple[Asset, ...] = ()


class ReleaseSpec(Document):
    """Which release this is: `1-34` and its number."""

    channel: str = ""
    number: int = 0


class ReleaseStatus(Document):
    """What it consists of."""

    date: str = ""
    components: tuple[Component, ...] = ()


class Metadata(Document):
    """The release's name, such as `kubernetes-1-34-eks-12`: the tag that templates carry."""

    name: str = ""


class DistroRelease(Document):
    """The `Release` of distro.eks.amazonaws.com/v1alpha1."""

    metadata: Metadata = Metadata()
    spec: ReleaseSpec = ReleaseSpec()
    status: ReleaseStatus = ReleaseStatus()


@dataclass(frozen=True, slots=True)
class KubeDistro:
    """What objects are rendered from. `kubernetes` has the version as tag: `v1.34.1-eks-1-34-12`.

    Its repository is that of kube-apiserver without the last part. `etcd_version` is etcd's own
    version without the leading v, `etcd_url` its archive for amd64; both serve external etcd.
    """

    name: str
    kubernetes: Image
    kube_proxy: Image
    coredns: Image
    etcd: Image
    pause: Image
    aws_iam_authenticator: Image
    etcd_version: str
    etcd_url: str


def images(release: DistroRelease) -> Iterator[Image]:
    """Yield every image of a release."""
    for component in release.status.components:
        for asset in component.assets:
            if asset.image is not None and asset.image.uri:
                yield _image(asset, asset.image)


def kube_distro(release: DistroRelease, uri: str) -> KubeDistro:
    """Return what a release has for rendering; `uri` is where it was read.

    Raises:
        PermanentError: DISTRO_INCOMPLETE, the release lacks an image that every cluster needs.
    """
    found = {image.name: image for image in images(release)}

    def image(name: str) -> Image:
        if name not in found:
            raise _incomplete(release, uri, name)
        return found[name]

    server = image("kube-apiserver-image")
    etcd_version, etcd_url = _etcd(release)
    return KubeDistro(
        name=release.metadata.name,
        kubernetes=Image(
            name="kubernetes", uri=f"{server.repository.rpartition('/')[0]}:{server.tag}"
        ),
        kube_proxy=image("kube-proxy-image"),
        coredns=image("coredns-image"),
        etcd=image("etcd-image"),
        pause=image("pause-image"),
        aws_iam_authenticator=image("aws-iam-authenticator-image"),
        etcd_version=etcd_version,
        etcd_url=etcd_url,
    )


def _image(asset: Asset, image: ImageUri) -> Image:
    return Image(
        name=asset.name,
        os=asset.os,
        arch=asset.arch,
        uri=image.uri,
        image_digest=image.image_digest,
    )


def _etcd(release: DistroRelease) -> tuple[str, str]:
    """Return etcd's version and where its archive for amd64 is; empty where it has none."""
    etcd = next((c for c in release.status.components if c.name == "etcd"), Component(name="etcd"))
    url = ""
    for asset in etcd.assets:
        if asset.archive is not None and asset.arch[:1] == ("amd64",):
            url = asset.archive.uri
    return etcd.git_tag.removeprefix("v"), url


def _incomplete(release: DistroRelease, uri: str, asset: str) -> PermanentError:
    return PermanentError(
        "DISTRO_INCOMPLETE",
        f"{uri}: asset {asset} is not present in EKS Distro release {release.spec.channel}",
        why="every cluster runs this image",
        remedy="use a bundle whose eksD.manifestUrl names a complete EKS Distro release",
        owner=Owner.PLATFORM,
    )
