"""Reads each set of the shared data folder into samples of our taxonomy.

A sample knows where it comes from, under which licence, and which of our classes its set labels
by hand. What a set does not label is filled by pseudo_labels.py; what is here is never invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from taxonomy import Taxonomy

__all__ = ["SETS", "Box", "DataError", "Sample", "SetSpec", "read_set", "read_yolo_labels"]


class DataError(ValueError):
    """A label file cannot be read; the message names file, line, what was expected and found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One labelled thing: `xywh_norm` is centre x, centre y, width, height in 0..1 of the picture.

    `class_id` is None for a hand label that has no class of ours; it still keeps pseudo-labels
    away. `origin` is "hand" or "pseudo".
    """

    class_id: int | None
    xywh_norm: tuple[float, float, float, float]
    origin: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One picture with its labels; `camera` groups what must not be spread over two splits."""

    set_name: str
    image: Path
    camera: str
    boxes: tuple[Box, ...] = ()
    eval_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSpec:
    """What is known of a set. `hand_complete` classes are never added by pseudo-labels."""

    name: str
    origin: str
    licence: str
    hand_complete: tuple[str, ...] = ()
    parts: dict[str, str] = field(default_factory=lambda: {"images": "labels"})
    camera_of: Callable[[Path], str] = lambda image: image.stem
    # Pictures whose scenes repeat from changing viewpoints or turned by an augmentation.
    match_features: bool = False
    # Every camera is one group, although cameras of one building look alike.
    whole_cameras: bool = False
    # Most pictures that a split takes, {"train": 350}; the rest stays unused.
    at_most: dict[str, int] = field(default_factory=dict)
    # "yolo" for pictures with YOLO text, "parking" for spaces as XML (parking_spaces.py).
    form: str = "yolo"


GATE_SIZE_PX = (472, 303)


def _riders_camera(image: Path) -> str:
    # One parking-gate camera gave 402 pictures of this size; no other picture has it.
    with Image.open(image) as opened:
        return "gate" if opened.size == GATE_SIZE_PX else image.stem


SETS: dict[str, SetSpec] = {
    spec.name: spec
    for spec in (
        SetSpec(
            name="lift_ebike",
            origin="github.com/EtoilesHa/ebike-detect-via-YOLO@115f0b8",
            licence="repository GPL-3.0; pictures are third-party news and CCTV stills",
            hand_complete=("ebike", "bicycle", "person"),
            parts={"train/images": "train/labels", "eval-only/images": "eval-only/labels"},
        ),
        SetSpec(
            name="two_wheeler_riders",
            origin="github.com/pavan050505/AI-Helmet-Detection-System@1b83310",
            licence="CC BY 4.0",
            parts={"images": ""},  # its own labels are machine-made without scores: made anew here
            camera_of=_riders_camera,
            at_most={"train": 700, "val": 70, "test": 70},
        ),
        SetSpec(
            name="street_bike_car",
            origin="github.com/nervewastaken/VehicleDetection@666782b",
            licence="CC BY 4.0",
            match_features=True,
        ),
        SetSpec(
            name="wheelchair",
            origin="github.com/lexra/wheelchair@338cb4b",
            licence="not stated",
            hand_complete=("wheelchair", "bicycle", "ebike"),
            at_most={"train": 350, "val": 60, "test": 120},
        ),
        SetSpec(
            name="kick_scooter",
            origin="github.com/jerryshen0523/campus-scooter-detection@d09be18",
            licence="MIT",
            hand_complete=("bicycle", "ebike"),
        ),
        SetSpec(
            name="indoor_furniture",
            origin="github.com/TAUscience/indoor-objects-detection@085673d",
            licence="repository GPL-3.0",
        ),
        SetSpec(
            name="corridor_clean",
            origin="github.com/wangyu0423/Multi-Floor-Dataset@4d6c330",
            licence="not stated",
            hand_complete=(
                "bicycle",
                "ebike",
                "furniture",
                "bundle",
                "luggage",
                "car",
                "bus",
                "truck",
            ),
            parts={"images": ""},
            camera_of=lambda image: image.stem.split("_")[0],
            whole_cameras=True,
            at_most={"train": 90, "val": 0, "test": 70},
        ),
        SetSpec(
            name="parking_cctv",
            origin="github.com/CrocoPops/ParkingLotDetection@a063440 (PKLot)",
            licence="CC BY 4.0",
            hand_complete=("car",),
            form="parking",
        ),
    )
}


def read_yolo_labels(path: Path) -> list[tuple[int, tuple[float, float, float, float]]]:
    """Return (class id, xywh_norm) rows of a YOLO file, boxes or outlines.

    Raises DataError naming the bad line.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        try:
            values = [float(word) for word in words]
        except ValueError as error:
            raise DataError(f"{path.name}:{number}: expected numbers, found {line!r}") from error
        if (
            len(values) < 5
            or len(values) % 2 == 0
            or len(values) == 7
            or values[0] != int(values[0])
        ):
            raise DataError(
                f"{path.name}:{number}: expected 'class x y w h' or an outline "
                f"'class x1 y1 x2 y2 x3 y3 ...', found {line!r}"
            )
        xywh = (values[1], values[2], values[3], values[4])
        if len(values) > 5:  # an outline: its box
            xs, ys = values[1::2], values[2::2]
            xywh = (
                (min(xs) + max(xs)) / 2,
                (min(ys) + max(ys)) / 2,
                max(xs) - min(xs),
                max(ys) - min(ys),
            )
        rows.append((int(values[0]), xywh))
    return rows


def read_set(root: Path, spec: SetSpec, taxonomy: Taxonomy) -> Iterator[Sample]:
    """Yield the samples of one set under `root`, in name order; raises DataError for bad labels."""
    if spec.form == "parking":
        from parking_spaces import read_parking  # it needs the types above

        yield from read_parking(root, spec, taxonomy)
        return
    mapping = taxonomy.mapping(spec.name)
    for image_part, label_part in spec.parts.items():
        for image in sorted((root / spec.name / image_part).glob("*")):
            if image.suffix.lower() not in {".jpg", ".jpeg", ".png"}:
                continue
            boxes: list[Box] = []
            label = root / spec.name / label_part / f"{image.stem}.txt"
            if label_part and label.exists():
                boxes = [
                    Box(class_id=mapping.get(class_id), xywh_norm=_clip(xywh), origin="hand")
                    for class_id, xywh in read_yolo_labels(label)
                ]
            yield Sample(
                set_name=spec.name,
                image=image,
                camera=f"{spec.name}/{spec.camera_of(image)}",
                boxes=tuple(b for b in boxes if b.xywh_norm[2] > 0 and b.xywh_norm[3] > 0),
                eval_only="eval-only" in image_part,
            )


def _clip(xywh: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x, y, w, h = xywh
    x0, x1 = max(0.0, x - w / 2), min(1.0, x + w / 2)
    y0, y1 = max(0.0, y - h / 2), min(1.0, y + h / 2)
    return ((x0 + x1) / 2, (y0 + y1) / 2, max(0.0, x1 - x0), max(0.0, y1 - y0))
