"""Tell new nodes their addresses, which everything on them waits for.

With an external cloud provider and without `--node-ip`, as EKS Anywhere renders it for vSphere, the
kubelet tells a node's name only and leaves the addresses to that provider. Its pod needs kube-proxy
to reach the API server, and kube-proxy asks for its node's address, for 31 seconds, before it
starts without. What is written meanwhile the kubelet keeps (`nodestatus.NodeAddress`), and the
provider writes its own over it once it runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.capi import kinds, objects
from bedplate.capi.addresses import address_of
from bedplate.facts import Machine
from bedplate.ports.kube import Kube


def tell_addresses(kube: Kube, machines: Iterable[Machine], endpoint: str) -> None:
    """Write the address of each node that has none yet and whose machine has one.

    A node is called as its machine. A machine may show the cluster's own address too, while it
    holds that; it is no node's.
    """
    known = {one.name: one.address for one in machines if one.address not in ("", endpoint)}
    for node in kube.list(kinds.NODE):
        address = known.get(objects.name(node))
        if address is not None and not address_of(node):
            named = objects.items(node, "status", "addresses")
            addresses = [*named, {"type": "InternalIP", "address": address}]
            kube.patch_status(objects.ref(node), {"addresses": addresses})
