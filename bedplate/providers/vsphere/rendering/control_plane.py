"""The KubeadmControlPlane of a vSphere cluster and the template of its machines."""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.capi import kinds
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build
from bedplate.capi.rendering import (
    arguments,
    bottlerocket,
    encryption,
    files,
    identity,
    kubelet,
    mirror,
    nodes,
    policies,
    proxy,
)
from bedplate.capi.rendering import control_plane as common
from bedplate.capi.rendering.files import Fields
from bedplate.capi.rendering.versions import minor_of
from bedplate.ports.kube import JSON, Manifest
from bedplate.providers.vsphere.reading import (
    boot_format,
    datacenter_of,
    is_bottlerocket,
    machine_of,
    ref_name,
)
from bedplate.providers.vsphere.rendering.machine_template import machine_template
from bedplate.spec import FreeObject, VSphereMachineConfig

KUBE_VIP_NEEDS_SUPER_ADMIN = 29
"""The first minor version in which admin.conf is of no use until kubeadm has finished."""

SUPER_ADMIN = (
    "if [ -f /run/kubeadm/kubeadm.yaml ]; then sed -i "
    "'s#path: /etc/kubernetes/admin.conf#path: /etc/kubernetes/super-admin.conf#' "
    f"{files.KUBE_VIP}; fi"
)
"""Lets kube-vip in on the node that makes the cluster; the others join one that has rights."""


def control_plane(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the template of the machines and the KubeadmControlPlane."""
    spec = blueprint.spec
    config = machine_of(spec, ref_name(spec.control_plane.machine_group_ref))
    body: Fields = {
        "machineTemplate": common.machine_template(blueprint, kinds.VSPHERE_MACHINE_TEMPLATE),
        "kubeadmConfigSpec": _Node(blueprint, config).kubeadm(),
        "replicas": spec.control_plane.count,
        "rollout": common.rollout(spec),
        "version": blueprint.versions.distro.kubernetes.tag,
    }
    return (
        machine_template(spec, config, blueprint.templates.control_plane),
        build(
            kinds.KUBEADM_CONTROL_PLANE, spec.name, {"spec": body}, annotations=common.marks(spec)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Node:
    """One kind of control-plane node, with what its operating system changes."""

    blueprint: Blueprint
    config: VSphereMachineConfig

    @property
    def bottlerocket(self) -> bool:
        return is_bottlerocket(self.config)

    @property
    def layout(self) -> common.Layout:
        return common.BOTTLEROCKET if self.bottlerocket else common.CLOUD_INIT

    @property
    def patch(self) -> FreeObject | None:
        """The kubelet's settings, where they are a file; Bottlerocket takes them elsewhere."""
        given = self.blueprint.spec.control_plane.kubelet_configuration
        return None if self.bottlerocket else given

    def kubeadm(self) -> Fields:
        config = self.config.spec
        system, patches = self.system(), kubelet.patches(self.patch)
        registration: Fields = {"nodeRegistration": self.registration()}
        return {
            "clusterConfiguration": {**self.cluster_configuration(), **system},
            "files": list[JSON](self.files()),
            "initConfiguration": {**patches, **registration},
            "joinConfiguration": {**patches, **system, **registration},
            **nodes.time_servers(config.host_os_configuration),
            "preKubeadmCommands": list[JSON](self.commands()),
            "users": nodes.users(config.users, self.blueprint.ssh_key),
            "format": boot_format(self.config),
        }

    def system(self) -> Fields:
        """What only Bottlerocket is told."""
        if not self.bottlerocket:
            return {}
        spec = self.blueprint.spec
        return bottlerocket.node(
            spec,
            self.blueprint.versions,
            self.config.spec.host_os_configuration,
            spec.control_plane.kubelet_configuration,
            datacenter_of(spec).spec.server,
        )

    def cluster_configuration(self) -> Fields:
        spec, layout = self.blueprint.spec, self.layout
        folder: Fields = {"certificatesDir": f"{layout.folder}/pki"} if self.bottlerocket else {}
        cloud = arguments.EXTERNAL_CLOUD
        return {
            **common.cluster_configuration(self.blueprint, layout),
            "apiServer": common.api_server(self.blueprint, layout, external_cloud=True),
            "controllerManager": {
                "extraArgs": arguments.controller_manager(spec, cloud),
                **self.kubeconfig("controller-manager.conf"),
            },
            "scheduler": {
                "extraArgs": arguments.scheduler(),
                **self.kubeconfig("scheduler.conf"),
            },
            **folder,
        }

    def kubeconfig(self, name: str) -> Fields:
        """Mount a kubeconfig that Bottlerocket has in a folder that kubeadm does not expect."""
        if not self.bottlerocket:
            return {}
        path = f"{common.CLOUD_INIT.folder}/{name}"
        return {"extraVolumes": [common.read_only(self.layout, path, "kubeconfig")]}

    def registration(self) -> Fields:
        control = self.blueprint.spec.control_plane
        given = arguments.kubelet(
            self.blueprint.spec,
            control.labels,
            arguments.EXTERNAL_CLOUD,
            patched=self.patch is not None,
        )
        return nodes.registration(given, control.node_taints)

    def files(self) -> list[Fields]:
        spec = self.blueprint.spec
        image = self.blueprint.versions.bundle.v_sphere.kube_vip.uri
        return [
            *kubelet.patch_files(spec, self.patch),
            *encryption.files(spec),
            files.kube_vip(spec.endpoint, image, self.layout.admin_conf),
            *policies.admission_files(spec),
            policies.audit_policy_file(spec),
            *([] if self.bottlerocket else self.container_files()),
            *identity.aws_iam_files(spec),
        ]

    def container_files(self) -> list[Fields]:
        spec = self.blueprint.spec
        return [
            *proxy.containerd_files(spec, datacenter_of(spec).spec.server),
            *mirror.containerd_files(spec, self.blueprint.secrets.registry),
        ]

    def commands(self) -> list[str]:
        if self.bottlerocket:
            return list(nodes.NAMING)
        minor = minor_of(self.blueprint.versions.distro.kubernetes.tag)
        kube_vip = [SUPER_ADMIN] if minor >= KUBE_VIP_NEEDS_SUPER_ADMIN else []
        return [*nodes.container_commands(self.blueprint.spec), *nodes.NAMING, *kube_vip]
