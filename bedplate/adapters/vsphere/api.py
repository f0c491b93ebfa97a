"""The only file that imports pyVmomi."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any, TypeVar

from pyVmomi import vim, vmodl
from pyVmomi.SoapAdapter import SoapStubAdapter

from bedplate.adapters.vsphere.wire import Wire

__all__ = ["make", "service", "vim", "vmodl"]

T = TypeVar("T")

# vSphere 7.0: what EKS Anywhere asks for, and what every later vCenter still speaks.
VERSION = "vim.version.v7_0"
# vCenter closes connections that nobody uses; one this old is not tried again.
IDLE_SECONDS = 20


def make(kind: type[T], **fields: object) -> T:
    """Build one of pyVmomi's data objects, whose constructors have no types."""
    build: Callable[..., T] = kind
    return build(**fields)


def service(wire: Wire) -> vim.ServiceInstance:
    """Return a vCenter's service instance; connects on the first call."""

    def connection(**_: object) -> http.client.HTTPConnection:
        return wire.connection()

    build: Callable[..., Any] = SoapStubAdapter
    stub = build(
        host=wire.host,
        port=wire.port,
        version=VERSION,
        connectionPoolTimeout=IDLE_SECONDS,
    )
    # pyVmomi's own pinning looks at the first connection's certificate only.
    stub.scheme, stub.schemeArgs = connection, {}
    instance: Callable[..., vim.ServiceInstance] = vim.ServiceInstance
    return instance("ServiceInstance", stub)
