"""The health check of a container: asks the address in BEDPLATE_HEALTH_URL; needs no package."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

SECONDS = 8.0


def main(url: str) -> int:
    """Return 0 where the address answers with 200, else 1, with a word for `docker inspect`."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 (our own)
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, OSError, ValueError) as error:
        sys.stderr.write(f"{url}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(os.environ["BEDPLATE_HEALTH_URL"]))
