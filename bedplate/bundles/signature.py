"""Signatures of bundles and of EKS Distro releases: making them, and believing them.

A bundle is signed as a whole, without the parts that its user may replace (images and manifests
of most components). Which parts those are is fixed here: were it up to the bundle's annotation,
whoever changes a bundle could exclude what they added.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bedplate.bundles.canonical import Path, canonical, path
from bedplate.bundles.documents import Json, Table, Written
from bedplate.bundles.keys import EKSA_BUNDLE_KEY, EKSA_DISTRO_KEY, PublicKey, public_key
from bedplate.errors import Owner, PermanentError

SIGNATURE = "anywhere.eks.amazonaws.com/signature"
EXCLUDES = "anywhere.eks.amazonaws.com/excludes"
DISTRO_SIGNATURE = "distro.eks.amazonaws.com/signature"
"""Followed by `-` and the channel; an annotation of the bundle, not of the release."""

ALWAYS_EXCLUDED = (
    ".status",
    ".metadata.creationTimestamp",
    ".metadata.annotations",
    ".metadata.generation",
    ".metadata.managedFields",
    ".metadata.uid",
    ".metadata.resourceVersion",
    ".metadata.namespace",
)

_REPLACEABLE = (
    "bootstrap",
    "bottlerocketHostContainers",
    "certManager",
    "cilium",
    "cloudStack",
    "clusterAPI",
    "controlPlane",
    "docker",
    "eksa",
    "eksD.components",
    "eksD.manifestUrl",
    "etcdadmBootstrap",
    "etcdadmController",
    "flux",
    "haproxy",
    "kindnetd",
    "nutanix",
    "packageController",
    "snow",
    "tinkerbell",
    "upgrader",
    "vSphere",
)
REPLACEABLE = tuple(f".spec.versionsBundles[].{part}" for part in _REPLACEABLE)
"""What the signature of a bundle leaves out, beyond ALWAYS_EXCLUDED."""


def signature_of(written: Written) -> str:
    """Return a bundle's signature, in base64; empty where it has none."""
    return _annotation(written.data, SIGNATURE)


def verify_bundle(
    written: Written, key: PublicKey, permitted: Collection[str] = REPLACEABLE
) -> tuple[str, ...]:
    """Verify a bundle's signature; returns the paths that it leaves out.

    `permitted` are the paths that the bundle's own list of excluded paths may name.

    Raises:
        PermanentError: BUNDLE_UNSIGNED, BUNDLE_EXCLUDES, BUNDLE_TAMPERED or BUNDLE_OTHER_KEY.
    """
    given = signature_of(written)
    if not given:
        raise _unsigned(written.uri)
    excluded = _excluded(written, permitted)
    message = canonical(written.data, _paths(excluded))
    signature = _decoded(given, written.uri)
    if not key.made(signature, message):
        other = public_key(EKSA_BUNDLE_KEY)
        raise _other_key(written.uri, key, other.made(signature, message))
    return excluded


def verify_distro(bundle: Written, release: Written, channel: str, key: PublicKey) -> None:
    """Verify the signature of an EKS Distro release, which its bundle holds.

    As EKS Anywhere makes it, it covers the release's name and `spec`; the list of images, which
    is in `status`, is not in it.

    Raises:
        PermanentError: DISTRO_UNSIGNED or DISTRO_TAMPERED.
    """
    given = _annotation(bundle.data, f"{DISTRO_SIGNATURE}-{channel}")
    if not given:
        raise PermanentError(
            "DISTRO_UNSIGNED",
            f"{bundle.uri} holds no signature of EKS Distro {channel}",
            why="extended support is given for releases that are signed",
            remedy="use a bundle as it was published, or a Kubernetes version in standard support",
            owner=Owner.PLATFORM,
        )
    message = canonical(release.data, _paths(()))
    if not key.made(_decoded(given, bundle.uri), message):
        raise PermanentError(
            "DISTRO_TAMPERED",
            f"the signature of EKS Distro {channel} in {bundle.uri} does not fit {release.uri}",
            why=f"the release was changed, or another key than {key.name} signed it",
            remedy="read the release from where it is published; check the key",
            owner=Owner.PLATFORM,
        )


def sign_bundle(
    data: Table, key: ec.EllipticCurvePrivateKey, excludes: Iterable[str] = REPLACEABLE
) -> Table:
    """Return a bundle with a signature and the list of what it leaves out."""
    excluded = tuple(excludes)
    made = _signed(canonical(data, _paths(excluded)), key)
    listed = base64.b64encode("\n".join(excluded).encode()).decode()
    return _annotated(data, {SIGNATURE: made, EXCLUDES: listed})


def sign_distro(
    bundle: Table, release: Table, channel: str, key: ec.EllipticCurvePrivateKey
) -> Table:
    """Return a bundle with the signature of one of its EKS Distro releases; its own stays valid."""
    made = _signed(canonical(release, _paths(())), key)
    return _annotated(bundle, {f"{DISTRO_SIGNATURE}-{channel}": made})


def default_keys() -> tuple[PublicKey, PublicKey]:
    """Return EKS Anywhere's keys for bundles and for EKS Distro releases."""
    return public_key(EKSA_BUNDLE_KEY), public_key(EKSA_DISTRO_KEY)


def _signed(message: bytes, key: ec.EllipticCurvePrivateKey) -> str:
    return base64.b64encode(key.sign(message, ec.ECDSA(hashes.SHA256()))).decode()


def _annotated(data: Table, more: dict[str, str]) -> Table:
    metadata = data.get("metadata")
    kept: dict[str, Json] = dict(metadata) if isinstance(metadata, dict) else {}
    given = kept.get("annotations")
    annotations: dict[str, Json] = dict(given) if isinstance(given, dict) else {}
    return {**data, "metadata": {**kept, "annotations": {**annotations, **more}}}


def _annotation(data: Table, name: str) -> str:
    metadata = data.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    value = annotations.get(name) if isinstance(annotations, dict) else None
    return value if isinstance(value, str) else ""


def _excluded(written: Written, permitted: Collection[str]) -> tuple[str, ...]:
    listed = _annotation(written.data, EXCLUDES)
    if not listed:
        return REPLACEABLE
    try:
        lines = base64.b64decode(listed, validate=True).decode().splitlines()
    except (ValueError, binascii.Error) as error:
        raise _excludes(written.uri, "is no base64 of a list of paths") from error
    found = tuple(line.strip() for line in lines if line.strip())
    foreign = sorted(set(found) - set(permitted))
    if foreign:
        raise _excludes(written.uri, f"leaves out {', '.join(foreign)}")
    return found


def _paths(excluded: Iterable[str]) -> list[Path]:
    return [path(text) for text in (*ALWAYS_EXCLUDED, *excluded)]


def _decoded(text: str, uri: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise PermanentError(
            "BUNDLE_TAMPERED",
            f"{uri}: the signature is no base64",
            why="whether the manifest is as it was published cannot be told",
            remedy="read the bundle again from where it is published",
            owner=Owner.PLATFORM,
        ) from error


def _unsigned(uri: str) -> PermanentError:
    return PermanentError(
        "BUNDLE_UNSIGNED",
        f"{uri} has no annotation {SIGNATURE}",
        why="whether the bundle is as it was published cannot be told",
        remedy="use a bundle as it was published, or sign your own and name its key with --key",
        owner=Owner.PLATFORM,
    )


def _excludes(uri: str, seen: str) -> PermanentError:
    return PermanentError(
        "BUNDLE_EXCLUDES",
        f"{uri}: the annotation {EXCLUDES} {seen}",
        why="a signature that leaves out other parts than EKS Anywhere's proves nothing about them",
        remedy="read the bundle again from where it is published",
        owner=Owner.PLATFORM,
    )


def _other_key(uri: str, key: PublicKey, is_published: bool) -> PermanentError:
    if is_published:
        return PermanentError(
            "BUNDLE_OTHER_KEY",
            f"{uri} is signed by EKS Anywhere, not by the key {key.name}",
            why="only bundles of the key that was named are believed",
            remedy="leave --key out for a bundle of EKS Anywhere",
            owner=Owner.PLATFORM,
        )
    return PermanentError(
        "BUNDLE_TAMPERED",
        f"the signature of {uri} does not fit its content, by the key {key.name}",
        why="the bundle was changed after it was signed, or another key signed it",
        remedy="read the bundle again from where it is published; for one of your own, sign it"
        " again and name its key with --key",
        owner=Owner.PLATFORM,
    )
