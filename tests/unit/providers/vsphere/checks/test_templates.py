"""Templates: there, tagged, of a usable size and of a safe origin."""

from dataclasses import replace

import pytest

from bedplate.bundles.versions_bundle import Ova
from bedplate.checks import Severity
from bedplate.providers.vsphere.imports import template_paths
from tests.unit.checks.place import setting
from tests.unit.providers.vsphere.checks.stages import (
    TAGS,
    TEMPLATE,
    machines,
    without_template,
)
from tests.vcsim import TEMPLATES

BOTTLEROCKET_TAGS = ("os:bottlerocket", TAGS[1])


def without_archives(bundle):
    """Return a bundle whose EKS Distro releases have no virtual machine images."""
    versions = {
        version: replace(
            found,
            bundle=found.bundle.model_copy(
                update={"eks_d": found.bundle.eks_d.model_copy(update={"ova": Ova()})}
            ),
        )
        for version, found in bundle.versions.items()
    }
    return replace(bundle, versions=versions)


def test_a_template_that_is_not_there_is_named_once_for_each_configuration(look):
    found = look("templates", machines("w01-etcd", template="/DC0/vm/Templates/none"))
    assert [finding.target for finding in found] == ["VSphereMachineConfig/w01-etcd.spec.template"]
    assert "govc find / -type m -name 'none'" in found[0].remedy


def test_a_virtual_machine_is_no_template(look):
    look.stage.machine(f"{TEMPLATES}/running")
    (finding,) = look("templates", machines("w01", template=f"{TEMPLATES}/running"))
    assert "is a virtual machine, no template" in finding.seen
    assert f"govc vm.markastemplate '{TEMPLATES}/running'" in finding.remedy


@pytest.mark.parametrize("missing", TAGS)
def test_a_missing_tag_is_told_with_the_commands_that_attach_it(look, missing):
    look.stage.template(tags=[tag for tag in TAGS if tag != missing])
    found = look("templates")
    assert len(found) == 1
    category = missing.partition(":")[0]
    assert found[0].seen == f"template {TEMPLATE} is missing tag {missing}"
    assert f"govc tags.category.create -t VirtualMachine {category}" in found[0].remedy
    assert f"govc tags.attach -c {category} {missing} '{TEMPLATE}'" in found[0].remedy


def test_a_template_of_another_release_is_not_to_be_tagged_over(look):
    other = "eksdRelease:kubernetes-1-33-eks-24"
    look.stage.template(tags=["os:ubuntu", other])
    (finding, *_) = look("templates")
    assert f"it carries {other}" in finding.seen
    assert finding.remedy.startswith("choose a template of kubernetes-1-34-eks-12")


def test_workers_of_an_older_version_need_a_template_of_that(look):
    older = setting("workerNodeGroupConfigurations.0.kubernetesVersion", "1.33")
    (finding,) = look("templates", older)
    assert finding.target == "VSphereMachineConfig/w01.spec.template"
    assert "eksdRelease:kubernetes-1-33-eks-24" in finding.seen


def test_a_template_that_is_left_out_is_imported(look):
    assert look("templates", without_template) == []


def test_a_template_that_is_left_out_needs_an_archive_in_the_bundle(look):
    spec = look.spec(without_template)
    bundle = without_archives(look.stage.place.site.bundle(spec))
    found = look("templates", without_template, bundle=bundle)
    assert len(found) == 1
    assert "names no Bottlerocket archive for Kubernetes 1.34" in found[0].seen


def test_an_imported_template_of_before_is_looked_at_like_any_other(look):
    spec = look.spec(without_template)
    (path,) = template_paths(spec, look.stage.place.site.bundle(spec))
    look.stage.template(path, tags=["os:bottlerocket"], disks=(2, 20))
    assert "is missing tag eksdRelease" in look("templates", without_template)[0].seen


def test_a_disk_cannot_be_smaller_than_its_template(look):
    look.stage.template(disks=(40,))
    found = look("template-disks", machines("w01-etcd", "w01", diskGiB=50))
    assert [finding.target for finding in found] == ["VSphereMachineConfig/w01-cp.spec.diskGiB"]
    assert "machines get 40 GiB" in found[0].seen
    assert found[0].severity is Severity.WARN


@pytest.mark.parametrize(
    ("disks", "wrong"), [((22,), 0), ((2, 20), 0), ((2, 2), 1), ((20,), 1), ((2, 20, 5), 1)]
)
def test_bottlerocket_has_its_own_layout_of_disks(look, disks, wrong):
    look.stage.template(tags=BOTTLEROCKET_TAGS, disks=disks)
    user = [{"name": "ec2-user", "sshAuthorizedKeys": [""]}]
    found = look("template-disks", machines(osFamily="bottlerocket", users=user))
    assert len(found) == wrong
    assert all("two of 2 and 20 GiB" in finding.seen for finding in found)


def test_a_linked_clone_needs_a_snapshot(look):
    look.stage.template(snapshots=0)
    found = look("clone-mode", machines("w01", cloneMode="linkedClone", diskGiB=20))
    (finding,) = found
    assert "needs a snapshot" in finding.seen
    assert f"govc snapshot.create -vm '{TEMPLATE}' root" in finding.remedy
    assert look("clone-mode", machines(cloneMode="fullClone")) == []


def test_a_linked_clone_has_its_templates_disk(look):
    linked = machines("w01", cloneMode="linkedClone", diskGiB=30)
    (finding,) = look("clone-mode", linked)
    assert "write diskGiB: 20, or cloneMode: fullClone" in finding.remedy
    assert look("clone-mode", machines("w01", cloneMode="linkedClone", diskGiB=20)) == []


@pytest.mark.parametrize(
    ("annotation", "warned"),
    [
        ("built by image-builder v0.1.37", 1),
        ("kubernetes-sigs/image-builder: 0.1.9", 1),
        ("built by image-builder v0.1.38", 0),
        ("built by image-builder v0.2.0", 0),
        ("Cluster API vSphere image - Ubuntu 22.04", 0),
        ("", 0),
    ],
)
def test_templates_of_an_image_builder_with_known_passwords_are_warned_of(look, annotation, warned):
    look.stage.template(annotation=annotation)
    found = look("template-provenance")
    assert [finding.severity for finding in found] == [Severity.WARN] * warned
    assert all("CVE-2024-9594" in finding.seen for finding in found)


def test_vcenter_tags_exist_by_their_ids(look):
    known = look.scene(look.spec()).inventory().tags["os:ubuntu"]
    assert look("vcenter-tags", machines("w01", tags=[known])) == []
    (finding,) = look("vcenter-tags", machines("w01", tags=[known, "urn:vmomi:nothing"]))
    assert "urn:vmomi:nothing" in finding.seen
    assert "govc tags.ls -json" in finding.remedy
