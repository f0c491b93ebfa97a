"""Whether a registry mirror has every image that the cluster will pull."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bedplate.bundles import Image
from bedplate.checks.check import Check, Finding
from bedplate.checks.finding import Findings, block, check, warn
from bedplate.checks.images import images
from bedplate.checks.mirror import FIELD, USERNAME, access_to, mirror_map, mirror_of
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.network import Answer
from bedplate.spec import ClusterSpec

SHOWN = 5


class Found(enum.Enum):
    """What a mirror has of an image."""

    WHOLE = "with the digest that the bundle says"
    OTHER = "with another digest"
    DENIED = "not for this user"
    MISSING = "not at all"
    UNSEEN = "it did not say"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An image, where the mirror should have it, and what the mirror says."""

    image: Image
    place: str
    by_digest: Answer
    by_tag: Answer

    @property
    def found(self) -> Found:
        """What the mirror has. Nodes pull by tag, so the tag decides."""
        if self.by_tag.status == 200:
            return Found.OTHER if self.by_digest.status == 404 else Found.WHOLE
        by_status = {401: Found.DENIED, 403: Found.DENIED, 404: Found.MISSING}
        return by_status.get(self.by_tag.status or 0, Found.UNSEEN)

    @property
    def reason(self) -> str:
        """Why the mirror did not say."""
        return self.by_tag.reason or f"it answers {self.by_tag.status}"


def mirror_image_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return the check of a mirror's images; none without a mirror."""
    if spec.cluster.spec.registry_mirror_configuration is None:
        return ()
    return (check("registry-mirror-images", "Registry mirror has every image", _images),)


def _images(scene: Scene) -> Findings:
    """One finding for each thing that is wrong, however many images it is wrong with."""
    asked = tuple(_ask(scene))
    mirror = mirror_map(scene.spec)
    base = mirror.base if mirror else ""
    for found, tell in _TELL.items():
        these = [one for one in asked if one.found is found]
        if these:
            yield tell(base, f"{len(these)} of {len(asked)} images", these)


def _ask(scene: Scene) -> Iterator[_Wanted]:
    """Ask by digest, and by tag where the digest is not found or not known."""
    mirror = mirror_map(scene.spec)
    if mirror is None:
        return
    found = [(image, mirror.mirrored(image.uri)) for image in images(scene.spec, scene.bundle)]
    found = [(image, place) for image, place in found if place != image.uri]
    access = access_to(scene, mirror_of(scene).endpoint)
    first = [_manifest(place, image.image_digest) for image, place in found]
    by_digest = scene.network.fetch_all(first, access)
    again = [n for n, answer in enumerate(by_digest) if answer.status != 200]
    tags = [_manifest(found[n][1], "") for n in again]
    by_tag = dict(zip(again, scene.network.fetch_all(tags, access), strict=True))
    for n, (image, place) in enumerate(found):
        yield _Wanted(image, place, by_digest[n], by_tag.get(n, by_digest[n]))


def _manifest(place: str, digest: str) -> str:
    """Return the URL of an image's manifest: by digest where there is one, else by its tag."""
    host, _, path = place.partition("/")
    image = Image(uri=path)
    return f"https://{host}/v2/{image.repository}/manifests/{digest or image.tag or 'latest'}"


def _unseen(base: str, count: str, these: Sequence[_Wanted]) -> Finding:
    reasons = "; ".join(dict.fromkeys(one.reason for one in these))
    seen = f"{count} could not be looked for: {reasons}"
    return block(
        base, seen, f"see what the mirror says: curl -vI https://{base}/v2/", Owner.NETWORK
    )


def _denied(base: str, count: str, these: Sequence[_Wanted]) -> Finding:
    return block(
        base,
        f"the mirror does not let us read {count}: {_places(these)}",
        f"let the user of {USERNAME} read them; where the mirror wants a login, set"
        f" {FIELD}.authenticate",
        Owner.PLATFORM,
    )


def _missing(base: str, count: str, these: Sequence[_Wanted]) -> Finding:
    seen = f"{count} are not there: {_places(these)}"
    return block(base, seen, f"copy each, such as: {_copy(these[0])}", Owner.PLATFORM)


def _other(base: str, count: str, these: Sequence[_Wanted]) -> Finding:
    return warn(
        base,
        f"{count} have another digest than the bundle says: {_places(these)}",
        f"copy them with every platform, so that the digest stays, such as: {_copy(these[0])}",
        Owner.PLATFORM,
    )


_TELL: dict[Found, Callable[[str, str, Sequence[_Wanted]], Finding]] = {
    Found.UNSEEN: _unseen,
    Found.DENIED: _denied,
    Found.MISSING: _missing,
    Found.OTHER: _other,
}


def _places(wanted: Sequence[_Wanted]) -> str:
    places = [one.place for one in wanted[:SHOWN]]
    more = len(wanted) - len(places)
    return ", ".join(places) + (f" and {more} more" if more else "")


def _copy(wanted: _Wanted) -> str:
    return f"skopeo copy --all docker://{wanted.image.uri} docker://{wanted.place}"
