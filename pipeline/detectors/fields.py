"""Reads one TOML table field by field; what does not fit is named in full."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError

__all__ = ["FieldReader"]

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FieldReader:
    """Typed look at one table of the model registry.

    Args:
        source: The file, for messages.
        where: Dotted name of the table, empty at the top.
        table: The parsed table.

    Raises:
        ModelError: From every method, where the field is missing or of the wrong kind.
    """

    def __init__(self, source: Path, where: str, table: object) -> None:
        self._source = source
        self._where = where
        if not isinstance(table, Mapping):
            raise ModelError(f"{source}: {where}: expected a table, found {table!r}")
        self._table: Mapping[str, Any] = table

    def wrong(self, field: str, expected: str, found: object) -> ModelError:
        """Build the error for a field; the caller raises it."""
        name = f"{self._where}.{field}" if self._where else field
        shown = "nothing" if found is None else repr(found)
        return ModelError(f"{self._source}: {name}: expected {expected}, found {shown}")

    def text(self, field: str) -> str:
        """Return a text that is not empty."""
        value = self._table.get(field)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(field, "a text", value)
        return value

    def optional_text(self, field: str) -> str | None:
        """Return a text, or None where the field is missing."""
        return self.text(field) if field in self._table else None

    def sha256(self, field: str) -> str:
        """Return 64 hexadecimal digits in lower case."""
        value = self.text(field).lower()
        if not _SHA256.fullmatch(value):
            raise self.wrong(field, "64 hexadecimal digits", value)
        return value

    def whole(self, field: str, *, at_least: int) -> int:
        """Return a whole number, ``at_least`` or more."""
        value = self._table.get(field)
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            raise self.wrong(field, f"a whole number, {at_least} or more", value)
        return value

    def wholes(self, field: str, *, multiple_of: int) -> tuple[int, ...]:
        """Return a list of positive whole multiples of ``multiple_of``."""
        value = self._table.get(field)
        if (
            not isinstance(value, list)
            or not value
            or not all(type(item) is int and item > 0 and not item % multiple_of for item in value)
        ):
            raise self.wrong(field, f"a list of multiples of {multiple_of}", value)
        return tuple(value)

    def names(self, field: str) -> tuple[str, ...]:
        """Return a list of different texts."""
        value = self._table.get(field)
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(item, str) and item for item in value)
            or len(set(value)) != len(value)
        ):
            raise self.wrong(field, "a list of different names", value)
        return tuple(value)

    def flag(self, field: str) -> bool:
        """Return true or false."""
        value = self._table.get(field)
        if not isinstance(value, bool):
            raise self.wrong(field, "true or false", value)
        return value

    def share(self, field: str) -> float:
        """Return a number from 0 to 1."""
        value = self._table.get(field)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.wrong(field, "a number from 0 to 1", value)
        return float(value)

    def table(self, field: str, *, required: bool = True) -> Mapping[str, Any]:
        """Return a nested table; a missing one is empty where it is not required."""
        value = self._table.get(field, None if required else {})
        if not isinstance(value, Mapping):
            raise self.wrong(field, "a table", value)
        return value
