"""`bedplate fleet`: what is planned, what a board shows, who may approve."""

import json

import pytest

from bedplate.adapters.journal import open_journal
from tests.fleet_journal import record, spec_of

CAMPAIGN = """
apiVersion: bedplate/v1alpha1
kind: UpgradeCampaign
metadata:
  name: retail
spec:
  target:
    kubernetesVersion: "{target}"
  selector:
    matchLabels: {{fleet: retail}}
  stages:
  - name: canary
    clusters: [store-2]
    gates:
      before:
      - approval: {{approvers: [bob, ann], valid: 1h}}
  - name: rest
    batch: 50%
"""


@pytest.fixture
def fleet(home, monkeypatch):
    """Three clusters of the fleet and one of another; Prefect cannot be reached."""
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    home.mkdir(parents=True)
    journal = open_journal(f"sqlite:///{home}/journal.sqlite")
    for number in (1, 2, 3):
        record(journal, f"store-{number}", spec_of(f"store-{number}"))
    record(journal, "other", spec_of("other", labels="fleet: lab"))
    yield journal
    journal.close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "retail.yaml"
    path.write_text(CAMPAIGN.format(target="1.35"))
    return path


def planned(cli, file):
    return cli("fleet", "plan", "-f", file, "-o", "json").document


def test_a_plan_has_the_canary_first_and_the_rest_in_batches(cli, fleet, file):
    plan = planned(cli, file)

    assert plan["stages"] == [
        {"name": "canary", "batches": [["store-2"]]},
        {"name": "rest", "batches": [["store-1"], ["store-3"]]},
    ]
    assert {row["cluster"]: row["version"] for row in plan["clusters"]} == {
        "store-1": "1.34",
        "store-2": "1.34",
        "store-3": "1.34",
    }
    assert plan["state"] == "planned"


def test_planning_twice_gives_the_same_hash_and_supersedes_the_first(cli, fleet, file):
    first, second = planned(cli, file), planned(cli, file)

    assert first["plan"] == second["plan"]
    listed = cli("fleet", "status", "-o", "json").document["campaigns"]
    assert [one["state"] for one in listed] == ["planned", "superseded"]


def test_a_dry_run_keeps_nothing(cli, fleet, file):
    assert cli("fleet", "plan", "-f", file, "--dry-run").status == 0

    assert "There are no campaigns yet" in cli("fleet", "status").out


def test_a_wrong_campaign_is_explained_with_its_place(cli, fleet, file):
    file.write_text(CAMPAIGN.format(target="1.35").replace("batch: 50%", "batch: 500%"))

    refused = cli("fleet", "plan", "-f", file)

    assert refused.status == 2
    assert "retail.yaml:18:12: UpgradeCampaign.spec.stages[1].batch" in refused.err


def test_clusters_two_versions_behind_are_left_alone_and_it_is_said_why(cli, fleet, file):
    file.write_text(CAMPAIGN.format(target="1.36").replace("    clusters: [store-2]\n", ""))

    plan = planned(cli, file)

    assert {row["state"] for row in plan["clusters"]} == {"skipped"}
    assert plan["clusters"][0]["blocked_by"] == "from 1.34 to 1.36 is not one step"


def test_a_canary_that_the_fleet_does_not_have_is_refused(cli, fleet, file):
    file.write_text(CAMPAIGN.format(target="1.35").replace("[store-2]", "[store-9]"))

    refused = cli("fleet", "plan", "-f", file)

    assert "FLEET_CLUSTER_UNKNOWN" in refused.err
    assert "store-9" in refused.err


def test_an_approval_is_bound_to_the_plan_that_was_seen(cli, fleet, file):
    plan = planned(cli, file)["plan"]
    gate = ("--gate", "canary/before/approval", "--as", "bob")

    other = cli("fleet", "approve", "retail", *gate, "--plan", "0123456789ab")
    same = cli("fleet", "approve", "retail", *gate, "--plan", plan[:12], "-o", "json")

    assert (other.status, same.status) == (6, 0)
    assert "PLAN_DIFFERS" in other.err
    assert same.document["gates"][0]["approved_by"] == ["bob"]


@pytest.mark.parametrize("site", ["simulated", "berlin"])
def test_what_to_type_next_names_the_site_whose_journal_has_the_campaign(
    cli, fleet, file, home, site
):
    other = f"berlin: {{state: {home}/berlin, journal: 'sqlite:///{home}/journal.sqlite'}}"
    (home / "sites.yaml").write_text(other)
    gate = ("--gate", "canary/before/approval", "--as", "bob", "--plan", "0123456789ab")

    said = cli("fleet", "plan", "-f", file, "--site", site).err
    differs = cli("fleet", "approve", "retail", *gate, "--site", site).err
    cli("fleet", "start", "retail", "--site", site)
    active = cli("fleet", "plan", "-f", file, "--site", site).err

    assert f"Then: bedplate fleet start retail --site {site}" in said
    assert f"bedplate fleet status retail --site {site}, and approve" in differs
    assert f"bedplate fleet status retail --site {site}; cancel it" in active


def test_a_stranger_may_not_approve(cli, fleet, file):
    plan = planned(cli, file)["plan"]

    refused = cli(
        *("fleet", "approve", "retail", "--gate", "canary/before/approval"),
        *("--as", "eve", "--plan", plan),
    )

    assert "APPROVER_REFUSED" in refused.err


def test_a_wish_is_kept_where_prefect_cannot_be_reached(cli, fleet, file):
    planned(cli, file)

    started = cli("fleet", "start", "retail", "-o", "json")

    assert started.status == 0
    assert "Recorded" in started.err
    assert (started.document["state"], started.document["wanted"]) == ("running", "run")
    refused = cli("fleet", "plan", "-f", file)
    assert "FLEET_ACTIVE" in refused.err


def test_the_board_says_what_each_cluster_waits_for(cli, fleet, file):
    planned(cli, file)
    cli("fleet", "start", "retail")

    board = cli("fleet", "status", "retail").out

    assert "store-2  1.34     canary  untouched" in board
    assert "clusters before it" in board


def test_the_schema_of_a_campaign_is_published(cli):
    schema = json.loads(cli("schema", "--kind", "UpgradeCampaign").out)

    assert schema["properties"]["kind"] == {"const": "UpgradeCampaign"}
    assert {"stages", "windows", "perVCenter"} <= set(
        schema["$defs"]["CampaignSettings"]["properties"]
    )
