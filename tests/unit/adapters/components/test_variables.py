"""Variables of component manifests, as clusterctl knows them."""

from typing import Any

import pytest
import yaml

from bedplate.adapters.components.variables import substituted, with_secrets
from bedplate.errors import PermanentError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${GIVEN}", "yes"),
        ("${GIVEN:=no}", "yes"),
        ("${OTHER:=true}", "true"),
        ("${OTHER:-true}", "true"),
        ("${OTHER=a b}", "a b"),
        ("${OTHER:=}", ""),
        ("a=${OTHER:=1},b=${GIVEN}", "a=1,b=yes"),
        ("$${GIVEN}", "${GIVEN}"),
        ("$(POD_NAME) $GIVEN", "$(POD_NAME) $GIVEN"),
        ("'${VSPHERE_PASSWORD}'", "'${VSPHERE_PASSWORD}'"),
    ],
)
def test_a_variable_is_its_value_or_its_default(text, expected):
    assert substituted(text, {"GIVEN": "yes"}, "m.yaml") == expected


def test_a_variable_without_a_value_is_named():
    with pytest.raises(PermanentError) as caught:
        substituted("a: ${CLOUD_REGION}", {}, "m.yaml")
    assert caught.value.code == "COMPONENT_VARIABLE"
    assert "m.yaml asks for the variable CLOUD_REGION" in caught.value.seen


@pytest.mark.parametrize("password", ["plain", "it's", 'a"b', "a: b # c", "\\n\n", "${X} ü"])
@pytest.mark.parametrize("quote", ["'", '"', ""])
def test_no_character_of_a_credential_changes_the_text_around_it(password, quote):
    written = f"username: {quote}${{VSPHERE_USERNAME}}{quote}\n"
    written += f"password: {quote}${{VSPHERE_PASSWORD}}{quote}\n"
    secret: Any = {"kind": "Secret", "stringData": {"credentials.yaml": written}}

    found: Any = with_secrets(secret, {"VSPHERE_USERNAME": "u", "VSPHERE_PASSWORD": password})

    data = yaml.safe_load(found["stringData"]["credentials.yaml"])
    assert data == {"username": "u", "password": password}


def test_a_text_that_is_the_variable_alone_becomes_the_credential_itself():
    secret: Any = {"kind": "Secret", "stringData": {"password": "${VSPHERE_PASSWORD}", "x": "y"}}
    found: Any = with_secrets(secret, {"VSPHERE_PASSWORD": "it's"})
    assert found["stringData"] == {"password": "it's", "x": "y"}
