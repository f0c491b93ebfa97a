"""The types of single values, which take a YAML scalar with the text as written.

As in EKS Anywhere, any number or truth value is accepted where text is wanted and stays the text
written, so `kubernetesVersion: 1.30` is "1.30"; nothing else is converted.
"""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, PydanticUseDefault
from pydantic_core.core_schema import no_info_before_validator_function

from bedplate.spec.nodes import Scalar

INT64 = 2**63


def _text(given: object) -> object:
    if isinstance(given, Scalar):
        return given.as_text
    return "" if given is None else given


def _list(given: object) -> object:
    return () if given is None else given


def _value(given: object) -> object:
    return given.value if isinstance(given, Scalar) else given


def _whole(given: object) -> object:
    value = _value(given)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _whole_or_text(given: object) -> object:
    value = _value(given)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise PydanticCustomError("whole_or_text", "neither a whole number nor text")
    return value


Text: TypeAlias = Annotated[str, BeforeValidator(_text)]
Texts: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(_list)]
Flag: TypeAlias = Annotated[bool, Field(strict=True), BeforeValidator(_value)]
Whole: TypeAlias = Annotated[int, Field(strict=True, ge=-INT64, lt=INT64), BeforeValidator(_whole)]
WholeOrText: TypeAlias = Annotated[int | str, BeforeValidator(_whole_or_text)]
Quantity: TypeAlias = Annotated[
    Text, WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}]})
]
"""An amount as Kubernetes writes it, such as `4Gi`; kept as written."""


class Choice(enum.StrEnum):
    """One of a few words; an empty one is as if nothing were written."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Choice], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_before_validator_function(cls._word, handler(source))

    @classmethod
    def _word(cls, given: object) -> object:
        if given is None:  # in a list: a field that is null is not set
            return next(iter(cls))
        word = _text(given)
        if word == "":
            raise PydanticUseDefault
        return word
