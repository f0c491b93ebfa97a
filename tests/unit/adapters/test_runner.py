"""Who runs, and whether they still do: with real processes."""

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys

from bedplate.adapters.runner import is_alive, this_runner

SAY = "from bedplate.adapters.runner import this_runner as t; r = t(); print(r.id, r.pid, r.started, flush=True); input()"  # noqa: E501


def start():
    child = subprocess.Popen(
        [sys.executable, "-c", SAY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    runner_id, pid, started = child.stdout.readline().split()
    return child, dataclasses.replace(
        this_runner(), id=runner_id, pid=int(pid), started=started
    )  # fmt: skip


def test_this_process_is_alive_and_is_always_the_same_runner():
    assert this_runner() == this_runner()
    assert this_runner().pid == os.getpid()
    assert is_alive(this_runner()) is True


def test_a_killed_process_is_dead_before_and_after_its_parent_asked():
    child, runner = start()
    assert is_alive(runner) is True
    child.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert is_alive(runner) is False
    child.communicate()
    assert is_alive(runner) is False


def test_another_process_under_a_reused_id_is_not_the_runner():
    assert is_alive(dataclasses.replace(this_runner(), started="1")) is False


def test_a_process_elsewhere_cannot_be_known():
    assert is_alive(dataclasses.replace(this_runner(), host="elsewhere")) is None


def test_a_forked_process_is_another_runner():
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    mine = this_runner()
    child = context.Process(target=lambda: theirs.send(this_runner()))
    child.start()
    found = ours.recv()
    child.join()
    assert (found.pid, found.host) == (child.pid, mine.host)
    assert found.id != mine.id
