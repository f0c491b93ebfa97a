"""The command line as a process of its own: signals, terminals, pipes, two at once."""

import json
import os
import pty
import re
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import pytest

from bedplate.adapters.runner import this_host
from tests.cli.conftest import ROOT, Result

BEDPLATE = [sys.executable, "-P", "-m", "deployments.cli.main"]
PATIENCE = 30  # seconds for what takes one or two
SLOW = ("--pace", "0.05")


@pytest.fixture
def start(home):
    """Start the command line; whatever still runs at the end is killed."""
    started = []

    def run(*arguments, **options):
        command = [*BEDPLATE, *(str(argument) for argument in arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, cwd=ROOT, **{**pipes, **options})
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(process, text):
    """Read a process's output up to a line that holds a text."""
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} was never said: {seen}{process.stderr.read()}")


def finish(process):
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in out + err
    return Result(process.returncode, out, err)


@pytest.fixture
def waiting(start, keyed):
    """A create that waits for its control plane."""
    process = start("create", "cluster", "-f", keyed, *SLOW)
    read_until(process, "etcd machines run")
    return process


def state(cli):
    return cli("runs", "-o", "json").document["runs"][0]["state"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_which_can_go_on(cli, waiting, number):
    assert state(cli) == "running"

    waiting.send_signal(number)
    result = finish(waiting)

    assert result.status == 130
    assert "Stopped. Nothing is lost; go on with: bedplate resume" in result.err
    assert state(cli) == "stopped"
    assert cli("resume", "--until-step", "control-plane").status == 0


def test_a_second_interrupt_leaves_at_once(cli, start, keyed):
    process = start("create", "cluster", "-f", keyed, "--pace", "5")
    read_until(process, "the bootstrap cluster's API server")

    process.send_signal(signal.SIGINT)
    read_until(process, "once more to leave at once")
    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=3) == 130
    assert state(cli) == "interrupted"


def test_a_killed_run_shows_as_interrupted_and_goes_on(cli, waiting):
    waiting.kill()
    waiting.wait()

    assert state(cli) == "interrupted"
    (step,) = [
        step
        for step in cli("show", "w01", "-o", "json").document["steps"]
        if step["state"] == "interrupted"
    ]
    assert step["name"] == "control-plane"
    result = cli("resume", "--until-step", "control-plane")
    assert result.status == 0
    assert "Kept: provider-setup (already so)" in result.lines


def test_a_second_runner_learns_who_holds_the_lease(cli, waiting, keyed):
    result = cli("create", "cluster", "-f", keyed)

    assert result.status == 4
    assert "❌ LEASE_HELD" in result.err
    assert f"process {waiting.pid} on {socket.gethostname()}, run" in result.err
    assert this_host() not in result.err


def test_the_document_about_a_held_lease_has_the_holders_whole_id(cli, waiting, keyed):
    error = cli("create", "cluster", "-f", keyed, "-o", "json").document["error"]

    (run,) = cli("runs", "-o", "json").document["runs"]
    assert error["holder"] == run["holder_id"]
    assert error["holder"].startswith(f"{this_host()}/{waiting.pid}/")
    assert run["holder"] == f"process {waiting.pid} on {socket.gethostname()}"


def test_a_reader_that_goes_away_is_no_failure(start):
    process = start("steps", "create", "--mermaid")
    process.stdout.close()

    assert process.wait(timeout=PATIENCE) == 0
    assert process.stderr.read() == ""


SLOW_MODULES = {"cryptography", "fastapi", "prefect", "pydantic", "rich", "sqlalchemy", "structlog"}


def test_help_imports_nothing_that_is_slow():
    code = (
        "import sys\nfrom deployments.cli.main import main\n"
        f"main(['--help'])\nsys.exit(str(sorted({SLOW_MODULES} & sys.modules.keys())))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    assert done.stderr == "[]\n"


def test_what_nobody_expected_is_kept_in_a_file_and_no_trace_is_shown(cli, begun, home):
    begun("--until-step", "workers")
    with sqlite3.connect(home / "journal.sqlite") as connection:
        connection.execute("UPDATE journal_run SET state = 'bewildered'")
    connection.close()

    result = cli("runs")

    assert result.status == 70
    (crash,) = (home / "crashes").iterdir()
    assert str(crash) in result.err
    assert "bewildered" in crash.read_text()


def test_a_run_goes_on_when_nobody_reads_its_output_any_more(cli, start, keyed):
    process = start("create", "cluster", "-f", keyed, "--pace", "0.01")
    read_until(process, "Creating new bootstrap cluster")
    process.stdout.close()

    assert process.wait(timeout=PATIENCE) == 0
    assert state(cli) == "completed"


# -- a terminal ----------------------------------------------------------------------------------


def on_terminal(arguments, answer="", **environment):
    """Run the command line on a terminal of its own; returns its status and all it showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.environ.update({"TERM": "xterm-256color", "COLUMNS": "100", **environment})
        os.execv(sys.executable, [*BEDPLATE, *(str(argument) for argument in arguments)])
    shown = b""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break  # the terminal closes with its last process
        if answer and b"to go on: " in shown:
            os.write(terminal, f"{answer}\n".encode())
            answer = ""
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), shown.decode()


COLOUR = re.compile(r"\x1b\[[0-9;]*3[1-6]m|\x1b\[38;5")


def test_a_terminal_shows_what_runs_and_is_left_clean(home, keyed):
    status, shown = on_terminal(["create", "cluster", "-f", keyed, "--pace", "0.005"])

    assert status == 0
    assert "of 17 steps settled" in shown
    assert "of 0 steps" not in shown
    assert re.search(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", shown)
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")  # the cursor comes back
    assert "🎉 Cluster created!" in shown


def test_colours_are_left_out_where_the_environment_says_so(begun):
    begun("--until-step", "workers")

    assert COLOUR.search(on_terminal(["show", "w01"])[1])
    assert not COLOUR.search(on_terminal(["show", "w01"], NO_COLOR="1")[1])


@pytest.mark.parametrize(("answer", "expected"), [("w01", 0), ("yes", 6)])
def test_an_abort_asks_for_the_name_on_a_terminal(cli, begun, answer, expected):
    begun("--until-step", "workers")

    status, shown = on_terminal(["abort"], answer=answer)

    assert status == expected
    assert "Type w01 to go on: " in shown


def test_json_on_a_terminal_is_one_document(begun):
    begun("--until-step", "workers")

    _, shown = on_terminal(["show", "w01", "-o", "json"])

    assert json.loads(shown)["run"]["cluster"] == "w01"
