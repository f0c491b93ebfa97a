"""Several machines as containers: the image is built, compose.yaml started, and parts of it break.

A worker is killed in the middle of a create and another goes on; a signed ticket becomes a cluster
while the Prefect server and Postgres are killed and come back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import httpx
import yaml
from prefect.client.schemas.objects import State
from standardwebhooks.webhooks import Webhook

from bedplate.adapters.clock import SystemClock
from lab.cluster import require
from lab.compose import DEPLOYMENTS, ROOT, Compose
from lab.go_programs import COMPOSE
from lab.prefect_server import PrefectServer
from lab.up import Lab

SPEC = ROOT / "examples" / "vsphere-standalone.yaml"
PREFECT = "http://127.0.0.1:4200"
GATEWAY = "http://127.0.0.1:4280"
STEP = "05 control-plane"
TWO_WORKERS = ("--scale", "worker-production=2")
JANITOR_SECONDS = 480.0
RUN_SECONDS = 480.0
ANSWER_SECONDS = 30.0


@dataclass
class Several:
    """An installation of compose.yaml in the lab's engine; nothing else of the lab runs."""

    lab: Lab
    say: Callable[[str], None]

    @cached_property
    def compose(self) -> Compose:
        """Return what starts and ends it; the images' names are those of the file."""
        services = yaml.safe_load((DEPLOYMENTS / "compose.yaml").read_text())["services"]
        image, postgres = services["server"]["image"], services["postgres"]["image"]
        return Compose(self.lab, self.say, image, postgres)

    @cached_property
    def prefect(self) -> PrefectServer:
        """Return its Prefect server."""
        return PrefectServer(PREFECT, self.compose.secret("prefect-login"))

    def run(self) -> None:
        """Raise PermanentError LAB_CHECK_FAILED where anything is not as it should be."""
        self.lab.programs.build([COMPOSE], self.say)
        self.lab.engine.start()
        self.compose.build()
        try:
            self._started()
            self._a_worker_dies()
            self._server_and_database_die()
        finally:
            self.prefect.close()
            self.compose.down()
        left = self.lab.engine.docker("ps", "--all", "--quiet").split()
        require(left == [], f"no container to be left, not {left}")
        self.lab.reset()
        self.say("several machines: all as it should be")

    def _started(self) -> None:
        self.compose.up(*TWO_WORKERS)
        self.say("everything is healthy")
        told = self.compose.inside(
            "gateway", "bedplate", "doctor", "--gateway", GATEWAY, "--output", "json"
        )
        report = json.loads(told)
        require(report["healthy"], f"a healthy installation, not {told}")
        self.say("bedplate doctor finds nothing wrong")

    def _a_worker_dies(self) -> None:
        run = self.prefect.begin(
            "create-cluster/create-production", site="production", spec=SPEC.read_text()
        )
        self.prefect.wait_for_step(run, STEP)
        self.lab.engine.docker("kill", self._holder(run))
        self.say("the worker that creates is killed")
        self.prefect.wait_for(lambda: self._is_crashed(run), JANITOR_SECONDS)
        self.say("the janitor has ended its run")
        self.prefect.retry(run)
        self._require_completed(self.prefect.ended(run, 2, RUN_SECONDS))
        self.say("the other worker has gone on, to the end")
        self.compose.up(*TWO_WORKERS)

    def _is_crashed(self, run: UUID) -> bool:
        return self.prefect.run(run).state_name == "Crashed"

    def _holder(self, run: UUID) -> str:
        """Return the container in which a run's process is."""
        marked = f"grep -l PREFECT__FLOW_RUN_ID={run} /proc/[0-9]*/environ 2>/dev/null || true"
        found = [
            container
            for container in self.compose.containers("worker-production")
            if self.lab.engine.docker("exec", container, "sh", "-c", marked).strip()
        ]
        require(len(found) == 1, f"one worker to have a process of {run}, not {found}")
        return found[0]

    def _server_and_database_die(self) -> None:
        intent = self._send(SPEC.read_text().replace("w01", "w02"))
        run = self.prefect.wait_for(lambda: self._run_of(intent), RUN_SECONDS)
        self.prefect.wait_for_step(run, STEP)
        for service in ("server", "postgres"):
            (container,) = self.compose.containers(service)
            self.lab.engine.docker("kill", container)
            self.say(f"the container of {service} is killed")
            self.compose.up(*TWO_WORKERS)
        self._require_completed(self._last(run))
        self.prefect.wait_for(lambda: self._intent(intent)["state"] == "succeeded")
        self.say("the ticket's cluster is there, and the gateway knows")

    def _last(self, run: UUID) -> State[Any]:
        """Return how a run ended; one whose journal was away while it wrote is asked for again."""
        last = self.prefect.ended(run, 1, RUN_SECONDS)
        if last.is_completed():
            return last
        require("JOURNAL_UNREACHABLE" in (last.message or ""), f"to go on, not {last}")
        self.prefect.retry(run)
        return self.prefect.ended(run, 2, RUN_SECONDS)

    def _require_completed(self, last: State[Any]) -> None:
        require(last.is_completed(), f"a run that completes, not {last.name}: {last.message}")

    def _send(self, spec: str) -> str:
        """Send a ticket as a portal does; returns the intent's id."""
        wish = {
            "ticket": "CHG0042",
            "revision": "1",
            "verb": "create",
            "cluster": "w02",
            "site": "staging",
            "spec": spec,
            "requested_by": "carol",
        }
        body, identity, now = json.dumps(wish), f"msg_{uuid4().hex}", SystemClock().now()
        stamp = datetime.fromtimestamp(now, UTC)
        sign = Webhook(self.compose.secret("gateway-secret")).sign
        headers = {
            "webhook-id": identity,
            "webhook-timestamp": str(int(now)),
            "webhook-signature": sign(identity, stamp, body),
            "content-type": "application/json",
        }
        answer = httpx.post(
            f"{GATEWAY}/v1/intents", content=body, headers=headers, timeout=ANSWER_SECONDS
        )
        require(answer.status_code == httpx.codes.ACCEPTED, f"202, not {answer.text}")
        self.say("a signed ticket is accepted")
        return str(answer.json()["intent"])

    def _run_of(self, intent: str) -> UUID | None:
        found = self.prefect.tagged(f"intent:{intent}")
        return found[0].id if found else None

    def _intent(self, intent: str) -> dict[str, Any]:
        answer = httpx.get(f"{GATEWAY}/v1/intents/{intent}", timeout=ANSWER_SECONDS)
        found: dict[str, Any] = answer.json()
        return found
