"""EKS Anywhere's own components in the lab's bundle: its kinds, and a stand-in controller."""

from __future__ import annotations

import json

import yaml

from bedplate.bundles.distro import DISTRO_API, DISTRO_KIND
from bedplate.capi import kinds
from bedplate.capi.definitions import definitions
from bedplate.ports.kube import JSON, Manifest
from lab.images import Images, Part

NAME, NAMESPACE = "eksa-controller-manager", "eksa-system"
LABELS: dict[str, JSON] = {"control-plane": NAME}
PORT = 8081


def components(images: Images) -> str:
    """Return the manifest: definitions, then what the controller needs, then the controller."""
    made = (*definitions(), *_access(), _deployment(images.name(Part.EKSA_CONTROLLER)))
    return yaml.safe_dump_all([json.loads(json.dumps(one)) for one in made], sort_keys=False)


def distro_definitions() -> str:
    """Return the kinds of EKS Distro that EKS Anywhere's controller reads, with any fields."""
    group = DISTRO_API.partition("/")[0]
    names: dict[str, JSON] = {
        "kind": DISTRO_KIND,
        "listKind": f"{DISTRO_KIND}List",
        "plural": "releases",
        "singular": "release",
    }
    schema: Manifest = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version: dict[str, JSON] = {
        "name": DISTRO_API.rpartition("/")[2],
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    definition: dict[str, JSON] = {
        "apiVersion": kinds.CRD.api_version,
        "kind": kinds.CRD.kind,
        "metadata": {"name": f"releases.{group}"},
        "spec": {"group": group, "names": names, "scope": "Namespaced", "versions": [version]},
    }
    return yaml.safe_dump(json.loads(json.dumps(definition)), sort_keys=False)


def _access() -> tuple[Manifest, ...]:
    names: dict[str, JSON] = {"name": NAME, "namespace": NAMESPACE}
    role: Manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": NAME},
        "rules": [
            {
                "apiGroups": ["anywhere.eks.amazonaws.com"],
                "resources": ["clusters", "clusters/status"],
                "verbs": ["get", "list", "watch", "patch", "update"],
            },
            {
                "apiGroups": ["cluster.x-k8s.io", "controlplane.cluster.x-k8s.io"],
                "resources": ["*"],
                "verbs": ["get", "list", "watch"],
            },
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
            {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["get", "list"]},
        ],
    }
    binding: Manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": NAME},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": NAME,
        },
        "subjects": [{"kind": "ServiceAccount", **names}],
    }
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": names},
        role,
        binding,
    )


def _deployment(image: str) -> Manifest:
    container: dict[str, JSON] = {
        "name": "manager",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": PORT}, "periodSeconds": 2},
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": PORT}},
    }
    pod: dict[str, JSON] = {
        "serviceAccountName": NAME,
        "tolerations": [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}],
        "containers": [container],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": LABELS},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
        },
    }
