"""What the Kubernetes adapter makes of answers, and of none."""

import socket
import tempfile
from pathlib import Path

import pytest

from bedplate.adapters.kubernetes import LiveKube
from bedplate.adapters.kubernetes.kubeconfig import MEMORY
from bedplate.capi import objects
from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.kube import Kind, Manifest, Reach, Ref
from lab.ports import free_port
from tests.unit.adapters.kubernetes_server import Reply, serving, status

KIND = Kind("v1", "ConfigMap")
REF = Ref(KIND, "default", "one")
MANIFEST: Manifest = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "one", "namespace": "default"},
}
PAGE_OF_A_PROXY = "<html>sign in</html>"
FORBIDDEN = 'configmaps "one" is forbidden: '
NO_RIGHT = status(403, "Forbidden", FORBIDDEN + 'User "a" cannot patch resource "configmaps"')
READY = Reply(200, "ok")
ROLES_UNREAD = status(403, "Forbidden", 'forbidden: User "a" cannot get path "/readyz"')


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (status(429, "TooManyRequests", "slow down"), TemporaryError, "RATE_LIMITED"),
        (Reply(429, "slow down"), TemporaryError, "RATE_LIMITED"),
        (
            status(500, "InternalError", 'failed calling webhook "a.b.c": no endpoints'),
            TemporaryError,
            "WEBHOOK_SILENT",
        ),
        (status(500, "InternalError", "etcdserver: timeout"), TemporaryError, "API_UNAVAILABLE"),
        (Reply(503, "shutting down"), TemporaryError, "API_UNAVAILABLE"),
        (status(504, "Timeout", "timed out"), TemporaryError, "API_UNAVAILABLE"),
        (status(410, "Expired", "too old"), TemporaryError, "API_UNAVAILABLE"),
        (status(409, "Conflict", "was modified"), TemporaryError, "CONFLICT"),
        (status(401, "Unauthorized", "Unauthorized"), PermanentError, "AUTH_DENIED"),
        (Reply(403, PAGE_OF_A_PROXY), PermanentError, "AUTH_DENIED"),
        (status(403, "Forbidden", FORBIDDEN + "exceeded quota"), PermanentError, "API_INVALID"),
        (
            status(
                403,
                "Forbidden",
                'admission webhook "a" denied the request: the user cannot be empty',
            ),
            PermanentError,
            "API_INVALID",
        ),
        (status(400, "BadRequest", "is no JSON"), PermanentError, "API_INVALID"),
        (status(422, "Invalid", "is wrong"), PermanentError, "API_INVALID"),
        (
            status(404, "NotFound", "namespaces not found", kind="namespaces", name="default"),
            PermanentError,
            "API_INVALID",
        ),
        (Reply(200, PAGE_OF_A_PROXY), TemporaryError, "API_UNAVAILABLE"),
        (Reply(302, "", {"Location": "http://127.0.0.1/"}), TemporaryError, "API_UNAVAILABLE"),
    ],
)
def test_an_answer_that_is_no_success_has_its_error(reply, kind, code):
    with serving(lambda _: reply) as served:
        with pytest.raises(kind) as caught:
            LiveKube(served.kubeconfig).apply(REF, MANIFEST)
        assert caught.value.code == code
        assert caught.value.seen
        assert caught.value.remedy
        assert len([one for one in served.asked if one.method == "PATCH"]) == 1


def test_the_wait_that_the_api_server_asks_for_is_told():
    with (
        serving(lambda _: Reply(429, "", {"Retry-After": "7"})) as served,
        pytest.raises(TemporaryError, match="for 7 s"),
    ):
        LiveKube(served.kubeconfig).get(REF)


def test_trouble_that_passes_leaves_nothing_behind():
    replies = [Reply(500, "no"), Reply(429, "no"), Reply(200, MANIFEST)]
    with serving(lambda _: replies.pop(0)) as served:
        kube = LiveKube(served.kubeconfig)
        codes = []
        for _ in range(2):
            with pytest.raises(TemporaryError) as caught:
                kube.get(REF)
            codes.append(caught.value.code)
        assert codes == ["API_UNAVAILABLE", "RATE_LIMITED"]
        assert kube.get(REF) == MANIFEST


def test_an_object_that_is_not_found_is_none():
    gone = status(404, "NotFound", 'configmaps "one" not found', kind="configmaps", name="one")
    with serving(lambda _: gone) as served:
        kube = LiveKube(served.kubeconfig)
        assert kube.get(REF) is None
        assert kube.patch(REF, {}) is None
        kube.delete(REF)


def test_a_path_that_is_not_found_is_no_proof_that_the_object_is_gone():
    with serving(lambda _: Reply(404, "404 page not found")) as served:
        with pytest.raises(TemporaryError) as caught:
            LiveKube(served.kubeconfig).get(REF)
        assert caught.value.code == "API_UNAVAILABLE"


# -- what is asked -------------------------------------------------------------------------------


def test_a_long_list_is_read_page_by_page():
    pages = {
        "": {"metadata": {"continue": "two"}, "items": [{"metadata": {"name": "b"}}]},
        "two": {"metadata": {}, "items": [{"metadata": {"name": "a"}}]},
    }
    with serving(lambda asked: Reply(200, pages[asked.query.get("continue", "")])) as served:
        found = LiveKube(served.kubeconfig).list(KIND, "default", {"x": "1", "y": "2"})
        assert [objects.name(item) for item in found] == ["a", "b"]
        assert found[0]["kind"] == "ConfigMap"
        assert {one.query.get("labelSelector") for one in served.asked[1:]} == {"x=1,y=2"}


def test_kinds_are_asked_for_once_and_connections_are_kept():
    with serving(lambda _: Reply(200, MANIFEST)) as served:
        kube = LiveKube(served.kubeconfig)
        for _ in range(5):
            kube.get(REF)
        assert [one.path for one in served.asked].count("/api") == 1
        assert len({one.connection for one in served.asked}) == 1


def test_dependents_are_deleted_in_the_background():
    with serving(lambda _: Reply(200, MANIFEST)) as served:
        LiveKube(served.kubeconfig).delete(REF)
        assert served.asked[-1].query == {"propagationPolicy": "Background"}


# -- which API server ----------------------------------------------------------------------------


def test_a_kubeconfig_that_is_not_there_is_of_no_cluster():
    kube = LiveKube(lambda: None)
    assert kube.reach() is Reach.ABSENT
    with pytest.raises(TemporaryError) as caught:
        kube.get(REF)
    assert caught.value.code == "NET_UNREACHABLE"


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "hunter2: hunter2: hunter2", "apiVersion: v1\nkind: Config\n", "users: 7", "- 1"],
)
def test_a_kubeconfig_that_says_nothing_is_silent(text):
    kube = LiveKube(lambda: text)
    assert kube.reach() is Reach.SILENT
    with pytest.raises(TemporaryError) as caught:
        kube.get(REF)
    assert caught.value.code == "NET_UNREACHABLE"
    assert "hunter2" not in repr(caught.value.as_dict())


@pytest.mark.parametrize("readiness", [ROLES_UNREAD, Reply(500, "[-]poststarthook failed")])
def test_a_refusal_is_no_verdict_while_an_api_server_starts(readiness):
    with serving(lambda asked: readiness if asked.path == "/readyz" else NO_RIGHT) as served:
        with pytest.raises(TemporaryError, match='User "a" cannot patch') as caught:
            LiveKube(served.kubeconfig).apply(REF, MANIFEST)
        assert caught.value.code == "API_UNAVAILABLE"


def test_a_refusal_is_a_verdict_of_an_api_server_that_is_ready():
    with serving(lambda asked: READY if asked.path == "/readyz" else NO_RIGHT) as served:
        with pytest.raises(PermanentError, match='User "a" cannot patch') as caught:
            LiveKube(served.kubeconfig).apply(REF, MANIFEST)
        assert caught.value.code == "AUTH_DENIED"


def test_a_refusal_just_before_an_api_server_was_ready_is_forgotten():
    replies = [NO_RIGHT, READY, Reply(200, MANIFEST)]
    with serving(lambda _: replies.pop(0)) as served:
        assert LiveKube(served.kubeconfig).apply(REF, MANIFEST) == MANIFEST


def test_an_api_server_that_starts_is_silent():
    with serving(lambda _: Reply(500, "[-]etcd failed")) as served:
        assert LiveKube(served.kubeconfig).reach() is Reach.SILENT


def test_an_address_without_a_server_is_silent():
    text = ""
    with serving(lambda _: Reply()) as served:
        text = served.kubeconfig().replace(str(served.port), str(free_port()))
    kube = LiveKube(lambda: text)
    assert kube.reach() is Reach.SILENT
    with pytest.raises(TemporaryError, match="Connection refused"):
        kube.get(REF)


def test_a_server_that_does_not_speak_is_silent_before_long():
    with socket.create_server(("127.0.0.1", 0)) as mute, serving(lambda _: Reply()) as served:
        text = served.kubeconfig().replace(str(served.port), str(mute.getsockname()[1]))
        assert LiveKube(lambda: text).reach() is Reach.SILENT


def test_a_cluster_made_anew_is_found_where_it_is_now():
    found = []
    with serving(lambda _: Reply(200, MANIFEST)) as first:
        found.append(first.kubeconfig())
        kube = LiveKube(lambda: found[-1])
        assert kube.get(REF)
    with serving(lambda _: Reply(200, MANIFEST)) as second:
        found.append(second.kubeconfig())
        assert kube.reach() is Reach.ANSWERS
        assert kube.get(REF)
        assert [one.path for one in second.asked] == [
            "/readyz",
            "/api",
            "/api/v1/namespaces/default/configmaps/one",
        ]


def test_the_kubeconfig_is_read_again_after_a_failure_only():
    calls = []
    with serving(lambda _: replies.pop(0)) as served:
        replies = [
            Reply(200, MANIFEST),
            Reply(200, MANIFEST),
            status(401, "", ""),
            Reply(200, MANIFEST),
        ]

        def kubeconfig() -> str:
            calls.append(served.port)
            return served.kubeconfig()

        kube = LiveKube(kubeconfig)
        kube.get(REF)
        kube.get(REF)
        assert len(calls) == 1
        with pytest.raises(PermanentError):
            kube.get(REF)
        kube.get(REF)
        assert len(calls) == 2


def test_the_token_goes_to_the_api_server_and_nowhere_else():
    with serving(lambda _: status(401, "Unauthorized", "Unauthorized")) as served:
        kube = LiveKube(lambda: served.kubeconfig("{token: hunter2-hunter2}"))
        with pytest.raises(PermanentError) as caught:
            kube.get(REF)
        assert "hunter2" not in repr(caught.value.as_dict())
        assert served.asked[-1].headers["authorization"] == "Bearer hunter2-hunter2"


def test_proxies_are_not_used_for_hosts_that_need_none(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    with serving(lambda _: Reply(200, MANIFEST)) as served:
        assert LiveKube(served.kubeconfig).get(REF) == MANIFEST


def test_a_proxy_is_used_where_the_environment_says_so(monkeypatch):
    with serving(lambda _: Reply(200, MANIFEST)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        text = proxy.kubeconfig().replace(f"127.0.0.1:{proxy.port}", "far.example.com")
        assert LiveKube(lambda: text).reach() is Reach.ANSWERS
        assert proxy.asked


def test_no_file_is_left_of_a_kubeconfig():
    def ours() -> set[Path]:
        return {*MEMORY.glob("bedplate-*"), *Path(tempfile.gettempdir()).glob("bedplate-????????")}

    before = ours()
    with serving(lambda _: Reply(200, MANIFEST)) as served:
        kube = LiveKube(lambda: served.kubeconfig("{client-certificate-data: aGk=}"))
        kube.get(REF)
        kube.close()
    assert ours() == before
