"""Log lines: their fields, their shapes, and no secret in any of them."""

import json
import threading

import pytest
import structlog

from bedplate.adapters.redaction import KNOWN, RememberingVault, Secrets
from deployments.log_settings import LogFormat, LogLevel
from deployments.logging import Binding, set_up

log = structlog.stdlib.get_logger("bedplate")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "run.jsonl"
    binding = Binding()
    binding.bind(cluster="w01", operation="create", run="abc")
    set_up(binding, file=path)
    yield path
    set_up(Binding())
    structlog.reset_defaults()


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_carries_cluster_operation_run_and_step(file):
    log.info("step settled", step="pivot", seconds=1.5)

    (line,) = lines(file)
    assert line.items() >= {
        ("cluster", "w01"),
        ("operation", "create"),
        ("run", "abc"),
        ("step", "pivot"),
        ("event", "step settled"),
        ("level", "info"),
        ("seconds", 1.5),
    }
    assert line["timestamp"].endswith("Z")


def test_lines_from_other_threads_carry_the_same_fields(file):
    thread = threading.Thread(target=lambda: log.info("from a thread"))
    thread.start()
    thread.join()

    assert lines(file)[0]["run"] == "abc"


def test_the_least_level_is_kept(tmp_path):
    path = tmp_path / "quiet.jsonl"
    set_up(Binding(), level=LogLevel.WARNING, file=path)

    log.info("not this")
    log.warning("this")

    assert [line["event"] for line in lines(path)] == ["this"]


def test_the_console_form_is_one_readable_line(capsys):
    set_up(Binding(), on_stderr=LogFormat.CONSOLE)

    log.info("step settled", step="pivot")

    (line,) = capsys.readouterr().err.splitlines()
    assert "step settled" in line
    assert "step=pivot" in line


def test_a_remembered_secret_is_hidden_wherever_it_stands(file):
    KNOWN.remember("hunter2hunter2")

    log.info("login with hunter2hunter2", evidence={"said": ["the hunter2hunter2"]})

    assert "hunter2hunter2" not in file.read_text()
    assert lines(file)[0]["event"] == "login with [redacted]"


def test_what_a_key_calls_a_secret_is_hidden(file):
    log.info("config", password="x1", nested={"api_token": "y2"})

    (line,) = lines(file)
    assert line["password"] == "[redacted]"
    assert line["nested"] == {"api_token": "[redacted]"}


def test_a_traceback_in_a_log_hides_secrets(file):
    KNOWN.remember("hunter3hunter3")
    try:
        raise ValueError("bad password hunter3hunter3")
    except ValueError:
        log.exception("failed")

    assert "ValueError" in file.read_text()
    assert "hunter3hunter3" not in file.read_text()


class DictVault(dict[str, str]):
    """A vault that keeps its secrets in memory."""

    def put(self, name, text):
        self[name] = text

    def delete(self, name):
        self.pop(name, None)


def test_what_comes_out_of_a_vault_is_a_secret_from_then_on():
    secrets = Secrets()
    vault = RememberingVault(DictVault({"vcenter/password": "correct horse"}), secrets)

    assert vault.get("vcenter/password") == "correct horse"

    assert secrets.redact("it is correct horse!") == "it is [redacted]!"


def test_what_is_put_into_a_vault_is_a_secret_before_it_is_written():
    secrets = Secrets()
    inner = DictVault()
    RememberingVault(inner, secrets).put("w01/key", "battery staple")

    assert inner == {"w01/key": "battery staple"}
    assert secrets.redact("battery staple") == "[redacted]"


def test_user_names_are_no_secrets():
    secrets = Secrets()
    vault = RememberingVault(DictVault({"vcenter/username": "administrator"}), secrets)

    assert vault.get("vcenter/username") == "administrator"
    assert secrets.redact("administrator") == "administrator"


def test_the_lines_of_a_private_key_and_its_base64_are_hidden_too():
    secrets = Secrets()
    secrets.remember("-----BEGIN KEY-----\nAAAAB3NzaC1yc2EAAAADAQAB\n-----END KEY-----\n")

    assert secrets.redact("saw AAAAB3NzaC1yc2EAAAADAQAB") == "saw [redacted]"
    assert secrets.redact("-----BEGIN KEY-----") == "-----BEGIN KEY-----"
    encoded = "LS0tLS1CRUdJTiBLRVktLS0tLQpBQUFBQjNOemFDMXljMkVBQUFBREFRQUIKLS0tLS1FTkQgS0VZLS0tLS0K"
    assert encoded not in secrets.redact(f"data: {encoded}")
