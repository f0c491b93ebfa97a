"""What a create keeps in the vault: what is lost there is told of, never made anew in silence."""

from pathlib import Path

import pytest

from bedplate.engine.journal import RunState
from bedplate.errors import PermanentError, TemporaryError
from bedplate.spec import load_text
from tests.laws.making import KIND, MACHINES, SPEC_FILE, Place

EXAMPLE = Path(__file__).parents[2] / "examples" / "vsphere-standalone.yaml"  # its key is generated


@pytest.mark.parametrize("lost", ["moved", "kubeconfig"])
def test_a_vault_that_lost_an_entry_after_the_pivot_costs_no_machines(place, lost):
    place.begin("teardown")
    kubeconfig = place.site.vault.get("w01/kubeconfig")
    place.site.vault.delete(f"w01/{lost}")
    if lost == "kubeconfig":
        with pytest.raises(TemporaryError) as caught:
            place.create()
        assert "w01/kubeconfig" in caught.value.remedy
        place.site.vault.put("w01/kubeconfig", kubeconfig)
    assert place.create() is RunState.COMPLETED
    assert place.calls("kind.create") == 1
    assert len(place.made()) == MACHINES


def test_a_vault_that_forgot_the_move_lets_the_teardown_go_on(place):
    place.begin("pivot")
    place.site.vault.delete("w01/moved")
    assert place.create() is RunState.COMPLETED
    assert place.world.bootstrap_clusters() == []


def test_a_generated_key_that_was_lost_is_never_replaced_by_none(place):
    place.text = EXAMPLE.read_text()
    place.create(last="networking")
    key = place.site.vault.get("w01/ssh-private-key")
    place.site.vault.delete("w01/ssh-private-key")
    with pytest.raises(PermanentError) as caught:
        place.create()
    assert caught.value.code == "AUTH_MISSING"
    place.site.vault.put("w01/ssh-private-key", key)
    assert place.create() is RunState.COMPLETED


def test_a_copy_that_cannot_be_read_is_told_of(place):
    place.begin("workers")
    place.world.lose_bootstrap(KIND)
    place.site.vault.put("w01/capi-objects", "{not json")
    with pytest.raises(PermanentError) as caught:
        place.create()
    assert caught.value.code == "COPY_UNREADABLE"
    assert len(place.made()) == MACHINES


def test_gitops_gets_the_repositorys_key_from_the_vault_and_its_files_in_the_repository(tmp_path):
    text = (SPEC_FILE.parents[2] / "examples" / "vsphere-gitops.yaml").read_text()
    place = Place(tmp_path, text)
    place.site.vault.put("git/private-key", "a-private-key")
    place.site.vault.put("git/known-hosts", "git.example.com ssh-ed25519 AAAA")
    assert place.create() is RunState.COMPLETED
    cluster = load_text(text).name
    secrets = place.world.objects(f"cluster:{cluster}", "", "Secret")
    (found,) = [s for s in secrets if s["metadata"]["name"] == "flux-system"]
    assert sorted(found["data"]) == ["identity", "known_hosts"]
    assert place.calls("git.commit") == 1
    place.journal.close()
