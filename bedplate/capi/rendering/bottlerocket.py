"""Bottlerocket: no shell and no cloud-init files, but settings that kubeadm's objects carry."""

from __future__ import annotations

from bedplate.bundles import Image, Versions
from bedplate.capi.rendering import mirror, proxy
from bedplate.capi.rendering.files import Fields, as_lines
from bedplate.capi.rendering.kubelet import settings_of
from bedplate.errors import BadInput, Owner
from bedplate.ports.kube import JSON
from bedplate.spec import ClusterSpec, FreeObject
from bedplate.spec.encode import plain
from bedplate.spec.models.host_os import Bottlerocket, BottlerocketKubernetes, HostOSConfiguration
from bedplate.spec.names import spelled

KUBEADM = "/var/lib/kubeadm"
"""The folder that stands for /etc/kubernetes."""

KUBELET_SETTINGS = frozenset(map(spelled, BottlerocketKubernetes.model_fields))
"""The kubelet settings that Bottlerocket takes."""

_NOT_SETTINGS = frozenset({"apiVersion", "kind"})


def node(
    spec: ClusterSpec,
    versions: Versions,
    host_os: HostOSConfiguration | None,
    kubelet: FreeObject | None,
    *hosts: str,
) -> Fields:
    """Return what a clusterConfiguration or joinConfiguration says to Bottlerocket.

    `hosts` are those of the infrastructure that do not go through the proxy. Raises BadInput for
    a kubelet setting that Bottlerocket does not have.
    """
    return {
        **images(versions),
        **proxy.bottlerocket(spec, *hosts),
        **mirror.bottlerocket(spec),
        **settings(host_os, kubelet),
        **cert_bundles(host_os),
    }


def images(versions: Versions) -> Fields:
    """Return the images that start a node: the pause container and the one that runs kubeadm."""
    containers = versions.bundle.bottlerocket_host_containers
    return {
        "pause": image(versions.distro.pause),
        "bottlerocketBootstrap": image(containers.kubeadm_bootstrap),
    }


def image(given: Image) -> Fields:
    """Return an image as its repository and its tag."""
    return {"imageRepository": given.repository, "imageTag": given.tag}


def settings(host_os: HostOSConfiguration | None, kubelet: FreeObject | None) -> Fields:
    """Return kubelet, kernel and boot settings, as a field; nothing where there are none.

    A kubelet configuration takes the place of the operating system's Kubernetes settings.
    """
    own = host_os.bottlerocket_configuration if host_os else None
    if own is None and kubelet is None:
        return {}
    kubernetes = _from_kubelet(kubelet) if kubelet is not None else _kubernetes(own)
    return {"bottlerocket": {**kubernetes, **kernel_settings(own), **boot_parameters(own)}}


def kernel_settings(own: Bottlerocket | None) -> Fields:
    """Return kernel settings, as a field."""
    kernel = own.kernel if own else None
    sysctl = dict(kernel.sysctl_settings) if kernel else {}
    return {"kernel": {"sysctlSettings": sysctl}} if sysctl else {}


def boot_parameters(own: Bottlerocket | None) -> Fields:
    """Return the kernel's boot parameters, as a field."""
    boot = own.boot if own else None
    parameters: Fields = (
        {name: list(values) for name, values in boot.boot_kernel_parameters.items()} if boot else {}
    )
    return {"boot": {"bootKernelParameters": parameters}} if parameters else {}


def cert_bundles(host_os: HostOSConfiguration | None) -> Fields:
    """Return the certificates that a node trusts, as a field."""
    bundles: list[JSON] = [
        {"name": bundle.name, "data": as_lines(bundle.data)}
        for bundle in (host_os.cert_bundles if host_os else ())
    ]
    return {"certBundles": bundles} if bundles else {}


def _kubernetes(own: Bottlerocket | None) -> Fields:
    """The provider's identifier is the machine's own, whatever a file says."""
    if own is None or own.kubernetes is None:
        return {}
    given = plain(own.kubernetes)
    given.pop(spelled("provider_id"), None)
    return {"kubernetes": given}  # type: ignore[dict-item]


def _from_kubelet(configuration: FreeObject) -> Fields:
    given = {
        name: value
        for name, value in settings_of(configuration).items()
        if name not in _NOT_SETTINGS
    }
    unknown = sorted(set(given) - KUBELET_SETTINGS)
    if unknown:
        raise BadInput(
            "CFG_INVALID",
            f"Bottlerocket has no kubelet setting {', '.join(unknown)}",
            why="its API takes the place of the kubelet's configuration file",
            remedy=f"leave it out; there are {', '.join(sorted(KUBELET_SETTINGS))}",
            owner=Owner.SPEC_AUTHOR,
        )
    return {"kubernetes": given}
