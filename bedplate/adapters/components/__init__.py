"""The components that a bundle names, made into the objects that phases apply."""

from __future__ import annotations

from bedplate.adapters.components.bundle import BundleComponents, Reach
from bedplate.adapters.components.charts import Charts, Registry

__all__ = ["BundleComponents", "Charts", "Reach", "Registry"]
