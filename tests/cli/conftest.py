"""The command line in this process: its status, what it wrote, and a home of its own."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from deployments.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "vsphere-standalone.yaml"


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return self.out.splitlines()


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("BEDPLATE_HOME", str(home))
    monkeypatch.delenv("BEDPLATE_JOURNAL", raising=False)
    return home


@pytest.fixture
def cli(home, capsys):
    """Run a command line; no traceback may ever be shown."""

    def run(*arguments):
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Result(status, captured.out, captured.err)

    return run


@pytest.fixture
def example():
    return EXAMPLE


# The first object that the pivot creates on the new cluster.
PIVOT_FAULT = "kube.cluster.create:Cluster eksa-system=deniedx1"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8gIphQXy2QxVvF8mA4Z5X6m7c8d9e0f1g2h3i4j5k6"


@pytest.fixture
def keyed(tmp_path):
    """The example with an SSH key of its own: making one takes a second."""
    return write_keyed(tmp_path)


def write_keyed(folder):
    file = folder / "keyed.yaml"
    file.write_text(EXAMPLE.read_text().replace('- ""', f'- "{KEY}"'))
    return file


@pytest.fixture(scope="session")
def after_create(tmp_path_factory):
    """Return the home that a create with these arguments left; each is made once."""
    made = {}

    def home_after(*arguments):
        if arguments not in made:
            folder = tmp_path_factory.mktemp("made")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("BEDPLATE_HOME", str(folder / "home"))
                patch.delenv("BEDPLATE_JOURNAL", raising=False)
                main(["create", "cluster", "-f", str(write_keyed(folder)), *arguments])
            made[arguments] = folder / "home"
        return made[arguments]

    return home_after


@pytest.fixture
def begun(home, cli, after_create):
    """Copy the home that a create of the keyed example left; return the run's id."""

    def copy(*arguments):
        shutil.copytree(after_create(*arguments), home)
        return cli("runs", "-o", "json").document["runs"][0]["id"]

    return copy


@pytest.fixture
def spec_file(tmp_path):
    """Write a variation of the example: the pairs are replaced in its text."""

    def write(*changes, name="cluster.yaml"):
        text = EXAMPLE.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
