"""What pydantic found wrong, as problems with line, field and advice."""

import inspect
import re
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from pipeline.config.fields import WRONG, extra_of
from pipeline.config.problems import Loc, Problem, describe, did_you_mean, field_path
from pipeline.config.words import ALSO_FIELDS, QUOTE
from pipeline.config.yaml_errors import full_width_hint
from pipeline.config.yaml_tree import Tree

__all__ = ["field_at", "problems_of"]

_SECRET_FIELDS = {"key", "api_key", "apikey", "token", "password", "passwd", "pwd", "secret"}
_LOGIN_FIELDS = {"password", "passwd", "pwd", "user", "username", "login"}
_IS_MISSING = "is missing"
_OUT_OF_RANGE = {
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
    "finite_number",
}

_WITH_UNIT = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*([^\d\s.]*)")
_IN_SECONDS = {
    "ms": 0.001,
    "毫秒": 0.001,
    "s": 1,
    "sec": 1,
    "second": 1,
    "seconds": 1,
    "秒": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "minutes": 60,
    "分": 60,
    "分钟": 60,
    "h": 3600,
    "hour": 3600,
    "hours": 3600,
    "小时": 3600,
}


def problems_of(error: ValidationError, tree: Tree, root: type[BaseModel]) -> list[Problem]:
    """Every complaint of pydantic about the data of a file.

    Args:
        error: What pydantic raised.
        tree: The file.
        root: The model of the whole file.
    """
    found: dict[str, Problem] = {}
    renamed: set[str] = set()
    for each in error.errors(include_url=False):
        if each["type"] == "default_factory_not_called":
            continue  # only follows from another problem
        problem = _problem(each, tree, root)
        found[problem.field] = problem
        if each["type"] == "extra_forbidden":
            meant = problem.message.partition("did you mean ")[2].rstrip("?")
            renamed.add(field_path((*each["loc"][:-1], meant)))
    # A field under another name is one mistake, not two.
    return [
        problem
        for field, problem in found.items()
        if not (field in renamed and problem.message.startswith(_IS_MISSING))
    ]


def field_at(root: type[BaseModel], loc: Loc) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """The field that a path inside a model ends at, and the model that holds it."""
    model: type[BaseModel] | None = root
    owner: type[BaseModel] | None = None
    field: FieldInfo | None = None
    for part in loc:
        if isinstance(part, int):
            continue
        if model is None or part not in model.model_fields:
            return model, None
        owner, field = model, model.model_fields[part]
        model = _model_in(field.annotation)
    return (owner if field is not None else model), field


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    for each in typing.get_args(annotation):
        model = _model_in(each)
        if model is not None:
            return model
    return None


def _problem(each: Mapping[str, Any], tree: Tree, root: type[BaseModel]) -> Problem:
    inside: Loc = tuple(each["loc"])
    kind = str(each["type"])
    context: Mapping[str, Any] = each.get("ctx", {})
    owner, field = field_at(root, inside)
    loc = inside
    if kind == WRONG and context.get("index") is not None:
        loc = (*loc, context["index"])
    if kind == WRONG:
        message, expected, found = context["message"], context["expected"], context["found"]
        if message == QUOTE and loc in tree.written:
            # 001 is the number 1 to YAML: only what was written helps.
            found = tree.written[loc]
            message = f'{message}: "{found}"'
    elif kind == "extra_forbidden":
        message, expected, found = _unknown_field(str(inside[-1]), owner or root, inside)
    elif kind == "missing":
        message, expected, found = _missing(str(inside[-1]), field)
    else:
        expected = extra_of(field, "expected") if field else ""
        message, found = _wrong_value(kind, each["input"], field)
        if not expected or isinstance(inside[-1] if inside else "", int):
            expected = _expected_of(kind)
    return Problem(
        line=tree.line_of(loc),
        field=field_path(loc),
        expected=expected,
        found=found,
        message=message,
    )


def _unknown_field(name: str, owner: type[BaseModel], inside: Loc) -> tuple[str, str, str]:
    known = list(owner.model_fields)
    expected = f"one of {', '.join(known)}"
    plain = name.lower()
    hidden = describe(name)
    if "incident_api" in inside and plain in _SECRET_FIELDS:
        return (
            (
                "the key itself never stands in this file: put it into an environment variable and "
                "name that with key_env"
            ),
            "key_env: LIFELANE_API_KEY",
            f"{name} (not shown)",
        )
    if "cameras" in inside and plain in _LOGIN_FIELDS:
        return (
            (
                "user and password belong into the address, the password best as a variable: "
                "source: rtsp://admin:${CAMERA_PASSWORD}@HOST/PATH"
            ),
            expected,
            f"{name} (not shown)",
        )
    wide = full_width_hint(name)
    if wide:
        return wide, expected, hidden
    also = {word: meant for word, meant in ALSO_FIELDS.items() if meant.split(" ")[0] in known}
    also |= {"type": "kind"} if "kind" in known else {"type": "place"} if "place" in known else {}
    if name.isdigit():
        return "a comma too many? Decimals take a point: 0.5", expected, hidden
    meant = did_you_mean(name, known, also)
    message = "no such field: " + (
        f"did you mean {meant}?" if meant else "delete it, or turn it into a comment with #"
    )
    return message, expected, hidden


def _missing(name: str, field: FieldInfo | None) -> tuple[str, str, str]:
    example = extra_of(field, "example") if field else ""
    expected = extra_of(field, "expected") if field else ""
    message = _IS_MISSING + (f": add {name}: {example}" if example else ": add it")
    return message, expected, "nothing"


def _wrong_value(kind: str, value: Any, field: FieldInfo | None) -> tuple[str, str]:
    found = describe(value)
    unit = extra_of(field, "unit") if field else ""
    if kind in _OUT_OF_RANGE:
        mend = extra_of(field, "mend") if field and kind == "greater_than_equal" else ""
        if unit == "share" and kind == "less_than_equal" and value <= 100:
            mend = f"write percent as a share: {value:g} % is {value / 100:g}"
        return "out of range" + (f": {mend}" if mend else ""), found
    if value is None:
        return "has no value: fill it in, or delete the line", found
    if kind in ("float_type", "int_type", "int_from_float"):
        return _not_a_number(kind, value, unit), found
    if kind == "bool_type":
        return "write true or false, without quotes", found
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        example = extra_of(field, "example") if field else ""
        shown = f", such as {example}" if example.startswith("{") else ""
        return f"fields are wanted here, one 'name: value' each{shown}", found
    if kind in ("tuple_type", "list_type"):
        return "a list is wanted here: begin each item with '- '", found
    return "does not fit", found


def _not_a_number(kind: str, value: Any, unit: str) -> str:
    if kind == "int_from_float" or (kind == "int_type" and isinstance(value, float)):
        return "a whole number is wanted here"
    match = _WITH_UNIT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return "a number is wanted here"
    factors = {"s": _IN_SECONDS, "share": {"%": 0.01, "％": 0.01}}.get(unit, {})
    written = match[2].lower()
    if written and written not in factors:
        return f"write the number alone, in {unit}" if unit else "write the number alone"
    plain = f"{float(match[1]) * factors.get(written, 1):g}"
    return f"write the number alone, without unit or quotes: {plain}"


def _expected_of(kind: str) -> str:
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "fields such as 'id: …'"
    return ""
