"""Jira and Jira Service Management: webhooks, and the Automation's "Send web request".

Webhooks sign the body (`X-Hub-Signature`); their time is in it. An issue that is moved to the
status that starts work asks for it; the comments and moves that the gateway makes itself do not.
https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

from __future__ import annotations

from collections.abc import Sequence

from deployments.gateway.delivery import Delivery, inner, text_in
from deployments.gateway.intents import Intent, read_intent
from deployments.gateway.problems import malformed, signature_missing, signature_wrong
from deployments.gateway.senders.sender import Ignored
from deployments.gateway.settings import JiraFields
from deployments.gateway.signatures import bearer, is_signed, is_token, require_recent

SIGNATURE, IDENTIFIER = "x-hub-signature", "x-atlassian-webhook-identifier"
LONGEST_STAMP = 10**14  # milliseconds


class JiraSender:
    """Jira; `tolerance` is in seconds, long, since a retry may come after a quarter of an hour."""

    def __init__(
        self,
        secrets: Sequence[str],
        tokens: Sequence[str],
        fields: JiraFields | None,
        start_status: str,
        tolerance: float,
    ) -> None:
        self._secrets, self._tokens = secrets, tokens
        self._fields, self._start_status = fields, start_status
        self._tolerance = tolerance

    def verify(self, delivery: Delivery, now: float) -> None:
        token = bearer(delivery.header("authorization"))
        signature = delivery.header(SIGNATURE)
        if not signature and not token:
            raise signature_missing(SIGNATURE)
        if not signature:
            if not is_token(self._tokens, token):
                raise signature_wrong("the bearer token")
            return
        if not is_signed(self._secrets, delivery.body, signature):
            raise signature_wrong(SIGNATURE)
        stamp = delivery.document().get("timestamp")
        if not isinstance(stamp, int) or not 0 <= stamp < LONGEST_STAMP:
            raise malformed("timestamp is no count of milliseconds")
        require_recent(stamp / 1000, now, self._tolerance)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header(IDENTIFIER)[:200]

    def read(self, delivery: Delivery) -> Intent | Ignored:
        content = delivery.document()
        if "webhookEvent" not in content:
            return read_intent(content)
        if content["webhookEvent"] != "jira:issue_updated":
            return Ignored("only an issue that changes its status asks for something")
        moves = _status_changes(content)
        if self._start_status not in moves:
            return Ignored(f"the issue was not moved to {self._start_status}")
        return self._of_issue(content)

    def _of_issue(self, content: dict[str, object]) -> Intent:
        if self._fields is None:
            raise malformed("gateway.yaml names no fields of the issue for this source")
        shown = inner(content, "issue", "fields")
        wished = {
            word: text_in(shown, identity)
            for word, identity in self._fields.model_dump().items()
            if identity and shown.get(identity) is not None
        }
        known = {
            "ticket": text_in(inner(content, "issue"), "key"),
            # One change of the status is one wish, however often its event is sent.
            "revision": text_in(inner(content, "changelog"), "id"),
            "requested_by": text_in(inner(content, "user"), "displayName"),
        }
        return read_intent(known | wished)


def _status_changes(content: dict[str, object]) -> set[str]:
    items = inner(content, "changelog").get("items")
    rows = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {text_in(row, "toString") for row in rows if row.get("field") == "status"}
