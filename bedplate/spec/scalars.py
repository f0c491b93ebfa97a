"""What a plain YAML scalar means: null, a truth value, a number or text (as Go's YAML reads it)."""

from __future__ import annotations

import re

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_INT = re.compile(r"[-+]?(0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+|[0-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

MAX_DIGITS = 64
"""Longer numbers are text: no field holds one, and Python would spend long on reading it."""


def resolve(text: str) -> None | bool | int | float | str:
    """Return the value that a plain, unquoted scalar stands for."""
    if text in _NULLS:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if len(text) <= MAX_DIGITS and text.isascii():
        return _number(text)
    return text


def _number(text: str) -> int | float | str:
    if _INT.fullmatch(text):
        return _integer(text.replace("_", ""))
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if abs(number) != float("inf") else text
    return text


def _integer(text: str) -> int | str:
    digits = text.lstrip("+-")
    if digits[:2] in ("0x", "0o", "0b"):
        return int(text, 0)
    if len(digits) > 1 and digits[0] == "0":
        octal = all(digit in "01234567" for digit in digits)
        return int(text, 8) if octal else text
    return int(text)
