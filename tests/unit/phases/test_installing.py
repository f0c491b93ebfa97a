"""Installing a release: what is applied, in which order, and when it is left alone."""

from typing import Any

from bedplate.capi import objects
from bedplate.engine.phase import Waiting
from bedplate.phases.installing import apply_release, missing
from bedplate.ports.components import Component, Release
from bedplate.ports.kube import Manifest, Ref

CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "providers.example.com"},
    "spec": {"group": "example.com", "names": {"kind": "Provider"}},
}
PROVIDER: dict[str, Any] = {
    "apiVersion": "example.com/v1",
    "kind": "Provider",
    "metadata": {"name": "p"},
}
CONTROLLER: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "c", "namespace": "n"},
    "spec": {"template": {"spec": {"containers": [{"image": "c:v1"}]}}},
}
RELEASE = Release(Component.CLUSTER_API, "v1", (CRD, PROVIDER, CONTROLLER))
SERVED = {"conditions": [{"type": "Established", "status": "True"}]}


class Api:
    """An API server that keeps what is applied, and the order."""

    def __init__(self, *live: Manifest) -> None:
        self.live = {objects.ref(one): one for one in live}
        self.applied: list[str] = []

    def get(self, ref: Ref) -> Manifest | None:
        return self.live.get(ref)

    def apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        self.applied.append(ref.kind.kind)
        self.live.setdefault(ref, manifest)
        return manifest


def test_what_a_release_defines_itself_is_applied_once_it_is_served():
    api = Api()
    waiting = apply_release(api, RELEASE)  # type: ignore[arg-type]
    assert isinstance(waiting, Waiting)
    assert waiting.on == "CustomResourceDefinition providers.example.com to be served"
    assert api.applied == ["CustomResourceDefinition", "Deployment"]

    api.live[objects.ref(CRD)] = {**CRD, "status": SERVED}
    assert apply_release(api, RELEASE) is None  # type: ignore[arg-type]
    assert api.applied[-1] == "Provider"


def test_what_is_there_is_not_applied_again_to_make_it_ready():
    api = Api(CRD, PROVIDER, CONTROLLER)
    assert apply_release(api, RELEASE) is None  # type: ignore[arg-type]
    assert api.applied == []
    assert missing(api, RELEASE) == Waiting(  # type: ignore[arg-type]
        "CustomResourceDefinition providers.example.com to be served"
    )


def test_another_version_of_a_controller_is_applied():
    older = {**CONTROLLER, "spec": {"template": {"spec": {"containers": [{"image": "c:v0"}]}}}}
    api = Api({**CRD, "status": SERVED}, PROVIDER, older)
    apply_release(api, RELEASE)  # type: ignore[arg-type]
    assert "Deployment" in api.applied


def test_a_controller_that_was_stopped_is_applied():
    stopped = {**CONTROLLER, "spec": {**CONTROLLER["spec"], "replicas": 0}}
    api = Api({**CRD, "status": SERVED}, PROVIDER, stopped)
    apply_release(api, RELEASE)  # type: ignore[arg-type]
    assert "Deployment" in api.applied
