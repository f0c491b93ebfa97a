"""The images of components: the bundle's instead of the manifest's, from a mirror if there is one.

As clusterctl's image overrides do it; a container is known by its image's name or by its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.bundles import Image
from bedplate.bundles.mirror import MirrorMap
from bedplate.capi import objects
from bedplate.ports.kube import JSON, Manifest

WORKLOADS = frozenset({"Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob"})
CONTAINERS = ("initContainers", "containers")
SOLVER = "--acme-http01-solver-image="


def with_images(
    manifest: Manifest, images: Mapping[str, Image], mirror: MirrorMap | None
) -> Manifest:
    """Return a workload with the images of a bundle; any other object as it is.

    `images` are by the names of containers and of images without registry and tag.
    """
    if objects.kind(manifest).kind not in WORKLOADS:
        return manifest
    found = _changed(manifest, _Names(images, mirror))
    return found if isinstance(found, Mapping) else manifest


class _Names:
    def __init__(self, images: Mapping[str, Image], mirror: MirrorMap | None) -> None:
        self._images = images
        self._mirror = mirror

    def of(self, image: str, container: str = "") -> str:
        written = Image(uri=image.partition("@")[0])
        base = written.repository.rpartition("/")[2]
        known = self._images.get(base) or self._images.get(container)
        wanted = known.uri if known is not None and known.uri else image
        return self._mirror.mirrored(wanted) if self._mirror is not None else wanted


def _changed(item: JSON, names: _Names) -> JSON:
    """Walk down to the containers, wherever the kind keeps its pods."""
    if isinstance(item, Mapping):
        return {
            key: _containers(one, names) if key in CONTAINERS else _changed(one, names)
            for key, one in item.items()
        }
    return [_changed(one, names) for one in item] if isinstance(item, list) else item


def _containers(item: JSON, names: _Names) -> JSON:
    if not isinstance(item, list):
        return item
    return [_container(one, names) if isinstance(one, Mapping) else one for one in item]


def _container(container: Mapping[str, JSON], names: _Names) -> Mapping[str, JSON]:
    image = names.of(objects.text(container, "image"), objects.text(container, "name"))
    changed: dict[str, JSON] = {**container, "image": image}
    if "args" in container:
        changed["args"] = [_argument(one, names) for one in objects.sequence(container, "args")]
    return changed


def _argument(argument: JSON, names: _Names) -> JSON:
    """cert-manager starts a container of its own, whose image it is told so."""
    if not isinstance(argument, str) or not argument.startswith(SOLVER):
        return argument
    return SOLVER + names.of(argument.removeprefix(SOLVER))
