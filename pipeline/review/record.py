"""What a review has found out about one file, and how it is written down."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pipeline.review.judging import Proposal
from pipeline.review.places import NOWHERE, Place
from pipeline.types import HazardKind, PlaceKind, SubjectBox

__all__ = [
    "Outcome",
    "Record",
    "hazards_from_json",
    "hazards_to_json",
    "place_from_json",
    "place_to_json",
]


class Outcome(StrEnum):
    """What became of a file; every file has exactly one."""

    DONE = "done"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """One file of a patrol.

    Attributes:
        key: Names the file in the record; its absolute path.
        file: What it was called to the user.
        mark: Changes when the file changes.
        outcome: What became of it.
        reason: Why it is no photo, or what it is a duplicate of; else empty.
        hazards: Proposals for a person to confirm.
        place: Where it was taken.
        note: What the table of places says about it.
        taken_at: ISO 8601, with the offset from UTC where the camera wrote it; else empty.
        reviewed_at: ISO 8601, when it was reviewed, in UTC.
        position: Latitude and longitude in degrees.
        size_wh: Of the original, in pixels; (0, 0) where there is none.
        sha256: Of the file; empty where it could not be read.
        picture: Name of the picture with the boxes, in the folder ``pictures``; else empty.
        model: Name and version of the weights.
        twin_of: Key of the photo that it is a duplicate of; else empty.
        is_system: A file that computers leave in folders by themselves.
        thumbnail: JPEG, ``b""`` where there is none.
    """

    key: str
    file: str
    mark: str
    outcome: Outcome
    reason: str = ""
    hazards: tuple[Proposal, ...] = ()
    place: Place = NOWHERE
    note: str = ""
    taken_at: str = ""
    reviewed_at: str = ""
    position: tuple[float, float] | None = None
    size_wh: tuple[int, int] = (0, 0)
    sha256: str = ""
    picture: str = ""
    model: str = ""
    twin_of: str = ""
    is_system: bool = False
    thumbnail: bytes = b""

    def to_line(self) -> str:
        """One JSON line: ``file outcome hazards reason``."""
        line = {
            "file": self.file,
            "outcome": self.outcome.value,
            "hazards": hazards_to_json(self.hazards),
            "reason": self.reason,
        }
        return json.dumps(line, ensure_ascii=False)


def hazards_to_json(hazards: tuple[Proposal, ...]) -> list[dict[str, Any]]:
    """Proposals as plain values."""
    return [
        {
            "kind": proposal.kind.value,
            "confidence": proposal.confidence,
            "place_known": proposal.place_known,
            "boxes": [
                {
                    "class": subject.class_name,
                    "confidence": subject.confidence,
                    "xyxy_norm": list(subject.xyxy_norm),
                }
                for subject in proposal.subjects
            ],
        }
        for proposal in hazards
    ]


def hazards_from_json(values: list[dict[str, Any]]) -> tuple[Proposal, ...]:
    """The other way round."""
    return tuple(
        Proposal(
            kind=HazardKind(value["kind"]),
            confidence=float(value["confidence"]),
            place_known=bool(value["place_known"]),
            subjects=tuple(
                SubjectBox(
                    class_name=str(box["class"]),
                    confidence=float(box["confidence"]),
                    xyxy_norm=tuple(box["xyxy_norm"]),
                )
                for box in value["boxes"]
            ),
        )
        for value in values
    )


def place_to_json(place: Place) -> dict[str, Any]:
    """A place as plain values."""
    return asdict(place) | {"kind": None if place.kind is None else place.kind.value}


def place_from_json(values: Mapping[str, Any]) -> Place:
    """The other way round."""
    kind = values["kind"]
    return Place(**{**values, "kind": None if kind is None else PlaceKind(kind)})
