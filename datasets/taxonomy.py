"""Loads datasets/taxonomy.yaml: the fourteen classes and how foreign labels map to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

__all__ = ["COCO_NAMES", "Taxonomy", "TaxonomyClass", "TaxonomyError", "load_taxonomy"]

TAXONOMY_FILE = Path(__file__).with_name("taxonomy.yaml")

# COCO's eighty names in id order, as every COCO-pretrained YOLO numbers them.
# fmt: off
COCO_NAMES: tuple[str, ...] = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich",
    "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote",
    "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book",
    "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)
# fmt: on


class TaxonomyError(ValueError):
    """The taxonomy file contradicts itself; the message names the class and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyClass:
    """One class: `also` maps a set's name to the labels of that set which mean this class."""

    id: int
    name: str
    zh: str
    counts: str
    excludes: str
    boxing: str
    also: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All classes in id order and, per foreign set, its label ids and names."""

    classes: tuple[TaxonomyClass, ...]
    set_names: Mapping[str, Mapping[int, str]]
    rules: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Class names in id order."""
        return tuple(c.name for c in self.classes)

    def id_of(self, name: str) -> int:
        """Return the id of class `name`; raises TaxonomyError for an unknown one."""
        for c in self.classes:
            if c.name == name:
                return c.id
        raise TaxonomyError(f"no class {name!r} in the taxonomy; it has {', '.join(self.names)}")

    def mapping(self, set_name: str) -> dict[int, int]:
        """Return {label id of the set: our class id}; labels without our class are left out."""
        if set_name not in self.set_names:
            raise TaxonomyError(f"no set {set_name!r} in the taxonomy's `sets`")
        names = self.set_names[set_name]
        # A set that speaks COCO's ids is mapped by COCO's words.
        key = "coco" if names == _coco() else set_name
        by_label = {label: c.id for c in self.classes for label in c.also.get(key, ())}
        return {i: by_label[label] for i, label in names.items() if label in by_label}

    def coco_mapping(self) -> dict[int, int]:
        """Return {COCO id: our class id} for the COCO classes that we know."""
        by_label = {label: c.id for c in self.classes for label in c.also.get("coco", ())}
        return {i: by_label[label] for i, label in _coco().items() if label in by_label}


def _coco() -> dict[int, str]:
    return dict(enumerate(COCO_NAMES))


def load_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    """Read and check the taxonomy; raises TaxonomyError with the class and field at fault."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    set_names: dict[str, Mapping[int, str]] = {}
    for name, body in raw["sets"].items():
        names = body["names"]
        set_names[name] = _coco() if names == "coco" else {int(k): str(v) for k, v in names.items()}
    known = {"coco": set(COCO_NAMES)} | {n: set(v.values()) for n, v in set_names.items()}
    classes = []
    for position, body in enumerate(raw["classes"]):
        where = f"{path.name}: class {body.get('name', position)!r}"
        for field in ("id", "name", "zh", "counts", "not", "boxing", "also"):
            if body.get(field) in (None, ""):
                raise TaxonomyError(f"{where}: field {field!r} is missing")
        if body["id"] != position:
            raise TaxonomyError(
                f"{where}: id is {body['id']}, but its place in the list is {position}"
            )
        for set_name, labels in body["also"].items():
            for label in labels:
                if label not in known.get(set_name, set()):
                    raise TaxonomyError(
                        f"{where}: also.{set_name}: that set has no label {label!r}"
                    )
        classes.append(
            TaxonomyClass(
                id=position,
                name=str(body["name"]),
                zh=str(body["zh"]),
                counts=str(body["counts"]),
                excludes=str(body["not"]),
                boxing=str(body["boxing"]),
                also={k: tuple(v) for k, v in body["also"].items()},
            )
        )
    if len({c.name for c in classes}) != len(classes):
        raise TaxonomyError(f"{path.name}: two classes share a name")
    return Taxonomy(classes=tuple(classes), set_names=set_names, rules=dict(raw["rules"]))
