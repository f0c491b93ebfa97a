"""Objects on a real API server, through the adapter: created one after another, listed, applied.

Beside each row stand the same requests over one bare connection, which no client can beat.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from bedplate.adapters.kubernetes import LiveKube
from bedplate.ports.kube import Kind, Manifest, Ref
from benchmarks.table import print_table
from lab.apiserver import ApiServerError, programs, running

CREATED = 1000
LISTED = 3000
CONFIG_MAP = Kind("v1", "ConfigMap")
SPACES = ("ours", "bare")


def manifest(space: str, number: int) -> tuple[Ref, Manifest]:
    """Return a small object, of the size of a Machine."""
    name = f"object-{number:05}"
    labels: Manifest = {"cluster.x-k8s.io/cluster-name": "w01"}
    body: Manifest = {
        "apiVersion": CONFIG_MAP.api_version,
        "kind": CONFIG_MAP.kind,
        "metadata": {"name": name, "namespace": space, "labels": labels},
        "data": {f"key-{key}": "x" * 100 for key in range(10)},
    }
    return Ref(CONFIG_MAP, space, name), body


class Bare:
    """One connection without a client; it looks at nothing that comes back but that it is JSON."""

    def __init__(self, kubeconfig: str) -> None:
        found = yaml.safe_load(kubeconfig)
        cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        context = ssl.create_default_context(cadata=authority)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        with tempfile.NamedTemporaryFile() as pem:
            for part in ("client-certificate-data", "client-key-data"):
                pem.write(base64.b64decode(user[part]))
            pem.flush()
            context.load_cert_chain(pem.name)
        address = urlsplit(cluster["server"])
        self._connection = http.client.HTTPSConnection(
            address.hostname or "", address.port, context=context, timeout=60
        )

    def ask(self, method: str, path: str, body: Manifest | None = None) -> object:
        """Send a request and return the answer's JSON; raises ApiServerError."""
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise ApiServerError(f"{method} {path}: HTTP {answer.status}")
        return json.loads(data)


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def create_all(make: Callable[[Ref, Manifest], object], space: str, numbers: Sequence[int]) -> None:
    """Create objects one after another."""
    for number in numbers:
        make(*manifest(space, number))


def measure(folder: Path) -> list[tuple[str, float, float]]:
    """Return what was done, and the seconds that it took through the adapter and without."""
    with running(folder) as server:
        kube, bare = LiveKube(lambda: server.kubeconfig), Bare(server.kubeconfig)
        for space in SPACES:
            metadata: Manifest = {"name": space}
            kube.apply(
                Ref(Kind("v1", "Namespace"), "", space),
                {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata},
            )

        def post(ref: Ref, body: Manifest) -> object:
            return bare.ask("POST", f"/api/v1/namespaces/{ref.namespace}/configmaps", body)

        first = range(CREATED)
        created = timed(lambda: create_all(kube.create, "ours", first))
        posted = timed(lambda: create_all(post, "bare", first))
        applied = timed(lambda: create_all(kube.apply, "ours", first))
        create_all(post, "bare", range(CREATED, LISTED))
        create_all(post, "ours", range(CREATED, LISTED))
        listed = timed(lambda: kube.list(CONFIG_MAP, "ours"))
        read = timed(lambda: bare.ask("GET", "/api/v1/namespaces/bare/configmaps"))
        kube.close()
    return [
        (f"create {CREATED} objects", created, posted),
        (f"apply {CREATED} objects again", applied, posted),
        (f"list {LISTED} objects", listed, read),
    ]


def main() -> None:
    """Measure and print."""
    try:
        folder = programs()
    except ApiServerError as error:
        print(f"kube is not measured: {error}")
        return
    try:
        found = measure(folder)
    except ApiServerError as error:
        raise SystemExit(f"kube is not measured: {error}") from None
    rows = [
        (what, f"{ours:.2f} s", f"{bare:.2f} s", f"{ours / bare:.2f}") for what, ours, bare in found
    ]
    print_table("a real API server through the adapter", ("what", "adapter", "bare", "ratio"), rows)
