"""The images of components: the bundle's, through a mirror."""

from typing import Any

from bedplate.adapters.components.images import with_images
from bedplate.bundles import Image
from bedplate.bundles.mirror import MirrorMap

MIRROR = MirrorMap.of("mirror.example.com", "443", [("public.ecr.aws", "eks")])


def deployment(*containers):
    pod = {"containers": list(containers)}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {"spec": pod}}}


def images_of(manifest):
    return [one["image"] for one in manifest["spec"]["template"]["spec"]["containers"]]


def test_a_container_is_known_by_its_images_name():
    found = with_images(
        deployment({"name": "x", "image": "quay.io/jetstack/cert-manager-webhook:v1"}),
        {"cert-manager-webhook": Image(uri="public.ecr.aws/cm/cert-manager-webhook:v2")},
        None,
    )
    assert images_of(found) == ["public.ecr.aws/cm/cert-manager-webhook:v2"]


def test_a_container_is_known_by_its_own_name():
    found = with_images(
        deployment({"name": "manager", "image": "gcr.io:443/capi/controller:main@sha256:ab"}),
        {"manager": Image(uri="public.ecr.aws/capi:v2")},
        MIRROR,
    )
    assert images_of(found) == ["mirror.example.com:443/eks/capi:v2"]


def test_an_image_that_the_bundle_does_not_name_stays_and_is_mirrored():
    found = with_images(
        deployment({"name": "other", "image": "public.ecr.aws/other:v1"}),
        {"manager": Image(uri="public.ecr.aws/capi:v2"), "other": Image()},
        MIRROR,
    )
    assert images_of(found) == ["mirror.example.com:443/eks/other:v1"]


def test_cert_manager_is_told_the_bundles_solver():
    container = {
        "name": "cert-manager-controller",
        "image": "quay.io/jetstack/cert-manager-controller:v1",
        "args": ["--v=2", "--acme-http01-solver-image=quay.io/jetstack/cert-manager-acmesolver:v1"],
    }
    solver = Image(uri="public.ecr.aws/cm/solver:v2")
    found: Any = with_images(deployment(container), {"cert-manager-acmesolver": solver}, None)
    (changed,) = found["spec"]["template"]["spec"]["containers"]
    assert changed["args"] == ["--v=2", "--acme-http01-solver-image=public.ecr.aws/cm/solver:v2"]


def test_what_runs_nothing_stays_as_it_is():
    manifest: Any = {"kind": "ConfigMap", "data": {"containers": "image"}}
    assert with_images(manifest, {}, MIRROR) is manifest
