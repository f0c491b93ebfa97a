"""Rules about an audit policy, which a specification carries as YAML text."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.spec.decode import plain_tree
from bedplate.spec.findings import Finding, Findings
from bedplate.spec.frozen import Json, freeze
from bedplate.spec.nodes import Unreadable, parse

API_VERSION = "audit.k8s.io/v1"
LEVELS = ("None", "Metadata", "Request", "RequestResponse")


def policy_findings(content: str, field: str) -> Findings:
    """Yield what keeps a text from being an audit policy."""
    try:
        documents, wrong = parse(content)
    except Unreadable as error:
        line = error.trouble.mark.line
        yield Finding(field, f"line {line}: {error}", "an audit policy in YAML")
        return
    values = [freeze(plain_tree(document)) for document in documents]
    policies = [value for value in values if value is not None]
    if wrong or len(policies) != 1 or not isinstance(policies[0], Mapping):
        yield Finding(field, "is not one table of fields", "an audit policy in YAML")
        return
    yield from _policy(policies[0], field)


def _policy(policy: Mapping[str, Json], field: str) -> Findings:
    if policy.get("apiVersion") != API_VERSION or policy.get("kind") != "Policy":
        seen = f"{policy.get('apiVersion')} {policy.get('kind')}"
        yield Finding(field, f"{seen} is not an audit policy", f"{API_VERSION} Policy")
    rules = policy.get("rules")
    if not isinstance(rules, tuple) or not rules:
        yield Finding(field, "has no rules", "a list of at least one rule")
        return
    for index, rule in enumerate(rules):
        level = rule.get("level") if isinstance(rule, Mapping) else None
        if level not in LEVELS:
            said = f"rule {index + 1} has the level {level!r}"
            yield Finding(field, said, "one of " + ", ".join(LEVELS))
