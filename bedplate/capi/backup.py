"""What stands beside the files of a backup, so that it is of use when the journal is lost. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bedplate.capi import objects

FORMAT = "bedplate-backup/1"
ETCD, CLUSTER_API, SPEC, MANIFEST = "etcd", "cluster-api.json", "cluster.yaml", "backup.json"

AUTHORITY = re.compile(r"certificate-authority-data: *[\"']?([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """Of which cluster a backup is, when it was taken (Unix seconds), and its files' digests.

    `kubernetes` is the version of the control plane then, `authority` the digest of the cluster's
    own certificate authority: another cluster of the same name has another.
    """

    cluster: str
    at: float
    kubernetes: str
    authority: str
    files: Mapping[str, str]


def encode(manifest: BackupManifest) -> str:
    """Return a manifest as the text of its file."""
    content = {
        "format": FORMAT,
        "cluster": manifest.cluster,
        "at": manifest.at,
        "kubernetes": manifest.kubernetes,
        "authority": manifest.authority,
        "files": dict(manifest.files),
    }
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def decode(text: str) -> BackupManifest | None:
    """Return the manifest of a text, None where it is none that this program knows."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, Mapping) or found.get("format") != FORMAT:
        return None
    at = found.get("at")
    return BackupManifest(
        cluster=objects.text(found, "cluster"),
        at=float(at) if isinstance(at, int | float) else 0.0,
        kubernetes=objects.text(found, "kubernetes"),
        authority=objects.text(found, "authority"),
        files=dict(objects.texts_by_key(objects.mapping(found, "files"))),
    )


def authority_digest(certificate: str) -> str:
    """Return the digest of a certificate's text (PEM), however its lines are broken."""
    return hashlib.sha256("".join(certificate.split()).encode()).hexdigest()


def authority_of(kubeconfig: str) -> str:
    """Return the digest of the authority that a kubeconfig trusts; "" where it names none."""
    found = AUTHORITY.search(kubeconfig)
    certificate = objects.decoded(found[1]) if found is not None else ""
    return authority_digest(certificate) if certificate else ""
