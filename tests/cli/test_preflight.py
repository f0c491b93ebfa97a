"""`bedplate preflight`: every check, nothing changed."""

import json
import sqlite3

import pytest

from bedplate.adapters.redaction import HIDDEN
from bedplate.simulation import World
from bedplate.simulation.arrangement import deny
from bedplate.simulation.inventory import THUMBPRINT
from tests.cli.test_bundles import release
from tests.vcsim import PASSWORD, TEMPLATES, USER, vcsim, vcsim_process, vcsim_program

__all__ = ["release", "vcsim", "vcsim_process", "vcsim_program"]

SCREEN = 50  # lines that a large terminal window shows
KNOWN = """\
Performing setup and validations
✅ Connected to server
✅ Authenticated to vSphere
✅ Datacenter validated
✅ Network validated
✅ Datastore validated
✅ Folder validated
✅ Resource pool validated
✅ Control plane and Workload templates validated
✅ Vsphere Provider setup is valid
✅ Create preflight validations pass
""".splitlines()

# What would go out to other machines, which no test may, and the Docker engine that may be absent.
ELSEWHERE = "registry,dns,control-plane-ip,docker-engine,storage-driver,packages"


def in_order(lines, wanted):
    left = iter(lines)
    return all(line in left for line in wanted)


def states(result):
    return {check["name"]: check["state"] for check in result.document["checks"]}


def test_a_good_specification_passes_on_one_screen(cli, example):
    result = cli("preflight", "-f", example)
    assert result.status == 0
    assert in_order(result.lines, KNOWN)
    assert len(result.lines) < SCREEN
    assert "vsphere-user-privilege" in result.out
    assert result.err == ""


def test_a_bad_one_says_all_that_is_wrong_on_one_screen(cli, example, spec_file, home):
    cli("preflight", "-f", example)
    world = World(home / "sites/simulated")
    world.taken_address("198.18.0.10")
    deny(world, "/DC0/vm/Templates", "Folder.Create", "Folder.Delete")
    wrong = spec_file(("LocalDS_0", "LocalDS_9"), ("10.96.0.0/12", "192.168.4.0/24"))

    result = cli("preflight", "-f", wrong)

    assert result.status == 1
    assert len(result.lines) < SCREEN
    assert "✅ Connected to server" in result.lines
    assert "✅ Create preflight validations pass" not in result.lines
    assert "datastore '/DC0/datastore/LocalDS_9' is not in the inventory" in result.out
    assert "the control plane endpoint 198.18.0.10 is in use: tcp 6443 connected" in result.out
    assert "     /DC0/vm/Templates  Folder.Delete" in result.lines
    assert "govc role.update -a ROLE Folder.Create Folder.Delete" in result.out
    assert "(the network administrator)" in result.out
    failed = "datastore, control-plane-ip, vsphere-user-privilege, cluster-networks"
    assert failed in " ".join(line.strip() for line in result.lines)


def test_json_has_every_check_and_its_state(cli, example, home):
    cli("preflight", "-f", example)
    deny(World(home / "sites/simulated"), "/", "Sessions.ValidateSession")

    result = cli("preflight", "-f", example, "--skip", "datastore,folder", "-o", "json")

    assert result.status == 1
    document = result.document
    assert (document["cluster"], document["site"], document["ready"]) == ("w01", "simulated", False)
    found = states(result)
    assert (found["datastore"], found["folder"], found["capacity"]) == (
        "skipped",
        "skipped",
        "passed",
    )
    (privilege,) = [c for c in document["checks"] if c["name"] == "vsphere-user-privilege"]
    assert privilege["state"] == "failed"
    (finding,) = privilege["findings"]
    assert finding["severity"] == "block"
    assert finding["rows"] == [["/", "Sessions.ValidateSession"]]
    assert finding["owner"] == "the vSphere administrator"


def test_a_warning_fails_nothing(cli, spec_file):
    pinned = f'thumbprint: "{THUMBPRINT}"'
    result = cli("preflight", "-f", spec_file((pinned, ""), ("insecure: false", "insecure: true")))
    assert result.status == 0
    assert "⚠ vcenter-server: VSphereDatacenterConfig.spec.insecure:" in result.out
    assert "✅ Connected to server" in result.lines


def test_a_name_that_no_check_has_is_said(cli, example):
    result = cli("preflight", "-f", example, "--skip", "data-store", "--skip", "datastore")
    assert result.status == 0
    assert "no check here is named 'data-store'; there are vcenter-server" in result.err


def test_it_begins_no_run_and_makes_nothing(cli, example, home):
    cli("preflight", "-f", example)
    with sqlite3.connect(home / "sites/simulated/world.sqlite") as world:
        before = "\n".join(world.iterdump())
    files = sorted(home.rglob("*"))

    assert cli("preflight", "-f", example).status == 0

    with sqlite3.connect(home / "sites/simulated/world.sqlite") as world:
        assert "\n".join(world.iterdump()) == before
    assert sorted(home.rglob("*")) == files
    assert not (home / "journal.sqlite").exists()
    assert cli("runs").out == "There are no runs yet\n"


def test_an_invalid_specification_is_told_before_anything_is_looked_at(cli, spec_file):
    result = cli("preflight", "-f", spec_file(("count: 2", "count: -1")))
    assert result.status == 2


@pytest.fixture
def outside(cli, vcsim, release, spec_file, monkeypatch):
    """Preflight on the simulator of lab/vcsim, with a bundle that is signed by our own key."""
    monkeypatch.setenv("EKSA_VSPHERE_USERNAME", USER)
    monkeypatch.setenv("EKSA_VSPHERE_PASSWORD", PASSWORD)
    vcsim.template(f"{TEMPLATES}/ubuntu-2204-kube-v1.34")

    def run(*arguments, skip=ELSEWHERE):
        pinned = (THUMBPRINT, vcsim.thumbprint), ("vcenter.example.com", vcsim.address)
        file, bundle = spec_file(*pinned), release.by_bundle
        return cli(
            "preflight", "-f", file, "--site", "vsphere", *bundle, "--skip", skip, *arguments
        )

    return run


def test_a_vcenter_outside_is_looked_at_and_left_without_a_session(outside, vcsim):
    result = outside()
    assert result.status == 0, result.out
    assert in_order(result.lines, KNOWN)
    assert (
        "⏭ skipped: control-plane-ip, registry, dns, storage-driver, packages, docker-engine"
    ) in result.lines
    assert vcsim.sessions() == []


def test_what_is_wrong_outside_is_said_without_a_secret(outside, vcsim, monkeypatch):
    vcsim.post("/clock", seconds=400)
    vcsim.post("/denials", path=TEMPLATES, privileges=["Folder.Create"])
    vcsim.template(f"{TEMPLATES}/ubuntu-2204-kube-v1.34", tags=["os:ubuntu"])

    result = outside("-o", "json")

    assert result.status == 1
    found = states(result)
    failed = {name for name, state in found.items() if state == "failed"}
    assert failed == {"vcenter-clock", "templates", "vsphere-user-privilege"}
    assert PASSWORD not in result.out + result.err

    monkeypatch.setenv("EKSA_VSPHERE_PASSWORD", "guess")
    result = outside()
    assert result.status == 1
    assert "needs vcenter-login" in result.out
    assert "guess" not in result.out + result.err
    assert HIDDEN not in json.dumps(found)
