"""Sites: where operations work. The built-in ones are simulated, or a specification's vCenter."""

from __future__ import annotations

from bedplate.sites.choice import BundleChoice
from bedplate.sites.manager import keep_manager
from bedplate.sites.opening import keep_secrets, open_scene, open_site
from bedplate.sites.simulated import clear_faults, inject_faults, pending_faults
from bedplate.sites.site import Docker, Live, Programs, Site, SiteConfig, SiteKind

__all__ = [
    "BundleChoice",
    "Docker",
    "Live",
    "Programs",
    "Site",
    "SiteConfig",
    "SiteKind",
    "clear_faults",
    "inject_faults",
    "keep_manager",
    "keep_secrets",
    "open_scene",
    "open_site",
    "pending_faults",
]
