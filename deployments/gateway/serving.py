"""Serves the gateway: uvicorn in this process, and the worker beside it."""

from __future__ import annotations

import contextlib
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from bedplate.errors import BadInput, Owner
from deployments.gateway.application import application
from deployments.gateway.campaigns import Campaigns
from deployments.gateway.desk import Desk, desk
from deployments.gateway.references import References
from deployments.gateway.runs import PrefectRuns
from deployments.gateway.settings import FILE, Settings, read_settings
from deployments.gateway.specs import SiteSpecs
from deployments.gateway.store import Store
from deployments.gateway.tls import CertificateProtocol
from deployments.home import SQLITE, Home

LOCAL, PORT = "127.0.0.1", 4280
STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of the server's certificate; `client_ca` lets clients prove themselves with one."""

    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str = LOCAL
    port: int = PORT


def open_desk(
    home: Home,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
) -> Desk:
    """Return the desk that the home's gateway.yaml describes; raises BadInput, JournalError."""
    settings = read_settings(home.root / FILE)
    if not settings.sources:
        raise BadInput(
            "GATEWAY_EMPTY",
            f"{home.root / FILE} names no source",
            why="the gateway takes nothing from a sender that it does not know",
            remedy="name one (docs/how-to/tickets.md)",
            owner=Owner.PLATFORM,
        )
    references = References(home.root, environment)
    store = open_store(home, settings, references)
    return desk(settings, references, store, PrefectRuns(), SiteSpecs(), Campaigns(home), clock)


def open_store(home: Home, settings: Settings, references: References) -> Store:
    """Open the tables where the settings say, else beside a journal on Postgres, else a file."""
    if settings.database is not None:
        return Store(references.secret(settings.database))
    journal = home.journal_url or home.default_journal
    if not journal.startswith("sqlite"):
        return Store(journal)
    home.folder("")
    return Store(f"{SQLITE}{home.root / 'gateway.sqlite'}")


@contextlib.contextmanager
def working(made: Desk, broken: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let the worker work until the block ends; what it had begun then goes on another time.

    Where the worker itself breaks, `broken` is called, and its error is raised at the end.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="gateway-worker") as pool:
        work = pool.submit(made.worker.work, stop, made.wake)
        work.add_done_callback(lambda _: broken())
        try:
            yield
        finally:
            stop.set()
            made.wake.set()
            work.result()


def server(made: Desk, address: Address, tls: Tls = Tls()) -> uvicorn.Server:
    """Return a server; `run` serves until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        application(made),
        host=address.host,
        port=address.port,
        http=CertificateProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,  # who is at the other end is part of the proof
        timeout_keep_alive=made.settings.limits.head_seconds,
        timeout_graceful_shutdown=STOP_SECONDS,
        **_tls(tls),
    )
    return uvicorn.Server(config)


def _tls(tls: Tls) -> dict[str, Any]:
    if tls.certificate is None:
        return {}
    return {
        "ssl_certfile": str(tls.certificate),
        "ssl_keyfile": str(tls.key or tls.certificate),
        "ssl_ca_certs": str(tls.client_ca) if tls.client_ca is not None else None,
        # Not required: bearer tokens and signatures come without one.
        "ssl_cert_reqs": ssl.CERT_OPTIONAL if tls.client_ca is not None else ssl.CERT_NONE,
    }


def serve(home: Home, address: Address, tls: Tls, say: Callable[[str], None]) -> None:
    """Serve until a signal comes."""
    made = open_desk(home)
    scheme = "https" if tls.certificate is not None else "http"
    listening = server(made, address, tls)

    def end() -> None:
        listening.should_exit = True  # a gateway that takes and never does is worse than none

    with contextlib.closing(made.store), working(made, end):
        say(f"The gateway listens at {scheme}://{address.host}:{address.port}")
        say(f"Sources  {', '.join(sorted(made.settings.sources))}")
        say(f"Verbs    {', '.join(made.runs.verbs())}")
        listening.run()
