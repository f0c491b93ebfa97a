"""Reads what was rendered: YAML as Kubernetes does, and the YAML, JSON and TOML inside texts."""

import re
import tomllib
from typing import Any

import yaml

Data = Any
"""Plain data: null, booleans, numbers, texts, lists, tables."""


class Loader(yaml.CSafeLoader):
    """YAML with the types that Kubernetes takes from it: no dates, no `yes`, no numbers by 60."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  (as the class above has it)


for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("merge", r"<<", ["<"]),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), first)


def read_documents(text: str) -> list[Data]:
    """Return the documents of a YAML text; empty ones are left out."""
    return [item for item in yaml.load_all(text, Loader=Loader) if item is not None]


class Documents(list[Data]):
    """What a text held: several documents, read."""


def decoded(value: Data) -> Data:
    """Return a value with every text read that holds structured data, to any depth."""
    if isinstance(value, dict):
        return {key: decoded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if isinstance(value, str):
        return _inside(value)
    return value


def _inside(text: str) -> Data:
    """One line may be structured too (JSON), but a word or a sentence must stay one."""
    if "\n" not in text.strip() and not text.lstrip().startswith(("{", "[")):
        return text.rstrip()
    for read in (_as_yaml, _as_toml):
        found = read(text)
        if found is not None:
            return Documents(decoded(item) for item in found)
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def _as_yaml(text: str) -> list[Data] | None:
    try:
        found = read_documents(text)
    except (yaml.YAMLError, ValueError):
        return None
    return found if found and all(isinstance(item, dict | list) for item in found) else None


def _as_toml(text: str) -> list[Data] | None:
    try:
        return [tomllib.loads(text)]
    except tomllib.TOMLDecodeError:
        return None
