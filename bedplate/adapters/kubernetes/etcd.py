"""Snapshots of the etcd that runs on a cluster's control plane, taken in its own pod."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from bedplate.adapters.kubernetes.execution import Pods
from bedplate.adapters.kubernetes.kube import LiveKube
from bedplate.capi import objects
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.kube import Kind, Ref

POD = Kind("v1", "Pod")
SYSTEM, CONTAINER = "kube-system", "etcd"
LABELS = {"component": "etcd", "tier": "control-plane"}
PKI = "/etc/kubernetes/pki/etcd"
INSIDE = "/var/lib/etcd/bedplate-snapshot.db"
ETCDCTL = (
    "etcdctl", "--endpoints=https://127.0.0.1:2379", f"--cacert={PKI}/ca.crt",
    f"--cert={PKI}/server.crt", f"--key={PKI}/server.key",
)  # fmt: skip
PAGE, DIGEST = 512, 32  # a snapshot is whole pages, and the SHA-256 of them at the end


class EtcdOfPods:
    """etcd as kubeadm runs it: a static pod on each control-plane machine."""

    def __init__(self, kube: LiveKube, kubeconfig: Callable[[], str | None]) -> None:
        self._kube = kube
        self._kubeconfig = kubeconfig

    def snapshot(self, file: Path) -> None:
        """Write a checked snapshot to a file.

        Raises TemporaryError ETCD_UNREACHABLE, PermanentError ETCD_SNAPSHOT and what a pod raises.
        """
        text = self._kubeconfig()
        pod = self._pod()
        if text is None or pod is None:
            raise _unreachable()
        pods = Pods(text)
        pods.run(pod, CONTAINER, (*ETCDCTL, "snapshot", "save", INSIDE), lambda _: None)
        try:
            with file.open("wb") as stream:
                pods.run(pod, CONTAINER, ("cat", INSIDE), stream.write)
        finally:
            pods.run(pod, CONTAINER, ("rm", "-f", INSIDE), lambda _: None)
        require_whole(file)

    def _pod(self) -> Ref | None:
        for pod in self._kube.list(POD, SYSTEM, LABELS):
            ready = objects.condition(pod, "Ready")
            if ready is not None and ready.true:
                return objects.ref(pod)
        return None


def require_whole(file: Path) -> None:
    """Raise PermanentError ETCD_SNAPSHOT where a file is not what etcdctl writes and ends with."""
    content = file.read_bytes()
    data, digest = content[:-DIGEST], content[-DIGEST:]
    if not data or len(data) % PAGE or hashlib.sha256(data).digest() != digest:
        raise PermanentError(
            "ETCD_SNAPSHOT",
            f"the snapshot of etcd came with {len(content)} bytes that are not one",
            why="a snapshot ends with the digest of what it holds, and this one does not",
            remedy="resume: it is taken again; see etcd's log where it happens twice",
            owner=Owner.PLATFORM,
        )


def _unreachable() -> TemporaryError:
    return TemporaryError(
        "ETCD_UNREACHABLE",
        f"no ready pod of etcd was found in {SYSTEM}",
        why="its contents are read there; external etcd runs on machines that no pod is on",
        remedy="wait until it is ready; for external etcd take the snapshot on one of its machines"
        " (etcdctl snapshot save), then run again with --skip-validations etcd-snapshot",
        owner=Owner.PLATFORM,
    )
