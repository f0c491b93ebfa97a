"""The kinds of objects that the phases name (Cluster API contract v1beta2)."""

from __future__ import annotations

from bedplate.ports.kube import Kind

CORE = "cluster.x-k8s.io/v1beta2"
BOOTSTRAP = "bootstrap.cluster.x-k8s.io/v1beta2"
CONTROL_PLANE = "controlplane.cluster.x-k8s.io/v1beta2"
INFRASTRUCTURE = "infrastructure.cluster.x-k8s.io/v1beta1"
ETCD = "etcdcluster.cluster.x-k8s.io/v1beta1"
ANYWHERE = "anywhere.eks.amazonaws.com/v1alpha1"

NAMESPACE = Kind("v1", "Namespace")
SECRET = Kind("v1", "Secret")
CONFIG_MAP = Kind("v1", "ConfigMap")
NODE = Kind("v1", "Node")
DEPLOYMENT = Kind("apps/v1", "Deployment")
DAEMON_SET = Kind("apps/v1", "DaemonSet")
STORAGE_CLASS = Kind("storage.k8s.io/v1", "StorageClass")
CRD = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")

CLUSTER = Kind(CORE, "Cluster")
MACHINE = Kind(CORE, "Machine")
MACHINE_DEPLOYMENT = Kind(CORE, "MachineDeployment")
MACHINE_HEALTH_CHECK = Kind(CORE, "MachineHealthCheck")
KUBEADM_CONTROL_PLANE = Kind(CONTROL_PLANE, "KubeadmControlPlane")
KUBEADM_CONFIG_TEMPLATE = Kind(BOOTSTRAP, "KubeadmConfigTemplate")
ETCDADM_CLUSTER = Kind(ETCD, "EtcdadmCluster")
VSPHERE_CLUSTER = Kind(INFRASTRUCTURE, "VSphereCluster")
VSPHERE_MACHINE_TEMPLATE = Kind(INFRASTRUCTURE, "VSphereMachineTemplate")

ANYWHERE_CLUSTER = Kind(ANYWHERE, "Cluster")
GIT_REPOSITORY = Kind("source.toolkit.fluxcd.io/v1", "GitRepository")
KUSTOMIZATION = Kind("kustomize.toolkit.fluxcd.io/v1", "Kustomization")

CLUSTER_NAME_LABEL = "cluster.x-k8s.io/cluster-name"
CONTROL_PLANE_LABEL = "cluster.x-k8s.io/control-plane"
ETCD_LABEL = "cluster.x-k8s.io/etcd-cluster"
DEPLOYMENT_NAME_LABEL = "cluster.x-k8s.io/deployment-name"
MOVE_LABEL = "clusterctl.cluster.x-k8s.io/move"
