"""GitLab: a command in a new note on an issue or a merge request.

A secret token in clear, or the signatures of Standard Webhooks from versions that make them.
https://docs.gitlab.com/user/project/integrations/webhooks/
"""

from __future__ import annotations

from collections.abc import Sequence

from deployments.gateway.delivery import Delivery, inner, text_in
from deployments.gateway.intents import Intent
from deployments.gateway.problems import signature_missing, signature_wrong
from deployments.gateway.rules import person_not_allowed, repository_not_allowed
from deployments.gateway.senders.commands import Comment, has_command, read_command
from deployments.gateway.senders.sender import Ignored
from deployments.gateway.senders.standard import StandardSender
from deployments.gateway.settings import GitLabSource
from deployments.gateway.signatures import is_same
from deployments.gateway.standard_webhooks import ID

TOKEN, KEY, UUID = "x-gitlab-token", "idempotency-key", "x-gitlab-event-uuid"
PREFIXES = {"issue": "", "merge_request": "mr-"}


class GitLabSender:
    """GitLab."""

    def __init__(
        self, source: GitLabSource, secrets: Sequence[str], signing: Sequence[str]
    ) -> None:
        self._source, self._secrets = source, secrets
        self._signed = StandardSender(signing, source.tolerance) if signing else None

    def verify(self, delivery: Delivery, now: float) -> None:
        if self._signed is not None:
            # A source that signs is not let in with the token alone, which any proxy may have read.
            self._signed.verify(delivery, now)
            return
        if not delivery.header(TOKEN):
            raise signature_missing(TOKEN)
        if not is_same(self._secrets, delivery.header(TOKEN)):
            raise signature_wrong(TOKEN)

    def delivery_id(self, delivery: Delivery) -> str:
        known = (delivery.header(name) for name in (ID, KEY, UUID))
        return next((one for one in known if one), "")[:200]

    def read(self, delivery: Delivery) -> Intent | Ignored:
        content = delivery.document()
        note = inner(content, "object_attributes")
        text = text_in(note, "note")
        is_new = text_in(note, "action") in ("", "create")  # versions before 16.11 send no action
        if content.get("object_kind") != "note" or not is_new or not has_command(text):
            return Ignored("only a new note with a command asks for something")
        repository = text_in(inner(content, "project"), "path_with_namespace")
        person = text_in(inner(content, "user"), "username")
        if repository not in self._source.repositories:
            raise repository_not_allowed(repository)
        if person not in self._source.people:
            raise person_not_allowed(person)
        return read_command(Comment(text, _place(content, repository), text_in(note, "id"), person))


def _place(content: dict[str, object], repository: str) -> str:
    for kind, prefix in PREFIXES.items():
        number = text_in(inner(content, kind), "iid")
        if number:
            return f"{repository}#{prefix}{number}"
    return repository
