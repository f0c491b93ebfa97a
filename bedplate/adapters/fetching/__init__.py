"""Manifests and archives from the network, from files, and from a cache of both."""

from __future__ import annotations

from bedplate.adapters.fetching.archives import Archives
from bedplate.adapters.fetching.cache import Cache
from bedplate.adapters.fetching.fetcher import Fetcher
from bedplate.adapters.fetching.web import Network, Web

__all__ = ["Archives", "Cache", "Fetcher", "Network", "Web"]
