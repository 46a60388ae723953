"""Identifiers, closed vocabularies, and the words that people use for them."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator

from pipeline.config.fields import wrong
from pipeline.config.problems import describe, did_you_mean, hide_secrets
from pipeline.types import PlaceKind, ZoneKind

__all__ = ["ALSO_FIELDS", "QUOTE", "Identifier", "Label", "Place", "ZoneWord", "one_of"]

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_LABEL = 80
#: Message for text that YAML reads as something else; what to write is added to it.
QUOTE: Final = "this is text: put it in quotes"

#: Other people's names for our fields; an answer may name the field in a short phrase.
ALSO_FIELDS: Final[Mapping[str, str]] = {
    "address": "source",
    "api_url": "incident_api",
    "area": "polygon",
    "building_name": "building",
    "camera": "cameras",
    "camera_id": "id",
    "coordinates": "polygon",
    "dwell": "raise_after_s",
    "dwell_s": "raise_after_s",
    "file": "source",
    "fps": "sample_fps",
    "frame_rate": "sample_fps",
    "input": "source",
    "location": "place",
    "points": "polygon",
    "rtsp": "source",
    "rtsp_url": "source",
    "score": "min_confidence",
    "stream": "source",
    "threshold": "min_confidence",
    "type": "kind (of a zone) or place (of a camera)",
    "uri": "source",
    "video": "source",
    "zone": "zones",
    "zone_id": "id",
}

# One place has two English names; both are accepted and the file's own word is kept nowhere.
_SYNONYMS: Mapping[str, str] = {"lift": "elevator"}

# Only hints: 消防通道 may mean the vehicles' lane or the people's way out.
_ALSO_PLACES: Mapping[str, str] = {
    "car_lane": "fire_lane",
    "fire_road": "fire_lane",
    "firelane": "fire_lane",
    "hallway": "corridor",
    "lane": "fire_lane",
    "消防车道": "fire_lane",
    "消防通道": "fire_lane (for vehicles) or corridor (for people)",
    "电梯": "elevator",
    "轿厢": "elevator",
    "楼道": "corridor",
    "走廊": "corridor",
    "疏散通道": "corridor",
    "lobby": "hall",
    "staircase": "stairwell",
    "stairs": "stairwell",
    "door": "unit_door",
    "楼梯": "stairwell",
    "楼梯间": "stairwell",
    "门厅": "hall",
    "大厅": "hall",
    "单元门": "unit_door",
    "单元口": "unit_door",
    "架空层": "overhead_floor",
    "安全出口": "exit",
    "登高操作场地": "climbing_site",
    "登高面": "climbing_site",
}
_ALSO_KINDS: Mapping[str, str] = {
    **_ALSO_PLACES,
    "charging": "charging_place",
    "充电区": "charging_place",
    "充停场所": "charging_place",
    "停车棚": "charging_place",
}

_Kind = TypeVar("_Kind", bound=StrEnum)


def one_of(
    value: Any,
    known: Iterable[str],
    *,
    what: str,
    also: Mapping[str, str] | None = None,
    synonyms: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The value, if it is one of the known words; the known word, if it is a synonym.

    Raises:
        PydanticCustomError: It is not; the message names the word that was probably meant.
    """
    words = list(known)
    if isinstance(value, str):
        value = synonyms.get(value, value)
        if value in words:
            return str(value)
    meant = ""
    if isinstance(value, str):
        meant = did_you_mean(value, (*words, *synonyms), also)
        meant = synonyms.get(meant, meant)
    message = f"unknown {what}" + (f": did you mean {meant}?" if meant else ": pick one")
    if value is None:
        message = f"no {what} is given: pick one"
    raise wrong(message, expected=f"one of {', '.join(words)}", found=describe(value))


def _kind(kinds: type[_Kind], what: str, also: Mapping[str, str]) -> Callable[[Any], _Kind]:
    def read(value: Any) -> _Kind:
        if isinstance(value, kinds):
            return value
        known = [kind.value for kind in kinds]
        return kinds(one_of(value, known, what=what, also=also, synonyms=_SYNONYMS))

    return read


def _needs_quotes(value: Any) -> bool:
    """Whether YAML has read a plain word as a number, a date or a truth value."""
    return not isinstance(value, str | list | tuple | dict | None)


def _identifier(value: Any) -> str:
    expected = "1 to 64 of the characters A-Z a-z 0-9 _ . -"
    if _needs_quotes(value):
        raise wrong(QUOTE, expected=expected, found=describe(value))
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value) or value in (".", ".."):
        message = "an id is used in file names and keys"
        plain = _UNFIT.sub("-", value).strip("-.")[:64] if isinstance(value, str) else ""
        if isinstance(value, str) and not value.isascii():
            message += ": write it in Latin letters, and the Chinese name into name"
        elif plain and hide_secrets(str(value)) == value:
            message += f": write for example {plain}"
        else:
            message += ": write letters and digits"
        raise wrong(message, expected=expected, found=describe(value))
    return value


def _label(value: Any) -> str | None:
    if value is None:
        return None
    expected = f"text of at most {_LONGEST_LABEL} characters"
    if _needs_quotes(value):
        raise wrong(QUOTE, expected=expected, found=describe(value))
    if not isinstance(value, str):
        raise wrong("this is text", expected=expected, found=describe(value))
    if len(value) > _LONGEST_LABEL:
        raise wrong("too long: shorten it", expected=expected, found=f"{len(value)} characters")
    return value.strip() or None


#: An id: used in file names, keys and addresses.
Identifier = Annotated[str, BeforeValidator(_identifier)]
#: Words for people, Chinese mostly; None if there are none.
Label = Annotated[str | None, BeforeValidator(_label)]
#: A kind of place; ``lift`` is read as ``elevator``.
Place = Annotated[PlaceKind, BeforeValidator(_kind(PlaceKind, "place", _ALSO_PLACES))]
#: A kind of zone; ``lift`` is read as ``elevator``.
ZoneWord = Annotated[ZoneKind, BeforeValidator(_kind(ZoneKind, "kind of zone", _ALSO_KINDS))]
