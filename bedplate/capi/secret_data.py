"""What a Secret or a ConfigMap holds, as an API server keeps it."""

from __future__ import annotations

import base64

from bedplate.capi import objects
from bedplate.ports.kube import JSON, Kube, Manifest


def data_of(manifest: Manifest) -> dict[str, JSON]:
    """Return the data; texts to be written (`stringData`) count as written."""
    written = {
        key: base64.b64encode(text.encode()).decode()
        for key, text in objects.texts_by_key(manifest.get("stringData")).items()
    }
    return {**objects.mapping(manifest, "data"), **written}


def holds(kube: Kube, wanted: Manifest) -> bool:
    """Say whether the live object holds the wanted data; values are compared, never shown."""
    live = kube.get(objects.ref(wanted))
    return live is not None and data_of(live) == data_of(wanted)
