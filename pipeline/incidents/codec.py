"""The state of places as JSON and back, with a message for whatever does not fit.

Times of day are ISO 8601 in UTC with microseconds; numbers are Python's shortest exact form,
so that a state that went to disk and back decides exactly as if it had never left.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pipeline.errors import StateError
from pipeline.geometry import Box
from pipeline.incidents.clock import PlaceClock
from pipeline.incidents.incident import Departed, Incident
from pipeline.incidents.occupancy import Occupancy
from pipeline.incidents.place import Sighting
from pipeline.rules import Candidate
from pipeline.types import SubjectBox

__all__ = [
    "Reader",
    "clock_to_json",
    "departed_to_json",
    "incident_to_json",
    "occupancy_to_json",
    "read_clock",
    "read_departed",
    "read_incident",
    "read_occupancy",
    "read_sighting",
    "sighting_to_json",
]

_T = TypeVar("_T")
_KINDS: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    dict: "a mapping",
    list: "a list",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A part of a state, read field by field; every complaint names the path to the field."""

    data: Mapping[str, Any]
    path: str = ""

    @classmethod
    def of(cls, data: object, path: str = "") -> "Reader":
        """Raises StateError where ``data`` is no mapping."""
        if not isinstance(data, Mapping):
            raise _unfit(path or "state", "a mapping", data)
        return cls(data, path)

    def _get(self, name: str) -> Any:
        path = f"{self.path}.{name}" if self.path else name
        if name not in self.data:
            raise StateError(f"place state: {path} is missing{_CURE}")
        return self.data[name]

    def _typed(self, name: str, kind: type[_T]) -> _T:
        value = self._get(name)
        # bool is an int to Python, but not to a person who reads the file.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _unfit(self._at(name), _KINDS[kind], value)
        return value

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str) -> str:
        """A text."""
        return self._typed(name, str)

    def flag(self, name: str) -> bool:
        """True or false."""
        return self._typed(name, bool)

    def count(self, name: str) -> int:
        """A whole number of 0 or more."""
        value = self._typed(name, int)
        if value < 0:
            raise _unfit(self._at(name), "0 or more", value)
        return value

    def number(self, name: str) -> float:
        """A finite number."""
        return _number(self._get(name), self._at(name))

    def time(self, name: str) -> datetime:
        """An instant with its time zone."""
        return _time(self._get(name), self._at(name))

    def box(self, name: str) -> Box:
        """Four finite numbers."""
        return _box(self._get(name), self._at(name))

    def part(self, name: str) -> "Reader":
        """A mapping."""
        return Reader.of(self._get(name), self._at(name))

    def maybe(self, name: str, read: Callable[["Reader"], _T]) -> _T | None:
        """A mapping or nothing."""
        return None if self._get(name) is None else read(self.part(name))

    def numbers(self, name: str) -> dict[str, float]:
        """Finite numbers by name."""
        part = self.part(name)
        return {str(key): _whole(part.data[key], part.number(key)) for key in part.data}

    def entries(self, name: str) -> Iterator[tuple[str, Any]]:
        """Each entry of a list with its path."""
        for index, entry in enumerate(self._typed(name, list)):
            yield f"{self._at(name)}[{index}]", entry


_CURE = (
    "; this is not a state that LifeLane wrote: move the state folder away and start again"
    " (open incidents will be raised anew)"
)


def _unfit(path: str, expected: str, found: object) -> StateError:
    return StateError(f"place state: {path}: expected {expected}, found {found!r:.80}{_CURE}")


def _number(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _unfit(path, "a finite number", value)
    return float(value)


def _whole(raw: object, value: float) -> float:
    # 1 and 1.0 are the same figure but not the same JSON; keep what was written.
    return raw if isinstance(raw, int) else value


def _time(value: object, path: str) -> datetime:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise _unfit(path, "a time with its zone, such as 2026-01-05T02:11:09.200000+00:00", value)
    return instant


def _box(value: object, path: str) -> Box:
    if not isinstance(value, list) or len(value) != 4:
        raise _unfit(path, "four numbers", value)
    left, top, right, bottom = (_number(side, path) for side in value)
    return left, top, right, bottom


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def clock_to_json(clock: PlaceClock) -> dict[str, Any]:
    """The clock, so that a restart knows how long it was away."""
    return {
        "now_s": clock.now_s,
        "at": None if clock.at is None else _iso(clock.at),
        "media_time_s": clock.media_time_s,
        "interval_s": clock.interval_s,
        "blind": clock.blind,
    }


def read_clock(part: Reader) -> PlaceClock:
    """Inverse of :func:`clock_to_json`; raises StateError."""
    return PlaceClock(
        now_s=part.number("now_s"),
        at=None if part.data.get("at") is None else part.time("at"),
        media_time_s=part.number("media_time_s"),
        interval_s=part.number("interval_s"),
        blind=part.flag("blind"),
    )


def sighting_to_json(sighting: Sighting | None) -> list[Any] | None:
    """One frame of the window."""
    return None if sighting is None else [_iso(sighting[0]), sighting[1]]


def read_sighting(entry: object, path: str) -> Sighting | None:
    """Inverse of :func:`sighting_to_json`; raises StateError."""
    if entry is None:
        return None
    if not isinstance(entry, list) or len(entry) != 2:
        raise _unfit(path, "a time and a number", entry)
    return _time(entry[0], path), _number(entry[1], path)


def occupancy_to_json(thing: Occupancy) -> dict[str, Any]:
    """One footprint."""
    return {
        "serial": thing.serial,
        "birth": list(thing.birth),
        "anchor": list(thing.anchor),
        "last": {
            "box": list(thing.last.box),
            "class": thing.last.class_name,
            "confidence": thing.last.confidence,
            "share": thing.last.share,
            "cover": thing.last.cover,
            "firm": thing.last.firm,
        },
        "votes": dict(thing.votes),
        "first_seen": _iso(thing.first_seen),
        "last_seen": _iso(thing.last_seen),
        "first_s": thing.first_s,
        "last_s": thing.last_s,
        "absent_s": thing.absent_s,
        "held_s": thing.held_s,
        "hits": thing.hits,
        "frames": thing.frames,
        "fit": thing.fit,
        "confidence": thing.confidence,
        "qualified": thing.qualified,
        "stirred_s": thing.stirred_s,
    }


def read_occupancy(part: Reader) -> Occupancy:
    """Inverse of :func:`occupancy_to_json`; raises StateError."""
    last = part.part("last")
    votes = part.numbers("votes")
    if not votes:
        raise _unfit(f"{part.path}.votes", "at least one class", votes)
    return Occupancy(
        serial=part.count("serial"),
        birth=part.box("birth"),
        anchor=part.box("anchor"),
        last=Candidate(
            box=last.box("box"),
            class_name=last.text("class"),
            confidence=last.number("confidence"),
            share=last.number("share"),
            cover=last.number("cover"),
            firm=last.flag("firm"),
        ),
        votes=votes,
        first_seen=part.time("first_seen"),
        last_seen=part.time("last_seen"),
        first_s=part.number("first_s"),
        last_s=part.number("last_s"),
        absent_s=part.number("absent_s"),
        held_s=part.number("held_s"),
        hits=part.count("hits"),
        frames=part.count("frames"),
        fit=part.number("fit"),
        confidence=part.number("confidence"),
        qualified=part.flag("qualified"),
        # States of earlier versions do not know it.
        stirred_s=part.number("stirred_s") if "stirred_s" in part.data else 0.0,
    )


def incident_to_json(incident: Incident) -> dict[str, Any]:
    """One open incident."""
    return {
        "key": incident.key,
        "sequence": incident.sequence,
        "first_seen": _iso(incident.first_seen),
        "last_seen": _iso(incident.last_seen),
        "raised_at": _iso(incident.raised_at),
        "first_s": incident.first_s,
        "last_s": incident.last_s,
        "spoke_s": incident.spoke_s,
        "unknown": incident.unknown,
        "stage": incident.stage,
        "previous_key": incident.previous_key,
        "reported": list(incident.reported),
        "confidence": incident.confidence,
        "measures": dict(incident.measures),
        "subjects": _subjects_to_json(incident.subjects),
    }


def departed_to_json(departed: Departed) -> dict[str, Any]:
    """An incident that has ended, for the link of a return."""
    return {
        "key": departed.key,
        "ended_s": departed.ended_s,
        "subjects": _subjects_to_json(departed.subjects),
    }


def read_departed(part: Reader) -> Departed:
    """Inverse of :func:`departed_to_json`; raises StateError."""
    return Departed(
        key=part.text("key"), ended_s=part.number("ended_s"), subjects=_read_subjects(part)
    )


def _subjects_to_json(subjects: tuple[SubjectBox, ...]) -> list[dict[str, Any]]:
    return [
        {
            "class": subject.class_name,
            "confidence": subject.confidence,
            "xyxy_norm": list(subject.xyxy_norm),
        }
        for subject in subjects
    ]


def _read_subjects(part: Reader) -> tuple[SubjectBox, ...]:
    listed = (Reader.of(entry, path) for path, entry in part.entries("subjects"))
    return tuple(
        SubjectBox(
            class_name=subject.text("class"),
            confidence=subject.number("confidence"),
            xyxy_norm=subject.box("xyxy_norm"),
        )
        for subject in listed
    )


def read_incident(part: Reader) -> Incident:
    """Inverse of :func:`incident_to_json`; raises StateError."""
    return Incident(
        key=part.text("key"),
        sequence=part.count("sequence"),
        first_seen=part.time("first_seen"),
        last_seen=part.time("last_seen"),
        raised_at=part.time("raised_at"),
        first_s=part.number("first_s"),
        last_s=part.number("last_s"),
        spoke_s=part.number("spoke_s"),
        unknown=part.flag("unknown"),
        # States of earlier versions know one stage only.
        stage=part.count("stage") if "stage" in part.data else 2,
        previous_key=part.text("previous_key") if "previous_key" in part.data else "",
        reported=tuple(int(_number(entry, path)) for path, entry in part.entries("reported")),
        confidence=min(max(part.number("confidence"), 0.0), 1.0),
        measures=part.numbers("measures"),
        subjects=_read_subjects(part),
    )
