"""The logs of a workload's pods: found by its selector, read container by container."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bedplate.adapters.kubernetes.connection import Request
from bedplate.adapters.kubernetes.server import Server
from bedplate.capi import objects
from bedplate.ports.kube import Kind, Manifest

POD = Kind("v1", "Pod")
GOOD = range(200, 300)
STATUSES = ("initContainerStatuses", "containerStatuses")


def pod_logs(server: Server, workload: Manifest, lines: int) -> Mapping[str, str]:
    """Return the logs by pod/container; raises what listing the pods raises."""
    labels = objects.mapping(workload, "spec", "selector", "matchLabels")
    if not labels:
        return {}  # it would be every pod of the namespace
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = server.list(POD, objects.namespace(workload), {"labelSelector": selector})
    return {name: text for pod in pods for name, text in _of_pod(server, pod, lines)}


def _of_pod(server: Server, pod: Manifest, lines: int) -> Iterator[tuple[str, str]]:
    for found in STATUSES:
        for status in objects.items(pod, "status", found):
            name = f"{objects.name(pod)}/{objects.text(status, 'name')}"
            yield name, _read(server, pod, status, lines)
            if objects.number(status, "restartCount"):
                yield f"{name} (before)", _read(server, pod, status, lines, previous=True)


def _read(
    server: Server, pod: Manifest, status: Manifest, lines: int, *, previous: bool = False
) -> str:
    path = f"/api/v1/namespaces/{objects.namespace(pod)}/pods/{objects.name(pod)}/log"
    query = {"container": objects.text(status, "name"), "tailLines": str(lines)}
    if previous:
        query["previous"] = "true"
    code, text = server.connection.text(Request("GET", path, query, accept="*/*"))
    return text if code in GOOD else f"no log ({code}): {_said(text)}\n"


def _said(text: str) -> str:
    """Return the message of an API server's Status, or the text where it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return text.strip()
    return objects.text(found, "message") if isinstance(found, dict) else text.strip()
