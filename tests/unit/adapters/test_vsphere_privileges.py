import pytest

from bedplate.errors import PermanentError
from tests.vcsim import DATASTORE, NETWORK

CREATE, DELETE, ASSIGN = "Folder.Create", "Folder.Delete", "Network.Assign"


def test_nothing_is_missing_where_everything_is_granted(vcsim, tmp_path):
    wanted = {"/": frozenset({CREATE}), NETWORK: frozenset({ASSIGN})}
    assert vcsim.vcenter(tmp_path).missing_privileges(wanted) == {}
    assert vcsim.vcenter(tmp_path).missing_privileges({}) == {}


def test_a_missing_privilege_is_named_with_its_object(vcsim, tmp_path):
    vcsim.post("/denials", path="/DC0/vm", privileges=[CREATE])
    wanted = dict.fromkeys(("/", "/DC0/vm", DATASTORE), frozenset({CREATE, DELETE}))

    assert vcsim.vcenter(tmp_path).missing_privileges(wanted) == {"/DC0/vm": {CREATE}}


def test_what_is_missing_above_is_missing_below(vcsim, tmp_path):
    vcsim.post("/denials", path="/DC0", privileges=[ASSIGN], below=True)
    wanted = dict.fromkeys(("/", "/DC0", NETWORK), frozenset({ASSIGN}))

    missing = vcsim.vcenter(tmp_path).missing_privileges(wanted)

    assert missing == {"/DC0": {ASSIGN}, NETWORK: {ASSIGN}}


def test_a_privilege_that_this_version_does_not_know_is_not_missing(vcsim, tmp_path):
    old = "ContentLibrary.AddCertToTrustStore"
    vcsim.post("/denials", path="/", privileges=[old])
    vcenter = vcsim.vcenter(tmp_path)
    assert old in vcenter.look().privileges
    assert vcenter.missing_privileges({"/": frozenset({old})})

    vcsim.ask("POST", "/privileges/forget", [old])

    assert old not in vcenter.look().privileges
    assert vcenter.missing_privileges({"/": frozenset({old})}) == {}


def test_a_path_that_nothing_is_at_is_said_to_be_none(vcsim, tmp_path):
    with pytest.raises(PermanentError) as caught:
        vcsim.vcenter(tmp_path).missing_privileges({"/DC0/vm/none": frozenset({CREATE})})
    assert caught.value.code == "INVENTORY_MISSING"
    assert "/DC0/vm/none" in caught.value.seen


def test_a_folder_that_was_made_after_the_look_is_asked_about(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path)
    vcenter.look()
    vcenter.create_folder("/DC0/vm/new")
    assert vcenter.missing_privileges({"/DC0/vm/new": frozenset({CREATE})}) == {}
