import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bedplate.adapters.vsphere import LiveVCenter, close_all
from bedplate.adapters.vsphere.pool import IN_USE_SECONDS, POOL
from bedplate.adapters.vsphere.session import Credentials
from bedplate.errors import PermanentError, TemporaryError
from tests.vcsim import PASSWORD, USER, vault_in

ROOT = Path(__file__).parents[3]


def test_every_port_of_a_process_shares_one_session(vcsim, tmp_path):
    ports = [vcsim.vcenter(tmp_path / str(number)) for number in range(8)]

    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(lambda port: len(port.look().objects), ports))

    assert len(set(seen)) == 1
    assert len(vcsim.sessions()) == 1
    assert vcsim.calls()["Login"] == 1


def test_an_ended_session_is_opened_again_without_a_word(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path)
    vcsim.template("/DC0/vm/Templates/one")
    before = vcenter.look()

    vcsim.delete("/sessions")

    assert vcenter.look() == before
    assert vcsim.calls()["Login"] == 2


def test_a_session_that_is_ended_again_and_again_is_a_trouble(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path)
    vcenter.login()
    vcsim.post("/faults", method="CreateContainerView", fault="NotAuthenticated")

    with pytest.raises(TemporaryError) as caught:
        vcenter.look()
    assert caught.value.code == "API_UNAVAILABLE"
    assert vcsim.calls()["Login"] == 2


def test_a_changed_password_is_tried_and_a_wrong_one_leaves_the_right_ones_session(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path / "right")
    vcenter.login()
    wrong = LiveVCenter(vcsim.access(), vault_in(tmp_path / "wrong", password="guess"))

    with pytest.raises(PermanentError):
        wrong.login()
    assert vcenter.look().objects
    assert vcsim.calls()["Login"] == 2


def test_a_session_with_other_ways_to_reach_it_takes_the_place_of_the_first(vcsim, tmp_path):
    state = tmp_path / "state"
    vcsim.vcenter(tmp_path, state=state).login()
    vcsim.vcenter(tmp_path, state=state, patience=30).login()
    assert len(vcsim.sessions()) == 1
    assert len(list(state.rglob("*.json"))) == 1


def test_a_session_that_was_given_back_is_not_opened_again(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path)
    vcenter.login()
    session = POOL.session(vcsim.access(), Credentials(USER, PASSWORD))
    close_all()

    with pytest.raises(TemporaryError):
        session.clock()
    assert vcenter.look().objects
    assert len(vcsim.sessions()) == 1


def test_a_session_is_kept_alive_while_it_is_used_and_then_given_back(vcsim, tmp_path):
    vcsim.vcenter(tmp_path).look()
    vcsim.delete("/calls")

    POOL.tend(time.monotonic())
    assert vcsim.calls() == {"CurrentTime": 1}

    POOL.tend(time.monotonic() + IN_USE_SECONDS + 1)
    assert vcsim.sessions() == []
    assert vcsim.calls()["Logout"] == 1


def test_a_vcenter_that_does_not_answer_stops_no_keeping_alive_and_no_end(vcsim, tmp_path):
    vcsim.vcenter(tmp_path).look()
    for method in ("CurrentTime", "Logout"):
        vcsim.post("/faults", method=method, status=503)

    POOL.tend(time.monotonic())
    close_all()


def test_the_end_logs_out_and_forgets_the_key(vcsim, tmp_path):
    state = tmp_path / "state"
    vcsim.vcenter(tmp_path, state=state).look()
    (mark,) = state.rglob("*.json")
    assert mark.stat().st_mode & 0o777 == 0o600

    close_all()

    assert vcsim.sessions() == []
    assert list(state.rglob("*.json")) == []
    assert vcsim.calls()["DELETE /rest/com/vmware/cis/session"] == 1


LEAVING = """
    import os, sys
    from pathlib import Path
    from bedplate.adapters.files import FileVault
    from bedplate.adapters.vsphere import Access, LiveVCenter

    folder = Path(sys.argv[1])
    access = Access(sys.argv[2], thumbprint=sys.argv[3], state=folder / "state")
    LiveVCenter(access, FileVault(folder / "vault")).login()
    {end}
"""


def leave(vcsim, folder, end: str) -> int:
    """Run a process that logs in and ends in some way; returns its exit status."""
    vault_in(folder)
    code = textwrap.dedent(LEAVING).format(end=end)
    words = [sys.executable, "-c", code, folder, vcsim.address, vcsim.thumbprint]
    return subprocess.run(words, cwd=ROOT, check=False, capture_output=True).returncode


def test_a_process_that_ends_logs_out(vcsim, tmp_path):
    assert leave(vcsim, tmp_path, "sys.exit(3)") == 3
    assert vcsim.sessions() == []


def test_the_session_of_a_killed_process_is_ended_by_the_next(vcsim, tmp_path):
    assert leave(vcsim, tmp_path, "os.kill(os.getpid(), 9)") == -9
    (left,) = vcsim.sessions()

    login = vcsim.vcenter(tmp_path, state=tmp_path / "state").login()

    assert login.sessions == 1
    assert left not in vcsim.sessions()
    assert len(list((tmp_path / "state").rglob("*.json"))) == 1


@pytest.mark.parametrize("reason", ["not allowed", "gone"])
def test_a_session_that_cannot_be_ended_is_left_to_end_itself(vcsim, tmp_path, reason):
    leave(vcsim, tmp_path, "os.kill(os.getpid(), 9)")
    if reason == "gone":
        vcsim.delete("/sessions")
    else:
        vcsim.post("/denials", path="/", privileges=["Sessions.TerminateSession"])

    vcsim.vcenter(tmp_path, state=tmp_path / "state").login()

    assert len(list((tmp_path / "state").rglob("*.json"))) == 1


def test_a_mark_that_cannot_be_read_is_passed_over(vcsim, tmp_path):
    vcenter = vcsim.vcenter(tmp_path, state=tmp_path / "state")
    vcenter.login()
    (mark,) = (tmp_path / "state").rglob("*.json")
    mark.with_name(mark.name.replace(".json", "0.json")).write_text("{")
    vcsim.delete("/sessions")

    assert vcenter.look().objects
