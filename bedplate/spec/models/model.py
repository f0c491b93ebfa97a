"""What every model of a kind is: a frozen pydantic model under the API's own names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.fields import ComputedFieldInfo, FieldInfo

from bedplate.spec.names import spelled

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

M = TypeVar("M", bound="Model")


def _title(attribute: str, _field: FieldInfo | ComputedFieldInfo) -> str:
    return spelled(attribute)


class Model(BaseModel):
    """A part of a specification; cannot change, can be hashed, refuses unknown fields.

    `IGNORED` names fields of the API that may be written and mean nothing here. `REQUIRED` names
    attributes that an API server refuses an object without, so they are written even when empty.
    """

    model_config = ConfigDict(
        alias_generator=spelled,
        defer_build=True,
        extra="forbid",
        field_title_generator=_title,
        frozen=True,
        populate_by_name=True,
    )
    IGNORED: ClassVar[frozenset[str]] = frozenset()
    REQUIRED: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _said(cls, given: object) -> object:
        """Leave out null, which is not set, and what means nothing here."""
        if not isinstance(given, Mapping):
            return {} if given is None else given
        items = given.items()
        return {key: item for key, item in items if item is not None and key not in cls.IGNORED}

    @model_serializer(mode="wrap")
    def _without_unset(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave out what is not set; an empty list stays where no list means something else."""
        fields = type(self).model_fields.items()
        unset = {name for name, field in fields if self._leaves_out(name, field)}
        unset |= {spelled(name) for name in unset}
        return {name: value for name, value in handler(self).items() if name not in unset}

    def _leaves_out(self, name: str, field: FieldInfo) -> bool:
        value = getattr(self, name)
        return value is None or (name not in self.REQUIRED and _is_unset(value, field))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the JSON schema, in which ignored fields may hold anything."""
        described = handler(schema)
        fields = handler.resolve_ref_schema(described).setdefault("properties", {})
        fields |= dict.fromkeys(sorted(cls.IGNORED), True)
        return described


def replace(model: M, **changes: object) -> M:
    """Return a copy with some fields changed.

    Raises:
        ValidationError: the model has no such field, or its value is of another type.
    """
    return type(model).model_validate({**dict(model), **changes})


def _is_unset(value: object, field: FieldInfo) -> bool:
    """Tell whether to leave a value out: null, or as empty as by default; a 0 is always written."""
    if value or type(value) is int:
        return False
    return bool(value == _default(field))


_MADE: dict[object, object] = {}


def _default(field: FieldInfo) -> object:
    """Return a field's default, made once: it cannot change, and pydantic looks long at each."""
    factory = field.default_factory
    if factory is None:
        return field.default
    if factory not in _MADE:
        _MADE[factory] = field.get_default(call_default_factory=True)
    return _MADE[factory]
