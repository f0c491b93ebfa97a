"""Change requests of ServiceNow, by the Table and the Change Management API.

Work notes can only be added, so a note that is there already is not written again.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bedplate.errors import Owner, PermanentError
from deployments.gateway.delivery import text_in
from deployments.gateway.settings import ServiceNowTickets
from deployments.gateway.tickets.http import TicketHttp
from deployments.gateway.tickets.ticket import Note, Outcome, Ticket

TABLE = "/api/now/table"
CHANGE = "/api/sn_chg_rest/change"
MOST_ROWS = "100"


class ServiceNowSystem:
    """ServiceNow."""

    def __init__(self, rules: ServiceNowTickets, http: TicketHttp) -> None:
        self._rules, self._http = rules, http

    def read(self, number: str) -> Ticket | None:
        change = self._change(number)
        if change is None:
            return None
        identity = text_in(change, "sys_id")
        state = text_in(change, "state")
        affected = self._column("task_ci", f"task={identity}", "ci_item.name")
        approved = text_in(change, "approval") == "approved"
        approvers = (
            self._column(
                "sysapproval_approver",
                f"sysapproval={identity}^state=approved",
                "approver.user_name",
            )
            if approved
            else frozenset()
        )
        return Ticket(
            number=number,
            state=state,
            startable=state in self._rules.start_states,
            clusters=(affected | {text_in(change, "cmdb_ci.name")}) - {""},
            requested_by=text_in(change, "requested_by.user_name"),
            approvers=approvers,
            start=_seconds(text_in(change, "start_date")),
            end=_seconds(text_in(change, "end_date")),
            plan_hash=text_in(change, self._rules.plan_field),
        )

    def write(self, number: str, note: Note) -> None:
        change = self._change(number)
        if change is None:
            raise PermanentError(
                "TICKET_GONE",
                f"there is no change {number} any more",
                why="what became of the work cannot be told to it",
                remedy="nothing has to be done; the gateway's own record stays",
                owner=Owner.PLATFORM,
            )
        identity = text_in(change, "sys_id")
        values = self._move(identity, text_in(change, "state"), note)
        text = f"{note.text}\n{note.mark}"
        if not self._has_note(identity, note.mark, text):
            values["work_notes"] = text
        if values:
            self._http.send("PATCH", f"{TABLE}/change_request/{identity}", values)

    def _move(self, identity: str, state: str, note: Note) -> dict[str, str]:
        """Return what moves the change; nothing where it is there, or may not go there."""
        wanted = {
            Outcome.DONE: self._rules.done,
            Outcome.FAILED: self._rules.failed,
            Outcome.RUNNING: self._rules.running,
        }
        target = wanted[note.outcome] if note.outcome is not None else ""
        if not target or target == state or target not in self._next_states(identity):
            return {}
        if note.outcome is Outcome.RUNNING:
            return {"state": target}
        code = "successful" if note.outcome is Outcome.DONE else "unsuccessful"
        return {"state": target, "close_code": code, "close_notes": note.text}

    def _next_states(self, identity: str) -> set[str]:
        """The states that the change's own model allows from where it is."""
        found = self._http.get(f"{CHANGE}/{identity}/nextstate", {}) or {}
        result = found.get("result")
        states = result.get("available_states") if isinstance(result, dict) else None
        return {str(one) for one in states} if isinstance(states, list) else set()

    def _has_note(self, identity: str, mark: str, text: str) -> bool:
        query = (
            f"element_id={identity}^element=work_notes^valueLIKE{mark}^ORDERBYDESCsys_created_on"
        )
        rows = self._rows("sys_journal_field", query, "value", limit="1")
        return any(text_in(row, "value").strip() == text.strip() for row in rows)

    def _change(self, number: str) -> dict[str, object] | None:
        fields = (
            "sys_id,number,state,approval,cmdb_ci.name,requested_by.user_name,start_date,end_date,"
            + self._rules.plan_field
        )
        rows = self._rows("change_request", f"number={number}", fields, limit="1")
        return rows[0] if rows else None

    def _column(self, table: str, query: str, field: str) -> frozenset[str]:
        rows = self._rows(table, query, field)
        return frozenset(word for row in rows if (word := text_in(row, field)))

    def _rows(
        self, table: str, query: str, fields: str, limit: str = MOST_ROWS
    ) -> list[dict[str, object]]:
        asked = {
            "sysparm_query": query,
            "sysparm_fields": fields,
            "sysparm_limit": limit,
            "sysparm_exclude_reference_link": "true",
        }
        found = (self._http.get(f"{TABLE}/{table}", asked) or {}).get("result")
        rows = found if isinstance(found, list) else []
        return [row for row in rows if isinstance(row, dict)]


def _seconds(text: str) -> float | None:
    """Return the time of a field; the API gives UTC whatever the user's time zone is."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
