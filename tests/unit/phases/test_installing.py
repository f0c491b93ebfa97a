"""Installing a release: what is applied, in which order, and when it is left alone."""

from typing import Any

import pytest

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
        self.dies_after = -1

    def get(self, ref: Ref) -> Manifest | None:
        return self.live.get(ref)

    def apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        if len(self.applied) == self.dies_after:
            raise KeyboardInterrupt
        self.applied.append(ref.kind.kind)
        self.live[ref] = {**self.live.get(ref, {}), **manifest}
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


def settings(version: str) -> dict[str, Any]:
    metadata = {"name": "settings", "namespace": "n"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"v": version}}


def controller(name: str, image: str, version: str) -> dict[str, Any]:
    pod = {"containers": [{"image": image, "args": [f"--settings-of={version}"]}]}
    metadata = {"name": name, "namespace": "n"}
    return {**CONTROLLER, "metadata": metadata, "spec": {"template": {"spec": pod}}}


def whole(version: str, *controllers: Manifest) -> Release:
    """A release with everything that providers bring, in the order to make it."""
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "hook"},
        "webhooks": [{"name": "a", "clientConfig": {"service": {"path": f"/{version}"}}}],
    }
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "role"},
        "rules": [{"resources": [version]}],
    }
    served = {**CRD, "status": SERVED}
    provider = {**PROVIDER, "version": version}
    manifests = (served, settings(version), *controllers, role, hook, provider)
    return Release(Component.CLUSTER_API, version, manifests)


BEFORE = whole("v1", controller("a", "a:v1", "v1"), controller("z", "z:v1", "v1"))
AFTER = {
    "every image is another": (controller("a", "a:v2", "v2"), controller("z", "z:v2", "v2")),
    "the last image is the same": (controller("a", "a:v2", "v2"), controller("z", "z:v1", "v2")),
    "the controller has another name": (controller("b", "b:v2", "v2"),),
}


@pytest.mark.parametrize("controllers", AFTER.values(), ids=AFTER)
@pytest.mark.parametrize("died_after", range(8))
def test_an_upgrade_cut_off_anywhere_leaves_no_object_of_the_former_release(
    controllers, died_after
):
    release = whole("v2", *controllers)
    api = Api(*BEFORE.manifests)
    api.dies_after = died_after
    try:
        apply_release(api, release)  # type: ignore[arg-type]
    except KeyboardInterrupt:
        api.dies_after = -1
        apply_release(api, release)  # type: ignore[arg-type]
    assert {objects.ref(one): one for one in release.manifests}.items() <= api.live.items()


def test_a_controller_is_brought_before_its_webhooks_where_nothing_is_there():
    api = Api()
    apply_release(api, whole("v1", CONTROLLER))  # type: ignore[arg-type]
    assert api.applied == [
        "CustomResourceDefinition",
        "ConfigMap",
        "Deployment",
        "ClusterRole",
        "ValidatingWebhookConfiguration",
        "Provider",
    ]
