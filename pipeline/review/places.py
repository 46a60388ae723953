"""Where a photo was taken: in people's words, and as a kind of place that rules can judge."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, urlencode

from pipeline.errors import ConfigError
from pipeline.types import PlaceKind

__all__ = ["NOWHERE", "PathPattern", "Place", "kind_in_words", "place_of_qr", "place_of_words"]

#: How the text of a place's QR code begins; other codes in a picture are none of ours.
_QR_SCHEME = "lifelane-place:"

# The last word in a text decides: 3号楼电梯厅走道 is a corridor. Longer words before shorter ones.
_WORDS: tuple[tuple[str, PlaceKind], ...] = (
    ("登高操作场地", PlaceKind.CLIMBING_SITE),
    ("登高场地", PlaceKind.CLIMBING_SITE),
    ("登高面", PlaceKind.CLIMBING_SITE),
    ("消防车道", PlaceKind.FIRE_LANE),
    ("消防车通道", PlaceKind.FIRE_LANE),
    ("消防通道", PlaceKind.FIRE_LANE),
    ("安全出口", PlaceKind.EXIT),
    ("疏散门", PlaceKind.EXIT),
    ("疏散走道", PlaceKind.CORRIDOR),
    ("疏散通道", PlaceKind.CORRIDOR),
    ("电梯厅", PlaceKind.HALL),
    ("电梯间", PlaceKind.HALL),
    ("电梯口", PlaceKind.HALL),
    ("电梯轿厢", PlaceKind.ELEVATOR),
    ("电梯", PlaceKind.ELEVATOR),
    ("轿厢", PlaceKind.ELEVATOR),
    ("楼梯间", PlaceKind.STAIRWELL),
    ("楼梯", PlaceKind.STAIRWELL),
    ("楼道", PlaceKind.CORRIDOR),
    ("走廊", PlaceKind.CORRIDOR),
    ("走道", PlaceKind.CORRIDOR),
    ("过道", PlaceKind.CORRIDOR),
    ("门厅", PlaceKind.HALL),
    ("大厅", PlaceKind.HALL),
    ("大堂", PlaceKind.HALL),
    ("单元门", PlaceKind.UNIT_DOOR),
    ("单元口", PlaceKind.UNIT_DOOR),
    ("架空层", PlaceKind.OVERHEAD_FLOOR),
    ("fire lane", PlaceKind.FIRE_LANE),
    ("climbing site", PlaceKind.CLIMBING_SITE),
    ("elevator", PlaceKind.ELEVATOR),
    ("lift", PlaceKind.ELEVATOR),
    ("stairwell", PlaceKind.STAIRWELL),
    ("stairs", PlaceKind.STAIRWELL),
    ("corridor", PlaceKind.CORRIDOR),
    ("hallway", PlaceKind.CORRIDOR),
    ("hall", PlaceKind.HALL),
    ("lobby", PlaceKind.HALL),
    ("unit door", PlaceKind.UNIT_DOOR),
    ("overhead floor", PlaceKind.OVERHEAD_FLOOR),
    ("exit", PlaceKind.EXIT),
)
_PARTS = ("community", "compound", "building", "part")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a photo was taken.

    Attributes:
        community: 社区.
        compound: 小区.
        building: 楼栋.
        part: 部位, such as ``2单元 楼道``.
        kind: What kind of place it is; None where nobody said.
        origin: Who said so: ``choice``, ``csv``, ``qr``, ``pattern``, ``folder`` or empty.
    """

    community: str = ""
    compound: str = ""
    building: str = ""
    part: str = ""
    kind: PlaceKind | None = None
    origin: str = ""

    @property
    def words(self) -> str:
        """The place from the large to the small, joined with ``/``; may be empty."""
        return "/".join(filter(None, (getattr(self, name) for name in _PARTS)))

    def to_qr(self) -> str:
        """Give the text of the place's QR code, which `place_of_qr` reads."""
        fields = {name: getattr(self, name) for name in _PARTS if getattr(self, name)}
        if self.kind is not None:
            fields["kind"] = self.kind.value
        return _QR_SCHEME + urlencode(fields)


#: Nobody said where.
NOWHERE = Place()


def kind_in_words(text: str) -> PlaceKind | None:
    """Find the kind of place that a text names, in Chinese or English; None where it names none.

    The word that ends last decides, the longer one where two end together.
    """
    lowered = re.sub(r"[_\-]+", " ", text.lower())
    best: tuple[int, int] = (-1, 0)
    kind = None
    for word, meant in _WORDS:
        # English words count only as words: "shallow" is no hall.
        expression = rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else word
        for found in re.finditer(expression, lowered):
            rank = (found.end(), len(word))
            if rank > best:
                best, kind = rank, meant
    return kind


def place_of_words(text: str, *, origin: str, kind: PlaceKind | None = None) -> Place:
    """Read ``community/compound/building/part``; fewer parts are the smaller ones.

    Args:
        text: One to four parts with ``/`` between them; more are joined in the last.
        origin: Who said so.
        kind: The kind of place; None looks for it in the words.
    """
    parts = [part.strip() for part in text.split("/") if part.strip()]
    if len(parts) > len(_PARTS):
        parts = [*parts[: len(_PARTS) - 1], " ".join(parts[len(_PARTS) - 1 :])]
    values = dict(zip(_PARTS[len(_PARTS) - len(parts) :], parts, strict=True))
    return _place(values, kind=kind or kind_in_words(text), origin=origin)


def place_of_qr(text: str) -> Place | None:
    """Read the text of a QR code; None where it is no place of ours."""
    if not text.startswith(_QR_SCHEME):
        return None
    fields = dict(parse_qsl(text.removeprefix(_QR_SCHEME), max_num_fields=16))
    values = {name: fields.get(name, "").strip()[:200] for name in _PARTS}
    if not any(values.values()):
        return None
    spoken = fields.get("kind", "")
    kind = (
        PlaceKind(spoken) if spoken in set(PlaceKind) else kind_in_words("/".join(values.values()))
    )
    return _place(values, kind=kind, origin="qr")


class PathPattern:
    """Reads the place out of a photo's path: ``{compound}/{building}/{part}/*``.

    Args:
        pattern: ``{community} {compound} {building} {part}`` each stand for a piece of one
            folder's or file's name, ``*`` for anything within one name, ``**`` for anything.

    Raises:
        ConfigError: It names another field, or one of them twice.
    """

    def __init__(self, pattern: str) -> None:
        expression, named = "", set()
        for piece in re.split(r"(\{\w*\}|\*\*|\*)", pattern):
            if piece == "**":
                expression += ".*"
            elif piece == "*":
                expression += "[^/]*"
            elif piece.startswith("{"):
                name = piece[1:-1]
                if name not in _PARTS or name in named:
                    raise ConfigError(
                        f"--path-pattern {pattern}: expected each of"
                        f" {' '.join('{' + part + '}' for part in _PARTS)} once at most,"
                        f" found {piece}"
                    )
                named.add(name)
                expression += f"(?P<{name}>[^/]+?)"
            else:
                expression += re.escape(piece)
        if not named:
            raise ConfigError(
                f"--path-pattern {pattern}: names no part of a place; expected for example"
                " {compound}/{building}/{part}/*"
            )
        self._matching = re.compile(expression)

    def place(self, below: str) -> Place | None:
        """The place of the photo at ``below`` (its path below the folder), None if none fits."""
        path = PurePosixPath(below)
        found = self._matching.fullmatch(str(path)) or self._matching.fullmatch(
            str(path.with_suffix(""))
        )
        if found is None:
            return None
        values = {name: value.strip() for name, value in found.groupdict().items()}
        return _place(values, kind=kind_in_words("/".join(values.values())), origin="pattern")


def _place(values: Mapping[str, str], *, kind: PlaceKind | None, origin: str) -> Place:
    community, compound, building, part = (values.get(name, "") for name in _PARTS)
    return Place(
        community=community,
        compound=compound,
        building=building,
        part=part,
        kind=kind,
        origin=origin,
    )
