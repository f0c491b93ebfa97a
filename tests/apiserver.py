"""A real Kubernetes API server for the tests, started once and emptied after each test.

Where the lab's programs are not built, the tests that ask for it are skipped with a warning.
"""

import time
import warnings
from collections.abc import Iterator

import pytest

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.kubernetes import LiveKube
from bedplate.adapters.kubernetes.connection import Connection, Request
from bedplate.capi import objects
from bedplate.ports.kube import Kind, Manifest
from lab.apiserver import ApiServer, ApiServerError, programs, running

OWN = ("default", "kube-node-lease", "kube-public", "kube-system")
NAMESPACE = Kind("v1", "Namespace")
DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
GROUP_AND_KIND = (("group",), ("names", "kind"))
LEFT_OVER = (
    Kind("v1", "ConfigMap"),
    Kind("v1", "Secret"),
    Kind("storage.k8s.io/v1", "StorageClass"),
)


@pytest.fixture(scope="session")
def apiserver_process() -> Iterator[ApiServer]:
    """Run the API server for all tests of this process."""
    try:
        folder = programs()
    except ApiServerError as error:
        text = f"there is no API server: {error}"
        # Said even where warnings are errors: this one is meant to be seen, not to fail the test.
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(pytest.PytestWarning(text), stacklevel=2)
        pytest.skip(text)
    with running(folder) as server:
        yield server


@pytest.fixture
def apiserver(apiserver_process: ApiServer) -> Iterator[ApiServer]:
    """An API server that nobody has used yet."""
    yield apiserver_process
    kube = LiveKube(lambda: apiserver_process.kubeconfig)
    _empty(kube, Connection(apiserver_process.kubeconfig))
    kube.close()


def _let_go(kube: LiveKube, definition: Manifest) -> None:
    """Take the finalizers from a definition's objects, which nobody here would take."""
    group, name = (objects.text(definition, "spec", *path) for path in GROUP_AND_KIND)
    served = [one for one in objects.items(definition, "spec", "versions") if one.get("served")]
    for version in served[:1]:
        for found in kube.list(Kind(f"{group}/{objects.text(version, 'name')}", name)):
            if objects.finalizers(found):
                kube.patch(objects.ref(found), {"metadata": {"finalizers": None}})


def _empty(kube: LiveKube, connection: Connection) -> None:
    for definition in kube.list(DEFINITION):
        _let_go(kube, definition)
        kube.delete(objects.ref(definition))
    for kind in LEFT_OVER:
        for found in kube.list(kind):
            if objects.namespace(found) not in OWN:
                if objects.finalizers(found):
                    kube.patch(objects.ref(found), {"metadata": {"finalizers": None}})
                kube.delete(objects.ref(found))
    for space in kube.list(NAMESPACE):
        name = objects.name(space)
        if name not in OWN:
            kube.delete(objects.ref(space))
            # The namespace controller would take five seconds to find it empty.
            metadata: Manifest = {"name": name}
            body: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
            connection.ask(Request("PUT", f"/api/v1/namespaces/{name}/finalize", body=body))
    connection.close()
    deadline = time.monotonic() + 240
    while kube.list(DEFINITION):
        assert time.monotonic() < deadline, "definitions do not go"
        SystemClock().sleep(0.05)
