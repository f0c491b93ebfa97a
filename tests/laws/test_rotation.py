"""Rotating vCenter's credentials: everywhere, or nowhere where they are no good."""

from __future__ import annotations

import base64

import pytest

from bedplate.capi import kinds
from bedplate.capi.cluster import ref_of
from bedplate.engine.journal import RunState, StepState
from bedplate.errors import PermanentError, PreflightFailed, Refused
from bedplate.operations import ROTATE_CREDENTIALS
from bedplate.phases.rotation.restart import MARK, PATH
from bedplate.ports.kube import Ref
from bedplate.providers import provider_of
from bedplate.service import run_to_end
from bedplate.simulation import parse_fault
from bedplate.simulation.arrangement import deny
from bedplate.spec import load_text
from tests.laws.making import Place, kube

NEW = ("rotated@vsphere.local", "n3w-and-l0nger")
READERS = (
    Ref(kinds.DEPLOYMENT, "capv-system", "capv-controller-manager"),
    Ref(kinds.DEPLOYMENT, "eksa-system", "eksa-controller-manager"),
    Ref(kinds.DAEMON_SET, "kube-system", "vsphere-cloud-controller-manager"),
)
INNER = Ref(kinds.SECRET, "kube-system", "cloud-provider-vsphere-credentials")


@pytest.fixture
def place(finished):
    """A finished cluster, and a new user that its vCenter takes beside the old one."""
    finished.world.admit(*NEW)
    return finished


def ask_for(place, username, password):
    """Put credentials where the next rotation finds them."""
    place.site.vault.put("vcenter/next/username", username)
    place.site.vault.put("vcenter/next/password", password)


def rotate(place, *, last=None):
    with place.session(operation=ROTATE_CREDENTIALS, last=last) as session:
        return run_to_end(session)


def logins(place) -> dict[str, object]:
    """The user and the password in each Secret that has one, by its name."""
    found: dict[str, object] = {}
    for name in ("vsphere-credentials", "w01-vsphere-credentials"):
        data = kube(place).get(ref_of(kinds.SECRET, name))["data"]
        found[name] = (decoded(data["username"]), decoded(data["password"]))
    outer = kube(place).get(ref_of(kinds.SECRET, "w01-cloud-provider-vsphere-credentials"))
    inner = kube(place).get(INNER)["data"]
    server = "vcenter.example.com"
    found["inner"] = (decoded(inner[f"{server}.username"]), decoded(inner[f"{server}.password"]))
    found["outer holds it"] = inner[f"{server}.password"] in decoded(outer["data"]["data"])
    return found


def decoded(text):
    return base64.b64decode(text).decode()


def began_with(place, ref):
    """The version of the Secret that the pods of a workload began with."""
    mark = kube(place).get(ref)
    for key in PATH:
        mark = mark[key]
    return mark[MARK]


def secret_versions(place):
    """The version, as it is now, of the Secret that each reader reads."""
    spec = load_text(place.text)
    readers = provider_of(spec).credential_readers(spec)
    secrets = {one.workload: kube(place).get(one.secret) for one in readers}
    return {ref: secrets[ref]["metadata"]["resourceVersion"] for ref in READERS}


def vault_of(place):
    names = ("vcenter/username", "vcenter/password")
    kept = [place.site.vault.get(f"vcenter/{when}/password") for when in ("next", "former")]
    return tuple(map(place.site.vault.get, names)), kept


def test_every_secret_has_the_new_credentials_and_the_old_user_can_go(place):
    ask_for(place, *NEW)

    assert rotate(place) is RunState.COMPLETED

    assert logins(place) == {
        "vsphere-credentials": NEW,
        "w01-vsphere-credentials": NEW,
        "inner": NEW,
        "outer holds it": True,
    }
    assert vault_of(place) == (NEW, [None, None])
    place.world.change_user(*NEW)
    place.world.advance(place.world.now() + 600)
    cluster = kube(place).get(ref_of(kinds.VSPHERE_CLUSTER, "w01"))
    conditions = {one["type"]: one["status"] for one in cluster["status"]["conditions"]}
    assert conditions["VCenterAvailable"] == "True"


def test_what_reads_credentials_at_its_start_is_started_again_and_nothing_else_is_touched(place):
    before = {ref: kube(place).get(ref)["metadata"]["generation"] for ref in READERS}
    machines = place.made()
    ask_for(place, *NEW)

    rotate(place)

    for ref in READERS:
        live = kube(place).get(ref)
        assert live["metadata"]["generation"] == before[ref] + 1
        assert NEW[1] not in began_with(place, ref)
    assert place.made() == machines
    assert place.destroyed() == []


def test_a_second_rotation_finds_nothing_to_do(place):
    ask_for(place, *NEW)
    rotate(place)

    assert rotate(place) is RunState.COMPLETED
    assert place.heard.began == []


def test_credentials_that_vcenter_does_not_take_change_nothing(place):
    before = (logins(place), vault_of(place)[0])
    ask_for(place, "rotated@vsphere.local", "a-guess")

    with pytest.raises(PermanentError) as caught:
        rotate(place)

    assert caught.value.code == "AUTH_DENIED"
    assert (logins(place), vault_of(place)[0]) == before
    assert "a-guess" not in str(caught.value.as_dict())


def test_a_user_without_a_privilege_that_machines_need_changes_nothing(place):
    before = (logins(place), vault_of(place)[0])
    ask_for(place, *NEW)
    deny(place.world, "/DC0/datastore/LocalDS_0", "Datastore.AllocateSpace")

    with pytest.raises(PreflightFailed) as caught:
        rotate(place)

    assert "Datastore.AllocateSpace" in str(caught.value.as_dict())
    assert (logins(place), vault_of(place)[0]) == before


def test_new_credentials_that_somebody_put_into_the_vault_by_hand_are_brought_everywhere(place):
    place.site.vault.put("vcenter/username", NEW[0])
    place.site.vault.put("vcenter/password", NEW[1])

    assert rotate(place) is RunState.COMPLETED

    assert logins(place)["inner"] == NEW


def test_a_rotation_that_broke_is_resumed(place):
    ask_for(place, *NEW)
    place.world.inject(parse_fault("kube.cluster.apply:Secret eksa-system/w01-cloud*=deniedx1"))
    with pytest.raises(PermanentError):
        rotate(place)

    assert rotate(place) is RunState.COMPLETED

    assert logins(place)["inner"] == NEW
    (run,) = [one for one in place.journal.runs() if one.operation == "rotate-credentials"]
    assert place.journal.steps(run.id)["vault"].state is not StepState.UNDONE


@pytest.mark.parametrize("last", ["secrets", "restart"])
def test_an_abort_puts_the_old_credentials_back_and_starts_their_readers_with_them(place, last):
    before = (logins(place), vault_of(place)[0])
    ask_for(place, *NEW)
    rotate(place, last=last)
    assert logins(place)["inner"] == NEW
    generations = {ref: kube(place).get(ref)["metadata"]["generation"] for ref in READERS}

    place.abort(ROTATE_CREDENTIALS)
    place.world.advance(place.world.now() + 60)

    assert (logins(place), vault_of(place)[0]) == before
    assert vault_of(place)[1] == [None, None]
    assert {ref: began_with(place, ref) for ref in READERS} == secret_versions(place)
    for ref in READERS:
        assert kube(place).get(ref)["metadata"]["generation"] == generations[ref] + 1


def test_an_abort_that_broke_before_the_readers_were_started_again_starts_them_later(place):
    ask_for(place, *NEW)
    rotate(place, last="restart")
    place.world.inject(parse_fault("kube.cluster.patch:DaemonSet*=deniedx1"))
    with pytest.raises(PermanentError):
        place.abort(ROTATE_CREDENTIALS)

    place.abort(ROTATE_CREDENTIALS)

    assert {ref: began_with(place, ref) for ref in READERS} == secret_versions(place)


def test_no_credential_reaches_the_journal(place):
    ask_for(place, *NEW)
    old = place.site.vault.get("vcenter/password")
    rotate(place)
    place.journal.close()

    written = b"".join(path.read_bytes() for path in place.folder.glob("journal.sqlite*"))

    for secret in (NEW[1], old):
        assert secret.encode() not in written
        assert base64.b64encode(secret.encode()) not in written


def test_a_rotation_waits_for_a_create_that_has_not_ended(tmp_path, stages):
    place = Place(tmp_path, stages=stages)
    place.begin("workers")

    with pytest.raises(Refused):
        rotate(place)
    place.journal.close()
