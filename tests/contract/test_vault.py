"""What phases may rely on of the vault."""

import stat

import pytest

from bedplate.adapters.files import FileVault
from bedplate.errors import PermanentError


@pytest.fixture
def vault(tmp_path):
    return FileVault(tmp_path / "vault")


def test_a_secret_is_kept_replaced_and_forgotten(vault):
    assert vault.get("w01/kubeconfig") is None
    vault.put("w01/kubeconfig", "first")
    vault.put("w01/kubeconfig", "second ünï\n")
    assert vault.get("w01/kubeconfig") == "second ünï\n"
    vault.delete("w01/kubeconfig")
    vault.delete("w01/kubeconfig")
    assert vault.get("w01/kubeconfig") is None


def test_only_the_owner_may_read_or_enter(vault, tmp_path):
    vault.put("w01/deeper/key", "secret")
    for path in (tmp_path / "vault").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o700


def test_a_failed_write_leaves_the_old_secret_and_nothing_else(vault, tmp_path):
    vault.put("w01/key", "old")
    with pytest.raises(UnicodeEncodeError):
        vault.put("w01/key", "\ud800")
    assert vault.get("w01/key") == "old"
    assert [path.name for path in (tmp_path / "vault" / "w01").iterdir()] == ["key"]


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "w01/../../out", "", "a\0b"])
def test_a_name_cannot_lead_out_of_the_vault(vault, name):
    with pytest.raises(PermanentError) as caught:
        vault.put(name, "secret")
    assert caught.value.code == "FILE_NAME"


def test_a_file_where_a_folder_should_be_is_told_without_a_traceback(vault, tmp_path):
    vault.put("w01", "a file")
    with pytest.raises(PermanentError) as caught:
        vault.put("w01/kubeconfig", "hidden")
    assert caught.value.code == "FILE_UNUSABLE"
    assert "hidden" not in str(caught.value.as_dict())
    assert vault.get("w01/kubeconfig") is None


def test_another_opening_of_the_vault_sees_the_same(vault, tmp_path):
    vault.put("w01/key", "secret")
    assert FileVault(tmp_path / "vault").get("w01/key") == "secret"
