"""Ticket systems: one file each, and the table of them."""

from __future__ import annotations

from deployments.gateway.outgoing import client
from deployments.gateway.references import References
from deployments.gateway.settings import JiraTickets, Settings
from deployments.gateway.tickets.http import TicketHttp
from deployments.gateway.tickets.jira import JiraSystem
from deployments.gateway.tickets.login import login
from deployments.gateway.tickets.servicenow import ServiceNowSystem
from deployments.gateway.tickets.ticket import TicketSystem

__all__ = ["ticket_systems"]


def ticket_systems(
    settings: Settings, references: References, seconds: float
) -> dict[str, TicketSystem]:
    """Return every ticket system by its name; no call to one takes longer than `seconds`."""
    found: dict[str, TicketSystem] = {}
    for name, rules in settings.tickets.items():
        base = str(rules.url).rstrip("/")
        auth = login(rules.username, references.secret(rules.secret))
        http = TicketHttp(client(base, settings.networks, seconds), auth)
        if isinstance(rules, JiraTickets):
            found[name] = JiraSystem(rules, http)
        else:
            found[name] = ServiceNowSystem(rules, http)
    return found
