"""What the lab's bundle consists of, by version: the one place where a version is written.

The versions of Go modules are those of the parts that are built from them (lab/README.md).
"""

from __future__ import annotations

from dataclasses import dataclass

EKSA = "v0.26.0"
"""The release of EKS Anywhere that the lab's release manifest calls its own."""

BUNDLE = 1
RELEASED = "2026-11-01T00:00:00Z"
"""Written into the manifests: the same parts are the same bytes, whenever they are made."""

END_OF_SUPPORT = "2046-11-01"
"""The lab sells no extended support, so no run of it ever meets the end of the standard one."""

CERT_MANAGER = "v1.11.5"
CILIUM = "v1.19.0"
CILIUM_CHART = "1.19.0-0"
"""Cilium's chart with the lab's own defaults, therefore not the version of upstream's chart."""

CLUSTER_API = "v1.11.1"
CLUSTER_API_VSPHERE = "v1.14.0"
KUBE_VIP = "v0.9.2"

DEBIAN = "trixie"
"""What the machines consist of; its systemd is the last that starts on cgroups of version 1."""


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """One Kubernetes minor version and its EKS Distro release, number `number`."""

    minor: str
    patch: str
    number: int
    etcd: str
    coredns: str
    cloud_provider: str
    pause: str
    """The tag of the pause image that its kubeadm asks for, whatever the release calls it."""

    @property
    def channel(self) -> str:
        """Return the EKS Distro channel, such as `1-34`."""
        return self.minor.replace(".", "-")

    @property
    def name(self) -> str:
        """Return the name of the EKS Distro release, the tag that templates carry."""
        return f"kubernetes-{self.channel}-eks-{self.number}"

    @property
    def folder(self) -> str:
        """Return the folder below `lab/go` whose module pins what it is built from."""
        return f"kubernetes-{self.minor}"

    def program(self, name: str) -> str:
        """Return what the lab calls one of its programs, such as `kubelet-1.34`."""
        return f"{name}-{self.minor}"

    @property
    def tag(self) -> str:
        """Return the version that Kubernetes' programs tell, which is their images' tag too."""
        return f"{self.patch}-{self.suffix}"

    @property
    def suffix(self) -> str:
        """Return what the tags of its images end with."""
        return f"eks-{self.channel}-{self.number}"


KUBERNETES = (
    #          minor   patch       no. etcd      CoreDNS    cloud prov. pause
    Kubernetes("1.34", "v1.34.4",  1, "v3.6.5", "v1.12.1", "v1.34.0", "3.10.1"),
    Kubernetes("1.33", "v1.33.13", 1, "v3.6.5", "v1.12.1", "v1.34.0", "3.10"),
)  # fmt: skip
"""All that the lab knows, the newest first; a line more is a folder `go/kubernetes-…` more."""

USUAL = KUBERNETES[:1]
"""What is built unless more is asked for: another version costs half an hour of building."""

NEWEST = KUBERNETES[0]
