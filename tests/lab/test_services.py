"""Servers that outlive the command that started them."""

import socket

import pytest

from bedplate.adapters.fetching import Fetcher, Network, Web
from bedplate.errors import PermanentError
from lab.authority import Authority
from lab.server import server


@pytest.fixture
def address():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()


@pytest.fixture
def service(tmp_path, address):
    found = server(tmp_path / "served", tmp_path, address, Authority.of(tmp_path / "keys"))
    yield found
    found.stop()


@pytest.fixture
def source(service, tmp_path):
    """Read as whoever believes the lab's authority."""
    return Fetcher(Web(Network(ca_file=Authority.of(tmp_path / "keys").files.certificate)))


def test_a_folder_is_served_by_a_process_of_its_own(service, source, tmp_path):
    (tmp_path / "served" / "some.yaml").write_text("kind: Some\n")

    service.start()

    assert source.read(f"{service.address}/some.yaml") == b"kind: Some\n"


def test_what_is_not_there_is_said_to_be_missing_and_folders_are_not_listed(service, source):
    service.start()

    for path in ("", "other.yaml", "../test.json"):
        with pytest.raises(PermanentError) as caught:
            source.read(f"{service.address}/{path}")
        assert caught.value.code == "SOURCE_MISSING"


def test_one_that_runs_is_left_alone(service):
    service.start()
    first = service.pid

    service.start()

    assert first is not None
    assert service.pid == first


def test_one_that_cannot_listen_says_why(service, address):
    with socket.create_server(address), pytest.raises(PermanentError) as caught:
        service.start()
    assert caught.value.code == "LAB_SERVICE_FAILED"
    assert "Address already in use" in caught.value.seen


def test_stopping_twice_succeeds(service):
    service.start()
    service.stop()
    service.stop()
    assert service.pid is None
    assert not service.answers()
