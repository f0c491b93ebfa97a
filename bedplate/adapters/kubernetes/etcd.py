"""Snapshots of the etcd that runs on a cluster's control plane, through the cluster's API server.

Nothing is run in etcd's pod, whose image has neither a shell nor `cat`: its port is forwarded, and
its JSON gateway streams the snapshot.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bedplate.adapters.kubernetes.etcd_client import (
    Authority,
    EtcdAnswerError,
    encrypted,
    save_snapshot,
)
from bedplate.adapters.kubernetes.forwarding import forwarded
from bedplate.adapters.kubernetes.kube import LiveKube
from bedplate.capi import kinds, names, objects
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.kube import Kind, Ref

POD = Kind("v1", "Pod")
SYSTEM, PORT = "kube-system", 2379
KEYS = ("tls.crt", "tls.key")
LABELS = {"component": "etcd", "tier": "control-plane"}
PART = 1 << 20
PAGE, DIGEST = 512, 32  # a snapshot is whole pages, and the SHA-256 of them at the end


@dataclass(frozen=True, slots=True)
class EtcdOfPods:
    """etcd as kubeadm runs it: a static pod on each control-plane machine.

    `manager` is the API server that has the Cluster API objects, and so etcd's authority.
    """

    cluster: str
    kube: LiveKube
    manager: LiveKube
    kubeconfig: Callable[[], str | None]

    def snapshot(self, file: Path) -> None:
        """Write a checked snapshot to a file.

        Raises TemporaryError ETCD_UNREACHABLE or NET_UNREACHABLE, PermanentError ETCD_SNAPSHOT.
        """
        text, pod, authority = self.kubeconfig(), self._pod(), self._authority()
        if text is None or pod is None:
            raise _unreachable(f"no ready pod of etcd was found in {SYSTEM}")
        try:
            with forwarded(text, pod, PORT) as plain, encrypted(plain, authority) as stream:
                save_snapshot(stream, file)
        except EtcdAnswerError as error:
            raise _unreachable(f"{pod.identity} gave no snapshot: {error}") from None
        except (ssl.SSLError, OSError, ValueError, http.client.HTTPException) as error:
            raise _unreachable(f"{pod.identity} does not answer: {error}") from None
        require_whole(file)

    def _pod(self) -> Ref | None:
        for pod in self.kube.list(POD, SYSTEM, LABELS):
            ready = objects.condition(pod, "Ready")
            if ready is not None and ready.true:
                return objects.ref(pod)
        return None

    def _authority(self) -> Authority:
        secret = Ref(kinds.SECRET, names.NAMESPACE, names.etcd_authority(self.cluster))
        found = self.manager.get(secret)
        if found is None:
            raise _unreachable(f"{secret.identity}, by which etcd knows its clients, is not there")
        pair = (base64.b64decode(objects.text(found, "data", key)) for key in KEYS)
        return Authority(*pair)


def require_whole(file: Path) -> None:
    """Raise PermanentError ETCD_SNAPSHOT where a file is not what etcd streams and ends with."""
    size = file.stat().st_size
    digest, left = hashlib.sha256(), size - DIGEST
    with file.open("rb") as stream:
        while left > 0 and (part := stream.read(min(PART, left))):
            digest.update(part)
            left -= len(part)
        end = stream.read()
    if size <= DIGEST or (size - DIGEST) % PAGE or end != digest.digest():
        raise PermanentError(
            "ETCD_SNAPSHOT",
            f"the snapshot of etcd came with {size} bytes that are not one",
            why="a snapshot ends with the digest of what it holds, and this one does not",
            remedy="resume: it is taken again; see etcd's log where it happens twice",
            owner=Owner.PLATFORM,
        )


def _unreachable(seen: str) -> TemporaryError:
    return TemporaryError(
        "ETCD_UNREACHABLE",
        seen,
        why="its contents are read there; external etcd runs on machines that no pod is on",
        remedy="wait until it is ready; for external etcd take the snapshot on one of its machines"
        " (etcdctl snapshot save), then run again with --skip-validations etcd-snapshot",
        owner=Owner.PLATFORM,
    )
