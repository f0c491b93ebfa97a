"""What every test may ask for, and what no test may do: talk to another machine."""

import gc
import os
import socket
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import settings

from lab.places import SUBNET
from tests.browser import browser, chromium
from tests.postgres import postgres_server, postgres_url
from tests.prefect_server import database, server

__all__ = ["browser", "chromium", "database", "postgres_server", "postgres_url", "server"]

# Prefect, imported here or by a process that a test starts, does not call home.
os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"

# Timing says nothing on a busy machine. In CI the same examples every time; elsewhere new ones.
settings.register_profile("bedplate", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("bedplate")


# Before xdist's own, which reads the markers.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep tests in one process that share what takes seconds to make.

    The laws of one file share clusters, and all that need Prefect share one server: each costs a
    core of two for ten seconds, and a part of one as long as it runs. xdist gives groups out before
    single tests, the largest first; so what can be divided is left for the end, and no process is
    alone then.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is not None:
            continue
        if "server" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group("prefect"))
        elif item.nodeid.startswith("tests/laws/"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def pytest_collection_finish():
    """Let the garbage collector pass over what was imported: it stays until the end."""
    gc.collect()
    gc.freeze()


class NetworkTouched(AssertionError):
    """A test tried to reach a machine other than this one."""


@pytest.fixture(autouse=True, scope="session")
def no_network():
    """Refuse every connection that leaves this machine and its lab, in the process of the tests."""

    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded_connect(self, address):
        refuse_remote(self.family, address)
        return connect(self, address)

    def guarded_connect_ex(self, address):
        refuse_remote(self.family, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


def refuse_remote(family, address):
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = str(address[0])
    if not (host.startswith("127.") or host in ("::1", "localhost", "") or is_of_lab(host)):
        raise NetworkTouched(f"a test may not connect to {host}")


def is_of_lab(host):
    """Say whether an address is the lab's, for the tests that are told of one that is up."""
    if "BEDPLATE_LAB" not in os.environ:
        return False
    try:
        return ip_address(host) in ip_network(SUBNET)
    except ValueError:
        return False  # a name
