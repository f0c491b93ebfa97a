"""What only a real API server can tell of the adapter: statuses, conflicts, errors, connections."""

import re
import threading

import pytest
from structlog.testing import capture_logs

from bedplate.adapters.kubernetes import LiveKube
from bedplate.adapters.kubernetes.connection import Connection, Request
from bedplate.adapters.kubernetes.statuses import CREATOR
from bedplate.capi.copies import create_copies, look
from bedplate.capi.graph import MovableKind
from bedplate.capi.move import MOVE_ANNOTATION, MovePlan, rewrite
from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.components import Component
from bedplate.ports.kube import Manifest, Reach, Ref, Side
from lab.apiserver import running
from tests.contract.sites import (
    CLUSTER,
    CONFIG_MAP,
    KUBES,
    NAMESPACE,
    capi_cluster,
    config_map,
    ref_of,
    thing,
    wait,
)

pytestmark = pytest.mark.parametrize("site", KUBES[1:], indirect=True)

CLUSTERS = f"/apis/{CLUSTER.api_version}/namespaces/{NAMESPACE}/clusters"
AUTHORITY = re.compile(r"certificate-authority-data: (\w+=*)")
MERGE = "application/merge-patch+json"
GIVEN = {
    "phase": "Provisioned",
    "observedGeneration": 3,
    "conditions": [{"type": "Ready", "status": "True"}, {"type": "Paused", "status": "False"}],
}


@pytest.fixture
def raw(apiserver):
    """The API server for others than us: a process that was killed, a controller, a person."""
    connection = Connection(apiserver.kubeconfig)
    yield connection
    connection.close()


def half_created(raw, ref, manifest):
    """Create an object as a process does that is killed before it writes the status."""
    asked = Request("POST", CLUSTERS, {"fieldManager": CREATOR}, manifest)
    assert raw.ask(asked).is_good


def control(raw, ref, status):
    """Write a status as a controller does."""
    query = {"fieldManager": "a-controller"}
    path = f"{CLUSTERS}/{ref.name}/status"
    assert raw.ask(Request("PATCH", path, query, {"status": status}, MERGE)).is_good


# -- the status of what is created ---------------------------------------------------------------


def test_a_creation_that_was_killed_before_the_status_is_completed(defined, raw):
    ref, manifest = capi_cluster("c1", spec={"paused": True}, status=GIVEN)
    half_created(raw, ref, manifest)
    assert "status" not in defined.get(ref)
    assert defined.create(ref, manifest)["status"] == GIVEN
    assert defined.get(ref)["status"] == GIVEN


def test_what_a_controller_wrote_before_the_status_stays(defined, raw):
    ref, manifest = capi_cluster("c1", spec={"paused": True}, status=GIVEN)
    half_created(raw, ref, manifest)
    paused = {"type": "Paused", "status": "True"}
    control(raw, ref, {"conditions": [paused], "observedGeneration": 1})
    assert defined.create(ref, manifest)["status"] == {
        "phase": "Provisioned",
        "observedGeneration": 1,
        "conditions": [{"type": "Ready", "status": "True"}, paused],
    }


def test_a_status_that_a_controller_emptied_stays_empty(defined, raw):
    ref, manifest = capi_cluster("c1", spec={"paused": True}, status=GIVEN)
    made = defined.create(ref, manifest)
    control(raw, ref, {"phase": None})
    assert "phase" not in defined.create(ref, manifest)["status"]
    assert defined.get(ref)["metadata"]["uid"] == made["metadata"]["uid"]


def test_an_object_of_others_does_not_get_our_status(defined, raw):
    ref, manifest = capi_cluster("c1", spec={"paused": True})
    asked = Request("POST", CLUSTERS, {"fieldManager": "kubectl"}, manifest)
    assert raw.ask(asked).is_good
    assert "status" not in defined.create(ref, {**manifest, "status": GIVEN})


def test_a_controller_that_is_quicker_than_the_status_loses_nothing(defined, raw):
    """It pauses each object as soon as there is one, as those of Cluster API do."""
    refs = [capi_cluster(f"c{number}", spec={"paused": True}, status=GIVEN) for number in range(20)]
    paused = {"type": "Paused", "status": "True"}

    def acknowledge() -> None:
        todo = {ref.name for ref, _ in refs}
        while todo:
            for name in sorted(todo):
                patch = {"status": {"conditions": [paused]}}
                path = f"{CLUSTERS}/{name}/status"
                query = {"fieldManager": "a-controller"}
                if raw.ask(Request("PATCH", path, query, patch, MERGE)).is_good:
                    todo.remove(name)

    controller = threading.Thread(target=acknowledge)
    controller.start()
    for ref, manifest in refs:
        defined.create(ref, manifest)
    controller.join()
    statuses = [defined.get(ref)["status"] for ref, _ in refs]
    assert {status["phase"] for status in statuses} == {"Provisioned"}
    assert all(paused in status["conditions"] for status in statuses)


def test_a_move_that_was_killed_before_a_status_completes_the_copy(defined, raw):
    ref, manifest = capi_cluster("c1", spec={"paused": True}, status=GIVEN, uid="the-old-one")
    marks = {MOVE_ANNOTATION: "a-move"}
    half_created(raw, ref, rewrite(manifest, {}, marks))
    found = look(defined, [MovableKind(CLUSTER, namespaced=True)])
    assert create_copies(defined, MovePlan(((manifest,),)), found, marks) == 0
    status = defined.get(ref)["status"]
    assert status["phase"] == "Provisioned"
    assert [condition["type"] for condition in status["conditions"]] == ["Ready"]


# -- fields of others ----------------------------------------------------------------------------


def test_a_field_that_somebody_else_manages_is_taken_over_and_told(kube, raw):
    ref, manifest = config_map("one", data={"a": "1"})
    kube.apply(ref, manifest)
    path = f"/api/v1/namespaces/{NAMESPACE}/configmaps/one"
    edit = Request("PATCH", path, {"fieldManager": "kubectl-edit"}, {"data": {"a": "2"}}, MERGE)
    assert raw.ask(edit).is_good
    with capture_logs() as logs:
        assert kube.apply(ref, manifest)["data"] == {"a": "1"}
    (told,) = [entry for entry in logs if entry["log_level"] == "warning"]
    assert told["object"] == ref.identity
    assert told["fields"] == 'conflict with "kubectl-edit" using v1: .data.a'


def test_what_we_created_or_patched_is_applied_over_without_a_word(kube):
    ref, manifest = config_map("one", data={"a": "1", "b": "1"})
    kube.create(ref, manifest)
    kube.patch(ref, {"data": {"b": "2"}})
    with capture_logs() as logs:
        assert kube.apply(ref, manifest)["data"] == {"a": "1", "b": "1"}
    assert [entry for entry in logs if entry["log_level"] == "warning"] == []


# -- errors --------------------------------------------------------------------------------------


def test_a_kind_that_was_defined_this_moment_is_awaited(kube, ports):
    (crd,) = [
        manifest
        for manifest in _definitions(ports)
        if manifest["metadata"]["name"] == f"clusters.{CLUSTER.group}"
    ]
    kube.apply(ref_of(crd), crd)
    ref, manifest = capi_cluster("c1", spec={})
    codes: list[str] = []

    def is_made() -> bool:
        try:
            return bool(kube.apply(ref, manifest))
        except TemporaryError as error:
            codes.append(error.code)
            return False

    wait(ports, is_made, poll=1)
    assert set(codes) <= {"API_UNAVAILABLE"}


def _definitions(ports):
    found = ports.components.release(Component.CLUSTER_API).manifests
    return [manifest for manifest in found if manifest["kind"] == "CustomResourceDefinition"]


def test_a_field_that_the_kind_does_not_have_is_invalid(kube):
    ref, manifest = config_map("one", nonsense={"a": "1"})
    with pytest.raises(PermanentError) as caught:
        kube.apply(ref, manifest)
    assert caught.value.code == "API_INVALID"
    assert ".nonsense" in caught.value.seen


def test_an_invalid_object_is_told_by_field_and_rule(kube):
    pod = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "a", "image": "b"}]},
    }
    spec = {"replicas": -1, "selector": {"matchLabels": {"a": "b"}}, "template": pod}
    with pytest.raises(PermanentError) as caught:
        kube.apply(*thing("apps/v1", "Deployment", "one", spec=spec))
    assert caught.value.seen == (
        f"Deployment {NAMESPACE}/one is invalid: spec.replicas: Invalid value: -1: must be greater"
        " than or equal to 0"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"key": "not base64, but hunter2"}},
        {"stringData": {"tls.key": "hunter2"}, "type": "kubernetes.io/tls"},
    ],
    ids=["data", "type"],
)
def test_what_is_in_a_secret_is_in_no_error(kube, body):
    ref, manifest = thing("v1", "Secret", "one", **body)
    for verb in (kube.apply, kube.create, kube.dry_run):
        with pytest.raises(PermanentError) as caught:
            verb(ref, manifest)
        assert caught.value.code == "API_INVALID"
        assert "hunter2" not in repr(caught.value.as_dict())


def test_a_webhook_that_cannot_be_called_passes(kube, raw, ports):
    hook = {
        "name": "nobody.example.com",
        "clientConfig": {"url": "https://127.0.0.1:1/"},
        "rules": [
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": ["CREATE"],
                "resources": ["secrets"],
            }
        ],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    version = "admissionregistration.k8s.io/v1"
    hooks, manifest = thing(
        version, "ValidatingWebhookConfiguration", "one", namespace="", webhooks=[hook]
    )
    kube.apply(hooks, manifest)
    found: list[TemporaryError] = []

    def is_refused() -> bool:
        try:
            kube.dry_run(*thing("v1", "Secret", "one"))
        except TemporaryError as error:
            found.append(error)
        return bool(found)

    try:
        wait(ports, is_refused, poll=1)
    finally:
        kube.delete(hooks)
    assert found[0].code == "WEBHOOK_SILENT"
    assert "nobody.example.com" in found[0].why


def test_a_user_that_is_not_known_is_denied(site, apiserver):
    text = apiserver.kubeconfig.partition("users:")[0] + (
        "users:\n- name: admin\n  user: {token: hunter2-hunter2}\n"
    )
    kube = LiveKube(lambda: text)
    assert kube.reach() is Reach.ANSWERS
    with pytest.raises(PermanentError) as caught:
        kube.get(Ref(CONFIG_MAP, "default", "any"))
    assert caught.value.code == "AUTH_DENIED"
    assert "hunter2" not in repr(caught.value.as_dict())


def test_a_user_without_the_right_is_denied(kube, raw):
    kube.apply(*thing("v1", "ServiceAccount", "nobody"))
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/nobody/token"
    body: Manifest = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = raw.ask(Request("POST", path, body=body)).document["status"]["token"]
    before, _, _ = kube._kubeconfig().partition("users:")
    weak = LiveKube(lambda: f"{before}users:\n- name: admin\n  user: {{token: {token}}}\n")
    with pytest.raises(PermanentError) as caught:
        weak.get(Ref(CONFIG_MAP, NAMESPACE, "any"))
    assert caught.value.code == "AUTH_DENIED"
    assert 'cannot get resource "configmaps"' in caught.value.seen


# -- connections ---------------------------------------------------------------------------------


def test_a_certificate_of_another_authority_is_not_believed(site, apiserver):
    with running(apiserver.programs) as other:
        (right,) = AUTHORITY.findall(apiserver.kubeconfig)
        (wrong,) = AUTHORITY.findall(other.kubeconfig)
    swapped = apiserver.kubeconfig.replace(right, wrong)
    kube = LiveKube(lambda: swapped)
    assert kube.reach() is Reach.SILENT
    with pytest.raises(TemporaryError, match="its certificate is not to be trusted") as caught:
        kube.get(Ref(CONFIG_MAP, "default", "any"))
    assert caught.value.code == "NET_UNREACHABLE"


def test_threads_share_the_connections(kube):
    def work(number: int) -> None:
        for turn in range(10):
            ref, manifest = config_map(f"map-{number}", data={"turn": str(turn)})
            kube.apply(ref, manifest)
            assert kube.get(ref)["data"] == {"turn": str(turn)}

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kube.list(CONFIG_MAP, NAMESPACE)) == 8


def test_a_closed_adapter_opens_again(kube, ports):
    kube.close()
    assert ports.kube[Side.BOOTSTRAP].reach() is Reach.ANSWERS
    assert kube.list(CONFIG_MAP, NAMESPACE) == []
