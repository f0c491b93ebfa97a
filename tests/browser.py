"""Chromium from Debian, driven by Playwright; no browser is ever downloaded."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser, sync_playwright

from tests.debian import find_or_install

# A machine without a network: without these, Chromium calls home at every start.
CHROMIUM_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return the path of Chromium, installed first if need be."""
    return find_or_install(find_chromium, "chromium", "libatomic1")


def find_chromium() -> Path | None:
    """Return the path of Chromium, if it is there and Playwright's driver can start."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    node, *_ = compute_driver_executable()
    # Playwright brings a node of its own, which needs a library that a small Debian lacks.
    driver = subprocess.run([node, "--version"], capture_output=True, check=False)
    return Path(found) if found and driver.returncode == 0 else None


# One per test: while Playwright is started, its thread has a running event loop, and a flow or a
# test that starts one of its own there fails.
@pytest.fixture
def browser(chromium: Path) -> Iterator[Browser]:
    """Yield a running headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium), args=list(CHROMIUM_FLAGS), headless=True
        )
        yield browser
        browser.close()
