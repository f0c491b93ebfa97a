"""A release, a bundle and its EKS Distro releases as EKS Anywhere publishes them, but small."""

import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec

from bedplate.bundles.documents import Table, read
from bedplate.bundles.keys import PublicKey
from bedplate.bundles.resolve import Keys, Request
from bedplate.bundles.signature import sign_bundle
from bedplate.errors import PermanentError

SHARED = Path(__file__).parents[4] / "shared" / "eksa"
BASE = "https://assets.example.com"
REGISTRY = "public.ecr.aws/eks-anywhere"
DISTRO = "public.ecr.aws/eks-distro"
SHA256 = "sha256:" + "ab" * 32
NOW = datetime(2026, 11, 23, tzinfo=UTC)

RELEASES: Table = {
    "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
    "kind": "Release",
    "metadata": {"name": "eks-anywhere"},
    "spec": {
        "latestVersion": "v0.26.0",
        "releases": [
            {
                "version": version,
                "number": number,
                "date": "2026-10-01T00:00:00Z",
                "bundleManifestUrl": f"{BASE}/releases/bundles/{number}/manifest.yaml",
            }
            for number, version in ((99, "v0.25.2"), (100, "v0.26.0"))
        ],
    },
}


def provider(name: str, version: str) -> Table:
    folder = f"{BASE}/artifacts/{name}/{version}"
    return {
        "version": version,
        "controller": {"uri": f"{REGISTRY}/{name}/controller:{version}", "imageDigest": SHA256},
        "components": {"uri": f"{folder}/{name}-components.yaml"},
        "metadata": {"uri": f"{folder}/metadata.yaml"},
    }


def versions_bundle(version: str, number: int) -> Table:
    channel = version.replace(".", "-")
    release = f"kubernetes-{channel}-eks-{number}"
    return {
        "kubeVersion": version,
        "endOfStandardSupport": "2027-03-01",
        "eksD": {
            "name": release,
            "channel": channel,
            "kubeVersion": f"v{version}.1",
            "manifestUrl": f"{BASE}/kubernetes-{channel}/{release}.yaml",
            "components": f"{BASE}/crds/releases.yaml",
            "kindNode": {"uri": f"{REGISTRY}/kind/node:{release}", "imageDigest": SHA256},
            "ova": {
                "bottlerocket": {
                    "uri": f"{BASE}/ova/bottlerocket-{release}.ova",
                    "sha256": "cd" * 32,
                    "sha512": "ef" * 64,
                }
            },
        },
        "clusterAPI": provider("cluster-api", "v1.11.1"),
        "vSphere": provider("vsphere", "v1.14.0"),
        "cilium": {
            "cilium": {"uri": f"{DISTRO}/cilium/cilium:v1.17.6", "imageDigest": SHA256},
            "helmChart": {"uri": f"{DISTRO}/cilium/cilium-chart:1.17.6", "imageDigest": SHA256},
        },
        "bottlerocketBootstrapContainers": {"vsphereMultiNetworkBootstrap": {}},
    }


BUNDLE: Table = {
    "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
    "kind": "Bundles",
    "metadata": {"name": "bundles-100", "creationTimestamp": None},
    "spec": {
        "number": 100,
        "cliMinVersion": "v0.26.0",
        "cliMaxVersion": "v0.26.0",
        "versionsBundles": [versions_bundle("1.33", 24), versions_bundle("1.34", 12)],
    },
    "status": {},
}

ASSETS = {
    "kube-apiserver-image": "kubernetes/kube-apiserver:v{v}.1",
    "kube-proxy-image": "kubernetes/kube-proxy:v{v}.1",
    "pause-image": "kubernetes/pause:v{v}.1",
    "coredns-image": "coredns/coredns:v1.12.1",
    "aws-iam-authenticator-image": "kubernetes-sigs/aws-iam-authenticator:v0.7.4",
}


def distro(version: str, number: int) -> Any:
    channel = version.replace(".", "-")
    end = f"-eks-{channel}-{number}"

    def image(name, uri):
        found = {"uri": f"{DISTRO}/{uri.format(v=version)}{end}", "imageDigest": SHA256}
        return {"name": name, "type": "Image", "os": "linux", "arch": ["amd64"], "image": found}

    archives = [
        {
            "name": f"etcd-linux-{arch}.tar.gz",
            "type": "Archive",
            "arch": [arch],
            "archive": {"uri": f"{BASE}/etcd-{arch}.tar.gz", "sha256": "12" * 32},
        }
        for arch in ("amd64", "arm64")
    ]
    etcd = [*archives, image("etcd-image", "etcd-io/etcd:v3.6.4")]
    return {
        "apiVersion": "distro.eks.amazonaws.com/v1alpha1",
        "kind": "Release",
        "metadata": {"name": f"kubernetes-{channel}-eks-{number}"},
        "spec": {"channel": channel, "number": number},
        "status": {
            "components": [
                {
                    "name": "kubernetes",
                    "gitTag": f"v{version}.1",
                    "assets": [image(*pair) for pair in ASSETS.items()],
                },
                {"name": "etcd", "gitTag": "v3.6.4", "assets": etcd},
            ]
        },
    }


def dump(data):
    return yaml.safe_dump(data, sort_keys=False).encode()


@dataclass
class Shelf:
    """A source in memory; remembers what was asked for."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def read(self, uri):
        self.asked.append(uri)
        if uri not in self.files:
            raise PermanentError("SOURCE_MISSING", f"{uri} is not there")
        return self.files[uri]


class Files:
    """A source of plain paths."""

    def read(self, uri):
        return Path(uri).read_bytes()


@dataclass
class Published:
    """What a publisher with a key of its own has on its shelf."""

    key: ec.EllipticCurvePrivateKey
    shelf: Shelf
    bundle: Table

    @property
    def public(self):
        return PublicKey(self.key.public_key())

    def publish(self, bundle):
        """Put another bundle, signed, in the place of the first."""
        self.bundle = sign_bundle(bundle, self.key)
        self.shelf.files[f"{BASE}/releases/bundles/100/manifest.yaml"] = dump(self.bundle)

    def request(self, *versions, **more):
        keys = Keys(self.public, self.public, self.public)
        usual = Request(now=NOW, kubernetes_versions=versions, releases="r", keys=keys)
        return replace(usual, **more)


@pytest.fixture(scope="session")
def signing_key():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def published(signing_key):
    """A release manifest at `r`, its bundle, and the EKS Distro releases of 1.33 and 1.34."""
    shelf = Shelf({"r": dump(RELEASES)})
    for version, number in (("1.33", 24), ("1.34", 12)):
        channel = version.replace(".", "-")
        uri = f"{BASE}/kubernetes-{channel}/kubernetes-{channel}-eks-{number}.yaml"
        shelf.files[uri] = dump(distro(version, number))
    shelf.files[f"{BASE}/crds/releases.yaml"] = b"kind: CustomResourceDefinition\n"
    found = Published(signing_key, shelf, {})
    found.publish(copy.deepcopy(BUNDLE))
    return found


@pytest.fixture
def bundle():
    """The unsigned bundle, to change."""
    return copy.deepcopy(BUNDLE)


@pytest.fixture
def written():
    """Read plain data as a manifest at an address."""
    return lambda data, uri="b.yaml": read(dump(data), uri)


@pytest.fixture(scope="session")
def shared():
    """Give the folder of EKS Anywhere's own files."""
    if not SHARED.is_dir():
        pytest.skip(f"EKS Anywhere's own bundles are not at {SHARED}")
    return SHARED / "bundles"
