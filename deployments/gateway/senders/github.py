"""GitHub: a command in a new comment on an issue or a pull request.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from deployments.gateway.delivery import Delivery, inner, text_in
from deployments.gateway.intents import Intent
from deployments.gateway.problems import malformed, signature_missing, signature_wrong
from deployments.gateway.rules import person_not_allowed, repository_not_allowed
from deployments.gateway.senders.commands import Comment, has_command, read_command
from deployments.gateway.senders.sender import Ignored
from deployments.gateway.settings import GitHubSource
from deployments.gateway.signatures import is_signed, require_recent

SIGNATURE, IDENTIFIER = "x-hub-signature-256", "x-github-delivery"


class GitHubSender:
    """GitHub."""

    def __init__(self, source: GitHubSource, secrets: Sequence[str]) -> None:
        self._source, self._secrets = source, secrets

    def verify(self, delivery: Delivery, now: float) -> None:
        if not delivery.header(SIGNATURE):
            raise signature_missing(SIGNATURE)
        if not is_signed(self._secrets, delivery.body, delivery.header(SIGNATURE)):
            raise signature_wrong(SIGNATURE)
        # The headers are not signed: what counts is the body's own time and the comment's number.
        created = text_in(inner(delivery.document(), "comment"), "created_at")
        if created:
            require_recent(_seconds(created), now, self._source.tolerance)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header(IDENTIFIER)[:200]

    def read(self, delivery: Delivery) -> Intent | Ignored:
        content = delivery.document()
        comment = inner(content, "comment")
        text = text_in(comment, "body")
        if content.get("action") != "created" or not has_command(text):
            return Ignored("only a new comment with a command asks for something")
        repository = text_in(inner(content, "repository"), "full_name")
        person = text_in(inner(comment, "user"), "login")
        if repository not in self._source.repositories:
            raise repository_not_allowed(repository)
        if person not in self._source.people:
            raise person_not_allowed(person)
        number = text_in(inner(content, "issue"), "number")
        place = f"{repository}#{number}"
        return read_command(Comment(text, place, text_in(comment, "id"), person))


def _seconds(text: str) -> float:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError(text)
        return found.timestamp()
    except (ValueError, OverflowError):
        raise malformed("comment.created_at is no time with a zone") from None
