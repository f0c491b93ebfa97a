"""Issues of Jira and Jira Service Management, by REST API v3.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from bedplate.errors import Owner, PermanentError
from deployments.gateway.delivery import inner, text_in
from deployments.gateway.settings import JiraTickets
from deployments.gateway.tickets.http import TicketHttp
from deployments.gateway.tickets.ticket import Note, Outcome, Ticket

COMMENTS = 100


class JiraSystem:
    """Jira. Custom fields are named in gateway.yaml, since every site has its own."""

    def __init__(self, rules: JiraTickets, http: TicketHttp) -> None:
        self._rules, self._http = rules, http

    def read(self, number: str) -> Ticket | None:
        rules = self._rules
        own = (
            rules.approved_field,
            rules.cluster_field,
            rules.start_field,
            rules.end_field,
            rules.plan_field,
        )
        wanted = ",".join(("status", "reporter", *filter(None, own)))
        issue = self._http.get(_path(number), {"fields": wanted})
        if issue is None:
            return None
        fields = inner(issue, "fields")
        state = text_in(inner(fields, "status"), "name")
        return Ticket(
            number=number,
            state=state,
            startable=state in rules.start_states,
            clusters=frozenset(_words(fields.get(rules.cluster_field))),
            requested_by=next(_words(fields.get("reporter")), ""),
            approvers=frozenset(_words(fields.get(rules.approved_field))),
            start=_seconds(fields.get(rules.start_field)),
            end=_seconds(fields.get(rules.end_field)),
            plan_hash=next(_words(fields.get(rules.plan_field)), ""),
        )

    def write(self, number: str, note: Note) -> None:
        self._comment(number, note)
        wanted = {
            Outcome.RUNNING: self._rules.running,
            Outcome.DONE: self._rules.done,
            Outcome.FAILED: self._rules.failed,
        }
        status = wanted[note.outcome] if note.outcome is not None else ""
        if status:
            self._move(number, status, must=note.outcome is not Outcome.RUNNING)

    def _comment(self, number: str, note: Note) -> None:
        """Edit the comment that carries the mark, or write it: one comment, however often."""
        path = f"{_path(number)}/comment"
        newest = {"orderBy": "-created", "maxResults": str(COMMENTS)}
        found = (self._http.get(path, newest) or {}).get("comments")
        body = _document(note)
        for comment in found if isinstance(found, list) else ():
            if note.mark not in set(_texts(comment.get("body"))):
                continue
            if list(_texts(comment.get("body"))) != list(_texts(body)):
                self._http.send("PUT", f"{path}/{text_in(comment, 'id')}", {"body": body})
            return
        self._http.send("POST", path, {"body": body})

    def _move(self, number: str, status: str, *, must: bool) -> None:
        issue = self._http.get(_path(number), {"fields": "status"}) or {}
        if text_in(inner(issue, "fields", "status"), "name") == status:
            return
        path = f"{_path(number)}/transitions"
        found = (self._http.get(path, {}) or {}).get("transitions")
        for transition in found if isinstance(found, list) else ():
            if text_in(inner(transition, "to"), "name") == status:
                chosen = {"transition": {"id": text_in(transition, "id")}}
                self._http.send("POST", path, chosen)
                return
        if must:
            raise PermanentError(
                "TICKET_STUCK",
                f"issue {number} cannot be moved to {status!r} from where it is",
                why="its workflow has no such transition for the gateway's user",
                remedy="allow the transition, or name another status in gateway.yaml",
                owner=Owner.PLATFORM,
            )


def _path(number: str) -> str:
    return f"/rest/api/3/issue/{quote(number, safe='')}"


def _words(value: object) -> Iterator[str]:
    """Yield the words of a field: a text, a choice, a person, or a list of these."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            known = (text_in(one, name) for name in ("accountId", "value", "name"))
            yield from [word for word in known if word][:1]
        elif isinstance(one, str) and one.strip():
            yield one.strip()


def _seconds(value: object) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo is not None else None


def _document(note: Note) -> dict[str, object]:
    """Return a note in the Atlassian Document Format, its mark as the last paragraph."""
    lines = [*note.text.splitlines(), note.mark]
    content = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines if line
    ]
    return {"type": "doc", "version": 1, "content": content}


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        yield from _texts(node.get("content"))
