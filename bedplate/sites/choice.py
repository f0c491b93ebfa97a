"""Which bundle a site works with, how it is reached, and whose signature is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from bedplate.bundles.keys import PublicKey, public_key
from bedplate.bundles.manifests import RELEASE_MANIFEST
from bedplate.bundles.offline import BUNDLE_FILE, RELEASES_FILE
from bedplate.bundles.resolve import Demand, Keys, Request
from bedplate.errors import BadInput, Owner

if TYPE_CHECKING:
    from bedplate.adapters.fetching import Fetcher, Network
    from bedplate.spec import ClusterSpec

NEVER_PROXIED = ("localhost", "127.0.0.0/8", "::1")


@dataclass(frozen=True, slots=True)
class BundleChoice:
    """A bundle, as a site or a person names it; what is empty is EKS Anywhere's own.

    `releases` is the manifest of releases, `version` the release (else the specification's, else
    the latest), `bundles` a bundle instead: addresses, or files and downloaded folders. Keys are
    files of public keys in PEM. `ca_file` holds more certificate authorities, for the servers of
    manifests and of charts; `plain_hosts` may be read from without TLS. `offline` uses the last
    copies and asks nothing of the network.
    """

    releases: str = ""
    bundles: str = ""
    version: str = ""
    key: str = ""
    distro_key: str = ""
    licence_key: str = ""
    ca_file: str = ""
    proxy: str = ""
    no_proxy: tuple[str, ...] = ()
    plain_hosts: tuple[str, ...] = ()
    offline: bool = False


def request_for(
    choice: BundleChoice,
    spec: ClusterSpec | None,
    demand: Demand,
    versions: tuple[str, ...] | None = None,
) -> Request:
    """Return what is asked of the bundle: `versions`, else those of the specification.

    Raises BadInput KEY_INVALID.
    """
    given = spec.cluster.spec if spec is not None else None
    return Request(
        now=datetime.fromtimestamp(time(), UTC),
        kubernetes_versions=versions or versions_of(spec),
        bundles=_address(choice.bundles, BUNDLE_FILE) if choice.bundles else "",
        eksa_version=choice.version or (given.eksa_version if given else None) or "",
        releases=_address(choice.releases or RELEASE_MANIFEST, RELEASES_FILE),
        keys=keys_of(choice),
        licence=given.license_token if given is not None else "",
        demand=demand,
    )


def fetcher_for(
    choice: BundleChoice, spec: ClusterSpec | None, cache: Path, warn: Callable[[str], None]
) -> Fetcher:
    """Return what reads manifests, with copies in the folder `cache`."""
    from bedplate.adapters.fetching import Cache, Fetcher, Web

    web = Web(network_of(choice, spec))
    return Fetcher(web, Cache(cache), offline=choice.offline, warn=warn)


def network_of(choice: BundleChoice, spec: ClusterSpec | None) -> Network:
    """Return how the network is reached: by the choice's proxy, else the specification's."""
    from bedplate.adapters.fetching import Network

    given = spec.cluster.spec.proxy_configuration if spec is not None else None
    proxy, no_proxy = choice.proxy, choice.no_proxy
    if not proxy and given is not None:
        proxy, no_proxy = given.https_proxy or given.http_proxy, (*no_proxy, *given.no_proxy)
    return Network(
        ca_file=Path(choice.ca_file) if choice.ca_file else None,
        proxy=proxy if not proxy or "://" in proxy else f"http://{proxy}",
        no_proxy=(*NEVER_PROXIED, *no_proxy),
        plain_hosts=frozenset(choice.plain_hosts),
    )


def keys_of(choice: BundleChoice) -> Keys:
    """Return the keys that are believed; raises BadInput KEY_INVALID."""
    usual = Keys.published()
    return Keys(
        bundle=_key(choice.key) or usual.bundle,
        distro=_key(choice.distro_key) or usual.distro,
        licence=_key(choice.licence_key),
    )


def versions_of(spec: ClusterSpec | None) -> tuple[str, ...]:
    """Return the Kubernetes versions that a specification asks for, each once."""
    if spec is None:
        return ()
    of_groups = (spec.worker_version(group) for group in spec.workers)
    return tuple(dict.fromkeys((spec.kubernetes_version, *of_groups)))


def _address(text: str, file: str) -> str:
    """Return a path in full, since a downloaded manifest is found by its folder's name.

    A folder stands for the file in it.
    """
    from bedplate.adapters.fetching.addresses import local_path

    path = local_path(text)
    if path is None:
        return text
    try:
        return str((path / file if path.is_dir() else path).absolute())
    except OSError:
        return text  # whoever reads it explains why it cannot be read


def _key(file: str) -> PublicKey | None:
    if not file:
        return None
    try:
        return public_key(Path(file).read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "KEY_INVALID",
            f"{file} cannot be read as a key: {error}",
            why="it is to hold a public key in PEM, or base64 of its DER form",
            remedy="correct the path",
            owner=Owner.PLATFORM,
        ) from error
