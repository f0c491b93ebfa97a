"""`bedplate support-bundle`: what explains a cluster is in it, and no credential."""

from __future__ import annotations

import base64
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from bedplate.capi import kinds, objects
from bedplate.capi.cluster import build
from bedplate.ports.kube import Kind, Side
from bedplate.simulation import SimulatedSite, parse_fault
from bedplate.spec import load_file
from bedplate.support.redaction import PUBLIC_KEY, base64_fragments
from tests.cli.conftest import EXAMPLE

PLANTED = "planted-T0ken/of+somebody"
EVENT = Kind("v1", "Event")


@dataclass(frozen=True)
class Archive:
    """The files of a bundle, by their names in it."""

    files: dict[str, bytes]

    def __getitem__(self, name: str) -> bytes:
        return self.files[f"support-w01/{name}"]

    @property
    def index(self) -> dict[str, dict[str, object]]:
        return {part["name"]: part for part in json.loads(self["index.json"])}

    def failed(self) -> dict[str, object]:
        return {name: part["code"] for name, part in self.index.items() if part["code"]}


@pytest.fixture
def site(home, begun):
    """The site of a finished cluster."""
    begun()
    return SimulatedSite(home / "sites" / "simulated")


@pytest.fixture
def bundle(cli, tmp_path):
    """Make a bundle of w01 and read it."""

    def make() -> Archive:
        path = tmp_path / "w01.tar.gz"
        result = cli("support-bundle", "w01", "-o", path)
        assert result.status == 0, result.err
        assert path.stat().st_mode & 0o777 == 0o600
        with tarfile.open(path) as archive:
            opened = {one.name: archive.extractfile(one) for one in archive.getmembers()}
            return Archive({name: file.read() for name, file in opened.items() if file})

    return make


def kube(site):
    return site.open(load_file(EXAMPLE)).kube[Side.CLUSTER]


def vault_of(site) -> dict[str, str]:
    """Every secret of the vault that is none of the user names."""
    root = Path(site.state) / "vault"
    found = {
        str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()
    }
    return {name: text for name, text in found.items() if not name.endswith("/username")}


def held_by_secrets(site) -> set[str]:
    """What the Secrets of the API server hold, decoded."""
    return {
        base64.b64decode(text).decode()
        for secret in kube(site).list(kinds.SECRET)
        for key, text in secret["data"].items()
        if not PUBLIC_KEY.search(key)
    }


def plant(site) -> None:
    """Let a Secret hold a token; an event, a ConfigMap and a node repeat it and the password."""
    api, password = kube(site), site.vault.get("vcenter/password")
    inner = base64.b64encode(f"user=me;pw={password};t={PLANTED}".encode()).decode()
    secret = build(kinds.SECRET, "w01-extra", {"stringData": {"token": PLANTED}})
    told = f"login with {password} failed, {PLANTED} too; dump {inner}"
    event = build(EVENT, "told", {"message": told, "reason": "FailedLogin"})
    settings = build(kinds.CONFIG_MAP, "w01-settings", {"data": {"login": told}})
    node = build(kinds.NODE, "odd", {}, namespace="", annotations={"said": told})
    for one in (secret, event, settings, node):
        api.create(objects.ref(one), one)


def test_what_explains_a_cluster_is_in_it(site, bundle):
    archive = bundle()

    assert archive.failed() == {}
    names = {name.removeprefix("support-w01/") for name in archive.files}
    assert {
        "README", "index.json", "spec.yaml", "plan.json", "drift.json", "vcenter/tasks.json",
        "cluster/objects/Machine.cluster.x-k8s.io.json", "cluster/objects/Event.json",
        "cluster/objects/Cluster.anywhere.eks.amazonaws.com.json", "logs/w01.jsonl",
    } <= names  # fmt: skip
    assert any(name.startswith("journal/create-") for name in names)
    (log,) = [archive[name] for name in names if "capv-controller-manager" in name]
    assert b'"VM made"' in log
    assert len(json.loads(archive["vcenter/tasks.json"])) == 7


def test_no_file_of_it_holds_a_credential_of_the_run_in_any_form(site, bundle):
    plant(site)
    credentials = {*vault_of(site).values(), *held_by_secrets(site)}
    assert PLANTED in credentials

    archive = bundle()

    assert len(credentials) > 8
    whole = b"\n".join(archive.files.values())
    for credential in credentials:
        for form in forms_of(credential):
            assert form.encode() not in whole, form
    event = json.loads(archive["cluster/objects/Event.json"])[0]
    assert event["message"].startswith("login with [redacted] failed, [redacted] too; dump ")


def forms_of(credential: str):
    """A credential as it is, in base64 anywhere, and the secret lines of one that has several."""
    yield credential
    yield base64.b64encode(credential.encode()).decode()
    yield from (form for form in base64_fragments(credential) if len(form) >= 8)
    for line in credential.splitlines():
        if "PRIVATE KEY" not in line and "key" in credential.lower() and len(line) > 40:
            yield line.split(": ")[-1].strip("} ")


def test_a_cluster_that_is_silent_leaves_the_rest_in_the_bundle_and_says_so(site, bundle):
    site.world.silence_cluster("w01")

    archive = bundle()

    assert archive.failed() == {
        "plan": "CLUSTER_SILENT",
        "cluster objects": "NET_UNREACHABLE",
        "cluster workloads": "NET_UNREACHABLE",
        "cluster events": "NET_UNREACHABLE",
        "cluster logs": "NET_UNREACHABLE",
    }
    assert archive["vcenter/tasks.json"]


def test_a_vcenter_that_lets_nobody_in_costs_its_own_part_only(site, bundle):
    site.vault.put("vcenter/password", "wrong-password")

    archive = bundle()

    assert archive.failed() == {"vcenter": "AUTH_DENIED"}
    assert b"wrong-password" not in b"".join(archive.files.values())


def test_texts_stay_out_where_the_secrets_that_they_may_repeat_are_not_known(site, bundle):
    plant(site)
    site.world.inject(parse_fault("kube.cluster.list:*Secret*=denied"))

    archive = bundle()

    assert archive.failed()["cluster events"] == "SECRETS_UNREAD"
    assert archive.failed()["cluster logs"] == "SECRETS_UNREAD"


def test_a_run_that_broke_is_in_it_with_its_error(home, cli, begun, bundle):
    begun("--fault", "kube.cluster.create:Cluster eksa-system=deniedx1")

    archive = bundle()

    (attempts,) = [data for name, data in archive.files.items() if name.endswith("attempts.json")]
    assert b"AUTH_DENIED" in attempts
    assert archive.index["bootstrap objects"]["files"]


def test_a_cluster_that_was_deleted_still_has_its_journal(site, cli, bundle):
    cli("delete", "cluster", "w01", "--confirm", "w01")

    archive = bundle()

    assert "CLUSTER_UNKNOWN" in archive.failed().values()
    assert [name for name in archive.files if "/journal/delete-" in name]


def test_a_file_that_cannot_be_written_is_bad_input(site, cli, tmp_path):
    result = cli("support-bundle", "w01", "-o", tmp_path / "no" / "where.tar.gz")

    assert result.status == 2
    assert "BUNDLE_UNWRITABLE" in result.err


def test_a_cluster_that_no_journal_knows_is_bad_input(home, cli, tmp_path):
    result = cli("support-bundle", "w09", "-o", tmp_path / "w09.tar.gz")

    assert result.status == 2
    assert "CLUSTER_UNKNOWN" in result.err
    assert list(tmp_path.glob("*.gz")) == []
