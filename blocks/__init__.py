"""Prefect blocks: where clusters are made, and the credentials that this takes.

They build the domain's sites and ports. `prefect block register -m blocks` puts their forms into
the user interface.
"""

from __future__ import annotations

from blocks.git import GitCredentials
from blocks.site import SiteBlock
from blocks.vcenter import VCenterCredentials

__all__ = ["GitCredentials", "SiteBlock", "VCenterCredentials"]
