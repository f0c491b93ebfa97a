"""Where the machines of external etcd get etcd from, if their image has not got it."""

from __future__ import annotations

from bedplate.bundles import semver
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.rendering.files import Fields

FIRST_WITH_URL = (0, 19, 0)
"""The first EKS Anywhere whose machines may download etcd. Older clusters' etcd is left as it is:
a new field would replace every machine of it."""


def download(blueprint: Blueprint) -> Fields:
    """Return the address of etcd's release, as a field; without a version, all is new."""
    written = blueprint.spec.cluster.spec.eksa_version or blueprint.bundle.eksa_version
    version = semver.parse(written)
    old = version is not None and version.core < FIRST_WITH_URL
    url = blueprint.versions.distro.etcd_url
    return {"etcdReleaseURL": url} if url and not old else {}
