"""Provider setup: folders, imported templates and secrets; taken back where we made them."""

from dataclasses import replace

import pytest

from bedplate.capi import objects
from bedplate.engine.phase import Waiting
from bedplate.errors import PermanentError, TemporaryError
from bedplate.phases.provider_setup import ProviderSetup
from bedplate.phases.rendering import draft
from bedplate.ports.kube import Kind, Side
from bedplate.ports.vcenter import Inventory
from bedplate.providers import provider_of
from bedplate.providers.keys import ensure_key
from bedplate.providers.provider import KeyAlgorithm
from bedplate.simulation import World, parse_fault
from bedplate.simulation.inventory import put
from tests.unit.checks.place import spec_of
from tests.unit.phases.setting import GIVEN, Setting
from tests.unit.providers.vsphere.checks.stages import machines, without_template

SECRET = Kind("v1", "Secret")
PHASE = ProviderSetup(Side.BOOTSTRAP)
DEEP = "/DC0/vm/eks/clusters/w01"
INNER = machines("w01", folder="/DC0/vm/eks/w01-workers")


def make(tmp_path, *edits):
    here = Setting(tmp_path, spec_of(*edits))
    here.bootstrap()
    ensure_key(here.tools, KeyAlgorithm.ED25519)
    return here


@pytest.fixture
def here(tmp_path):
    return make(tmp_path)


@pytest.fixture
def open_template(tmp_path):
    """A specification that leaves its template to us, in a folder that is to be made."""
    return make(tmp_path, without_template, machines(folder=DEEP), INNER)


def inventory(here, kind):
    seen = here.tools.ports.vcenter.look()
    return {item.path: item for item in seen.objects if item.kind is kind}


def settle(here):
    assert PHASE.run(GIVEN, here.tools) is None
    fact = PHASE.verify(GIVEN, here.tools)
    assert not isinstance(fact, Waiting), fact.on
    return fact


def test_folders_and_secrets_are_made_and_found_done(here):
    assert PHASE.check(GIVEN, here.tools) is None
    fact = settle(here)
    assert fact.folders == ("/DC0/vm/w01",)
    assert fact.secrets == ("vsphere-credentials", "w01-vsphere-credentials")
    assert fact.templates == ()
    assert fact.ssh_key == "w01/ssh-private-key"
    assert PHASE.check(GIVEN, here.tools) == fact


def test_a_template_that_is_left_out_is_imported_with_its_tags(open_template):
    waiting = PHASE.verify(GIVEN, open_template.tools)
    assert isinstance(waiting, Waiting)
    before = inventory(open_template, Inventory.TEMPLATE)

    (path,) = settle(open_template).templates

    made = inventory(open_template, Inventory.TEMPLATE)
    assert made.keys() - before.keys() == {path}
    assert made[path].tags == {"os:bottlerocket", "eksdRelease:kubernetes-1-34-eks-12"}
    assert made[path].disks_gib == (2, 20)
    assert path.startswith("/DC0/vm/Templates/bottlerocket-v1.34.4-kubernetes-1-34-eks-12-")
    assert any("Importing template" in line for line in open_template.said)


def test_machines_are_cloned_from_the_imported_template(open_template):
    (path,) = settle(open_template).templates
    tools = open_template.tools
    blueprint = draft(tools.spec, tools.bundle)
    provider = provider_of(tools.spec)
    rendered = [*provider.control_plane(blueprint), *provider.workers(blueprint)]
    templates = [one for one in rendered if one["kind"] == "VSphereMachineTemplate"]
    assert len(templates) == 3
    named = {objects.text(one, "spec", "template", "spec", "template") for one in templates}
    assert named == {path}


def test_an_import_that_is_there_is_not_made_again(open_template):
    settle(open_template)
    said = len(open_template.said)
    other = open_template.with_spec(open_template.spec)
    other.notes.lines.clear()  # another run, which has noted nothing
    settle(other)
    assert not any("Importing" in line for line in open_template.said[said:])
    PHASE.undo(GIVEN, other.tools)
    assert any("bottlerocket" in path for path in inventory(other, Inventory.TEMPLATE))


def test_an_archive_of_another_digest_stops_the_step(open_template):
    tools = open_template.tools
    release = tools.bundle["1.34"].bundle.eks_d
    archive = release.ova.bottlerocket.model_copy(update={"sha256": "0" * 64})
    ova = release.ova.model_copy(update={"bottlerocket": archive})
    found = tools.bundle["1.34"]
    bundle = found.bundle.model_copy(update={"eks_d": release.model_copy(update={"ova": ova})})
    versions = {"1.34": replace(found, bundle=bundle)}
    wrong = replace(tools, bundle=replace(tools.bundle, versions=versions))
    with pytest.raises(PermanentError) as caught:
        PHASE.run(GIVEN, wrong)
    assert caught.value.code == "IMAGE_MISMATCH"


def test_a_step_that_broke_in_the_import_goes_on_and_can_be_taken_back(open_template):
    before = (
        inventory(open_template, Inventory.FOLDER),
        inventory(open_template, Inventory.TEMPLATE),
    )
    open_template.world.inject(parse_fault("vcenter.import_template=lostx1"))
    with pytest.raises(TemporaryError):
        PHASE.run(GIVEN, open_template.tools)
    settle(open_template)
    PHASE.undo(GIVEN, open_template.tools)
    after = inventory(open_template, Inventory.FOLDER), inventory(open_template, Inventory.TEMPLATE)
    assert after == before


def test_an_import_that_was_killed_before_its_tags_is_tagged(open_template):
    (path,) = settle(open_template).templates
    whole = inventory(open_template, Inventory.TEMPLATE)[path]
    untag(open_template, whole)

    assert PHASE.check(GIVEN, open_template.tools) is None
    settle(open_template)

    assert inventory(open_template, Inventory.TEMPLATE)[path] == whole


def test_a_template_that_others_imported_is_theirs_to_tag(open_template):
    (path,) = settle(open_template).templates
    untag(open_template, inventory(open_template, Inventory.TEMPLATE)[path])
    other = open_template.with_spec(open_template.spec)
    other.notes.lines.clear()  # another run, which has noted nothing

    settle(other)

    assert inventory(other, Inventory.TEMPLATE)[path].tags == frozenset()


def untag(here, template):
    with here.world.transaction() as tx:
        put(tx, replace(template, tags=frozenset()))


def test_undo_takes_back_what_was_made_with_the_folders_above_and_may_be_repeated(open_template):
    before = (
        inventory(open_template, Inventory.FOLDER),
        inventory(open_template, Inventory.TEMPLATE),
    )
    settle(open_template)
    for _ in range(2):
        PHASE.undo(GIVEN, open_template.tools)
        folders = inventory(open_template, Inventory.FOLDER)
        assert (folders, inventory(open_template, Inventory.TEMPLATE)) == before
    assert open_template.tools.kube(Side.BOOTSTRAP).list(SECRET, "eksa-system") == []


def test_folders_that_others_made_or_use_stay(here):
    here.tools.ports.vcenter.create_folder("/DC0/vm/w01")
    settle(here)
    PHASE.undo(GIVEN, here.tools)
    assert "/DC0/vm/w01" in inventory(here, Inventory.FOLDER)


def test_running_twice_makes_nothing_new(open_template):
    settle(open_template)
    once = _state(open_template.world)
    settle(open_template)
    assert _state(open_template.world) == once


def _state(world: World):
    with world.snapshot() as tx:
        return tx.all("SELECT * FROM inventory ORDER BY path")


def test_it_depends_on_folders_and_templates(open_template):
    tools = open_template.tools
    reads = PHASE.reads(tools.spec, tools.bundle)
    assert isinstance(reads, list)
    assert DEEP in reads
    assert any("Templates/bottlerocket" in one for one in reads)
