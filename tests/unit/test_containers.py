"""Compose, image and Helm values: what they name is there, and nothing in them is a secret."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import prefect.settings
import pytest
import yaml

from deployments.container.healthy import main as ask
from deployments.container.make_secrets import main as make_secrets
from deployments.gateway.settings import read_settings
from deployments.home import Home
from deployments.versions import bedplate_version
from tests.contract.servers import web

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = ROOT / "deployments"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOYMENTS / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ENTRYPOINT = DEPLOYMENTS / "container" / "entrypoint"
DOCKERFILE = (DEPLOYMENTS / "Dockerfile").read_text()
VALUES = sorted((DEPLOYMENTS / "helm").glob("*.yaml"))

# Read by Prefect without being one of its settings, by libpq, by Postgres' image, by us.
OTHERS = {
    "PREFECT_SERVER_ENCRYPTION_KEY",
    "DO_NOT_TRACK",
    "PGPASSFILE",
    "POSTGRES_PASSWORD",
    "BEDPLATE_HOME",
    "BEDPLATE_HEALTH_URL",
    "BEDPLATE_GATEWAY_DATABASE",
    "BEDPLATE_GATEWAY_SECRET",
    "EKSA_VSPHERE_USERNAME",
    "EKSA_VSPHERE_PASSWORD",
}
BUILT_HERE = {"bedplate"}

every_service = pytest.mark.parametrize("name", SERVICES)


def is_known(variable: str) -> bool:
    name = variable.removesuffix("_FILE")
    return name in OTHERS or hasattr(prefect.settings, name)


@every_service
def test_every_service_is_watched_runs_as_nobody_in_particular_and_may_write_nowhere(name):
    service = SERVICES[name]
    assert service["user"].split(":")[0] not in ("", "0", "root")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    runs_once = service["restart"] == "no"
    assert service["healthcheck"].get("disable", False) is runs_once
    assert runs_once or service["healthcheck"]["test"][0] == "CMD"


@every_service
def test_every_image_has_a_version_and_a_name_without_a_host(name):
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert re.fullmatch(r"[a-z]+", image), image
    assert re.match(r"\d+\.\d+", tag), tag
    assert image not in BUILT_HERE or tag == bedplate_version()


@every_service
def test_what_a_service_refers_to_is_there(name):
    service = SERVICES[name]
    assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert set(service.get("depends_on", ())) <= set(SERVICES)
    assert {one["source"] for one in service.get("configs", ())} <= set(COMPOSE["configs"])
    for volume in service.get("volumes", ()):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or (DEPLOYMENTS / source).exists(), source


@every_service
def test_every_variable_is_known_and_every_secret_a_file_that_is_mounted(name):
    service = SERVICES[name]
    mounted = {f"/run/secrets/{secret}" for secret in service.get("secrets", ())}
    for variable, value in service.get("environment", {}).items():
        assert is_known(variable), variable
        named = value.startswith("/run/secrets/")
        assert named == (variable.endswith("_FILE") or variable == "PGPASSFILE"), variable
        assert not named or value in mounted, variable
        if variable.endswith("_FILE") and name != "postgres":
            assert f"    {variable.removesuffix('_FILE')}" in ENTRYPOINT.read_text()


def test_only_a_proxys_machine_reaches_what_is_published():
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert set(published) == {"server", "gateway"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == ["inside"]


def test_prefects_own_security_is_switched_on():
    environment = SERVICES["server"]["environment"]
    assert environment["PREFECT_SERVER_API_AUTH_STRING_FILE"]
    assert environment["PREFECT_SERVER_ENCRYPTION_KEY_FILE"]
    assert environment["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"] == "true"
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"].endswith("filesystem")


def test_the_credentials_of_an_environment_are_at_its_own_worker_only():
    for environment in ("production", "staging"):
        own = {name for name in COMPOSE["secrets"] if name.startswith(f"{environment}-")}
        holders = {name for name, one in SERVICES.items() if own & set(one.get("secrets", ()))}
        assert holders == {f"worker-{environment}"}
        assert f"--pool,{environment}" in ",".join(SERVICES[f"worker-{environment}"]["command"])


def test_make_secrets_makes_every_secret_that_is_mounted_and_keeps_it(tmp_path):
    folder = tmp_path / "secrets"
    make_secrets(folder)
    first = {file.name: file.read_text() for file in folder.iterdir()}
    make_secrets(folder)

    assert first == {file.name: file.read_text() for file in folder.iterdir()}
    assert set(first) == set(COMPOSE["secrets"])
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"] == f"./secrets/{name}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert first["pgpass-staging"] == (
        f"postgres:5432:staging:staging:{first['postgres-staging']}\n"
    )
    assert first["postgres-production"] in first["pgpass-gateway"]
    assert first["postgres-production"] not in first["pgpass-staging"]


def test_the_example_files_are_read(tmp_path):
    container = DEPLOYMENTS / "container"
    (tmp_path / "sites.yaml").write_text((container / "sites.yaml").read_text())
    journals = {name: site.journal for name, site in Home(tmp_path).sites().items()}
    settings = read_settings(container / "gateway.yaml")
    assert journals["production"] == "postgresql+psycopg://production@postgres/production"
    assert set(settings.sources["portal"].sites) == {"production", "staging"}


def test_the_image_is_built_from_what_is_there_and_runs_as_nobody_in_particular():
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for name in source.split():
            assert (ROOT / name).exists(), name
            assert f"!{name}" in (ROOT / ".dockerignore").read_text().splitlines()
    assert re.search(r"^ARG PYTHON=python:\d+\.\d+\.\d+-slim-", DOCKERFILE, re.MULTILINE)
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert "\nHEALTHCHECK " in DOCKERFILE
    for variable in re.findall(r"^(?:ENV| {3}) (PREFECT_\w+|BEDPLATE_\w+)=", DOCKERFILE, re.M):
        assert is_known(variable), variable


def test_the_image_has_what_prefects_chart_for_workers_starts():
    assert "install --yes --no-install-recommends tini" in DOCKERFILE
    assert "container/entrypoint /opt/prefect/entrypoint.sh" in DOCKERFILE


def test_the_entrypoint_takes_secrets_from_files_and_hides_where_they_were(tmp_path):
    (tmp_path / "login").write_text("bedplate:s'3 $x\n")
    show = "import os; print(os.environ['PREFECT_API_AUTH_STRING'], sorted(os.environ))"
    done = subprocess.run(
        [str(ENTRYPOINT), sys.executable, "-I", "-c", show],
        env={"PATH": "/usr/bin:/bin", "PREFECT_API_AUTH_STRING_FILE": str(tmp_path / "login")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("bedplate:s'3 $x [")
    assert "_FILE" not in done.stdout


def test_the_entrypoint_gives_libpq_a_password_file_that_is_private(tmp_path):
    mounted = tmp_path / "mounted"
    mounted.write_text("postgres:5432:a:a:b\n")
    mounted.chmod(0o644)
    done = subprocess.run(
        [str(ENTRYPOINT), "sh", "-c", 'stat -c %a "$PGPASSFILE"; cat "$PGPASSFILE"'],
        env={"PATH": "/usr/bin:/bin", "PGPASSFILE": str(mounted), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "600\npostgres:5432:a:a:b\n"


def image(folder: Path) -> Path:
    """A folder as the image has it, with a program that says what it was started with."""
    container = folder / "deployments" / "container"
    container.mkdir(parents=True)
    for name in ("entrypoint", "with-secrets"):
        shutil.copy(DEPLOYMENTS / "container" / name, container)
    program = folder / ".venv" / "bin" / "bedplate"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!{sys.executable} -I\n{SHOW}")
    program.chmod(0o755)
    (folder / "bin").mkdir()
    (folder / "bin" / "bedplate").symlink_to("../deployments/container/with-secrets")
    return folder


SHOW = """import json, os, pathlib, stat, sys
file = pathlib.Path(os.environ["PGPASSFILE"])
shown = {"words": sys.argv[1:], "login": os.environ["PREFECT_API_AUTH_STRING"]}
shown |= {"pgpass": file.read_text(), "mode": stat.S_IMODE(file.stat().st_mode)}
print(json.dumps(shown))
"""


@pytest.mark.parametrize("entrypoint", [[], ["deployments/container/entrypoint"]], ids=str)
def test_the_programs_of_the_image_have_the_secrets_with_and_without_its_entrypoint(
    tmp_path, entrypoint
):
    made = image(tmp_path / "image")
    (tmp_path / "login").write_text("bedplate:s'3 $x\n")
    (tmp_path / "mounted").write_text("postgres:5432:a:a:b\n")
    environment = {
        "PATH": f"{made / 'bin'}:/usr/bin:/bin",
        "TMPDIR": str(tmp_path),
        "PREFECT_API_AUTH_STRING_FILE": str(tmp_path / "login"),
        "PGPASSFILE": str(tmp_path / "mounted"),
    }
    for _ in range(2):
        done = subprocess.run(
            [*(str(made / word) for word in entrypoint), "bedplate", "doctor", "a b"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout) == {
            "words": ["doctor", "a b"],
            "login": "bedplate:s'3 $x",
            "pgpass": "postgres:5432:a:a:b\n",
            "mode": 0o600,
        }
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"image", "login", "mounted", f"pgpass-{os.getuid()}"}


def test_what_people_type_in_a_container_is_what_has_the_secrets():
    assert "ENV PATH=/opt/bedplate/bin:/opt/bedplate/.venv/bin:" in DOCKERFILE
    assert 'ln -s ../deployments/container/with-secrets "bin/$name"' in DOCKERFILE
    (names,) = re.findall(r"for name in (.+); do", DOCKERFILE)
    page = (ROOT / "docs" / "how-to" / "several-machines.md").read_text()
    typed = re.findall(r"^docker compose .* exec (?:--no-TTY )?\S+ (\S+)", page, re.MULTILINE)
    assert len(typed) == 2
    assert set(typed) <= set(names.split())


def test_the_entrypoint_ends_where_a_secret_is_missing(tmp_path):
    done = subprocess.run(
        [str(ENTRYPOINT), "true"],
        env={"PATH": "/usr/bin:/bin", "PREFECT_API_AUTH_STRING_FILE": str(tmp_path / "login")},
        capture_output=True,
    )
    assert done.returncode != 0


@pytest.mark.parametrize("script", ["entrypoint", "with-secrets", "databases.sh"])
def test_the_scripts_are_shell_and_may_be_run(script):
    path = DEPLOYMENTS / "container" / script
    assert subprocess.run(["sh", "-n", str(path)]).returncode == 0
    assert path.stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize(("status", "exit_status"), [(200, 0), (503, 1)])
def test_the_health_check_asks_its_address(status, exit_status):
    with web(lambda _: (status, {}, b"")) as there:
        assert ask(f"http://127.0.0.1:{there.port}/healthz") == exit_status


def test_the_health_check_fails_where_nothing_listens():
    assert ask("http://127.0.0.1:9/health") == 1


@pytest.mark.parametrize("file", VALUES, ids=lambda file: file.stem)
def test_the_values_for_prefects_charts_name_what_is_known(file):
    content = yaml.safe_load(file.read_text())
    named = dict(variables(content))
    assert named
    for variable in named:
        assert is_known(variable), variable
    text = file.read_text()
    assert f"prefectTag: {bedplate_version()}" in text
    assert "readOnlyRootFilesystem: true" in text
    assert "runAsNonRoot: true" in text
    assert not any("AUTH_STRING" in name and value for name, value in named.items())


def variables(content: Any) -> Iterator[tuple[str, str]]:
    """Every environment variable that values name, wherever it stands."""
    if isinstance(content, list):
        for one in content:
            yield from variables(one)
    elif isinstance(content, dict):
        if re.fullmatch(r"[A-Z][A-Z0-9_]+", str(content.get("name", ""))):
            yield content["name"], content.get("value", "")
        for one in content.values():
            yield from variables(one)


def test_the_server_of_the_values_has_the_settings_of_the_one_of_compose():
    values = yaml.safe_load((DEPLOYMENTS / "helm" / "prefect-server.yaml").read_text())
    named = dict(variables(values))
    for variable, value in SERVICES["server"]["environment"].items():
        if variable in named:
            assert named[variable] == value, variable
    assert named["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"] == "true"
    assert values["server"]["basicAuth"]["existingSecret"] == "prefect-login"
    assert values["postgresql"]["enabled"] is False
