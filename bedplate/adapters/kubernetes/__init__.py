"""A real Kubernetes API server behind the `Kube` port, by the official Python client."""

from __future__ import annotations

from bedplate.adapters.kubernetes.etcd import EtcdOfPods
from bedplate.adapters.kubernetes.kube import LiveKube

__all__ = ["EtcdOfPods", "LiveKube"]
