"""What the checks look at: a Prefect server, the sites that it knows, and their journals."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_API_URL

from bedplate.errors import BadInput, BedplateError, Owner, PermanentError
from blocks import SiteBlock
from deployments.deployed import deployed_there
from deployments.home import Home
from flows.order import load_site, site_names

SECONDS = 10.0
VERSION = re.compile(r"\d+\.\d+\.\d+\S*")
LOOPBACK = ("127.", "localhost", "::1")


@dataclass
class Installation:
    """An installation as this machine sees it; each thing is asked for once."""

    home: Home
    gateway: str = ""
    api: str = field(default_factory=lambda: PREFECT_API_URL.value() or "")
    _open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, init=False)

    @property
    def is_loopback(self) -> bool:
        """Whether the server is reached at this machine's own address."""
        return (urlsplit(self.api).hostname or "").startswith(LOOPBACK)

    def require_named(self) -> None:
        """Raise BadInput PREFECT_UNNAMED where no server is named."""
        if not self.api:
            raise BadInput(
                "PREFECT_UNNAMED",
                "PREFECT_API_URL is not set",
                why="without it Prefect starts a server of its own, and forgets it again",
                remedy="export PREFECT_API_URL=http://SERVER:4200/api, or prefect config set it",
                owner=Owner.PLATFORM,
            )

    @contextmanager
    def client(self) -> Iterator[SyncPrefectClient]:
        """Return Prefect's client; raises PermanentError PREFECT_SILENT for what it raises."""
        try:
            yield self._opened
        except (httpx.HTTPError, PrefectException) as error:
            raise self.silent(error) from None

    @cached_property
    def _opened(self) -> SyncPrefectClient:
        """One client for all that is asked: making one reads every authority's certificate."""
        client = self._open.enter_context(get_client(sync_client=True))
        self._require_prefect(client)
        return client

    def _require_prefect(self, client: SyncPrefectClient) -> None:
        """Raise PermanentError PREFECT_OTHER where something else answers, such as a proxy."""
        answer = client.request("GET", "/admin/version")
        with contextlib.suppress(ValueError):
            if VERSION.fullmatch(str(answer.json())):
                return
        raise PermanentError(
            "PREFECT_OTHER",
            f"what answers at {self.api} is no Prefect server",
            why="it was asked for its version, and said something else",
            remedy="correct PREFECT_API_URL; it ends in /api",
            owner=Owner.PLATFORM,
        )

    def require_prefect(self) -> None:
        """Raise what is wrong with a server that is not named, silent, or something else."""
        self.require_named()
        with self.client():
            return

    def close(self) -> None:
        """Ask no more."""
        self._open.close()

    def silent(self, error: Exception) -> PermanentError:
        """Return what it means that the server did not do what it was asked."""
        seen = f"the Prefect server at {self.api} did not answer: {type(error).__name__}"
        denied = isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 401
        if denied:
            seen = f"the Prefect server at {self.api} does not know this login"
        remedy = (
            "set PREFECT_API_AUTH_STRING to the server's" if denied else f"curl {self.api}/health"
        )
        return PermanentError(
            "PREFECT_SILENT",
            seen,
            why="flows are started there, and workers ask there what to run",
            remedy=remedy,
            owner=Owner.PLATFORM,
        )

    def bare(self, path: str) -> httpx.Response:
        """Ask the server as somebody without a login does."""
        try:
            return httpx.get(f"{self.api}/{path}", timeout=SECONDS)
        except httpx.HTTPError as error:
            raise self.silent(error) from None

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Ask the server with our login; returns what it answers."""
        with self.client() as client:
            return client.request(method, path, json=body).json()  # type: ignore[arg-type]

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """The server's settings, its secrets masked."""
        found: Mapping[str, Any] = self.ask("GET", "/admin/settings")["server"]
        return found

    @cached_property
    def deployments(self) -> Mapping[str, Mapping[str, Any]]:
        """The deployments that are ours, as flow/deployment."""
        with self.client() as client:
            return deployed_there(client)

    @cached_property
    def workers(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The workers of every pool that our deployments run in."""
        pools = {str(row["work_pool_name"] or "") for row in self.deployments.values()}
        with self.client() as client:
            return {
                pool: [
                    worker.model_dump(mode="json")
                    for worker in client.read_workers_for_work_pool(pool)
                ]
                for pool in sorted(pools - {""})
            }

    @property
    def live_workers(self) -> list[str]:
        """The names of the workers whose heartbeat is fresh."""
        every = (one for pool in self.workers.values() for one in pool)
        return [one["name"] for one in every if one["status"] == "ONLINE"]

    @cached_property
    def sites(self) -> Mapping[str, SiteBlock]:
        """The sites that are blocks of the server."""
        with self.client():
            return {name: load_site(name) for name in site_names()}

    @cached_property
    def journals(self) -> Mapping[str, Sequence[str]]:
        """The address of every journal, with the sites that write there.

        Those of the server's sites; where it knows none, or does not answer, this machine's.
        """
        found: dict[str, list[str]] = {}
        sites: Mapping[str, SiteBlock] = {}
        with contextlib.suppress(BedplateError):
            self.require_named()
            sites = self.sites
        for name, site in sites.items():
            found.setdefault(site.journal.get_secret_value(), []).append(name)
        return found or {url: ["this machine"] for url in self.home.journal_urls()}

    @staticmethod
    def now() -> float:
        """This machine's clock, in Unix seconds."""
        return time.time()
