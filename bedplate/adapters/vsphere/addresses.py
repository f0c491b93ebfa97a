"""vCenter's own ranges of addresses: IP pools, which its client calls network protocol profiles."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from bedplate.adapters.vsphere.api import vim, vmodl
from bedplate.adapters.vsphere.inventory import Tree
from bedplate.ports.vcenter import AddressPool


def read(content: vim.ServiceInstanceContent, tree: Tree) -> tuple[AddressPool, ...]:
    """Return the pools of every datacenter; one call for each datacenter.

    A vCenter that has none, or does not show them, gives none.
    """
    manager = content.ipPoolManager
    if manager is None:
        return ()
    found: list[AddressPool] = []
    for datacenter in tree.of(vim.Datacenter):
        try:
            pools = manager.QueryIpPools(datacenter.thing)
        except vim.fault.NotAuthenticated:
            raise
        except (vim.fault.NoPermission, vmodl.fault.NotSupported):
            return tuple(found)
        found += [pool for one in pools for pool in _pools(tree, one)]
    return tuple(found)


def _pools(tree: Tree, pool: Any) -> Iterator[AddressPool]:  # noqa: ANN401 - a data object
    networks = tuple(
        tree.path(one.network) if one.network is not None else one.networkName
        for one in pool.networkAssociation
    )
    families = ((pool.ipv4Config, "Ipv4"), (pool.ipv6Config, "Ipv6"))
    for config, family in families:
        if config is None or not config.subnetAddress:
            continue
        yield AddressPool(
            networks=networks,
            subnet=_subnet(config.subnetAddress, config.netmask),
            dhcp=bool(config.dhcpServerAvailable),
            ranges=tuple(_ranges(config.range or "")) if config.ipPoolEnabled else (),
            free=getattr(pool, f"available{family}Addresses", None),
        )


def _subnet(address: str, mask: str | None) -> str:
    try:
        length = mask
        if mask and ":" in mask:
            length = str(int(ipaddress.IPv6Address(mask)).bit_count())
        return str(ipaddress.ip_network(f"{address}/{length}" if mask else address, strict=False))
    except ValueError:
        return address


def _ranges(text: str) -> Iterator[tuple[str, str]]:
    """Yield first and last addresses of `10.0.0.2#250, 10.0.1.1#10`."""
    for part in text.split(","):
        first, _, count = part.strip().partition("#")
        try:
            start = ipaddress.ip_address(first)
            yield str(start), str(start + (int(count or 1) - 1))
        except ValueError:
            continue
