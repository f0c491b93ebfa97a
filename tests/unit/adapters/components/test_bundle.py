"""Components of a bundle, read from where the bundle says they are."""

from dataclasses import replace
from pathlib import Path

from bedplate.adapters.components import BundleComponents, Charts, Reach, Registry
from bedplate.adapters.files import FileVault
from bedplate.bundles.artifacts import Manifest
from bedplate.capi import objects
from bedplate.ports.components import Component
from bedplate.simulation.bundle import choose
from bedplate.spec import load_file

SPEC = load_file(Path(__file__).parents[4] / "examples" / "vsphere-standalone.yaml")
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: releases.distro.eks.amazonaws.com}
"""
CONTROLLER = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: eksa-controller-manager}
"""


class Texts(dict[str, str]):
    """Manifests by their addresses."""

    def read(self, uri):
        return self[uri].encode()


def test_the_kinds_of_eks_distro_come_with_eks_anywheres_own(tmp_path):
    bundle = choose(SPEC)
    part = bundle.management
    part = part.model_copy(
        update={
            "eks_d": part.eks_d.model_copy(update={"components": "https://example.com/distro"}),
            "eksa": part.eksa.model_copy(
                update={"components": Manifest(uri="https://example.com/eksa")}
            ),
        }
    )
    texts = Texts(
        {"https://example.com/distro": DEFINITION, "https://example.com/eksa": CONTROLLER}
    )
    reach = Reach(texts, Charts("helm", tmp_path, {}), Registry)
    chosen = replace(bundle, management=part)
    components = BundleComponents(SPEC, lambda: chosen, reach, FileVault(tmp_path))

    found = components.release(Component.EKS_ANYWHERE).manifests

    assert [objects.ref(one).identity for one in found] == [
        "CustomResourceDefinition releases.distro.eks.amazonaws.com",
        "ServiceAccount eksa-system/eksa-controller-manager",
    ]
