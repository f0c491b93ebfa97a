import pytest

from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.vcenter import Inventory


def folders(vcenter) -> list[str]:
    return [one.path for one in vcenter.look().objects if one.kind is Inventory.FOLDER]


def test_a_folder_is_made_with_its_parents_and_once(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path)
    for path in ("/DC0/vm/a/b", "/DC0/vm/a/b/", "a/b", "/DC0/vm/a/c"):
        vcenter.create_folder(path)
    assert folders(vcenter) == ["/DC0/vm", "/DC0/vm/a", "/DC0/vm/a/b", "/DC0/vm/a/c"]
    assert vcsim.calls()["CreateFolder"] == 3


@pytest.mark.parametrize("path", ["/DC0/host/a", "/DC0/a", "/DC9/vm/a", "/"])
def test_a_folder_elsewhere_is_refused(vcsim, tmp_path, path):
    with pytest.raises(PermanentError) as caught:
        vcsim.vcenter(tmp_path).create_folder(path)
    assert caught.value.code == "INVENTORY_INVALID"
    assert "CreateFolder" not in vcsim.calls()


def test_a_folder_that_somebody_else_makes_at_the_same_time_is_taken(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path)
    vcsim.post("/faults", method="CreateFolder", fault="SystemError", times=1)
    with pytest.raises(TemporaryError):
        vcenter.create_folder("a")
    vcenter.create_folder("a")
    assert "/DC0/vm/a" in folders(vcenter)


def test_a_missing_privilege_is_named(vcsim, tmp_path):
    vcsim.post("/denials", path="/DC0/vm", privileges=["Folder.Create"])
    with pytest.raises(PermanentError) as caught:
        vcsim.vcenter(tmp_path).create_folder("a")
    assert caught.value.code == "PERM_MISSING"
    assert "Folder.Create" in caught.value.seen


def test_only_an_empty_folder_is_deleted(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path)
    vcsim.machine("/DC0/vm/a/machine")
    vcenter.create_folder("a/b")

    for path in ("a", "a/b", "a/b", "a/none", "/DC0/vm"):
        vcenter.delete_folder(path)

    assert folders(vcenter) == ["/DC0/vm", "/DC0/vm/a"]
    assert vcenter.virtual_machines("machine")


def test_what_vcenter_was_asked_to_do_is_among_its_tasks(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path)
    vcenter.create_folder("/DC0/vm/a")
    vcenter.delete_folder("/DC0/vm/a")

    task = vcenter.tasks()[-1]

    assert task.target  # the simulator gives the reference of what is gone, vCenter its name
    assert (task.state, task.error) == ("success", "")
    assert "destroy" in task.name.lower()
    assert task.ended_at is not None
    assert task.queued_at <= task.ended_at
