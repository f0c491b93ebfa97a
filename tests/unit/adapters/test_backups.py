"""Backups in a folder, and the check of an etcd snapshot."""

import hashlib
import os
import subprocess

import pytest

from bedplate.adapters.backups import FolderBackups
from bedplate.adapters.kubernetes.etcd import require_whole
from bedplate.errors import PermanentError, TemporaryError

PAGES = b"\1" * 1024


def backups(folder, snapshot=None):
    return FolderBackups(folder / "w01", snapshot or (lambda file: file.write_bytes(b"etcd")))


def test_what_is_kept_is_found_with_its_digest_and_is_for_its_owner_only(tmp_path):
    kept = backups(tmp_path)
    kept.keep("a/cluster.yaml", "kind: Cluster\n")
    kept.save_etcd("a/etcd")

    found = kept.look("a/etcd")

    assert (found.size, found.sha256) == (4, hashlib.sha256(b"etcd").hexdigest())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert kept.look("b/etcd") is None


def test_a_snapshot_that_fails_leaves_the_one_before_and_nothing_half_written(tmp_path):
    backups(tmp_path).save_etcd("a/etcd")

    def broken(file):
        file.write_bytes(b"half")
        raise TemporaryError("ETCD_UNREACHABLE", "it does not answer")

    with pytest.raises(TemporaryError):
        backups(tmp_path, broken).save_etcd("a/etcd")

    assert backups(tmp_path).look("a/etcd").size == 4
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["etcd"]


def trouble_of(file):
    """The code of what is wrong with a snapshot, or ""."""
    try:
        require_whole(file)
    except PermanentError as error:
        return error.code
    return ""


def test_a_whole_snapshot_ends_with_its_digest(tmp_path):
    file = tmp_path / "etcd"
    whole = PAGES + hashlib.sha256(PAGES).digest()
    file.write_bytes(whole)
    assert trouble_of(file) == ""
    assert file.read_bytes() == whole, "looking leaves it as it is"


@pytest.mark.parametrize(
    "content", [b"", PAGES, PAGES + bytes(32), PAGES[:-1] + hashlib.sha256(PAGES[:-1]).digest()]
)
def test_anything_else_is_no_snapshot(tmp_path, content):
    file = tmp_path / "etcd"
    file.write_bytes(content)
    assert trouble_of(file) == "ETCD_SNAPSHOT"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    words = ("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder))
    if os.geteuid() != 0 or subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a disk, and not in every container")
    yield folder
    subprocess.run(("umount", str(folder)), check=True)


def test_a_disk_that_is_full_is_told_and_the_backup_before_is_whole(small_disk):
    backups(small_disk).keep("a/cluster.yaml", "kind: Cluster\n")
    backups(small_disk).save_etcd("a/etcd")
    larger = backups(small_disk, lambda file: file.write_bytes(b"e" * 200_000))

    with pytest.raises(TemporaryError) as of_snapshot:
        larger.save_etcd("a/etcd")
    with pytest.raises(TemporaryError) as of_text:
        larger.keep("a/cluster.yaml", "x" * 200_000)

    assert {of_snapshot.value.code, of_text.value.code} == {"DISK_FULL"}
    assert larger.read("a/cluster.yaml") == "kind: Cluster\n"
    assert larger.look("a/etcd").size == 4
    assert sorted(path.name for path in small_disk.rglob("*") if path.is_file()) == [
        "cluster.yaml",
        "etcd",
    ]
