"""Git: the login, and the path that the cluster's configuration goes to."""

import pytest

from bedplate.checks import upgrade_checks
from bedplate.errors import Owner
from bedplate.simulation import Fault
from tests.unit.checks.place import blocks, setting, spec_of, warnings

URL = "ssh://git@git.example.com/platform/clusters.git"


@pytest.fixture
def spec():
    return spec_of(example="vsphere-gitops")


@pytest.fixture
def keys(place):
    place.vault.put("git/private-key", "-----BEGIN KEY-----")
    place.vault.put("git/known-hosts", "git.example.com ssh-ed25519 AAAA")


def test_a_login_that_is_there_and_taken_passes(look, spec, keys):
    assert look("git-credentials", spec) == ()


@pytest.mark.parametrize("name", ["git/private-key", "git/known-hosts"])
@pytest.mark.parametrize("text", [None, " \n"])
def test_a_missing_or_empty_half_of_the_login_is_named(place, look, spec, keys, name, text):
    place.vault.delete(name)
    if text is not None:
        place.vault.put(name, text)
    (finding,) = look("git-credentials", spec)
    assert finding.target == URL
    assert name in finding.seen
    assert "EKSA_GIT_" in finding.remedy


def test_a_login_that_the_server_does_not_take_is_told_in_its_words(place, look, spec, keys):
    place.world.inject(Fault("git", "head", error="denied"))
    (finding,) = look("git-credentials", spec)
    assert "401 unauthorized" in finding.seen
    assert "-----BEGIN KEY-----" not in str(finding)


def folder_file(spec):
    path = spec.gitops.spec.cluster_config_path
    return f"{path}/w01/eksa-system/eksa-cluster.yaml"


def commit(place, spec, text):
    git = place.site.open(spec).git
    git.commit(URL, spec.gitops.spec.branch, {folder_file(spec): text}, "Add")


def test_an_empty_path_is_free(look, spec):
    assert look("git-path", spec) == ()


def test_a_path_with_this_very_specification_is_ours(place, look, spec):
    commit(place, spec, spec.dump())
    assert look("git-path", spec) == ()


@pytest.mark.parametrize("text", ["kind: Cluster", "]:", ""])
def test_a_path_with_another_state_of_the_cluster_is_a_warning(place, look, spec, text):
    commit(place, spec, text or spec.dump().replace("1.34", "1.33"))
    findings = look("git-path", spec)
    assert blocks(findings) == []
    assert warnings(findings) == [f"{URL} {spec.gitops.spec.branch}:{folder_file(spec)[:-18]}"]
    assert findings[0].owner is Owner.GIT
    assert "git rm -r" in findings[0].remedy


def test_an_upgrade_wants_git_to_hold_the_state_that_it_starts_from(place, spec):
    new = spec_of(setting("kubernetesVersion", "1.35"), example="vsphere-gitops")
    (drift,) = (check for check in upgrade_checks(spec, new) if check.name == "git-drift")
    for known in (spec, new):
        commit(place, spec, known.dump())
        assert drift.probe(place.scene(new)) == ()
    commit(place, spec, spec.dump().replace("count: 2", "count: 4"))
    findings = drift.probe(place.scene(new))
    assert blocks(findings) == []
    assert len(warnings(findings)) == 1
    assert "git log -p" in findings[0].remedy


def test_an_upgrade_without_gitops_does_not_ask_git():
    plain = spec_of()
    assert not any(check.name.startswith("git-") for check in upgrade_checks(plain, plain))


def test_a_path_that_may_not_be_read_is_left_to_the_check_of_the_login(place, look, spec):
    place.world.inject(Fault("git", "files", error="denied"))
    assert look("git-path", spec) == ()
