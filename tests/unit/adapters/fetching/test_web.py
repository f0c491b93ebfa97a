"""Reading over the network: what is let in, what is refused, and what is worth another try."""

import contextlib
import gzip
import socket
import threading

import pytest

from bedplate.adapters.fetching import Network, Web
from bedplate.adapters.fetching.addresses import goes_direct, local_path
from bedplate.errors import BadInput, PermanentError, TemporaryError

LIMIT = 1000


def failure(kind, uri, network=None, limit=LIMIT):
    with contextlib.closing(Web(network or Network())) as web, pytest.raises(kind) as caught:
        web.read(uri, limit)
    return caught.value


def test_a_page_is_read_as_it_is(origin, web):
    origin.pages["/a"] = b"content"

    assert web.read(f"{origin.base}/a", LIMIT) == b"content"


def test_a_page_that_is_sent_compressed_is_unpacked_unless_it_is_an_archive(origin, web):
    packed = gzip.compress(b"content")
    origin.pages["/a"] = (200, {"Content-Encoding": "gzip"}, packed)

    assert web.read(f"{origin.base}/a", LIMIT) == b"content"
    with web.stream(f"{origin.base}/a", LIMIT, raw=True) as pieces:
        assert b"".join(pieces) == packed


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (404, PermanentError, "SOURCE_MISSING"),
        (410, PermanentError, "SOURCE_MISSING"),
        (401, PermanentError, "SOURCE_DENIED"),
        (403, PermanentError, "SOURCE_DENIED"),
        (204, PermanentError, "SOURCE_DENIED"),
        (429, TemporaryError, "NET_BUSY"),
        (500, TemporaryError, "NET_BUSY"),
        (503, TemporaryError, "NET_BUSY"),
    ],
)
def test_what_a_server_answers_decides_whether_to_try_again(origin, status, kind, code):
    origin.pages["/a"] = (status, {}, b"")

    error = failure(kind, f"{origin.base}/a")
    assert error.code == code
    assert str(status) in error.seen


def test_a_host_that_does_not_answer_is_worth_another_try():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        uri = f"https://127.0.0.1:{closed.getsockname()[1]}/a"

    error = failure(TemporaryError, uri)
    assert error.code == "NET_UNREACHABLE"
    assert uri in error.seen


def test_a_server_that_stalls_is_left():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}/a"
        assert failure(TemporaryError, uri, Network(patience=0.05)).code == "NET_UNREACHABLE"


def test_a_page_that_takes_too_long_is_left(origin):
    origin.pages["/a"] = b"content"

    error = failure(TemporaryError, f"{origin.base}/a", Network(longest=-1))
    assert "was not read within" in error.seen


def test_a_page_that_ends_too_early_is_worth_another_try(origin):
    origin.pages["/a"] = (200, {"Content-Length": "100", "Connection": "close"}, b"cut")

    assert failure(TemporaryError, f"{origin.base}/a").code == "NET_UNREACHABLE"


def test_a_page_that_is_too_large_is_left(origin):
    origin.pages["/a"] = b"x" * (LIMIT + 1)

    assert failure(PermanentError, f"{origin.base}/a").code == "SOURCE_TOO_LARGE"


def test_redirects_lead_to_https_only(origin, secure, certificate):
    origin.pages["/plain"] = (302, {"Location": f"{origin.base}/b"}, b"")
    origin.pages["/good"] = (302, {"Location": f"{secure.base}/b"}, b"")
    origin.pages["/round"] = (302, {"Location": f"{secure.base}/round"}, b"")
    secure.pages["/b"] = b"content"
    secure.pages["/round"] = (302, {"Location": "/round"}, b"")
    network = Network(ca_file=certificate[0])

    with contextlib.closing(Web(network)) as web:
        assert web.read(f"{origin.base}/good", LIMIT) == b"content"
    assert failure(PermanentError, f"{origin.base}/plain", network).code == "NET_REDIRECT"
    assert "more than 5" in failure(PermanentError, f"{origin.base}/round", network).seen
    assert "/b" not in origin.asked


def test_a_certificate_must_be_of_an_authority_that_is_trusted(secure, certificate):
    secure.pages["/a"] = b"content"

    assert failure(PermanentError, f"{secure.base}/a").code == "NET_TLS"
    with contextlib.closing(Web(Network(ca_file=certificate[0]))) as web:
        assert web.read(f"{secure.base}/a", LIMIT) == b"content"


def test_a_file_without_certificates_is_bad_input(tmp_path):
    (tmp_path / "empty.pem").write_text("")
    for name in ("empty.pem", "none.pem"):
        network = Network(ca_file=tmp_path / name)
        assert failure(BadInput, "https://127.0.0.1:1/", network).code == "CA_INVALID"


def test_other_machines_are_asked_over_tls_unless_it_is_allowed(origin):
    origin.pages["http://plain.example.com/a"] = b"content"
    uri = "http://plain.example.com/a"

    assert failure(PermanentError, uri).code == "SOURCE_INSECURE"
    network = Network(plain_hosts=frozenset({"plain.example.com"}), proxy=origin.base)
    with contextlib.closing(Web(network)) as web:
        assert web.read(uri, LIMIT) == b"content"


def test_exceptions_go_past_the_proxy(origin):
    origin.pages["/a"] = b"direct"
    nobody = Network(proxy="http://127.0.0.1:1", no_proxy=("127.0.0.0/8",))

    with contextlib.closing(Web(nobody)) as web:
        assert web.read(f"{origin.base}/a", LIMIT) == b"direct"
    everything = Network(proxy="http://127.0.0.1:1")
    assert failure(TemporaryError, f"{origin.base}/a", everything).code == "NET_UNREACHABLE"


@pytest.mark.parametrize(
    ("host", "exceptions", "direct"),
    [
        ("a.example.com", ["example.com"], True),
        ("a.example.com", [".example.com"], True),
        ("a.example.com", ["*.example.com"], True),
        ("A.Example.com", ["a.example.COM"], True),
        ("badexample.com", ["example.com"], False),
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("10.1.2.3", ["10.1.2.3"], True),
        ("10.1.2.3", ["11.0.0.0/8", "example.com", ""], False),
        ("anything", ["*"], True),
        ("anything", [], False),
    ],
)
def test_exceptions_are_names_suffixes_and_networks(host, exceptions, direct):
    assert goes_direct(host, exceptions) is direct


@pytest.mark.parametrize(
    "uri",
    [
        "ftp://example.com/a",
        "s3://bucket/a",
        "https://user:secret@example.com/a",
        "https:///a",
        "https://[::1/a",
        "https://example.com:port/a",
        "file://other.example.com/a",
        "file:///a%00b",
        "a\0b",
        "https://a..b/c",
        f"https://{'a' * 64}.example.com/c",
        "~nobody-of-this-name/a",
    ],
)
def test_an_address_that_cannot_be_asked_is_refused_and_shows_no_password(uri):
    with pytest.raises(PermanentError) as caught:
        local_path(uri)
    assert caught.value.code == "SOURCE_ADDRESS"
    assert "secret" not in caught.value.seen


def test_files_are_told_from_addresses():
    assert str(local_path("a/b.yaml")) == "a/b.yaml"
    assert str(local_path("file:///a%20b.yaml")) == "/a b.yaml"
    assert str(local_path("file://localhost/a.yaml")) == "/a.yaml"
    assert local_path("https://example.com/a.yaml") is None


def test_a_page_that_drips_is_left_as_soon_as_its_time_is_over():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()
        thread = threading.Thread(target=_drip, args=(listening, head, over))
        thread.start()
        uri = f"http://127.0.0.1:{listening.getsockname()[1]}/a"
        error = failure(TemporaryError, uri, Network(longest=0.1))
        over.set()
        thread.join()

    assert "was not read within" in error.seen


def _drip(listening, content, over):
    connection, _ = listening.accept()
    with connection, contextlib.suppress(OSError):
        connection.sendall(content)
        for _ in range(200):
            if over.wait(0.02):
                return
            connection.sendall(b"x")


def test_a_page_that_is_compressed_twice_is_left_packed(origin):
    twice = gzip.compress(gzip.compress(b"content"))
    origin.pages["/a"] = (200, {"Content-Encoding": "gzip, gzip"}, twice)
    origin.pages["/b"] = (200, {"Content-Encoding": "br"}, b"content")

    for path in ("/a", "/b"):
        error = failure(PermanentError, f"{origin.base}{path}")
        assert error.code == "SOURCE_UNREADABLE"


@pytest.mark.parametrize(
    "proxy",
    ["socks5://secret@127.0.0.1:1", "ftp://secret@127.0.0.1:1", "http://", "http://secret@[x"],
)
def test_a_proxy_that_cannot_be_asked_is_bad_input_and_shows_no_password(proxy):
    error = failure(BadInput, "https://example.com/a", Network(proxy=proxy))

    assert error.code == "PROXY_INVALID"
    assert "secret" not in error.seen
