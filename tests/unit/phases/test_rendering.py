"""What a cluster's objects are rendered from when a run goes on."""

from dataclasses import replace

from bedplate.bundles import ChosenBundle
from bedplate.phases.provider_setup import ProviderSetup
from bedplate.phases.rendering import blueprint_of
from bedplate.ports.kube import Side
from bedplate.providers import provider_of
from bedplate.providers.keys import ensure_key
from bedplate.providers.provider import KeyAlgorithm
from bedplate.simulation.templates import digest_of
from bedplate.spec import VSphereMachineConfig
from tests.unit.checks.place import spec_of
from tests.unit.phases.setting import GIVEN, Setting
from tests.unit.providers.vsphere.checks.stages import without_template


def with_other_archives(bundle: ChosenBundle) -> ChosenBundle:
    """Return a bundle whose archives of templates are other ones."""
    versions = {}
    for version, found in bundle.versions.items():
        distro = found.bundle.eks_d
        uri = f"simulated:///other-{version}.ova"
        other = {"uri": uri, "sha256": digest_of(uri)}
        archive = distro.ova.bottlerocket.model_copy(update=other)
        ova = distro.ova.model_copy(update={"bottlerocket": archive})
        eks_d = distro.model_copy(update={"ova": ova})
        changed = found.bundle.model_copy(update={"eks_d": eks_d})
        versions[version] = replace(found, bundle=changed)
    return replace(bundle, versions=versions, digest="cd" * 32)


def templates_of(tools):
    machines = blueprint_of(tools).spec.machine_configs.values()
    return {one.spec.template for one in machines if isinstance(one, VSphereMachineConfig)}


def test_another_bundle_brings_its_own_template(tmp_path):
    here = Setting(tmp_path, spec_of(without_template))
    here.bootstrap()
    tools = here.tools
    ensure_key(tools, KeyAlgorithm.ED25519)
    found = []
    for bundle in (tools.bundle, with_other_archives(tools.bundle)):
        now = replace(tools, bundle=bundle)
        ProviderSetup(Side.BOOTSTRAP).run(GIVEN, now)
        paths = set(provider_of(now.spec).template_paths(now.spec, bundle))
        assert templates_of(now) == paths
        found += paths
    assert len(set(found)) == len(found) == 2
