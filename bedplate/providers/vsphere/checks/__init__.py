"""The vSphere checks of a create: one table, EKS Anywhere's own first and in its order.

A look's name is what one skips it by. Each looks at the specification, the bundle, the network and
one snapshot of vCenter's inventory, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.checks.check import Check
from bedplate.checks.finding import check
from bedplate.providers.vsphere.checks import (
    capacity,
    connection,
    endpoint,
    networks,
    places,
    rights,
    templates,
)
from bedplate.providers.vsphere.checks.places import Look
from bedplate.providers.vsphere.groups import used_configs
from bedplate.providers.vsphere.reading import datacenter_of
from bedplate.spec import ClusterSpec

__all__ = ["vsphere_checks"]

SERVER, LOGIN, INVENTORY = "vcenter-server", "vcenter-login", "vcenter-inventory"

Row = tuple[str, str, Look]


def vsphere_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return every check for a specification; those of a machine configuration once for each."""
    return (
        check(SERVER, "Connected to server", connection.server),
        _on(SERVER, (LOGIN, "Authenticated to vSphere", connection.login)),
        _on(LOGIN, (INVENTORY, "", connection.inventory)),
        *(_on(INVENTORY, row) for row in _named_in(spec)),
        _on(SERVER, ("vcenter-version", "vCenter version validated", connection.version)),
        _on(LOGIN, ("vcenter-clock", "vCenter's clock validated", connection.clock)),
        _on(LOGIN, ("vcenter-sessions", "vCenter's sessions validated", connection.sessions)),
        check("vcenter-dns", "vCenter's name resolves", connection.dns),
        *(_on(INVENTORY, row) for row in _of_inventory(spec)),
        *_endpoint(spec),
        *(_on(INVENTORY, row) for row in _of_networks(spec)),
        _on(INVENTORY, ("vsphere-user-privilege", "vSphere privileges validated", rights.rights)),
    )


def _named_in(spec: ClusterSpec) -> Iterator[Row]:
    """What EKS Anywhere looks at, in its order."""
    yield "datacenter", "Datacenter validated", places.datacenter
    yield "network", "Network validated", places.network
    for config in used_configs(spec):
        yield from places.config_looks(config)
    yield "templates", "Control plane and Workload templates validated", templates.templates


def _of_inventory(spec: ClusterSpec) -> Iterator[Row]:
    if places.has_worker_networks(spec):
        yield "worker-networks", "Networks of workers validated", places.worker_networks
    if datacenter_of(spec).spec.failure_domains:
        yield "failure-domains", "Failure domains validated", places.failure_domains
    yield "placement", "Datastores and networks are in reach of the hosts", places.placement
    yield "template-disks", "Disks of templates validated", templates.disks
    yield "clone-mode", "Clone mode validated", templates.clone_mode
    yield "template-provenance", "Origin of templates validated", templates.provenance
    if any(config.spec.tags for config in used_configs(spec)):
        yield "vcenter-tags", "vCenter tags validated", templates.vcenter_tags
    yield "capacity", "Datastore and resource pool capacity validated", capacity.capacity


def _endpoint(spec: ClusterSpec) -> Iterator[Check]:
    """None where the specification itself asks not to look."""
    name = "control-plane-ip"
    if not endpoint.is_skipped(spec):
        yield check(name, "Control plane endpoint is free", endpoint.endpoint)
        elsewhere = "Control plane endpoint is on no other machine"
        yield _on(INVENTORY, (name, elsewhere, endpoint.endpoint_in_inventory))


def _of_networks(spec: ClusterSpec) -> Iterator[Row]:
    range_line = "Control plane endpoint is handed out to nobody"
    yield "control-plane-ip-range", range_line, endpoint.endpoint_range
    yield "free-addresses", "Addresses for all machines are free", networks.free_addresses
    yield "node-networks", "Networks of machines, pods and services are apart", networks.apart
    if spec.cluster.spec.proxy_configuration is not None:
        yield "node-no-proxy", "Nodes reach each other past the proxy", networks.past_the_proxy


def _on(ground: str, row: Row) -> Check:
    """Return the check of a row, made only where its ground is there."""
    name, line, look = row
    return Check(name, line, lambda scene: tuple(look(scene)), needs=(ground,))
