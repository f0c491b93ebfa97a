"""Stand-ins of Jira's REST API v3 and of ServiceNow's APIs, written from their documentation.

Jira: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (issues, comments, transitions,
error shape `errorMessages`/`errors`, 429 with Retry-After). ServiceNow: the Table API (`result`,
`error.message`/`error.detail`, encoded queries) and the Change Management API's `nextstate`.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Answer = tuple[int, object]


@dataclass
class TicketServer:
    """What both have: who is let in, what goes wrong on purpose, what was asked."""

    authorization: str
    trouble: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        raise AssertionError(f"no {method} {path}")

    def refuse(self, status: int, words: str) -> Answer:
        raise AssertionError(words)

    def writes(self) -> list[tuple[str, str, Any]]:
        return [one for one in self.asked if one[0] != "GET"]


@dataclass
class Jira(TicketServer):
    """One project of Jira: issues, their comments, and a workflow."""

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    workflow: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, status: int, words: str) -> Answer:
        return status, {"errorMessages": [words], "errors": {}}

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        found = re.fullmatch(
            r"/rest/api/3/issue/([^/]+)(?:/(comment|transitions)(?:/(\w+))?)?", path
        )
        assert found, path
        key, part, number = unquote(found[1]), found[2], found[3]
        if key not in self.fields:
            return self.refuse(404, "Issue does not exist or you do not have permission to see it.")
        if part == "comment":
            return self._comment(method, key, number, body)
        if part == "transitions":
            return self._transition(method, key, body)
        wanted = query["fields"].split(",")
        shown = {name: value for name, value in self.fields[key].items() if name in wanted}
        return 200, {"id": "10000", "key": key, "fields": shown}

    def _comment(self, method: str, key: str, number: str | None, body: Any) -> Answer:
        kept = self.comments.setdefault(key, [])
        if method == "GET":
            return 200, {
                "comments": kept[::-1],
                "maxResults": 100,
                "startAt": 0,
                "total": len(kept),
            }
        assert body["body"]["type"] == "doc"
        assert body["body"]["version"] == 1
        if method == "POST":
            kept.append({"id": str(len(kept) + 1), "body": body["body"]})
            return 201, kept[-1]
        (one,) = [comment for comment in kept if comment["id"] == number]
        one["body"] = body["body"]
        return 200, one

    def _transition(self, method: str, key: str, body: Any) -> Answer:
        status = self.fields[key]["status"]["name"]
        ways = self.workflow.get(status, [])
        if method == "GET":
            rows = [
                {"id": str(n), "name": f"to {to}", "to": {"name": to}} for n, to in enumerate(ways)
            ]
            return 200, {"transitions": rows}
        self.fields[key]["status"] = {"name": ways[int(body["transition"]["id"])]}
        return 204, None

    def texts(self, key: str) -> list[str]:
        """Each comment as its lines."""
        return ["\n".join(_texts(one["body"])) for one in self.comments.get(key, [])]


@dataclass
class ServiceNow(TicketServer):
    """Tables of an instance; a change moves only where its model lets it."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    next_states: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, status: int, words: str) -> Answer:
        return status, {"error": {"message": words, "detail": "ACL"}, "status": "failure"}

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        found = re.fullmatch(r"/api/sn_chg_rest/change/(\w+)/nextstate", path)
        if found:
            (change,) = self._where("change_request", f"sys_id={found[1]}")
            return 200, {"result": {"available_states": self.next_states.get(change["state"], [])}}
        parts = path.removeprefix("/api/now/table/").split("/")
        if method == "PATCH":
            (change,) = self._where("change_request", f"sys_id={parts[1]}")
            note = body.pop("work_notes", None)
            if note is not None:
                row = {"element_id": parts[1], "element": "work_notes", "value": note}
                self.tables.setdefault("sys_journal_field", []).append(row)
            change.update(body)
            return 200, {"result": change}
        rows = self._where(parts[0], query["sysparm_query"])[: int(query["sysparm_limit"])]
        names = query["sysparm_fields"].split(",")
        return 200, {"result": [{name: row.get(name, "") for name in names} for row in rows]}

    def _where(self, table: str, query: str) -> list[dict[str, Any]]:
        rows = list(self.tables.get(table, []))
        for part in query.split("^"):
            if part.startswith("ORDERBYDESC"):
                rows.reverse()
            elif "LIKE" in part:
                name, _, text = part.partition("LIKE")
                rows = [row for row in rows if text in row.get(name, "")]
            else:
                name, _, text = part.partition("=")
                rows = [row for row in rows if row.get(name) == text]
        return rows

    def notes(self) -> list[str]:
        return [row["value"] for row in self.tables.get("sys_journal_field", [])]


def _texts(node: Any) -> Iterator[str]:
    for one in node.get("content", []):
        if "text" in one:
            yield one["text"]
        yield from _texts(one)


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


@contextmanager
def serving(made: TicketServer) -> Iterator[None]:
    """Serve until the block ends, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            made.asked.append((self.command, parts.path, body))
            if made.trouble:
                status, headers, content = made.trouble.pop(0)
                return self._say(status, headers, content)
            if self.headers.get("authorization") != made.authorization:
                status, answer = made.refuse(401, "User Not Authenticated")
            else:
                status, answer = made.handle(self.command, parts.path, query, body)
            return self._say(status, {}, b"" if answer is None else json.dumps(answer).encode())

        do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815

        def _say(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
