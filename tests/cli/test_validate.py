"""`bedplate validate`, `generate` and `schema`: what a person and a program get."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from bedplate.spec import load_text
from bedplate.spec.skeletons import PROVIDERS

HEAVY = {"prefect", "rich", "sqlalchemy", "bedplate.engine", "bedplate.adapters", "cryptography"}


def test_a_valid_file_is_said_to_be(cli, example):
    result = cli("validate", "-f", example)

    assert result.status == 0
    assert result.lines == [f"✅ {example} is a valid specification"]


def test_every_problem_is_a_line_with_its_place_and_what_would_be_right(cli, spec_file):
    file = spec_file(('"1.34"', '"1.99"'), ("    count: 3", "    count: 4"))

    result = cli("validate", "-f", file)

    assert result.status == 1
    assert result.lines == [
        f"{file}:8:22: Cluster.spec.kubernetesVersion: '1.99' is not a supported Kubernetes"
        " version (1.18 to 1.36, in quotes)",
        f"{file}:17:12: Cluster.spec.externalEtcdConfiguration.count: 4 is even (3 or 5)",
    ]
    assert "❌ 2 problems" in result.err


def test_a_program_gets_a_document(cli, spec_file):
    file = spec_file(("    count: 3", "    count: 4"))

    result = cli("validate", "-f", file, "-o", "json")

    assert result.status == 1
    (problem,) = result.document["problems"]
    assert (problem["line"], problem["column"], problem["expected"]) == (17, 12, "3 or 5")
    assert result.document["valid"] is False
    assert result.document["file"] == str(file)


def test_a_valid_file_is_a_document_too(cli, example):
    document = cli("validate", "-f", example, "-o", "json").document

    assert document == {
        "file": str(example),
        "old": None,
        "valid": True,
        "problems": [],
        "ignored": [],
    }


def test_an_upgrade_is_checked_against_the_old_file(cli, example, spec_file):
    file = spec_file(('"1.34"', '"1.36"'), ("198.18.0.10", "198.18.0.77"))

    result = cli("validate", "-f", file, "--old", example)

    assert result.status == 1
    assert [line.split(": ")[1] for line in result.lines] == [
        "Cluster.spec.kubernetesVersion",
        "Cluster.spec.controlPlaneConfiguration.endpoint.host",
    ]


def test_an_upgrade_that_breaks_nothing_is_said_to_be_valid(cli, example, spec_file):
    file = spec_file(('"1.34"', '"1.35"'))

    result = cli("validate", "-f", file, "--old", example)

    assert (result.status, result.out) == (0, f"✅ {file} is a valid upgrade of {example}\n")


def test_an_old_file_with_problems_of_its_own_is_used_with_a_warning(cli, example, spec_file):
    old = spec_file(("    count: 3", "    count: 4"), name="old.yaml")

    result = cli("validate", "-f", old, "--old", old)

    assert "old.yaml has 1 problem itself" in result.err
    assert result.status == 1


def test_a_mistyped_field_of_a_child_is_a_warning(cli, spec_file):
    file = spec_file(
        ("  numCPUs: 2\n  memoryMiB: 8192\n  diskGiB: 25", "  numCpu: 2\n  diskGiB: 25")
    )

    result = cli("validate", "-f", file)

    assert result.status == 0
    assert "did you mean 'numCPUs'?" in result.err
    document = cli("validate", "-f", file, "-o", "json").document
    assert document["valid"]
    assert len(document["ignored"]) == 3


@pytest.mark.parametrize("option", ["-f", "--old"])
def test_a_file_that_is_not_there(cli, example, tmp_path, option):
    files = {"-f": example, "--old": example, option: tmp_path / "none.yaml"}

    result = cli("validate", *(part for pair in files.items() for part in pair))

    assert result.status == 2
    assert "❌ SPEC_UNREADABLE" in result.err


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_generated_file_is_one_to_fill_in(cli, tmp_path, provider):
    result = cli("generate", "clusterconfig", "shop", "--provider", provider)

    assert result.status == 0
    file = tmp_path / "shop.yaml"
    file.write_text(result.out)
    validated = cli("validate", "-f", file)
    still_open = result.out.count("# fill in:")
    assert len(validated.lines) == (still_open or 1)
    assert result.err.count("  line ") == still_open
    assert "Then: bedplate validate -f shop.yaml" in result.err


def test_a_generated_docker_cluster_is_complete(cli):
    text = cli("generate", "clusterconfig", "shop", "-p", "docker").out

    assert load_text(text).name == "shop"


def test_the_definitions_of_the_kinds_can_be_applied(cli):
    result = cli("generate", "crds")

    assert result.status == 0
    found = list(yaml.safe_load_all(result.out))
    assert {definition["kind"] for definition in found} == {"CustomResourceDefinition"}
    kinds = {definition["spec"]["names"]["kind"] for definition in found}
    assert kinds >= {"Cluster", "VSphereMachineConfig", "Bundles", "EKSARelease"}


@pytest.mark.parametrize("name", ["1a", "a b", "yes", "null", "w" * 36, "a: b"])
def test_a_name_that_no_cluster_can_have_is_refused(cli, name):
    result = cli("generate", "clusterconfig", name, "-p", "vsphere")

    assert (result.status, result.out) == (2, "")
    assert "❌ NAME_INVALID" in result.err


def test_a_provider_that_is_none_is_refused(cli):
    assert cli("generate", "clusterconfig", "w01", "-p", "azure").status == 2


def test_the_schema_of_a_file_and_of_a_kind(cli):
    whole = json.loads(cli("schema").out)
    cluster = json.loads(cli("schema", "--kind", "Cluster").out)

    assert {"if", "then"} <= whole["allOf"][0].keys()
    assert cluster["properties"]["kind"] == {"const": "Cluster"}


def test_a_kind_that_is_none_is_refused(cli):
    result = cli("schema", "--kind", "Clster")

    assert result.status == 2
    assert "did you mean 'Cluster'?" in result.err


def test_a_plan_of_a_provider_that_cannot_be_operated_yet_is_refused_not_a_defect(cli, tmp_path):
    file = tmp_path / "docker.yaml"
    file.write_text(
        cli("generate", "clusterconfig", "shop", "-p", "snow")
        .out.replace('host: ""', "host: 198.18.0.9")
        .replace('- "" # fill', '- "198.18.0.8" # fill')
    )

    assert cli("validate", "-f", file).status == 0
    result = cli("plan", "create", "-f", file)
    assert result.status == 1
    assert "❌ PROVIDER_UNKNOWN" in result.err


def test_validate_imports_nothing_that_takes_long(example):
    code = (
        "import sys; from deployments.cli.main import main; "
        f"main(['validate', '-f', {str(example)!r}]); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(done.stdout.split()).isdisjoint(HEAVY)


def test_a_mirrors_certificate_that_is_not_there_is_told_by_its_variable(cli, example, monkeypatch):
    monkeypatch.setenv("EKSA_REGISTRY_MIRROR_CA", "/no/such/file")

    done = cli("validate", "-f", example)

    assert done.status == 2
    assert "MIRROR_CA_UNREADABLE" in done.err
    assert "EKSA_REGISTRY_MIRROR_CA" in done.err


def test_a_terminal_of_few_characters_shows_the_others_escaped(example):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    arguments = ["-m", "deployments.cli.main", "validate", "-f", str(example)]
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"is a valid specification" in done.stdout
