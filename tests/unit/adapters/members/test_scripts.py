"""The scripts as text: every name quoted, every one of them a shell's."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.adapters.members import scripts
from bedplate.adapters.members.reading import healthy_of, seen_of
from bedplate.adapters.members.scripts import Layout, Seat

ODD = Seat("w01'; reboot #", {"w01'; reboot #": "https://a b"}, "image; reboot")
LAYOUT = Layout("/etc/odd $(reboot)", "/var/odd `reboot`")
ALL = {
    "see": scripts.see(LAYOUT),
    "stop": scripts.stop(LAYOUT),
    "start": scripts.start(LAYOUT),
    "receive": scripts.receive("/var/odd $(reboot)"),
    "restore": scripts.restore(LAYOUT, "restore-1", "0" * 64, ODD),
    "healthy": scripts.healthy(LAYOUT, ODD.image),
}


@pytest.mark.parametrize("name", ALL)
def test_a_script_is_one_that_a_shell_reads(name):
    done = subprocess.run(["sh", "-n", "-c", ALL[name]], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ALL)
def test_no_name_is_taken_for_a_command(name, tmp_path):
    """With every program but the shell's own out of reach, `reboot` is what would be called."""
    (tmp_path / "reboot").write_text(f"#!/bin/sh\ntouch {tmp_path}/rebooted\n")
    (tmp_path / "reboot").chmod(0o755)
    script = ALL[name].replace(scripts.PATHS, "")
    subprocess.run(["/bin/sh", "-c", script], env={"PATH": str(tmp_path)}, capture_output=True)
    assert not (tmp_path / "rebooted").exists()


@given(st.text(max_size=200))
def test_whatever_a_machine_prints_is_read_or_not_but_never_fails(printed):
    assert seen_of(printed) is None
    assert healthy_of(printed) == ()
