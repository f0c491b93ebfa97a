"""The component manifests of the lab, made from the modules of each project by its own means.

They are as released: variables such as `${EXP_MACHINE_POOL:=true}` stay, certificates are
cert-manager's. What differs is the name of each image, and that nodes do not pull what they have.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab import artifacts, versions
from lab.artifacts import Manifests, Provider
from lab.cert_manager import cert_manager
from lab.commands import run
from lab.images import Images, Part, check_images
from lab.programs import Programs, module

KUSTOMIZE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a Cluster API provider's manifests come from."""

    name: str
    module: str
    version: str
    folder: str
    image: Part


CLUSTER_API = "sigs.k8s.io/cluster-api"
SOURCES = (
    Source("cluster-api", CLUSTER_API, versions.CLUSTER_API, "config/default", Part.CLUSTER_API),
    Source(
        "bootstrap-kubeadm",
        CLUSTER_API,
        versions.CLUSTER_API,
        "bootstrap/kubeadm/config/default",
        Part.KUBEADM_BOOTSTRAP,
    ),
    Source(
        "control-plane-kubeadm",
        CLUSTER_API,
        versions.CLUSTER_API,
        "controlplane/kubeadm/config/default",
        Part.KUBEADM_CONTROL_PLANE,
    ),
    Source(
        "infrastructure-vsphere",
        "sigs.k8s.io/cluster-api-provider-vsphere",
        versions.CLUSTER_API_VSPHERE,
        "config/default",
        Part.CLUSTER_API_VSPHERE,
    ),
)

OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- {base}
patches:
- target:
    kind: Deployment
  patch: |-
    - op: replace
      path: /spec/template/spec/containers/0/image
      value: {image}
    - op: add
      path: /spec/template/spec/containers/0/imagePullPolicy
      value: IfNotPresent
"""


def manifests(
    programs: Programs, images: Images, eksa_components: str, distro_crds: str = ""
) -> Manifests:
    """Return every manifest of the lab's bundle.

    `eksa_components` and `distro_crds` are the texts of EKS Anywhere's own components and of EKS
    Distro's CustomResourceDefinitions; the latter empty where the former have them.

    Raises:
        PermanentError: LAB_PROGRAM_… from Go, kustomize or helm, LAB_IMAGE_FOREIGN.
    """
    cluster_api, bootstrap, control_plane, vsphere = (
        provider(programs, images, source) for source in SOURCES
    )
    return Manifests(
        cert_manager=cert_manager(programs, images),
        cluster_api=cluster_api,
        kubeadm_bootstrap=bootstrap,
        kubeadm_control_plane=control_plane,
        vsphere=vsphere,
        eksa=artifacts.eksa_components(eksa_components),
        distro_crds=artifacts.distro_crds(distro_crds) if distro_crds else None,
    )


def provider(programs: Programs, images: Images, source: Source) -> Provider:
    """Return a Cluster API provider's components and metadata; raises as `manifests` does."""
    files, image = module(source.module, source.version), images.name(source.image)
    with tempfile.TemporaryDirectory(prefix="bedplate-kustomize-") as made:
        folder = Path(made).resolve()
        base = os.path.relpath((files / source.folder).resolve(), folder)
        overlay = OVERLAY.format(base=base, image=image)
        (folder / "kustomization.yaml").write_text(overlay)
        text = run([programs["kustomize"], "build", folder], timeout=KUSTOMIZE_SECONDS)
    check_images(source.name, text, {image})
    metadata = (files / artifacts.METADATA).read_text()
    return Provider.of(source.name, source.version, text, metadata)
