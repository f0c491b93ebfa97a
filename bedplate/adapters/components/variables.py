"""The variables of component manifests, as clusterctl substitutes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from bedplate.errors import Owner, PermanentError
from bedplate.ports.kube import JSON, Manifest

VALUES: Mapping[str, str] = {"EXP_CLUSTER_RESOURCE_SET": "true"}
"""What EKS Anywhere sets for `clusterctl init`."""

SECRETS: Mapping[str, str] = {
    "VSPHERE_USERNAME": "vcenter/username",
    "VSPHERE_PASSWORD": "vcenter/password",
}
"""Variables that hold credentials, and their names in the vault; they stand in Secrets only."""

_VARIABLE = re.compile(r"\$?\$\{(?P<name>[A-Za-z_]\w*)(?::?[=-](?P<default>[^}]*))?\}")
_SECRET = re.compile(r"(?P<quote>['\"]?)\$\{(?P<name>[A-Za-z_]\w*)\}(?P=quote)")


def substituted(text: str, values: Mapping[str, str], uri: str) -> str:
    """Return a manifest's text with its variables replaced; those of credentials stay.

    `${NAME}`, `${NAME:=default}`, `${NAME:-default}` and the forms without a colon; `$${NAME}` is
    the text `${NAME}`. Raises PermanentError COMPONENT_VARIABLE for one that has no value.
    """

    def value(match: re.Match[str]) -> str:
        whole, name, default = match[0], match["name"], match["default"]
        if whole.startswith("$$"):
            return whole[1:]
        if name in SECRETS:
            return f"${{{name}}}"
        if name in values:
            return values[name]
        if default is None:
            raise _unknown(name, uri)
        return default

    return _VARIABLE.sub(value, text)


def with_secrets(secret: Manifest, values: Mapping[str, str]) -> Manifest:
    """Return a Secret with credentials in place of their variables.

    A text that is the variable alone becomes the credential; elsewhere the variable stands in YAML,
    and the credential is quoted so that no character of it is taken for something else.
    """
    data = secret.get("stringData")
    if not isinstance(data, Mapping):
        return secret
    return {**secret, "stringData": {key: _filled(item, values) for key, item in data.items()}}


def _filled(item: JSON, values: Mapping[str, str]) -> JSON:
    if not isinstance(item, str):
        return item

    def value(match: re.Match[str]) -> str:
        found = values.get(match["name"])
        if found is None:
            return match[0]
        return found if match[0] == item.strip() else json.dumps(found, ensure_ascii=False)

    return _SECRET.sub(value, item)


def _unknown(name: str, uri: str) -> PermanentError:
    return PermanentError(
        "COMPONENT_VARIABLE",
        f"{uri} asks for the variable {name}, which has no value",
        why="EKS Anywhere sets none of this name, and the manifest has no default for it",
        remedy="use a bundle as it was published, or give the variable a default in the manifest",
        owner=Owner.PLATFORM,
    )
