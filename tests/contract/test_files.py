"""What phases may rely on of the user's folder."""

import stat
from pathlib import Path

import pytest

from bedplate.errors import PermanentError


def mode_of(path: str) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


def test_a_file_is_where_its_path_says(ports):
    path = ports.files.path("w01.kubeconfig")
    assert ports.files.read("w01.kubeconfig") is None
    ports.files.write("w01.kubeconfig", "text\n")
    assert Path(path).read_text() == "text\n"
    assert ports.files.read("w01.kubeconfig") == "text\n"


def test_a_private_file_is_private_even_where_a_public_one_was(ports):
    ports.files.write("key", "public")
    assert mode_of(ports.files.path("key")) == 0o644
    ports.files.write("key", "private", private=True)
    assert mode_of(ports.files.path("key")) == 0o600


def test_a_removed_file_is_gone_and_removing_it_again_succeeds(ports):
    ports.files.write("key", "text")
    ports.files.remove("key")
    ports.files.remove("key")
    assert ports.files.read("key") is None


def test_what_is_no_text_is_told_without_a_traceback(ports):
    ports.files.write("key", "text")
    Path(ports.files.path("key")).write_bytes(b"\xff\xfe")
    with pytest.raises(PermanentError) as caught:
        ports.files.read("key")
    assert caught.value.code == "FILE_UNUSABLE"
