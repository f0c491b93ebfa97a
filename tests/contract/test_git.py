"""What phases may rely on of a Git repository."""

import pytest

from bedplate.errors import PermanentError

URL = "ssh://git@git.example.com/platform/clusters.git"


def test_a_branch_that_was_never_pushed_has_no_head_and_no_files(ports):
    assert ports.git.head(URL, "main") is None
    assert ports.git.files(URL, "main", "clusters") == {}


def test_what_was_committed_can_be_read_below_its_folder(ports):
    files = {"clusters/w01/a.yaml": "a", "clusters/w01/b/c.yaml": "c", "clusters/w010/d.yaml": "d"}
    commit = ports.git.commit(URL, "main", files, "Add w01")
    assert ports.git.head(URL, "main") == commit
    below = {"clusters/w01/a.yaml": "a", "clusters/w01/b/c.yaml": "c"}
    assert ports.git.files(URL, "main", "clusters/w01") == below
    assert ports.git.files(URL, "main", "./clusters/w01/") == below


def test_no_change_is_no_commit(ports):
    first = ports.git.commit(URL, "main", {"a": "1"}, "Add a")
    assert ports.git.commit(URL, "main", {"a": "1", "gone": None}, "Add a again") == first
    assert ports.git.head(URL, "main") == first


def test_a_commit_changes_only_what_it_names(ports):
    ports.git.commit(URL, "main", {"a": "1", "b": "1"}, "Add")
    ports.git.commit(URL, "main", {"a": None, "c": "1"}, "Move")
    assert ports.git.files(URL, "main", "") == {"b": "1", "c": "1"}


def test_branches_and_repositories_do_not_meet(ports):
    other = "git@git.example.com:platform/other.git"
    ports.git.commit(URL, "main", {"a": "1"}, "Add")
    assert ports.git.files(URL, "next", "") == {}
    assert ports.git.files(other, "main", "") == {}


def test_a_url_without_ssh_is_denied(ports):
    with pytest.raises(PermanentError) as caught:
        ports.git.head("https://git.example.com/platform/clusters.git", "main")
    assert caught.value.code == "GIT_DENIED"
