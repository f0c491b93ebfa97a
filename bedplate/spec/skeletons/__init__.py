"""Specifications to begin with, one YAML file for each provider; `$name` is the cluster's name."""

from __future__ import annotations

from pathlib import Path
from string import Template

from bedplate.errors import BadInput, Owner
from bedplate.spec.rules.names import LONGEST_NAME, name_findings
from bedplate.spec.scalars import resolve

PROVIDERS = ("vsphere", "docker", "tinkerbell", "cloudstack", "nutanix", "snow")

_FOLDER = Path(__file__).parent


def skeleton(provider: str, name: str) -> str:
    """Return a specification in which what nobody can guess is empty, and says what belongs there.

    Raises:
        BadInput: there is no such provider, or no cluster can have that name.
    """
    _require_name(name)
    if provider not in PROVIDERS:
        raise BadInput(
            "PROVIDER_UNKNOWN",
            f"there is no provider {provider!r}",
            why="a skeleton is made for one provider",
            remedy=f"use one of {', '.join(PROVIDERS)}",
            owner=Owner.SPEC_AUTHOR,
        )
    text = (_FOLDER / f"{provider}.yaml").read_text(encoding="utf-8")
    return Template(text).substitute(name=name)


def _require_name(name: str) -> None:
    # YAML would read some names, such as yes, as something else.
    if isinstance(resolve(name), str) and not any(name_findings(name)):
        return
    raise BadInput(
        "NAME_INVALID",
        f"{name!r} cannot be a cluster's name",
        why=f"a name has 2 to {LONGEST_NAME} letters, digits and dashes, a letter first, and is"
        " text in YAML",
        remedy="choose another name",
        owner=Owner.SPEC_AUTHOR,
    )
