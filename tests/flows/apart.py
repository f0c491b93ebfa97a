"""`python -m tests.flows.apart MODULE ...`: a module whose processes are in a space of their own.

There they have other ids, as on another machine, and all of them die with the first one. Where that
is not allowed, they are processes as any.
"""

import os
import subprocess
import sys

UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def main(words: list[str]) -> None:
    command = [sys.executable, "-P", "-m", *words]
    allowed = subprocess.run([*UNSHARE, "true"], capture_output=True).returncode == 0
    os.execvp(UNSHARE[0] if allowed else command[0], [*UNSHARE, *command] if allowed else command)


if __name__ == "__main__":
    main(sys.argv[1:])
