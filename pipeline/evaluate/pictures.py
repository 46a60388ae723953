"""Labelled pictures: a suite names sets of them, what each set labels, and what it is good for."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ConfigError, PhotoError
from pipeline.types import Detections

__all__ = ["Labelled", "PictureSet", "PictureSuite", "load_picture_suite", "read_labelled"]

_SUFFIXES = {".jpg", ".jpeg", ".png"}
_CROWD = 4  # people in one picture
_HIDDEN = 0.5  # of the thing's own outline


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PictureSet(_Part):
    """One set of a suite; ``path`` is relative to the suite's file.

    ``path`` is a folder with ``images`` and ``labels`` beside each other, or a text file with
    one picture a line. ``classes`` are those that the set labels completely; nothing is said
    of others. Of a folder, ``seeds_ending`` keeps the pictures whose number ends so.
    """

    name: str
    path: Path
    origin: Literal["real", "rendered"]
    classes: tuple[str, ...] = ()
    lift: bool = False
    free_of: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()
    only_without: tuple[str, ...] = ()
    seeds_ending: tuple[int, ...] = ()
    place: str | None = None


class PictureSuite(_Part):
    """Sets of labelled pictures. ``aliases`` says what foreign models call our classes."""

    name: str
    names: Annotated[tuple[str, ...], Field(min_length=1)]
    aliases: Mapping[str, str] = {}
    sets: Annotated[tuple[PictureSet, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A picture with its true boxes.

    Attributes:
        image: The file.
        truth: Boxes in pixels; confidence is 1.
        conditions: Words that hold for the whole picture, such as ``fisheye``.
        thing_conditions: Words that hold for each box, such as ``cut_off``.
        place: Kind of place; the set's name where no card says so.
    """

    image: Path
    truth: Detections
    conditions: tuple[str, ...] = ()
    thing_conditions: tuple[tuple[str, ...], ...] = ()
    place: str = ""


def load_picture_suite(path: Path) -> PictureSuite:
    """Read a suite, or make one of a folder of labelled pictures (``images``, ``labels``).

    Raises:
        ConfigError: The file is missing or wrong; the message names the field.
    """
    if path.is_dir():
        raise ConfigError(
            f"{path}: expected a YAML file that names sets of pictures, found a folder"
        )
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is no YAML: {error}") from error
    try:
        suite = PictureSuite.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {where}: {first['msg']}") from error
    for each in suite.sets:
        for field in ("classes", "free_of", "only_with", "only_without"):
            for name in getattr(each, field):
                if name not in suite.names:
                    raise ConfigError(
                        f"{path}: set {each.name!r}, {field}: no class {name!r};"
                        f" expected one of {', '.join(suite.names)}"
                    )
    return suite


def read_labelled(part: PictureSet, names: Sequence[str], *, root: Path) -> list[Labelled]:
    """Read the pictures and labels of a set; ``root`` is the folder of the suite's file.

    Raises:
        PhotoError: The set is not there, is empty, or a file of it cannot be read.
    """
    path = (root / part.path).resolve()
    wanted = [names.index(n) for n in part.only_with]
    unwanted = [names.index(n) for n in part.only_without]
    found = []
    for image in _images(part, path):
        each = _read(image, names, default_place=part.name)
        classes = set(each.truth.class_id.tolist())
        if part.place is not None and each.place != part.place:
            continue
        if any(c not in classes for c in wanted) or any(c in classes for c in unwanted):
            continue
        found.append(each)
    if not found:
        raise PhotoError(f"set {part.name!r}: no picture of it is left in {path}")
    return found


def _images(part: PictureSet, path: Path) -> Iterator[Path]:
    if path.is_file():
        yield from (Path(line) for line in path.read_text("utf-8").splitlines() if line)
        return
    if not (path / "images").is_dir():
        raise PhotoError(
            f"set {part.name!r}: {path} is neither a list of pictures nor a folder with"
            " images and labels; build it first (datasets/build.py, make synth)"
        )
    for image in sorted((path / "images").iterdir()):
        digits = "".join(c for c in image.stem if c.isdigit())
        if image.suffix.lower() in _SUFFIXES and (
            not part.seeds_ending or int(digits or 0) % 10 in part.seeds_ending
        ):
            yield image


def _beside(image: Path, folder: str, suffix: str) -> Path:
    parts = list(image.parts)
    parts[len(parts) - 1 - parts[::-1].index("images")] = folder
    return Path(*parts).with_suffix(suffix)


def _read(image: Path, names: Sequence[str], *, default_place: str) -> Labelled:
    try:
        with Image.open(image) as opened:
            width, height = opened.size
    except (OSError, UnidentifiedImageError) as error:
        raise PhotoError(f"{image}: cannot be read as a picture: {error}") from error
    label = _beside(image, "labels", ".txt")
    rows = []
    try:
        lines = label.read_text("utf-8").splitlines()
    except OSError as error:
        raise PhotoError(f"{label}: cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        words = line.split()
        try:
            class_id, x, y, w, h = int(words[0]), *map(float, words[1:5])
        except (ValueError, IndexError):
            class_id = -1
        if not 0 <= class_id < len(names) or len(words) != 5:
            raise PhotoError(
                f"{label}:{number}: expected 'class x y w h' with a class below {len(names)},"
                f" found {line!r}"
            )
        rows.append((class_id, x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    table = np.array(rows, np.float64).reshape(-1, 5)
    truth = Detections(
        xyxy=(table[:, 1:] * (width, height, width, height)).astype(np.float32),
        confidence=np.ones(len(table), np.float32),
        class_id=table[:, 0].astype(np.int64),
    )
    card_file = _beside(image, "cards", ".json")
    card: dict[str, Any] = {}
    if card_file.is_file():
        card = json.loads(card_file.read_text("utf-8"))
    people = int((truth.class_id == names.index("person")).sum()) if "person" in names else 0
    return Labelled(
        image=image,
        truth=truth,
        conditions=_picture_words(card) + (("crowd",) if people >= _CROWD else ()),
        thing_conditions=_thing_words(card, truth, names),
        place=str(card.get("place", default_place)),
    )


def _picture_words(card: dict[str, Any]) -> tuple[str, ...]:
    words = []
    camera = card.get("camera", {})
    if camera.get("fisheye"):
        words.append("fisheye")
    rotation = camera.get("camera_to_world")
    if rotation and rotation[2][2] > 0.82:  # looks down by 55 degrees or more
        words.append("straight_down")
    if card.get("look", {}).get("infrared"):
        words.append("infrared")
    if card.get("night"):
        words.append("night")
    return tuple(words)


def _thing_words(
    card: dict[str, Any], truth: Detections, names: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    """Words of the card's instances, matched to the label rows by class and corners."""
    result: list[tuple[str, ...]] = []
    things = card.get("instances", ())
    for box, class_id in zip(truth.xyxy, truth.class_id, strict=True):
        words: list[str] = []
        for thing in things:
            near = np.abs(np.array(thing["xyxy"], float) - box).max() < 2.0
            if near and thing["class"] == names[int(class_id)]:
                if thing.get("in_frame", 1.0) < 0.7:
                    words.append("cut_off")
                elif thing.get("visible", 1.0) < _HIDDEN:
                    words.append("hidden")
                if "cover" in str(thing.get("note", "")):
                    words.append("covered")
                break
        result.append(tuple(words))
    return tuple(result)
