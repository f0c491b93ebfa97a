"""Worker node groups: what a node is told, how many there are, and what they are cloned from."""

from __future__ import annotations

from bedplate.capi import kinds, names
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build, group_ref
from bedplate.capi.rendering import arguments, bottlerocket, kubelet, mirror, nodes, proxy
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
from bedplate.providers.vsphere.rendering.failure_domains import failure_domain_name
from bedplate.providers.vsphere.rendering.machine_template import machine_template
from bedplate.spec import VSphereMachineConfig, WorkerNodeGroup
from bedplate.spec.models.common import RolloutType
from bedplate.spec.models.workers import WorkerRollout

AUTOSCALER = "cluster.x-k8s.io/cluster-api-autoscaler-node-group"
CGROUP_DRIVER_MINOR = 21
"""The minor version in which the kubelet's default is not yet what containerd uses."""

SECOND_NETWORK = "second-network-interface-bootstrap-container"


def workers(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the objects of every worker node group, in the order of the specification."""
    return tuple(
        manifest for group in blueprint.spec.workers for manifest in worker_group(blueprint, group)
    )


def worker_group(blueprint: Blueprint, group: WorkerNodeGroup) -> tuple[Manifest, ...]:
    """Return a group's KubeadmConfigTemplate, MachineDeployment and VSphereMachineTemplate."""
    spec = blueprint.spec
    config = machine_of(spec, ref_name(group.machine_group_ref))
    template = blueprint.templates.workers[group.name]
    return (
        _node_template(blueprint, group, config),
        _deployment(blueprint, group),
        machine_template(spec, config, template.machine, networks=config.spec.networks),
    )


def _node_template(
    blueprint: Blueprint, group: WorkerNodeGroup, config: VSphereMachineConfig
) -> Manifest:
    body: Fields = {
        "joinConfiguration": _join(blueprint, group, config),
        **_files(blueprint, group, config),
        **nodes.time_servers(config.spec.host_os_configuration),
        "preKubeadmCommands": [*_container_commands(blueprint, config), *nodes.NAMING],
        "users": nodes.users(config.spec.users, blueprint.ssh_key),
        "format": boot_format(config),
    }
    name = blueprint.templates.workers[group.name].kubeadm_config
    return build(kinds.KUBEADM_CONFIG_TEMPLATE, name, {"spec": {"template": {"spec": body}}})


def _join(blueprint: Blueprint, group: WorkerNodeGroup, config: VSphereMachineConfig) -> Fields:
    registration = nodes.registration(_arguments(blueprint, group, config), group.taints)
    if not is_bottlerocket(config):
        patches = kubelet.patches(group.kubelet_configuration)
        return {**patches, "nodeRegistration": registration}
    system = bottlerocket.node(
        blueprint.spec,
        blueprint.worker_versions(group),
        config.spec.host_os_configuration,
        group.kubelet_configuration,
        datacenter_of(blueprint.spec).spec.server,
    )
    second = _second_network(blueprint, group, config)
    return {**system, **second, "nodeRegistration": registration}


def _arguments(
    blueprint: Blueprint, group: WorkerNodeGroup, config: VSphereMachineConfig
) -> list[JSON]:
    patched = group.kubelet_configuration is not None and not is_bottlerocket(config)
    minor = minor_of(blueprint.spec.worker_version(group))
    return arguments.kubelet(
        blueprint.spec,
        group.labels,
        arguments.EXTERNAL_CLOUD,
        patched=patched,
        cgroup_driver="systemd" if minor == CGROUP_DRIVER_MINOR else "",
    )


def _second_network(
    blueprint: Blueprint, group: WorkerNodeGroup, config: VSphereMachineConfig
) -> Fields:
    """Bottlerocket brings up one interface by itself; a container of the bundle does the rest."""
    containers = blueprint.worker_versions(group).bundle.bottlerocket_bootstrap_containers
    image = containers.multi_network_bootstrap
    if len(config.spec.networks) < 2 or not image.uri:
        return {}
    container: Fields = {"name": SECOND_NETWORK, **bottlerocket.image(image), "mode": "once"}
    return {"bottlerocketCustomBootstrapContainers": [container]}


def _files(blueprint: Blueprint, group: WorkerNodeGroup, config: VSphereMachineConfig) -> Fields:
    if is_bottlerocket(config):
        return {}
    spec = blueprint.spec
    files: list[JSON] = [
        *kubelet.patch_files(spec, group.kubelet_configuration),
        *proxy.containerd_files(spec, datacenter_of(spec).spec.server),
        *mirror.containerd_files(spec, blueprint.secrets.registry),
    ]
    return {"files": files} if files else {}


def _container_commands(blueprint: Blueprint, config: VSphereMachineConfig) -> list[str]:
    return [] if is_bottlerocket(config) else nodes.container_commands(blueprint.spec)


def _deployment(blueprint: Blueprint, group: WorkerNodeGroup) -> Manifest:
    labels: Fields = {kinds.CLUSTER_NAME_LABEL: blueprint.spec.name}
    body: Fields = {
        "clusterName": blueprint.spec.name,
        **_replicas(group),
        "selector": {"matchLabels": {}},
        "template": {"metadata": {"labels": labels}, "spec": _machine(blueprint, group)},
        **_rollout(group.upgrade_rollout_strategy),
    }
    name = names.machine_deployment(blueprint.spec.name, group.name)
    return build(
        kinds.MACHINE_DEPLOYMENT,
        name,
        {"spec": body},
        labels=labels,
        annotations=_autoscaling(group),
    )


def _machine(blueprint: Blueprint, group: WorkerNodeGroup) -> Fields:
    templates = blueprint.templates.workers[group.name]
    configuration = group_ref(kinds.KUBEADM_CONFIG_TEMPLATE, templates.kubeadm_config)
    return {
        "clusterName": blueprint.spec.name,
        "version": blueprint.worker_versions(group).distro.kubernetes.tag,
        "bootstrap": {"configRef": configuration},
        "infrastructureRef": group_ref(kinds.VSPHERE_MACHINE_TEMPLATE, templates.machine),
        **_failure_domain(blueprint, group),
    }


def _failure_domain(blueprint: Blueprint, group: WorkerNodeGroup) -> Fields:
    """EKS Anywhere accepts one failure domain for a group, whatever the field's plural says."""
    domain = next(iter(group.failure_domains), "")
    return {"failureDomain": failure_domain_name(blueprint.spec, domain)} if domain else {}


def _replicas(group: WorkerNodeGroup) -> Fields:
    """The autoscaler's number is its own: saying one would set it back with every change."""
    return {} if group.autoscaling_configuration else {"replicas": group.replicas}


def _autoscaling(group: WorkerNodeGroup) -> Fields:
    bounds = group.autoscaling_configuration
    if bounds is None:
        return {}
    return {
        f"{AUTOSCALER}-min-size": str(bounds.min_count),
        f"{AUTOSCALER}-max-size": str(bounds.max_count),
    }


def _rollout(asked: WorkerRollout | None) -> Fields:
    if asked is None:
        return {}
    strategy: Fields = {"type": asked.type.value}
    bounds = asked.rolling_update
    if asked.type is RolloutType.ROLLING_UPDATE and bounds is not None:
        strategy["rollingUpdate"] = {
            "maxSurge": bounds.max_surge,
            "maxUnavailable": bounds.max_unavailable,
        }
    return {"rollout": {"strategy": strategy}}
