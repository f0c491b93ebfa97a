"""What each component of the simulated bundle consists of: versions as data, in one table.

Groups, kinds, scopes, namespaces and names of Deployments are those of the real components; there
is no more in them than phases and controllers look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bedplate.ports.components import Component

REGISTRY = "public.ecr.aws/eks-anywhere"
CORE_VERSIONS = ("v1beta1", "v1beta2")


@dataclass(frozen=True, slots=True)
class Definition:
    """One CustomResourceDefinition; the last version is the one that is stored."""

    group: str
    kinds: tuple[str, ...]
    versions: tuple[str, ...] = ("v1",)
    cluster_scoped: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workload:
    """One Deployment or DaemonSet and its image."""

    name: str
    image: str
    kind: str = "Deployment"
    host_network: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """What a component consists of. `provider` is its Cluster API provider label."""

    version: str
    namespace: str
    workloads: tuple[Workload, ...]
    definitions: tuple[Definition, ...] = ()
    provider: str = ""


MOVE = "clusterctl.cluster.x-k8s.io/move"
MOVE_HIERARCHY = "clusterctl.cluster.x-k8s.io/move-hierarchy"
CERT_MANAGER = ("Certificate", "CertificateRequest", "Issuer")
_CAPI = "kubernetes-sigs/cluster-api"
_CAPV = "kubernetes-sigs/cluster-api-provider-vsphere/release/manager"
_ETCDADM = "aws"

# The release after the usual one: other versions of what manages machines, none of theirs.
NEXT_VERSIONS: Mapping[Component, str] = {
    Component.CERT_MANAGER: "v1.18.4",
    Component.CLUSTER_API: "v1.11.3",
    Component.KUBEADM_BOOTSTRAP: "v1.11.3",
    Component.KUBEADM_CONTROL_PLANE: "v1.11.3",
    Component.VSPHERE: "v1.14.1",
    Component.EKS_ANYWHERE: "v0.27.0",
    Component.CILIUM: "v1.18.5-eksa.0",
    Component.CILIUM_PREFLIGHT: "v1.18.5-eksa.0",
}

TABLE: Mapping[Component, Bill] = {
    Component.CERT_MANAGER: Bill(
        version="v1.18.2",
        namespace="cert-manager",
        workloads=tuple(
            Workload(f"cert-manager{part}", f"cert-manager/cert-manager-{image}")
            for part, image in (
                ("", "controller"),
                ("-cainjector", "cainjector"),
                ("-webhook", "webhook"),
            )
        ),
        definitions=(
            Definition("cert-manager.io", CERT_MANAGER),
            Definition("cert-manager.io", ("ClusterIssuer",), cluster_scoped=True),
            Definition("acme.cert-manager.io", ("Challenge", "Order")),
        ),
    ),
    Component.CLUSTER_API: Bill(
        version="v1.11.1",
        namespace="capi-system",
        workloads=(Workload("capi-controller-manager", f"{_CAPI}/cluster-api-controller"),),
        definitions=(
            Definition(
                "cluster.x-k8s.io",
                (
                    "Cluster",
                    "Machine",
                    "MachineDeployment",
                    "MachineDrainRule",
                    "MachineHealthCheck",
                    "MachinePool",
                    "MachineSet",
                ),
                CORE_VERSIONS,
            ),
            Definition(
                "cluster.x-k8s.io", ("ClusterClass",), CORE_VERSIONS, labels=(MOVE_HIERARCHY,)
            ),
            Definition(
                "addons.cluster.x-k8s.io",
                ("ClusterResourceSet", "ClusterResourceSetBinding"),
                CORE_VERSIONS,
            ),
            Definition("ipam.cluster.x-k8s.io", ("IPAddress", "IPAddressClaim"), CORE_VERSIONS),
            Definition(
                "runtime.cluster.x-k8s.io", ("ExtensionConfig",), CORE_VERSIONS, cluster_scoped=True
            ),
        ),
        provider="cluster-api",
    ),
    Component.KUBEADM_BOOTSTRAP: Bill(
        version="v1.11.1",
        namespace="capi-kubeadm-bootstrap-system",
        workloads=(
            Workload(
                "capi-kubeadm-bootstrap-controller-manager", f"{_CAPI}/kubeadm-bootstrap-controller"
            ),
        ),
        definitions=(
            Definition(
                "bootstrap.cluster.x-k8s.io",
                ("KubeadmConfig", "KubeadmConfigTemplate"),
                CORE_VERSIONS,
            ),
        ),
        provider="bootstrap-kubeadm",
    ),
    Component.KUBEADM_CONTROL_PLANE: Bill(
        version="v1.11.1",
        namespace="capi-kubeadm-control-plane-system",
        workloads=(
            Workload(
                "capi-kubeadm-control-plane-controller-manager",
                f"{_CAPI}/kubeadm-control-plane-controller",
            ),
        ),
        definitions=(
            Definition(
                "controlplane.cluster.x-k8s.io",
                ("KubeadmControlPlane", "KubeadmControlPlaneTemplate"),
                CORE_VERSIONS,
            ),
        ),
        provider="control-plane-kubeadm",
    ),
    Component.ETCDADM_BOOTSTRAP: Bill(
        version="v1.0.18",
        namespace="etcdadm-bootstrap-provider-system",
        workloads=(
            Workload(
                "etcdadm-bootstrap-provider-controller-manager",
                f"{_ETCDADM}/etcdadm-bootstrap-provider",
            ),
        ),
        definitions=(
            Definition(
                "bootstrap.cluster.x-k8s.io",
                ("EtcdadmConfig", "EtcdadmConfigTemplate"),
                ("v1beta1",),
            ),
        ),
        provider="bootstrap-etcdadm-bootstrap",
    ),
    Component.ETCDADM_CONTROLLER: Bill(
        version="v1.0.27",
        namespace="etcdadm-controller-system",
        workloads=(
            Workload("etcdadm-controller-controller-manager", f"{_ETCDADM}/etcdadm-controller"),
        ),
        definitions=(
            Definition("etcdcluster.cluster.x-k8s.io", ("EtcdadmCluster",), ("v1beta1",)),
        ),
        provider="bootstrap-etcdadm-controller",
    ),
    Component.VSPHERE: Bill(
        version="v1.14.0",
        namespace="capv-system",
        workloads=(Workload("capv-controller-manager", _CAPV),),
        definitions=(
            Definition(
                "infrastructure.cluster.x-k8s.io",
                (
                    "VSphereCluster",
                    "VSphereClusterTemplate",
                    "VSphereMachine",
                    "VSphereMachineTemplate",
                    "VSphereVM",
                ),
                ("v1beta1",),
            ),
            Definition(
                "infrastructure.cluster.x-k8s.io",
                ("VSphereClusterIdentity",),
                ("v1beta1",),
                cluster_scoped=True,
                labels=(MOVE_HIERARCHY,),
            ),
            Definition(
                "infrastructure.cluster.x-k8s.io",
                ("VSphereDeploymentZone", "VSphereFailureDomain"),
                ("v1beta1",),
                cluster_scoped=True,
                labels=(MOVE,),
            ),
        ),
        provider="infrastructure-vsphere",
    ),
    Component.DOCKER: Bill(
        version="v1.11.1",
        namespace="capd-system",
        workloads=(Workload("capd-controller-manager", f"{_CAPI}/capd-manager"),),
        definitions=(
            Definition(
                "infrastructure.cluster.x-k8s.io",
                (
                    "DockerCluster",
                    "DockerClusterTemplate",
                    "DockerMachine",
                    "DockerMachineTemplate",
                ),
                CORE_VERSIONS,
            ),
        ),
        provider="infrastructure-docker",
    ),
    Component.CILIUM: Bill(
        version="v1.18.3-eksa.0",
        namespace="kube-system",
        workloads=(
            Workload("cilium-operator", "isovalent/operator", host_network=True),
            Workload("cilium", "isovalent/cilium", "DaemonSet", host_network=True),
        ),
    ),
    Component.CILIUM_PREFLIGHT: Bill(
        version="v1.18.3-eksa.0",
        namespace="kube-system",
        workloads=(
            Workload("cilium-pre-flight-check", "isovalent/cilium", "DaemonSet", host_network=True),
            Workload("cilium-pre-flight-check", "isovalent/cilium", host_network=True),
        ),
    ),
    Component.VSPHERE_CSI: Bill(
        version="v3.5.0",
        namespace="vmware-system-csi",
        workloads=(
            Workload("vsphere-csi-controller", "kubernetes-sigs/vsphere-csi-driver/csi-driver"),
            Workload(
                "vsphere-csi-node", "kubernetes-sigs/vsphere-csi-driver/csi-driver", "DaemonSet"
            ),
        ),
    ),
    Component.EKS_ANYWHERE: Bill(
        version="v0.26.0",
        namespace="eksa-system",
        workloads=(Workload("eksa-controller-manager", "eks-anywhere-cluster-controller"),),
        definitions=(
            Definition(
                "anywhere.eks.amazonaws.com",
                (
                    "AWSIamConfig",
                    "Bundles",
                    "Cluster",
                    "ControlPlaneUpgrade",
                    "DockerDatacenterConfig",
                    "EKSARelease",
                    "FluxConfig",
                    "GitOpsConfig",
                    "MachineDeploymentUpgrade",
                    "OIDCConfig",
                    "VSphereDatacenterConfig",
                    "VSphereMachineConfig",
                ),
                ("v1alpha1",),
            ),
            Definition("distro.eks.amazonaws.com", ("Release", "ReleaseChannel"), ("v1alpha1",)),
        ),
    ),
    Component.FLUX: Bill(
        version="v2.6.4",
        namespace="flux-system",
        workloads=tuple(
            Workload(f"{name}-controller", f"fluxcd/{name}-controller")
            for name in ("helm", "kustomize", "notification", "source")
        ),
        definitions=(
            Definition(
                "source.toolkit.fluxcd.io",
                ("Bucket", "GitRepository", "HelmChart", "HelmRepository", "OCIRepository"),
            ),
            Definition("kustomize.toolkit.fluxcd.io", ("Kustomization",)),
            Definition("helm.toolkit.fluxcd.io", ("HelmRelease",), ("v2",)),
            Definition("notification.toolkit.fluxcd.io", ("Alert", "Provider"), ("v1beta3",)),
        ),
    ),
    Component.PACKAGES: Bill(
        version="v0.4.28",
        namespace="eksa-packages",
        workloads=(Workload("eks-anywhere-packages", "eks-anywhere-packages"),),
        definitions=(
            Definition(
                "packages.eks.amazonaws.com",
                ("Package", "PackageBundle", "PackageBundleController"),
                ("v1alpha1",),
            ),
        ),
    ),
}
