"""What checks may rely on of the network; the real one is asked on the loopback interface."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bedplate.adapters.network import SystemNetwork
from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.network import Access, Answer, Network, Trust, is_certain
from bedplate.simulation import SimulatedSite
from bedplate.simulation.network import (
    SimulatedNetwork,
    answer_with,
    hide_name,
    show_certificate,
)
from lab.ports import free_port
from tests.contract import servers
from tests.contract.servers import LOOPBACK, signed, tls_context

OTHER = timedelta(days=-1)


class Simulated:
    """Servers of a simulated world."""

    def __init__(self, tmp_path) -> None:
        self.world = SimulatedSite(tmp_path / "site").world
        self.network: Network = SimulatedNetwork(self.world)

    def listener(self) -> tuple[str, int]:
        self.world.taken_address("198.18.0.99")
        return "198.18.0.99", 6443

    def name_without_an_address(self) -> str:
        hide_name(self.world, "nowhere.invalid")
        return "nowhere.invalid"

    def tls(self, trust: Trust | None) -> tuple[str, int, str]:
        show_certificate(self.world, "shown.example.com", 443, trust)
        return "shown.example.com", 443, ""

    def web(self, status: int | None) -> str:
        url = f"http://web.example.com/{status}"
        answer_with(self.world, url, Answer(status, "" if status else "Connection refused"))
        return url

    def close(self) -> None:
        return


class Real:
    """Servers on the loopback interface."""

    def __init__(self, tmp_path) -> None:
        self.network: Network = SystemNetwork(probe_seconds=0.5, answer_seconds=5)
        self.folder = tmp_path
        self.stack = contextlib.ExitStack()

    def listener(self) -> tuple[str, int]:
        sock = self.stack.enter_context(socket.create_server((LOOPBACK, 0)))
        return LOOPBACK, sock.getsockname()[1]

    def name_without_an_address(self) -> str:
        return "nowhere.invalid"

    def tls(self, trust: Trust | None) -> tuple[str, int, str]:
        if trust is None:
            return LOOPBACK, free_port(), ""
        authority, stranger = signed("authority"), signed("stranger")
        shown = {
            Trust.TRUSTED: lambda: signed("server", authority),
            Trust.SELF_SIGNED: lambda: signed("server"),
            Trust.UNKNOWN_AUTHORITY: lambda: signed("server", stranger),
            Trust.WRONG_NAME: lambda: signed("server", authority, host="other.example.com"),
            Trust.EXPIRED: lambda: signed("server", authority, ends=OTHER),
        }[trust]()
        context = tls_context(shown, self.folder)
        served = self.stack.enter_context(servers.web(lambda _: (200, {}, b""), context))
        return LOOPBACK, served.port, authority.pem

    def web(self, status: int | None) -> str:
        if status is None:
            return f"http://{LOOPBACK}:{free_port()}/"
        served = self.stack.enter_context(servers.web(lambda _: (status, {}, b"")))
        return f"http://{LOOPBACK}:{served.port}/"

    def close(self) -> None:
        self.stack.close()


@pytest.fixture(params=[Simulated, Real], ids=["simulated", "real"])
def place(request, tmp_path) -> Iterator[Simulated | Real]:
    made = request.param(tmp_path)
    yield made
    made.close()


@pytest.fixture
def real(tmp_path) -> Iterator[Real]:
    made = Real(tmp_path)
    yield made
    made.close()


# -- both ----------------------------------------------------------------------------------------


def test_who_listens_is_found_with_certain_evidence(place):
    host, port = place.listener()
    evidence = [text for text in place.network.answers(host, [port]) if str(port) in text]
    assert evidence == [f"tcp {port} connected"]
    assert is_certain(evidence[0])


def test_a_name_has_its_addresses_or_none(place):
    assert place.network.resolve("localhost")
    assert place.network.resolve(LOOPBACK) == (LOOPBACK,)
    name = place.name_without_an_address()
    try:
        found = place.network.resolve(name)
    except TemporaryError as error:
        pytest.skip(f"this machine has no name server: {error}")
    assert list(found) == []


@pytest.mark.parametrize("trust", list(Trust))
def test_a_certificate_is_told_with_what_it_is_worth(place, trust):
    host, port, authority = place.tls(trust)
    shown = place.network.certificate(host, port, authority=authority)
    assert shown is not None
    assert shown.trust is trust
    assert shown.subject.startswith("CN=")
    assert len(shown.sha1.split(":")) == 20
    assert len(shown.sha256.split(":")) == 32
    assert shown.sha256 == shown.sha256.upper()


def test_where_nothing_speaks_tls_there_is_no_certificate(place):
    host, port, _ = place.tls(None)
    assert place.network.certificate(host, port) is None


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_every_status_is_an_answer(place, status):
    assert place.network.fetch(place.web(status)) == Answer(status)


def test_no_answer_has_a_reason(place):
    answer = place.network.fetch(place.web(None))
    assert answer.status is None
    assert answer.reason


def test_answers_come_in_the_order_of_the_questions(place):
    urls = [place.web(status) for status in (404, 200, 403)] + [place.web(None)]
    answers = place.network.fetch_all(urls, Access())
    assert [answer.status for answer in answers] == [404, 200, 403, None]
    assert place.network.fetch_all([], Access()) == ()


# -- the real one: addresses ---------------------------------------------------------------------


def test_a_closed_port_is_evidence_with_a_doubt(real):
    port = free_port()
    (evidence,) = [text for text in real.network.answers(LOOPBACK, [port]) if "tcp" in text]
    assert evidence.startswith(f"tcp {port} refused")
    assert not is_certain(evidence)


def test_an_answer_to_one_port_does_not_hide_the_others(real):
    host, port = real.listener()
    closed = free_port()
    evidence = real.network.answers(host, [closed, port])
    assert evidence[0].startswith(f"tcp {closed} refused")
    assert evidence[1] == f"tcp {port} connected"


def test_a_port_that_answers_nothing_is_no_evidence(real):
    with socket.socket() as sock, contextlib.ExitStack() as stack:
        sock.bind((LOOPBACK, 0))
        sock.listen(0)
        port = sock.getsockname()[1]
        # Its queue is full, so the kernel leaves every further connection without an answer.
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((LOOPBACK, port))
        assert [text for text in real.network.answers(LOOPBACK, [port]) if "tcp" in text] == []


def test_an_ipv6_address_is_asked_too(real):
    try:
        listening = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    with listening:
        port = listening.getsockname()[1]
        assert f"tcp {port} connected" in real.network.answers("::1", [port])


def test_a_name_is_no_address_to_ask(real):
    with pytest.raises(PermanentError) as caught:
        real.network.answers("localhost", [22])
    assert caught.value.code == "ADDRESS_INVALID"


# -- the real one: certificates ------------------------------------------------------------------


def test_thumbprints_are_those_of_the_certificate_itself(real):
    shown = signed("server")
    context = tls_context(shown, real.folder)
    with servers.web(lambda _: (200, {}, b""), context) as served:
        found = real.network.certificate(LOOPBACK, served.port)
    der = ssl.PEM_cert_to_DER_cert(shown.pem)
    assert found is not None
    assert found.sha1.replace(":", "").lower() == hashlib.sha1(der).hexdigest()
    assert found.sha256.replace(":", "").lower() == hashlib.sha256(der).hexdigest()
    assert found.not_after == shown.certificate.not_valid_after_utc.timestamp()


def test_a_servers_own_certificate_may_be_the_one_that_is_trusted(real):
    shown = signed("server")
    context = tls_context(shown, real.folder)
    with servers.web(lambda _: (200, {}, b""), context) as served:
        found = real.network.certificate(LOOPBACK, served.port, authority=shown.pem)
    assert found is not None
    assert found.trust is Trust.TRUSTED


def test_a_server_without_tls_shows_no_certificate(real):
    with servers.web(lambda _: (200, {}, b"")) as served:
        assert real.network.certificate(LOOPBACK, served.port) is None


@pytest.mark.parametrize("text", ["no certificate", "-----BEGIN CERTIFICATE-----", "ä"])
def test_an_authority_that_is_no_certificate_is_told(real, text):
    with pytest.raises(PermanentError) as caught:
        real.network.certificate(LOOPBACK, 1, authority=text)
    assert caught.value.code == "CERT_INVALID"


def test_words_around_a_certificate_do_no_harm(real):
    host, port, authority = real.tls(Trust.TRUSTED)
    text = f"# Zertifizierungsstelle für uns\n{authority}"
    found = real.network.certificate(host, port, authority=text)
    assert found is not None
    assert found.trust is Trust.TRUSTED


def test_a_web_server_is_trusted_as_its_certificate_is(real):
    host, port, authority = real.tls(Trust.TRUSTED)
    url = f"https://{host}:{port}/"
    assert real.network.fetch(url, authority=authority) == Answer(200)
    refused = real.network.fetch(url)
    assert refused.status is None
    assert "not trusted" in refused.reason
    assert real.network.fetch_all([url], Access(insecure=True)) == (Answer(200),)


# -- the real one: proxies and registries --------------------------------------------------------


def test_a_proxy_is_asked_in_its_own_way(real):
    host, port, authority = real.tls(Trust.TRUSTED)
    with servers.proxy() as proxy:
        through = f"http://{LOOPBACK}:{proxy.port}"
        assert real.network.fetch("http://far.invalid/x", proxy=through) == Answer(204)
        url = f"https://{host}:{port}/y"
        assert real.network.fetch(url, proxy=through, authority=authority) == Answer(200)
    assert proxy.seen == ["HEAD http://far.invalid/x", f"CONNECT {host}:{port}"]


def test_a_proxys_password_reaches_the_proxy_and_no_message(real):
    host, port, authority = real.tls(Trust.TRUSTED)
    with servers.proxy(servers.basic("me", "pass word")) as proxy:
        url = f"https://{host}:{port}/"
        right = f"me:pass%20word@{LOOPBACK}:{proxy.port}"
        assert real.network.fetch(url, proxy=right, authority=authority) == Answer(200)
        wrong = f"me:guess-work@{LOOPBACK}:{proxy.port}"
        answer = real.network.fetch(url, proxy=wrong, authority=authority)
    assert answer.status is None
    assert "407" in answer.reason
    assert "guess" not in answer.reason


def manifests(port, *names):
    return [f"http://{LOOPBACK}:{port}/v2/{name}/manifests/sha256:0" for name in names]


def test_a_registrys_challenge_is_answered_by_anybody_or_by_a_user(real):
    tokens: dict[str, str] = {}
    with servers.web(servers.registry({"puller": "pass-word"}, tokens)) as served:
        urls = manifests(served.port, "here/a", "gone/a")
        anybody = real.network.fetch_all(urls, Access())
        assert [answer.status for answer in anybody] == [200, 404]
        assert set(tokens) == {""}
        user = real.network.fetch_all(urls, Access(user="puller", password="pass-word"))
        assert [answer.status for answer in user] == [200, 404]
        assert set(tokens) == {"", "puller"}
        wrong = real.network.fetch_all(urls, Access(user="puller", password="guess-work"))
        assert [answer.status for answer in wrong] == [401, 401]


def test_a_registry_with_a_plain_login_gets_it(real):
    def answer(request):
        if request.headers.get("Authorization") == servers.basic("puller", "pass-word"):
            return 200, {}, b""
        return 401, {"WWW-Authenticate": 'Basic realm="r"'}, b""

    with servers.web(answer) as served:
        urls = manifests(served.port, "here/a")
        access = Access(user="puller", password="pass-word")
        assert real.network.fetch_all(urls, access) == (Answer(200),)
        assert real.network.fetch_all(urls, Access()) == (Answer(401),)


def test_a_password_goes_nowhere_that_a_registry_points_to_without_encryption(real):
    given: list[str] = []

    def answer(request):
        given.append(request.headers.get("Authorization", ""))
        return 401, {"WWW-Authenticate": 'Bearer realm="http://far.invalid/token"'}, b""

    with servers.proxy() as proxy, servers.web(answer) as served:
        access = Access(user="puller", password="pass-word")
        (found,) = real.network.fetch_all(manifests(served.port, "here/a"), access)
    assert found.status != 200
    assert given == [""]
    assert proxy.seen == []


@pytest.mark.parametrize("url", ["ftp://host/x", "no address", "http://[::1", "https://"])
def test_what_is_no_address_gets_no_answer_and_no_crash(real, url):
    answer = real.network.fetch(url)
    assert answer.status is None
    assert answer.reason


def test_a_server_that_keeps_silent_is_left_after_a_while():
    network = SystemNetwork(answer_seconds=0.3)
    with socket.create_server((LOOPBACK, 0)) as listening:
        answer = network.fetch(f"http://{LOOPBACK}:{listening.getsockname()[1]}/")
    assert answer == Answer(None, "no answer in 0 s")


def test_nothing_shows_a_password_of_an_access():
    assert "pass-word" not in repr(Access(user="me", password="pass-word"))
