"""A support bundle: one archive of what explains a cluster, without its credentials.

`parts` and `kube_parts` collect, `redaction` takes out, `archive` writes.
"""

from __future__ import annotations

from bedplate.support.archive import PartResult, write_bundle
from bedplate.support.source import Source, source_of

__all__ = ["PartResult", "Source", "source_of", "write_bundle"]
