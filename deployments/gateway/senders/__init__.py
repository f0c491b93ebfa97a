"""One file for each sender's format, and the table of them."""

from __future__ import annotations

from deployments.gateway.references import References
from deployments.gateway.senders.github import GitHubSender
from deployments.gateway.senders.gitlab import GitLabSender
from deployments.gateway.senders.jira import JiraSender
from deployments.gateway.senders.sender import Ignored, Sender
from deployments.gateway.senders.servicenow import ServiceNowSender
from deployments.gateway.senders.standard import StandardSender
from deployments.gateway.settings import (
    GitHubSource,
    GitLabSource,
    JiraSource,
    ServiceNowSource,
    Source,
    StandardSource,
)

__all__ = ["Ignored", "Sender", "sender_of"]


def sender_of(source: Source, references: References) -> Sender:
    """Return the sender of a source, with its secrets; raises BadInput SECRET_MISSING."""
    match source:
        case StandardSource():
            return StandardSender(references.secrets(source.secrets), source.tolerance)
        case JiraSource():
            secrets = references.secrets(source.secrets)
            tokens, fields = source.tokens, source.fields
            return JiraSender(secrets, tokens, fields, source.start_status, source.tolerance)
        case ServiceNowSource():
            return ServiceNowSender(source, references.secrets(source.secrets))
        case GitHubSource():
            return GitHubSender(source, references.secrets(source.secrets))
        case GitLabSource():
            secrets, signing = source.secrets, source.signing
            return GitLabSender(source, references.secrets(secrets), references.secrets(signing))
