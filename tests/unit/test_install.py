"""What ./run does before anything is installed: requirements/install.py."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from requirements.install import Venv

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout whose layers need no package, so that nothing is downloaded."""
    (tmp_path / "requirements").mkdir()
    for layer in ("base", "test"):
        (tmp_path / "requirements" / f"{layer}.txt").write_text("# nothing\n")
    shutil.copy(ROOT / "requirements" / "install.py", tmp_path / "requirements")
    shutil.copy(ROOT / "run", tmp_path / "run")
    return tmp_path


def install(checkout: Path, *arguments: str) -> subprocess.Popen[str]:
    script = checkout / "requirements" / "install.py"
    command = [sys.executable, "-I", str(script), *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_two_at_once_make_one_environment_and_both_can_use_it(checkout):
    both = [install(checkout, "base"), install(checkout, "base")]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("installing Python packages" in text for text in said) == 1
    assert Venv(checkout).is_ready(["base"])
    check = [str(checkout / ".venv/bin/python"), "-c", "import sys; print(sys.path)"]
    assert str(checkout) in subprocess.run(check, capture_output=True, text=True).stdout


def test_run_says_what_it_found_when_python_is_too_old(checkout, tmp_path):
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\necho 3.9 yes\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["sh", str(checkout / "run"), "demo"],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(old)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr
    assert f"{old} (3.9)" in done.stderr
    assert "Traceback" not in done.stderr


class TestWhatIsKeptAndWhatIsBuiltAgain:
    """On a finished environment, made without one: a folder with a Python and stamps."""

    @pytest.fixture
    def venv(self, checkout: Path) -> Venv:
        venv = Venv(checkout)
        venv.python.parent.mkdir(parents=True)
        venv.python.symlink_to(sys.executable)
        venv.stamp("base").write_text(venv.key("base"))
        return venv

    def test_an_unchanged_layer_is_kept(self, venv):
        assert venv.is_ready(["base"])

    def test_a_missing_layer_is_added(self, venv):
        assert not venv.is_ready(["base", "test"])
        assert not venv.must_be_rebuilt(["base", "test"])

    def test_a_changed_requirement_file_means_building_again(self, venv):
        venv.requirements("base").write_text("# something else\n")
        assert not venv.is_ready(["base"])
        assert venv.must_be_rebuilt(["base"])

    def test_an_interrupted_installation_means_building_again(self, venv):
        venv.begun.touch()
        assert not venv.is_ready(["base"])
        assert venv.must_be_rebuilt(["base"])

    def test_a_moved_checkout_means_building_again(self, venv):
        moved = venv.root.rename(venv.root.with_name("moved"))
        assert Venv(moved).must_be_rebuilt(["base"])

    def test_a_python_that_was_removed_means_building_again(self, venv):
        venv.python.unlink()
        assert venv.must_be_rebuilt(["base"])
