"""A worker node group on Docker."""

from __future__ import annotations

from bedplate.capi import kinds, names
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build, group_ref
from bedplate.capi.rendering import kubelet, mirror
from bedplate.capi.rendering.files import Fields
from bedplate.capi.rendering.nodes import taint_fields
from bedplate.ports.kube import JSON, Manifest
from bedplate.providers.docker.rendering.machines import (
    CRI_SOCKET,
    DOCKER_MACHINE_TEMPLATE,
    kubelet_arguments,
    machine_template,
    registry_commands,
)
from bedplate.spec import WorkerNodeGroup

AUTOSCALER = "cluster.x-k8s.io/cluster-api-autoscaler-node-group"


def worker_group(blueprint: Blueprint, group: WorkerNodeGroup) -> tuple[Manifest, ...]:
    """Return node configuration, deployment and machine template of a group."""
    template = blueprint.templates.workers[group.name].machine
    return (
        _node_configuration(blueprint, group),
        _deployment(blueprint, group),
        machine_template(blueprint.worker_versions(group), template),
    )


def _node_configuration(blueprint: Blueprint, group: WorkerNodeGroup) -> Manifest:
    spec, configuration = blueprint.spec, group.kubelet_configuration
    registration: Fields = {
        "criSocket": CRI_SOCKET,
        "taints": [taint_fields(taint) for taint in group.taints],
        "kubeletExtraArgs": kubelet_arguments(
            spec, spec.worker_version(group), group.labels, configuration
        ),
    }
    files: list[JSON] = [
        *kubelet.patch_files(spec, configuration),
        *mirror.containerd_files(spec, blueprint.secrets.registry),
    ]
    node: Fields = {
        "joinConfiguration": {**kubelet.patches(configuration), "nodeRegistration": registration},
        **({"files": files} if files else {}),
        **registry_commands(spec),
    }
    name = blueprint.templates.workers[group.name].kubeadm_config
    return build(kinds.KUBEADM_CONFIG_TEMPLATE, name, {"spec": {"template": {"spec": node}}})


def _deployment(blueprint: Blueprint, group: WorkerNodeGroup) -> Manifest:
    templates = blueprint.templates.workers[group.name]
    machine: Fields = {
        "bootstrap": {
            "configRef": group_ref(kinds.KUBEADM_CONFIG_TEMPLATE, templates.kubeadm_config)
        },
        "clusterName": blueprint.spec.name,
        "infrastructureRef": group_ref(DOCKER_MACHINE_TEMPLATE, templates.machine),
        "version": blueprint.worker_versions(group).distro.kubernetes.tag,
    }
    body: Fields = {
        "clusterName": blueprint.spec.name,
        "replicas": group.replicas,
        "selector": {"matchLabels": {}},
        "template": {"spec": machine},
        **_rollout(group),
    }
    name = names.machine_deployment(blueprint.spec.name, group.name)
    found = build(kinds.MACHINE_DEPLOYMENT, name, {"spec": body})
    metadata: Fields = {"name": name, "namespace": names.NAMESPACE, **_autoscaling(group)}
    return {**found, "metadata": metadata}


def _autoscaling(group: WorkerNodeGroup) -> Fields:
    """The bounds that the cluster autoscaler reads."""
    scaling = group.autoscaling_configuration
    if scaling is None:
        return {}
    bounds: Fields = {
        f"{AUTOSCALER}-min-size": str(scaling.min_count),
        f"{AUTOSCALER}-max-size": str(scaling.max_count),
    }
    return {"annotations": bounds}


def _rollout(group: WorkerNodeGroup) -> Fields:
    chosen = group.upgrade_rollout_strategy
    if chosen is None or chosen.rolling_update is None:
        return {}
    rolling: Fields = {
        "maxSurge": chosen.rolling_update.max_surge,
        "maxUnavailable": chosen.rolling_update.max_unavailable,
    }
    return {"rollout": {"strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}}
