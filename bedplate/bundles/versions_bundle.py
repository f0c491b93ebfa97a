"""One Kubernetes version's part of a bundle: every component that clusters of it are made of.

Names are those of the `Bundles` kind of EKS Anywhere (its CRD is the schema).
"""

from __future__ import annotations

from pydantic import Field

from bedplate.bundles.artifacts import Archive, Document, Image, Manifest

NO_IMAGE = Image()
NO_MANIFEST = Manifest()


class Ova(Document):
    """Virtual machine images by operating system."""

    bottlerocket: Archive = Archive()


class EksDistro(Document):
    """Where the EKS Distro release is, and the images and archives made from it."""

    name: str = ""
    channel: str = ""
    kube_version: str = ""
    manifest_url: str = ""
    git_commit: str = ""
    components: str = ""
    kind_node: Image = NO_IMAGE
    ova: Ova = Ova()
    raw: Ova = Ova()
    ami: Ova = Ova()
    etcdadm: Archive = Archive()
    crictl: Archive = Archive()
    containerd: Archive = Archive()
    imagebuilder: Archive = Archive()


class CertManager(Document):
    """cert-manager."""

    version: str = ""
    acmesolver: Image = NO_IMAGE
    cainjector: Image = NO_IMAGE
    controller: Image = NO_IMAGE
    ctl: Image = NO_IMAGE
    startupapicheck: Image = NO_IMAGE
    webhook: Image = NO_IMAGE
    manifest: Manifest = NO_MANIFEST


class CapiProvider(Document):
    """A Cluster API provider: its images, its components and the metadata clusterctl reads."""

    version: str = ""
    controller: Image = NO_IMAGE
    kube_proxy: Image = NO_IMAGE
    components: Manifest = NO_MANIFEST
    metadata: Manifest = NO_MANIFEST


class VSphere(Document):
    """The vSphere provider; `manager` is the cloud provider's image (CPI)."""

    version: str = ""
    cluster_api_controller: Image = Field(NO_IMAGE, alias="clusterAPIController")
    kube_proxy: Image = NO_IMAGE
    manager: Image = NO_IMAGE
    kube_vip: Image = NO_IMAGE
    components: Manifest = NO_MANIFEST
    metadata: Manifest = NO_MANIFEST
    cluster_template: Manifest = NO_MANIFEST


class Docker(Document):
    """The Docker provider."""

    version: str = ""
    manager: Image = NO_IMAGE
    kube_proxy: Image = NO_IMAGE
    components: Manifest = NO_MANIFEST
    cluster_template: Manifest = NO_MANIFEST
    metadata: Manifest = NO_MANIFEST


class Eksa(Document):
    """EKS Anywhere's own components."""

    version: str = ""
    cli_tools: Image = NO_IMAGE
    cluster_controller: Image = NO_IMAGE
    diagnostic_collector: Image = NO_IMAGE
    components: Manifest = NO_MANIFEST


class Cilium(Document):
    """The container network interface."""

    version: str = ""
    cilium: Image = NO_IMAGE
    operator: Image = NO_IMAGE
    manifest: Manifest = NO_MANIFEST
    helm_chart: Image = NO_IMAGE


class Kindnetd(Document):
    """The container network interface of Docker clusters."""

    version: str = ""
    manifest: Manifest = NO_MANIFEST


class Flux(Document):
    """The GitOps toolkit."""

    version: str = ""
    source_controller: Image = NO_IMAGE
    kustomize_controller: Image = NO_IMAGE
    helm_controller: Image = NO_IMAGE
    notification_controller: Image = NO_IMAGE


class PackageController(Document):
    """The controller of curated packages."""

    version: str = ""
    package_controller: Image = NO_IMAGE
    token_refresher: Image = NO_IMAGE
    credential_provider_package: Image = NO_IMAGE
    helm_chart: Image = NO_IMAGE


class HostContainers(Document):
    """Bottlerocket's host containers and the one that runs kubeadm at boot."""

    admin: Image = NO_IMAGE
    control: Image = NO_IMAGE
    kubeadm_bootstrap: Image = NO_IMAGE


class BootstrapContainers(Document):
    """Containers that Bottlerocket runs at boot before kubeadm; bundles before v0.25 have none."""

    multi_network_bootstrap: Image = NO_IMAGE


class Haproxy(Document):
    """The load balancer of Docker clusters."""

    image: Image = NO_IMAGE


class Upgrader(Document):
    """The image of in-place upgrades."""

    upgrader: Image = NO_IMAGE


class VersionsBundle(Document):
    """Everything for one Kubernetes minor version, such as `1.34`."""

    kube_version: str
    end_of_standard_support: str = ""
    eks_d: EksDistro = EksDistro()
    cert_manager: CertManager = CertManager()
    cluster_api: CapiProvider = Field(CapiProvider(), alias="clusterAPI")
    bootstrap: CapiProvider = CapiProvider()
    control_plane: CapiProvider = CapiProvider()
    etcdadm_bootstrap: CapiProvider = CapiProvider()
    etcdadm_controller: CapiProvider = CapiProvider()
    v_sphere: VSphere = VSphere()
    docker: Docker = Docker()
    eksa: Eksa = Eksa()
    cilium: Cilium = Cilium()
    kindnetd: Kindnetd = Kindnetd()
    flux: Flux = Flux()
    package_controller: PackageController = PackageController()
    bottlerocket_host_containers: HostContainers = HostContainers()
    bottlerocket_bootstrap_containers: BootstrapContainers = BootstrapContainers()
    haproxy: Haproxy = Haproxy()
    upgrader: Upgrader = Upgrader()
