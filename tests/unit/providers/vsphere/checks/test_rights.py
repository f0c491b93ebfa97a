"""Privileges: exactly what is missing, and where."""

import json
from pathlib import Path

import pytest

from bedplate.checks import Severity
from bedplate.ports.vcenter import Inventory, InventoryObject
from bedplate.providers.vsphere.checks.rights import wanted_privileges
from bedplate.providers.vsphere.privileges import EVERY_PRIVILEGE, PRIVILEGES, Scope
from bedplate.simulation import arrangement
from bedplate.simulation.inventory import USERNAME
from tests.unit.providers.vsphere.checks.stages import (
    TEMPLATE,
    datacenter,
    machines,
    without_template,
)
from tests.vcsim import CLUSTER, DATASTORE, NETWORK, POOL, TEMPLATES

SHARED = Path(__file__).parents[6] / "shared" / "eksa"


def test_what_is_missing_is_named_with_its_object(look):
    look.stage.deny("/", "Sessions.ValidateSession")
    look.stage.deny(DATASTORE, "Datastore.AllocateSpace", "Datastore.Browse")
    look.stage.deny(TEMPLATE, "VirtualMachine.Provisioning.DeployTemplate")

    found = look("vsphere-user-privilege")

    assert [row for finding in found for row in finding.rows] == [
        ("/", "Sessions.ValidateSession"),
        (DATASTORE, "Datastore.AllocateSpace"),
        (DATASTORE, "Datastore.Browse"),
        (TEMPLATE, "VirtualMachine.Provisioning.DeployTemplate"),
    ]
    assert [finding.target for finding in found] == ["/", DATASTORE, TEMPLATE]
    assert "govc role.update -a ROLE Datastore.AllocateSpace Datastore.Browse" in found[1].remedy
    assert f"govc permissions.ls '{DATASTORE}'" in found[1].remedy
    assert {finding.severity for finding in found} == {Severity.BLOCK}


def test_only_what_a_scope_asks_for_is_asked(look):
    look.stage.deny("/", "VirtualMachine.Config.AddNewDisk")
    look.stage.deny(DATASTORE, "VirtualMachine.Provisioning.PromoteDisks")
    assert look("vsphere-user-privilege") == []


def test_a_privilege_that_this_version_does_not_know_is_not_missing(look):
    lately = ("vSphereDataProtection.Protection", "ContentLibrary.AddCertToTrustStore")
    look.stage.deny(TEMPLATE, *lately)
    look.stage.forget(*lately)
    assert look("vsphere-user-privilege") == []


def test_users_of_another_domain_may_have_rights_that_vcenter_does_not_see(look):
    look.stage.deny("/", "Sessions.ValidateSession")
    with look.stage.world.transaction() as tx:
        tx.run("UPDATE meta SET value = ? WHERE name = ?", "CORP\\svc-eks", USERNAME)
    look.stage.place.vault.put(USERNAME, "CORP\\svc-eks")
    (finding,) = look("vsphere-user-privilege")
    assert finding.severity is Severity.WARN
    assert "groups of another domain may give them" in finding.seen


def test_a_folder_that_is_to_be_made_asks_for_the_one_above_it(look):
    look.stage.deny("/DC0/vm", "Folder.Create")
    (finding,) = look("vsphere-user-privilege", machines(folder="/DC0/vm/new/inner"))
    assert finding.rows == (("/DC0/vm", "Folder.Create"),)


def test_every_object_is_asked_for_by_its_scope(look):
    wanted = wanted_privileges(look.scene(look.spec(machines(folder="/DC0/vm/new"))))
    user, admin = PRIVILEGES[Scope.USER], PRIVILEGES[Scope.ADMIN]
    assert wanted == {
        "/": PRIVILEGES[Scope.GLOBAL],
        NETWORK: user,
        DATASTORE: user,
        POOL: user,
        "/DC0/vm": admin,
        TEMPLATES: admin,
        TEMPLATE: admin,
    }


def test_failure_domains_ask_for_their_cluster_too(look):
    folder = InventoryObject(Inventory.FOLDER, "/DC0/vm/fd-1")
    arrangement.add_object(look.stage.world, folder)
    domain = {
        "name": "fd-1",
        "computeCluster": CLUSTER,
        "resourcePool": POOL,
        "datastore": DATASTORE,
        "folder": folder.path,
        "network": NETWORK,
    }
    spec = look.spec(datacenter(failureDomains=[domain]))
    wanted = wanted_privileges(look.scene(spec))
    assert wanted[CLUSTER] == wanted[folder.path] == PRIVILEGES[Scope.ADMIN]


def test_a_template_that_is_to_be_imported_asks_for_its_folder(look):
    wanted = wanted_privileges(look.scene(look.spec(without_template)))
    assert TEMPLATES in wanted
    assert TEMPLATE not in wanted


@pytest.mark.parametrize(
    ("scope", "file", "count"),
    [
        (Scope.GLOBAL, "globalPrivs", 19),
        (Scope.USER, "eksUserPrivs", 56),
        (Scope.ADMIN, "adminPrivs", 207),
        (Scope.READ_ONLY, "readOnlyPrivs", 3),
    ],
)
def test_the_sets_are_eks_anywheres(scope, file, count):
    assert len(PRIVILEGES[scope]) == count
    assert PRIVILEGES[scope] <= EVERY_PRIVILEGE
    if not SHARED.is_dir():
        pytest.skip(f"EKS Anywhere's own lists are not at {SHARED}")
    assert PRIVILEGES[scope] == set(json.loads((SHARED / f"{file}.json").read_text()))
