"""Ports under guard: intent, fence, effect, end."""

import inspect
from dataclasses import replace
from typing import Any

import pytest

from bedplate.engine.effects import guard, guarded
from bedplate.engine.journal import LineKind
from bedplate.errors import LeaseLost, PermanentError, TemporaryError
from bedplate.ports.bootstrap import BootstrapClusters
from bedplate.ports.clock import Clock
from bedplate.ports.components import Components
from bedplate.ports.effect import identity_of
from bedplate.ports.git import Git
from bedplate.ports.kube import Kind, Kube, Ref, Side
from bedplate.ports.network import Network
from bedplate.ports.vault import Files, Vault
from bedplate.ports.vcenter import VCenter
from tests.unit.engine.small import Shelf, make_ports, permanent, temporary

REF = Ref(Kind("cluster.x-k8s.io/v1beta2", "Machine"), "eksa-system", "w01-md-0-abc")


class Objects:
    """A Kubernetes API of two methods over a dict; `apply` is as marked in the port."""

    def __init__(self):
        self.objects = {}

    def get(self, ref):
        return self.objects.get(ref)

    def apply(self, ref, manifest):
        self.objects[ref] = manifest
        return manifest


def vault(desk, ledger):
    return guard(desk.shelf, Vault, "vault", ledger)


def values(desk):
    return [(line.kind, line.what, line.value) for line in desk.journal.lines("run-1")]


# -- intent, effect, end -------------------------------------------------------------------------


def test_the_intent_is_written_before_the_effect_and_its_end_after_it(desk):
    seen = []

    class Watched(Shelf):
        def put(self, name, text):
            seen.extend(desk.lines())
            super().put(name, text)

    guard(Watched(), Vault, "vault", desk.open_ledger()).put("w01/kubeconfig", "text")
    assert seen == [(LineKind.INTENT, "vault.put")]
    assert values(desk) == [
        (LineKind.INTENT, "vault.put", {"name": "w01/kubeconfig"}),
        (LineKind.DONE, "vault.put", {"name": "w01/kubeconfig"}),
    ]


def test_an_effect_that_failed_is_written_with_its_code(desk):
    desk.shelf.troubles["put it"] = [temporary()]
    with pytest.raises(TemporaryError, match="BUSY"):
        vault(desk, desk.open_ledger()).put("it", "text")
    assert values(desk)[1:] == [(LineKind.FAILED, "vault.put", {"name": "it", "code": "BUSY"})]


def test_an_effect_that_broke_unexpectedly_leaves_its_intent_without_an_end(desk):
    class Broken(Shelf):
        def put(self, name, text):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guard(Broken(), Vault, "vault", desk.open_ledger()).put("it", "text")
    assert desk.lines() == [(LineKind.INTENT, "vault.put")]


def test_what_is_not_marked_is_called_without_a_line(desk):
    desk.shelf.things["it"] = "text"
    assert vault(desk, desk.ledger()).get("it") == "text"
    assert desk.lines() == []


def test_an_effect_returns_what_the_port_returns(desk):
    kube = guard(Objects(), Kube, "kube.cluster", desk.open_ledger())
    assert kube.apply(REF, {"kind": "Machine"}) == {"kind": "Machine"}
    assert kube.get(REF) == {"kind": "Machine"}


def test_a_parameter_with_an_identity_is_written_by_it(desk):
    kube = guard(Objects(), Kube, "kube.cluster", desk.open_ledger())
    kube.apply(manifest={"data": "secret"}, ref=REF)
    identity = {"ref": "Machine eksa-system/w01-md-0-abc"}
    assert values(desk) == [
        (LineKind.INTENT, "kube.cluster.apply", identity),
        (LineKind.DONE, "kube.cluster.apply", identity),
    ]


def test_no_value_but_the_identity_reaches_the_journal(desk, tmp_path):
    ledger = desk.open_ledger()
    vault(desk, ledger).put("w01/vcenter", "hunter2")
    vault(desk, ledger).put(name="w01/git", text="hunter2")
    guard(Objects(), Kube, "kube", ledger).apply(REF, {"data": {"password": "hunter2"}})
    desk.journal.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"w01/vcenter" in written
    assert b"hunter2" not in written


# -- the fence -----------------------------------------------------------------------------------


def test_after_a_take_over_no_call_is_made(desk):
    fenced = vault(desk, desk.open_ledger())
    desk.take_over()
    with pytest.raises(LeaseLost):
        fenced.put("it", "text")
    assert desk.shelf.calls == []
    assert desk.lines() == []


def test_after_a_take_over_looks_still_answer(desk):
    fenced = vault(desk, desk.open_ledger())
    desk.take_over()
    assert fenced.get("it") is None


def test_a_take_over_during_an_effect_stops_whoever_made_it(desk):
    class TakenOver(Shelf):
        def put(self, name, text):
            super().put(name, text)
            desk.take_over()

    with pytest.raises(LeaseLost):
        guard(TakenOver(), Vault, "vault", desk.open_ledger()).put("it", "text")
    assert desk.lines() == [(LineKind.INTENT, "vault.put")]


def test_after_a_take_over_nothing_can_be_noted(desk):
    ledger = desk.open_ledger()
    desk.take_over()
    with pytest.raises(LeaseLost):
        ledger.note("stage", "paused")


# -- looking -------------------------------------------------------------------------------------


def test_an_effect_while_only_looking_is_refused_and_not_journalled(desk):
    with pytest.raises(PermanentError, match=r"it: vault\.delete was called while only looking"):
        vault(desk, desk.ledger()).delete("it")
    assert desk.shelf.calls == []
    assert desk.lines() == []


def test_a_note_while_only_looking_is_refused(desk):
    with pytest.raises(PermanentError, match="note stage was called while only looking"):
        desk.ledger().note("stage", 1)
    assert desk.lines() == []


# -- notes and choices ---------------------------------------------------------------------------


def test_the_newest_note_of_a_name_is_found(desk):
    ledger = desk.open_ledger()
    ledger.note("stage", "paused")
    ledger.note("other", "x")
    ledger.note("stage", {"moved": 7})
    assert ledger.find("stage") == {"moved": 7}
    assert ledger.find("missing") is None


def test_a_note_is_found_by_its_own_step_only(desk):
    desk.open_ledger("one").note("stage", "paused")
    assert desk.ledger("other").find("stage") is None
    assert desk.ledger("one").find("stage") == "paused"


def test_an_effect_of_the_same_name_is_no_note(desk):
    ledger = desk.open_ledger()
    vault(desk, ledger).put("it", "text")
    assert ledger.find("vault.put") is None


def test_a_choice_is_noted_before_it_is_used_and_stays_the_same(desk):
    names = iter(["w01-abc", "w01-xyz"])
    assert desk.open_ledger().choose("name", lambda: next(names)) == "w01-abc"
    assert values(desk) == [(LineKind.NOTE, "name", "w01-abc")]
    assert desk.open_ledger().choose("name", lambda: next(names)) == "w01-abc"
    assert len(desk.lines()) == 1


def test_a_choice_made_before_can_be_read_while_looking(desk):
    desk.open_ledger().choose("name", lambda: "w01-abc")
    assert desk.ledger().choose("name", lambda: "w01-xyz") == "w01-abc"


def test_nothing_is_chosen_while_only_looking(desk):
    with pytest.raises(PermanentError, match="while only looking"):
        desk.ledger().choose("name", lambda: "w01-abc")
    assert desk.lines() == []


def test_a_choice_that_could_not_be_noted_is_not_used(desk):
    ledger = desk.open_ledger()
    desk.take_over()
    with pytest.raises(LeaseLost):
        ledger.choose("name", lambda: "w01-abc")
    assert desk.ledger().find("name") is None


def test_other_errors_of_the_port_pass_unchanged(desk):
    error = permanent()
    desk.shelf.troubles["delete it"] = [error]
    with pytest.raises(PermanentError) as raised:
        vault(desk, desk.open_ledger()).delete("it")
    assert raised.value is error


# -- all ports at once ---------------------------------------------------------------------------


def test_each_side_of_the_cluster_has_its_own_label(desk):
    kubes: dict[Side, Any] = {side: Objects() for side in Side}
    ports = replace(make_ports(desk.shelf, desk.clock), kube=kubes)
    kube = guarded(ports, desk.open_ledger()).kube
    kube[Side.BOOTSTRAP].apply(REF, {})
    kube[Side.CLUSTER].apply(REF, {})
    intents = [what for kind, what in desk.lines() if kind is LineKind.INTENT]
    assert intents == ["kube.bootstrap.apply", "kube.cluster.apply"]


@pytest.mark.parametrize("name", ["bootstrap", "vcenter", "git", "vault", "files"])
def test_every_port_with_effects_is_guarded(desk, name):
    ports = make_ports(desk.shelf, desk.clock)
    assert getattr(guarded(ports, desk.ledger()), name) is not getattr(ports, name)


# -- the marks in the ports ----------------------------------------------------------------------

GUARDED = (BootstrapClusters, Files, Git, Kube, Vault, VCenter)
LOOK_ONLY = (Clock, Components, Network)


def marks(port):
    methods = inspect.getmembers(port, inspect.isfunction)
    return {name: (method, identity_of(method)) for name, method in methods}


@pytest.mark.parametrize("port", GUARDED)
def test_a_mark_names_parameters_that_the_method_has(port):
    marked = {name: (m, ids) for name, (m, ids) in marks(port).items() if ids is not None}
    assert marked
    for method, identity in marked.values():
        assert identity
        assert set(identity) <= set(inspect.signature(method).parameters)


@pytest.mark.parametrize("port", GUARDED)
def test_no_mark_names_a_parameter_that_may_hold_a_secret(port):
    contents = {"text", "manifest", "patch", "files", "config"}
    for _, identity in marks(port).values():
        assert contents.isdisjoint(identity or ())


@pytest.mark.parametrize("port", LOOK_ONLY)
def test_ports_that_only_look_have_no_effects(port):
    assert [name for name, (_, identity) in marks(port).items() if identity is not None] == []
