"""What the API server records, and which requests it keeps from webhooks."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from importlib import resources
from typing import cast

import yaml

from bedplate.capi.rendering.files import Fields, file, to_yaml
from bedplate.capi.rendering.versions import minor_of
from bedplate.ports.kube import JSON
from bedplate.spec import ClusterSpec

AUDIT_POLICY = "/etc/kubernetes/audit-policy.yaml"
ADMISSION_EXCLUSIONS = "/etc/kubernetes/admission-plugin-exclusion-rules.json"
EXCLUSIONS_VARIABLE = "EKS_PATCH_EXCLUSION_RULES_FILE"
"""The API server of EKS Distro reads the file that this names."""

AUDIT_V1 = 24
"""The first minor version with version 1 of audit policies."""

_READS_OF_NODES = {
    "level": "None",
    "verbs": ["get"],
    "resources": [{"resources": ["nodes", "nodes/status"]}],
}


def audit_policy_file(spec: ClusterSpec) -> Fields:
    """Return the audit policy: the specification's own, or the usual one."""
    own = spec.control_plane.audit_policy_content.strip()
    return file(AUDIT_POLICY, own or usual_audit_policy(minor_of(spec.kubernetes_version)))


def skips_admission(spec: ClusterSpec) -> bool:
    """Tell whether webhooks are kept from the cluster's own parts."""
    return bool(spec.control_plane.skip_admission_for_system_resources)


def admission_files(spec: ClusterSpec) -> list[Fields]:
    """Return the file that says so; nothing where webhooks see everything."""
    return [file(ADMISSION_EXCLUSIONS, admission_exclusions())] if skips_admission(spec) else []


@functools.cache
def usual_audit_policy(minor: int) -> str:
    """Return the audit policy for a minor version of Kubernetes."""
    return to_yaml(_audit_policy() if minor >= AUDIT_V1 else _audit_policy_before_v1()).strip()


@functools.cache
def admission_exclusions() -> str:
    """Return the rules as JSON."""
    rows = cast(Sequence[tuple[str, str, str, str, JSON, str]], _data("admission-exclusions.yaml"))
    return json.dumps([_exclusion(*row) for row in rows], indent=1)


def _exclusion(
    group: str, version: str, kind: str, namespace: str, names: JSON, user: str
) -> Fields:
    where: Fields = {"scope": "Namespaced", "namespace": namespace}
    return {
        "apiGroup": group,
        "apiVersion": version,
        "kind": kind,
        **(where if namespace else {"scope": "Cluster"}),
        "name": names,
        "username": user,
    }


def _audit_policy() -> Fields:
    return cast(Fields, _data("audit-policy.yaml"))


def _audit_policy_before_v1() -> Fields:
    """The older policy names the core group, and leaves out what nodes, not all, read of nodes."""
    policy = _audit_policy()
    older: list[JSON] = []
    for rule in cast(list[Fields], policy["rules"]):
        who: Fields = {"userGroups": ["system:nodes"]} if rule == _READS_OF_NODES else {}
        named = cast(list[Fields], rule.get("resources", []))
        what: Fields = {"resources": [{"group": "", **item} for item in named]} if named else {}
        older.append({**rule, **who, **what})
    return {**policy, "apiVersion": "audit.k8s.io/v1beta1", "rules": older}


def _data(name: str) -> JSON:
    text = resources.files(__package__).joinpath("data", name).read_text("utf-8")
    return cast(JSON, yaml.safe_load(text))
