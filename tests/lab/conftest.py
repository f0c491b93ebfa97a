"""A lab's bundle as the lab makes it, with made-up digests: no image and no Go is needed for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bedplate.adapters.fetching import Fetcher, Network, Web
from bedplate.bundles.keys import public_key
from bedplate.bundles.resolve import Keys, Request, Resolution, look_up
from lab import artifacts, versions
from lab.artifacts import File, Manifests, Provider
from lab.authority import Authority
from lab.bundle import Chart, Contents, Published, publish
from lab.images import Images
from lab.server import serving
from lab.signing import PUBLIC, signing_key
from tests.sshd import plane as plane

IMAGES = Images("198.18.0.1:5000")
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def manifests() -> Manifests:
    """Manifests in the place of the real ones, each with a text of its own."""

    def provider(name: str, version: str) -> Provider:
        return Provider.of(name, version, f"kind: Namespace # {name}\n", f"kind: Metadata # {name}")

    return Manifests(
        File("cert-manager", versions.CERT_MANAGER, "cert-manager.yaml", "kind: Namespace\n"),
        provider("cluster-api", versions.CLUSTER_API),
        provider("bootstrap-kubeadm", versions.CLUSTER_API),
        provider("control-plane-kubeadm", versions.CLUSTER_API),
        provider("infrastructure-vsphere", versions.CLUSTER_API_VSPHERE),
        artifacts.eksa_components("kind: Namespace # eksa\n"),
        artifacts.distro_crds("kind: CustomResourceDefinition\n"),
    )


def contents(base: str) -> Contents:
    """What a lab at this base URL would publish."""
    digests = {
        uri: f"sha256:{number:064x}" for number, uri in enumerate(IMAGES.all(versions.KUBERNETES))
    }
    chart = Chart(f"{IMAGES.chart_folder()}/cilium:{versions.CILIUM_CHART}", f"sha256:{'c' * 64}")
    return Contents(base, IMAGES, digests, manifests(), chart, versions.KUBERNETES)


@dataclass(frozen=True)
class Lab:
    """A lab's folder, served over https."""

    folder: Path
    base: str
    ca_file: Path
    public: Path
    published: Published

    def source(self) -> Fetcher:
        return Fetcher(Web(Network(ca_file=self.ca_file)))

    def look_up(self, *kubernetes_versions: str) -> Resolution:
        """Resolve as in production, with the lab's key in the place of EKS Anywhere's."""
        key = public_key(self.public.read_text())
        asked = kubernetes_versions or tuple(one.minor for one in versions.KUBERNETES)
        where = self.published.releases
        keys = Keys(bundle=key, distro=key)
        return look_up(self.source(), Request(NOW, asked, releases=where, keys=keys))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A served lab bundle."""
    state, served = tmp_path / "state", tmp_path / "served"
    served.mkdir()
    authority = Authority.of(state)
    leaf = authority.leaf("server", ["127.0.0.1"])
    with serving(served, ("127.0.0.1", 0), leaf) as base:
        published = publish(served, contents(base), signing_key(state))
        yield Lab(served, base, authority.files.certificate, state / PUBLIC, published)
