"""The vSphere objects of a cluster: pure functions of the specification."""

from __future__ import annotations

from bedplate.capi import cluster, kinds, names
from bedplate.capi.cluster import Infrastructure, build
from bedplate.errors import Owner, PermanentError
from bedplate.ports.kube import JSON, Manifest
from bedplate.spec import ClusterSpec, VSphereDatacenterConfig, VSphereMachineConfig

HOSTNAME = "{{ ds.meta_data.hostname }}"
COMMANDS = (
    f'hostname "{HOSTNAME}"',
    'echo "::1         ipv6-localhost ipv6-loopback" >/etc/hosts',
    'echo "127.0.0.1   localhost" >>/etc/hosts',
    f'echo "127.0.0.1   {HOSTNAME}" >>/etc/hosts',
    f'echo "{HOSTNAME}" >/etc/hostname',
)


def datacenter_of(spec: ClusterSpec) -> VSphereDatacenterConfig:
    """Return the datacenter; raises PermanentError where it is of another kind."""
    if not isinstance(spec.datacenter, VSphereDatacenterConfig):
        raise PermanentError(
            "PROVIDER_MISMATCH",
            f"{spec.provider_kind} is no vSphere datacenter",
            owner=Owner.BEDPLATE,
        )
    return spec.datacenter


def machine_of(spec: ClusterSpec, ref_name: str) -> VSphereMachineConfig:
    """Return a machine configuration by its name; raises PermanentError as above."""
    found = spec.machine_configs[ref_name]
    if not isinstance(found, VSphereMachineConfig):
        raise PermanentError(
            "PROVIDER_MISMATCH", f"{ref_name} is no VSphereMachineConfig", owner=Owner.BEDPLATE
        )
    return found


def control_plane_objects(spec: ClusterSpec, ssh_key: str) -> tuple[Manifest, ...]:
    """Return Cluster, VSphereCluster, machine templates, control plane and external etcd."""
    config = machine_of(spec, ref_name(spec.control_plane.machine_group_ref))
    on = infrastructure(config, ssh_key)
    control = names.first_template(f"{spec.name}-control-plane")
    objects = [
        _vsphere_cluster(spec),
        machine_template(spec, config, control),
        cluster.control_plane(spec, on),
    ]
    if spec.etcd is not None:
        etcd_config = machine_of(spec, ref_name(spec.etcd.machine_group_ref))
        template = names.first_template(names.etcd_cluster(spec.name))
        objects.append(machine_template(spec, etcd_config, template))
        objects.append(cluster.etcd(spec, infrastructure(etcd_config, ssh_key), spec.etcd.count))
    return (cluster.cluster(spec, on), *objects, cluster.control_plane_health_check(spec))


def worker_objects(spec: ClusterSpec, ssh_key: str) -> tuple[Manifest, ...]:
    """Return machine templates and deployments of every worker node group."""
    objects: list[Manifest] = []
    for group in spec.workers:
        config = machine_of(spec, ref_name(group.machine_group_ref))
        name = names.machine_deployment(spec.name, group.name)
        objects.append(machine_template(spec, config, names.first_template(name)))
        objects += cluster.worker_group(spec, infrastructure(config, ssh_key), group)
    return tuple(objects)


def ref_name(ref: object) -> str:
    """Return the name in a machine group reference; "" where there is none."""
    return str(getattr(ref, "name", ""))


def infrastructure(config: VSphereMachineConfig, ssh_key: str) -> Infrastructure:
    """Return what a node needs on vSphere; a key that the specification leaves out is `ssh_key`."""
    users = tuple(
        (user.name, _first_key(user.ssh_authorized_keys) or ssh_key) for user in config.spec.users
    )
    return Infrastructure(
        cluster=kinds.VSPHERE_CLUSTER,
        template=kinds.VSPHERE_MACHINE_TEMPLATE,
        node_name=HOSTNAME,
        commands=COMMANDS,
        users=users,
    )


def _first_key(keys: tuple[str, ...]) -> str:
    return keys[0].strip() if keys else ""


def _vsphere_cluster(spec: ClusterSpec) -> Manifest:
    datacenter = datacenter_of(spec).spec
    body: dict[str, JSON] = {
        "controlPlaneEndpoint": {"host": spec.endpoint, "port": 6443},
        "identityRef": {"kind": "Secret", "name": f"{spec.name}-vsphere-credentials"},
        "server": datacenter.server,
        "thumbprint": datacenter.thumbprint,
    }
    labels: dict[str, JSON] = {kinds.CLUSTER_NAME_LABEL: spec.name}
    return build(kinds.VSPHERE_CLUSTER, spec.name, {"spec": body}, labels=labels)


def machine_template(spec: ClusterSpec, config: VSphereMachineConfig, name: str) -> Manifest:
    """Return a VSphereMachineTemplate."""
    datacenter, machine = datacenter_of(spec).spec, config.spec
    networks = machine.networks or (datacenter.network,)
    devices: list[JSON] = [{"dhcp4": True, "networkName": network} for network in networks]
    body: dict[str, JSON] = {
        "datacenter": datacenter.datacenter,
        "datastore": machine.datastore,
        "diskGiB": machine.disk_gib,
        "folder": machine.folder,
        "memoryMiB": machine.memory_mib,
        "network": {"devices": devices},
        "numCPUs": machine.num_cpus,
        "resourcePool": machine.resource_pool,
        "server": datacenter.server,
        "template": machine.template,
        "thumbprint": datacenter.thumbprint,
    }
    if machine.clone_mode is not None:
        body["cloneMode"] = machine.clone_mode.value
    if machine.storage_policy_name:
        body["storagePolicyName"] = machine.storage_policy_name
    return build(
        kinds.VSPHERE_MACHINE_TEMPLATE,
        name,
        {"spec": {"template": {"spec": body}}},
        labels={kinds.CLUSTER_NAME_LABEL: spec.name},
    )
