"""Bad input: a code, what was seen, what to do, an exit status, and never a traceback."""

import pytest

from deployments.cli.exits import MEANINGS


def create(cli, file, *arguments):
    return cli("create", "cluster", "-f", file, *arguments)


def expect(result, status, code, *texts):
    assert result.status == status
    assert f"❌ {code}" in result.err
    assert "\n   do    " in result.err
    for text in texts:
        assert text in result.err


def test_a_missing_file(cli, tmp_path):
    expect(create(cli, tmp_path / "none.yaml"), 2, "SPEC_UNREADABLE", "none.yaml")


def test_a_folder_instead_of_a_file(cli, tmp_path):
    expect(create(cli, tmp_path), 2, "SPEC_UNREADABLE", "directory")


def test_an_empty_file(cli, tmp_path):
    file = tmp_path / "empty.yaml"
    file.write_text("")

    expect(create(cli, file), 2, "CFG_INVALID", "empty.yaml:1:1")


def test_a_file_that_is_not_yaml(cli, tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("kind: [Cluster\n")

    expect(create(cli, file), 2, "CFG_INVALID", "broken.yaml:")


def test_a_file_that_is_not_text(cli, tmp_path):
    file = tmp_path / "binary.yaml"
    file.write_bytes(b"\xff\xfe\x00")

    expect(create(cli, file), 2, "SPEC_UNREADABLE", "UTF-8")


def test_an_unknown_field(cli, spec_file):
    file = spec_file(("kubernetesVersion:", "kubernetesVersoin:"))

    expect(create(cli, file), 2, "CFG_INVALID", "cluster.yaml:8:3", "kubernetesVersoin")


def test_an_unknown_kind(cli, spec_file):
    file = spec_file(("kind: Cluster\n", "kind: Klaster\n"))

    expect(create(cli, file), 2, "CFG_INVALID", "holds no Cluster")


def test_two_clusters_in_one_file(cli, spec_file):
    text = spec_file().read_text()
    second = text.split("---")[0].replace("name: w01\nspec:", "name: w02\nspec:", 1)
    file = spec_file()
    file.write_text(f"{text}\n---\n{second}")

    expect(create(cli, file), 2, "CFG_INVALID", "Cluster")


def test_a_reference_to_an_object_that_is_not_there(cli, spec_file):
    file = spec_file(("      name: w01-etcd\n", "      name: w01-nowhere\n"))

    expect(create(cli, file), 2, "CFG_INVALID", "w01-nowhere")


def test_a_name_that_is_too_long(cli, spec_file):
    name = "  name: w01\nspec:\n  kubernetesVersion"
    file = spec_file((name, name.replace("w01", "a" * 100)))

    expect(create(cli, file), 2, "CFG_INVALID", "cluster.yaml:6:")


def test_an_unquoted_version_is_no_number(cli, spec_file):
    file = spec_file(('kubernetesVersion: "1.34"', "kubernetesVersion: 1.34"))

    assert cli("plan", "create", "-f", file).status == 0


def test_a_site_that_does_not_exist(cli, example):
    result = create(cli, example, "--site", "atlantis")

    expect(result, 2, "SITE_UNKNOWN", "'atlantis'", "simulated")


@pytest.mark.parametrize("option", ["--from-step", "--until-step"])
def test_a_step_that_does_not_exist(cli, example, option):
    result = create(cli, example, option, "pivto")

    expect(result, 2, "STEP_UNKNOWN", "'pivto'", "pivot")
    assert "There are no runs yet" in cli("runs").out


def test_an_operation_that_does_not_exist(cli):
    expect(cli("steps", "destroy"), 2, "OPERATION_UNKNOWN", "'destroy'", "create")


def test_a_run_that_does_not_exist(cli):
    expect(cli("show", "w77"), 2, "RUN_UNKNOWN", "'w77'")


def test_nothing_to_resume(cli):
    expect(cli("resume"), 2, "NOTHING_OPEN", "create cluster")


def test_a_text_that_is_no_fault(cli, example):
    expect(create(cli, example, "--fault", "everything"), 2, "FAULT_UNKNOWN", "'everything'")
    assert "There are no runs yet" in cli("runs").out


def test_a_verb_that_does_not_exist(cli):
    result = cli("creat")

    assert result.status == 2
    assert "create" in result.err


def test_an_option_without_its_value(cli):
    assert cli("create", "cluster", "-f").status == 2


def test_a_sites_file_that_cannot_be_used(cli, home):
    home.mkdir()
    for content, seen in (
        ("- a\n- list\n", "mapping"),
        ("lab: {kind: concrete}\n", "lab.kind"),
        ("lab: {tempo: 1}\n", "lab.tempo"),
        ("lab: [", "line 1"),
    ):
        (home / "sites.yaml").write_text(content)

        expect(cli("sites"), 2, "SITES_INVALID", seen)


def test_a_home_that_cannot_be_made(cli, example, home):
    home.write_text("a file stands where the folder should be")

    expect(create(cli, example), 2, "HOME_UNUSABLE", str(home))


def test_errors_are_json_where_a_program_asked(cli, spec_file):
    file = spec_file(("kubernetesVersion:", "kubernetesVersoin:"))

    result = create(cli, file, "--output", "json")

    assert result.status == result.document["exit_status"] == 2
    error = result.document["error"]
    assert error["code"] == "CFG_INVALID"
    assert ("kubernetesVersoin", 8, 3) in [
        (problem["field"].rpartition(".")[2], problem["line"], problem["column"])
        for problem in error["problems"]
    ]


def test_the_help_lists_every_exit_status(cli):
    out = cli("--help").out

    for status, meaning in MEANINGS.items():
        assert f"  {status:<4}{meaning}" in out
