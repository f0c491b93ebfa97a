"""What lies between a cluster and the world: proxy, registry mirror, identity of pods, packages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The HTTP proxy of the nodes."""

    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OCINamespace:
    """Where an upstream registry is found in the mirror."""

    registry: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryMirror:
    """A local registry that stands in for the upstream ones."""

    endpoint: str = ""
    port: str = ""
    oci_namespaces: tuple[OCINamespace, ...] = ()
    ca_cert_content: str = ""
    authenticate: bool = False
    insecure_skip_verify: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PodIam:
    """IAM roles for service accounts."""

    service_account_issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantities:
    """Kubernetes quantities."""

    cpu: str = ""
    memory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a container asks for and may use."""

    requests: Quantities | None = None
    limits: Quantities | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageController:
    """The controller of curated packages."""

    repository: str = ""
    tag: str = ""
    digest: str = ""
    disable_webhooks: bool = False
    env: tuple[str, ...] = ()
    resources: Resources | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageCronJob:
    """The job that renews the packages' registry token."""

    repository: str = ""
    tag: str = ""
    digest: str = ""
    disable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """Curated packages."""

    disable: bool = False
    controller: PackageController | None = None
    cronjob: PackageCronJob | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlesRef:
    """Deprecated reference to a Bundles object; `eksaVersion` replaces it."""

    api_version: str = ""
    name: str = ""
    namespace: str = ""
