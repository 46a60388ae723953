"""How a field of the site file is declared: once, for checking, messages, docs and forms."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

__all__ = [
    "WRONG",
    "SiteModel",
    "extra_of",
    "fraction",
    "number",
    "switch",
    "text",
    "whole",
    "wrong",
]

#: Error type of `wrong`; everything else that pydantic reports is put into words elsewhere.
WRONG: Final = "lifelane_wrong"


class SiteModel(BaseModel):
    """Base of everything in a site file: unknown fields are errors, values never change."""

    # Inputs stay out of pydantic's own texts: an address may hold a password.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def wrong(message: str, *, expected: str, found: str, index: int | None = None) -> Exception:
    """An error with our own words, for validators to raise.

    Args:
        message: What is wrong and how to mend it.
        expected: What may stand there.
        found: What stands there, secrets already hidden.
        index: Which item of a list it is, if the field is a list.
    """
    context = {"message": message, "expected": expected, "found": found, "index": index}
    # Without braces in the template pydantic leaves braces in the message alone.
    return PydanticCustomError(WRONG, "wrong", context)


def _declare(
    *,
    title: str,
    zh: str,
    description: str,
    expected: str,
    unit: str = "",
    mend: str = "",
    example: str = "",
    default_words: str = "",
    **rest: Any,
) -> Any:
    extra = {
        "title_zh": zh,
        "unit": unit,
        "expected": expected,
        "mend": mend,
        "example": example,
        "default_words": default_words,
    }
    return Field(
        title=title,
        description=description,
        json_schema_extra={key: value for key, value in extra.items() if value},
        **rest,
    )


def text(*, expected: str = "text", **words: Any) -> Any:
    """A field that holds text, or that a validator of its own checks."""
    return _declare(expected=expected, **words)


def switch(**words: Any) -> Any:
    """A field that is true or false."""
    return _declare(expected="true or false", strict=True, **words)


def number(*, ge: float, le: float, unit: str, what: str, **words: Any) -> Any:
    """A field that holds a number from ``ge`` to ``le``, in ``unit``."""
    expected = f"{what} from {ge:g} to {le:g}"
    return _declare(
        expected=expected, unit=unit, ge=ge, le=le, strict=True, allow_inf_nan=False, **words
    )


def fraction(**words: Any) -> Any:
    """A field that holds a share from 0 to 1."""
    return number(
        ge=0,
        le=1,
        unit="share",
        what="a number",
        **words,
    )


def whole(*, ge: int, le: int, unit: str, what: str, **words: Any) -> Any:
    """A field that holds a whole number from ``ge`` to ``le``."""
    expected = f"{what} from {ge} to {le}"
    return _declare(expected=expected, unit=unit, ge=ge, le=le, strict=True, **words)


def extra_of(field: FieldInfo, key: str) -> str:
    """One of the words given at the declaration; empty if there are none."""
    extra = field.json_schema_extra
    return str(extra.get(key, "")) if isinstance(extra, dict) else ""
