"""A real vCenter behind the `VCenter` port, by pyVmomi and the tagging service's REST interface."""

from __future__ import annotations

from bedplate.adapters.vsphere.access import Access
from bedplate.adapters.vsphere.pool import close_all
from bedplate.adapters.vsphere.vcenter import LiveVCenter

__all__ = ["Access", "LiveVCenter", "close_all"]
