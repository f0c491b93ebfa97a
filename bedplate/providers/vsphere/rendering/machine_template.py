"""The VSphereMachineTemplate: what one group's virtual machines are cloned from."""

from __future__ import annotations

from bedplate.capi import kinds
from bedplate.capi.cluster import build
from bedplate.capi.rendering.files import Fields
from bedplate.ports.kube import JSON, Manifest
from bedplate.providers.vsphere.reading import datacenter_of
from bedplate.spec import ClusterSpec, VSphereMachineConfig


def machine_template(
    spec: ClusterSpec,
    config: VSphereMachineConfig,
    name: str,
    *,
    networks: tuple[str, ...] = (),
) -> Manifest:
    """Return a VSphereMachineTemplate.

    `networks` are those of a worker group's machines, one interface each; without any, as with
    control planes and etcd, a machine has one interface on the datacenter's network.
    """
    datacenter, machine = datacenter_of(spec).spec, config.spec
    body: Fields = {
        "datacenter": datacenter.datacenter,
        "datastore": machine.datastore,
        "diskGiB": machine.disk_gib,
        "folder": machine.folder,
        "memoryMiB": machine.memory_mib,
        "network": {"devices": _devices(networks or (datacenter.network,))},
        "numCPUs": machine.num_cpus,
        "resourcePool": machine.resource_pool,
        "server": datacenter.server,
        "thumbprint": datacenter.thumbprint,
        **_chosen(config),
    }
    return build(kinds.VSPHERE_MACHINE_TEMPLATE, name, {"spec": {"template": {"spec": body}}})


def _devices(networks: tuple[str, ...]) -> list[JSON]:
    return [{"dhcp4": True, "networkName": network} for network in networks]


def _chosen(config: VSphereMachineConfig) -> Fields:
    """What is said only where the configuration says it; Bottlerocket's template may be open."""
    machine = config.spec
    chosen: Fields = {}
    if machine.template:
        chosen["template"] = machine.template
    if machine.clone_mode is not None:
        chosen["cloneMode"] = machine.clone_mode.value
    if machine.storage_policy_name:
        chosen["storagePolicyName"] = machine.storage_policy_name
    if machine.tags:
        chosen["tagIDs"] = list(machine.tags)
    return chosen
