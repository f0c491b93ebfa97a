"""gateway.yaml: what is wrong in it is said without its values, and secrets are never in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bedplate.adapters.redaction import KNOWN
from bedplate.errors import BadInput
from deployments.gateway.references import References
from deployments.gateway.serving import open_desk, open_store
from deployments.gateway.settings import Settings, read_settings
from deployments.gateway.signatures import hashed
from deployments.gateway.tokens import new_secret, new_token
from deployments.home import Home
from tests.gateway.gate import ENVIRONMENT, PORTAL, SETTINGS, write_settings


def read(tmp_path: Path, content: Any) -> Settings:
    path = tmp_path / "gateway.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return read_settings(path)


def portal(**changed: Any) -> dict[str, Any]:
    return {"sources": {"portal": PORTAL | changed}}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a: [", "it is no YAML"),
        ("- a", "valid dictionary"),
        (portal(secrets=["whsec_AAAA-in-clear"]), "secrets.0"),
        (portal(secrets=[]), "secrets"),
        (portal(unknown=1), "unknown"),
        (portal(kind="pigeon"), "portal"),
        (portal(tickets="nowhere", trust_sender=False), "which is not there"),
        (portal(roles=["owners"]), "names role owners, which is not there"),
        (portal(trust_sender=False), "give either tickets, or trust_sender: true"),
        ({"approvers": {"alice": {"tokens": ["in-clear"]}}}, "tokens.0"),
    ],
)
def test_what_is_wrong_is_named_and_no_value_is_quoted(tmp_path, content, says):
    with pytest.raises(BadInput, match=says) as raised:
        read(tmp_path, content)
    assert raised.value.code == "GATEWAY_INVALID"
    assert "in-clear" not in raised.value.seen


def test_secrets_are_found_in_the_environment_and_in_the_vault(tmp_path: Path):
    vault = tmp_path / "gateway" / "vault"
    vault.mkdir(parents=True)
    (vault / "portal").write_text("secret-of-the-vault\n")
    references = References(tmp_path, {"PORTAL": "secret-of-the-environment"})
    assert references.secret("env:PORTAL") == "secret-of-the-environment"
    assert references.secret("vault:portal") == "secret-of-the-vault"
    assert KNOWN.redact("it is secret-of-the-vault") == "it is [redacted]"


@pytest.mark.parametrize("reference", ["env:NOTHING", "vault:nothing"])
def test_a_secret_that_is_not_there_is_named_by_its_reference(tmp_path: Path, reference: str):
    with pytest.raises(BadInput, match=reference) as raised:
        References(tmp_path, {}).secret(reference)
    assert raised.value.code == "SECRET_MISSING"


def test_a_secret_for_standard_webhooks_that_is_none_is_refused(tmp_path: Path):
    write_settings(tmp_path)
    with pytest.raises(BadInput) as raised:
        open_desk(Home(tmp_path), ENVIRONMENT | {"GATE": "whsec_#"})
    assert raised.value.code == "SECRET_INVALID"
    assert "whsec_#" not in str(raised.value)


def test_a_gateway_without_a_source_does_not_start(tmp_path: Path):
    write_settings(tmp_path, sources={})
    with pytest.raises(BadInput, match="names no source"):
        open_desk(Home(tmp_path), ENVIRONMENT)


def test_what_is_made_is_taken(tmp_path: Path):
    token, kept = new_token()
    assert hashed(token) == kept
    changed = SETTINGS | {"approvers": {"alice": {"tokens": [kept]}}}
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(changed))
    desk = open_desk(Home(tmp_path), ENVIRONMENT | {"GATE": new_secret()})
    desk.store.close()


@pytest.mark.postgres
def test_the_tables_are_beside_the_journal_where_that_is_on_postgres(tmp_path, postgres_url):
    home = Home(tmp_path, journal_url=postgres_url)
    store = open_store(home, Settings(), References(tmp_path, {}))
    assert store.count_due(0) == 0
    store.close()
    assert not (tmp_path / "gateway.sqlite").exists()
