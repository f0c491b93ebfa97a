"""`bedplate create cluster` on the simulated site, to the end and as far as it comes."""

import json
from pathlib import Path

from tests.cli.conftest import PIVOT_FAULT

ARTICLE = """\
Performing setup and validations
✅ Connected to server
✅ Authenticated to vSphere
✅ Datacenter validated
✅ Network validated
✅ Datastore validated
✅ Folder validated
✅ Resource pool validated
✅ Control plane and Workload templates validated
Provided VSphereMachineConfig sshAuthorizedKey is not set or is empty,\
 auto-generating new key pair...
✅ Vsphere Provider setup is valid
✅ Create preflight validations pass
Creating new bootstrap cluster
Installing cluster-api providers on bootstrap cluster
Provider specific setup
Creating new workload cluster
Installing networking on workload cluster
Installing storage class on workload cluster
Installing cluster-api providers on workload cluster
Installing EKS-A secrets on workload cluster
Moving cluster management from bootstrap to workload cluster
Installing EKS-A custom components (CRD and controller) on workload cluster
Creating EKS-A CRDs instances on workload cluster
Installing AddonManager and GitOps Toolkit on workload cluster
GitOps field not specified, bootstrap flux skipped
Writing cluster config file
Deleting bootstrap cluster
🎉 Cluster created!
""".splitlines()


def create(cli, file, *arguments):
    return cli("create", "cluster", "-f", file, *arguments)


def remaining(lines, wanted):
    """Return the wanted lines that do not follow, in order, in `lines`."""
    left = list(wanted)
    for line in lines:
        if left and line == left[0]:
            left.pop(0)
    return left


def test_the_lines_of_a_create_come_in_the_order_that_people_know(cli, example):
    result = create(cli, example)

    assert result.status == 0
    assert remaining(result.lines, ARTICLE) == []
    assert result.lines.count("✅ Datastore validated") == 3
    (saved,) = [line for line in result.lines if "private key saved to" in line]
    assert Path(saved.split("saved to ")[1].split(". Use")[0]).stat().st_mode & 0o777 == 0o600


def test_the_end_tells_where_the_kubeconfig_is(cli, keyed, begun):
    begun()

    command = create(cli, keyed).lines[-1].split()
    assert command[:2] == ["kubectl", "--kubeconfig"]
    assert Path(command[2]).stat().st_mode & 0o777 == 0o600


def test_a_second_create_of_the_same_cluster_has_nothing_to_do(cli, keyed, begun):
    begun()

    again = create(cli, keyed)

    assert again.status == 0
    assert "Nothing to do: w01 is as the specification says" in again.lines
    assert "Kept: packages (already so)" in again.lines


def test_with_json_a_program_reads_one_document_and_people_the_rest(cli, keyed):
    result = create(cli, keyed, "--output", "json")

    report = result.document
    assert report["run"]["state"] == "completed"
    assert {step["state"] for step in report["steps"]} <= {"completed", "kept"}
    assert report["error"] is None
    assert Path(report["kubeconfig"]).exists()
    assert "🎉 Cluster created!" in result.err


def test_until_step_stops_there_and_leaves_the_run_open(cli, keyed):
    stopped = create(cli, keyed, "--until-step", "bootstrap")

    assert stopped.status == 0
    assert "15 steps are left, providers is the next" in stopped.out
    assert cli("runs", "-o", "json").document["runs"][0]["state"] == "stopped"


def test_from_step_needs_everything_before_it_settled(cli, keyed):
    result = create(cli, keyed, "--from-step", "workers")

    assert result.status == 6
    assert "❌ STEP_UNSETTLED" in result.err
    assert "run without --from-step" in result.err
    assert "bedplate resume" not in result.err, "nothing was begun, nothing to resume"


def test_from_step_goes_on_where_everything_before_it_is_settled(cli, keyed, begun):
    begun("--until-step", "workers")

    assert create(cli, keyed, "--from-step", "pivot").status == 6  # secrets come before it
    assert create(cli, keyed, "--from-step", "own-providers").status == 0


def test_a_failure_tells_what_was_seen_what_to_do_and_how_to_go_on(cli, keyed):
    result = create(cli, keyed, "--fault", PIVOT_FAULT)

    run = cli("runs", "-o", "json").document["runs"][0]
    assert result.status == 1
    assert "❌ pivot failed: AUTH_DENIED" in result.err
    for row in ("   seen  kube.cluster.create", "   why   ", "   do    ", "   who   "):
        assert row in result.err
    assert result.err.endswith(f"   then  bedplate resume {run['id']}\n")


def test_faults_happen_to_a_new_run_only(cli, keyed):
    options = ("--fault", "kind.create=deniedx1", "--until-step", "bootstrap")

    assert [create(cli, keyed, *options).status for _ in range(2)] == [1, 0]


def test_a_failure_in_json_holds_the_error_and_every_attempt(cli, keyed):
    report = create(cli, keyed, "-o", "json", "--fault", "kind.create=denied").document

    assert report["run"]["state"] == "failed"
    assert report["error"]["code"] == "AUTH_DENIED"
    (bootstrap,) = [step for step in report["steps"] if step["name"] == "bootstrap"]
    assert bootstrap["state"] == "failed"
    assert bootstrap["attempts"][0]["error"]["code"] == "AUTH_DENIED"


def test_a_failed_preflight_has_a_status_of_its_own_and_makes_nothing(cli, keyed):
    result = create(cli, keyed, "--fault", "world.taken_address:198.18.0.10")

    assert result.status == 3
    assert "the control plane endpoint 198.18.0.10 is in use" in result.err
    assert "the network administrator" in result.err
    assert "Creating new bootstrap cluster" not in result.out


def test_the_log_file_tells_the_run_without_secrets(cli, example, home):
    create(cli, example, "--until-step", "provider-setup")

    log = (home / "logs" / "w01.jsonl").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"cluster", "operation", "run", "step"} <= lines[-1].keys()
    assert [
        line for line in lines if line["event"] == "step settled" and line["step"] == "bootstrap"
    ]
    vault = home / "sites" / "simulated" / "vault"
    for secret in (vault / "vcenter" / "password", vault / "w01" / "ssh-private-key"):
        assert secret.read_text().strip() not in log


def test_logs_go_to_standard_error_where_asked(cli, keyed):
    logs = ("--log-format", "json", "--log-level", "info")
    result = create(cli, keyed, *logs, "--until-step", "preflight")

    events = [json.loads(line)["event"] for line in result.err.splitlines()]
    assert "planned" in events


def test_a_spec_changed_where_it_may_not_is_refused_and_nothing_is_lost(cli, keyed, begun):
    begun("--until-step", "workers")
    text = keyed.read_text()
    keyed.write_text(text.replace("198.18.0.10", "198.18.0.11"))

    refused = create(cli, keyed)

    assert refused.status == 6
    assert "❌ CFG_IMMUTABLE_FIELD" in refused.err
    keyed.write_text(text)
    assert create(cli, keyed).status == 0


def test_another_site_than_the_run_began_at_is_refused(cli, keyed, home):
    create(cli, keyed, "--until-step", "preflight")
    (home / "sites.yaml").write_text("elsewhere:\n")

    assert create(cli, keyed, "--site", "elsewhere").status == 6
