"""What lies between a cluster and the world: proxy, registry mirror, identity of pods, packages."""

from __future__ import annotations

from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Flag, Text, Texts


class Proxy(Model):
    """The HTTP proxy of the nodes."""

    http_proxy: Text = ""
    https_proxy: Text = ""
    no_proxy: Texts = ()


class OCINamespace(Model):
    """Where an upstream registry is found in the mirror."""

    REQUIRED = frozenset({"namespace", "registry"})
    registry: Text = ""
    namespace: Text = ""


class RegistryMirror(Model):
    """A local registry that stands in for the upstream ones."""

    endpoint: Text = ""
    port: Text = ""
    oci_namespaces: tuple[OCINamespace, ...] = ()
    ca_cert_content: Text = ""
    authenticate: Flag = False
    insecure_skip_verify: Flag = False


class PodIam(Model):
    """IAM roles for service accounts."""

    REQUIRED = frozenset({"service_account_issuer"})
    service_account_issuer: Text = ""


class Quantities(Model):
    """Kubernetes quantities."""

    cpu: Text = ""
    memory: Text = ""


class Resources(Model):
    """What a container asks for and may use."""

    requests: Quantities | None = None
    limits: Quantities | None = None


class PackageController(Model):
    """The controller of curated packages."""

    repository: Text = ""
    tag: Text = ""
    digest: Text = ""
    disable_webhooks: Flag = False
    env: Texts = ()
    resources: Resources | None = None


class PackageCronJob(Model):
    """The job that renews the packages' registry token."""

    repository: Text = ""
    tag: Text = ""
    digest: Text = ""
    disable: Flag = False


class Packages(Model):
    """Curated packages."""

    disable: Flag = False
    controller: PackageController | None = None
    cronjob: PackageCronJob | None = None


class BundlesRef(Model):
    """Deprecated reference to a Bundles object; `eksaVersion` replaces it."""

    REQUIRED = frozenset({"api_version", "name", "namespace"})
    api_version: Text = ""
    name: Text = ""
    namespace: Text = ""
