"""The worst mistakes of a set on one sheet: what was seen and is not there, what was missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.evaluate.boxes import match_class
from pipeline.evaluate.detection import SeenSet
from pipeline.sources.photos import load_photo

__all__ = ["error_sheet"]

_TILE_PX = 192
_COLUMNS = 8
_FALSE, _MISSED = (60, 60, 255), (0, 220, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mistake:
    """A box and how bad it is: the confidence of a false one, 1 for a missed one."""

    image: Path
    xyxy: NDArray[np.float32]
    text: str
    weight: float
    colour: tuple[int, int, int]


def _mistakes(seen: SeenSet, names: Sequence[str], confidence: float) -> list[_Mistake]:
    found = []
    classes = [names.index(n) for n in {*seen.part.classes, *seen.part.free_of}]
    for picture, boxes in zip(seen.pictures, seen.seen, strict=True):
        for class_id in classes:
            match = match_class(picture.truth, boxes, class_id)
            mask = boxes.class_id == class_id
            order = np.argsort(-boxes.confidence[mask], kind="stable")
            for xyxy, sure, right in zip(
                boxes.xyxy[mask][order], match.confidence, match.right, strict=True
            ):
                if not right and sure > confidence:
                    found.append(
                        _Mistake(
                            image=picture.image,
                            xyxy=xyxy,
                            text=f"{names[class_id]} {sure:.2f}?",
                            weight=float(sure),
                            colour=_FALSE,
                        )
                    )
            true = picture.truth.xyxy[picture.truth.class_id == class_id]
            for xyxy, at in zip(true, match.found_at, strict=True):
                if at <= confidence:
                    size = float(np.sqrt(np.prod(xyxy[2:] - xyxy[:2])))
                    found.append(
                        _Mistake(
                            image=picture.image,
                            xyxy=xyxy,
                            text=f"{names[class_id]} missed",
                            weight=size / (size + 100.0),
                            colour=_MISSED,
                        )
                    )
    return sorted(found, key=lambda m: -m.weight)


def error_sheet(
    seen: SeenSet, names: Sequence[str], *, confidence: float, at_most: int = 48
) -> NDArray[np.uint8] | None:
    """Return the sheet ``(H, W, 3)`` uint8 BGR, worst first; None where there is no mistake.

    Red: seen, but not there. Yellow: there, but not seen above ``confidence``. Each tile shows
    the whole picture around the box, scaled down.
    """
    worst = _mistakes(seen, names, confidence)[:at_most]
    if not worst:
        return None
    rows = -(-len(worst) // _COLUMNS)
    sheet = np.full((rows * _TILE_PX, _COLUMNS * _TILE_PX, 3), 40, np.uint8)
    for index, mistake in enumerate(worst):
        image = load_photo(mistake.image).image
        scale = _TILE_PX / max(image.shape[:2])
        tile = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        x0, y0, x1, y1 = (round(float(v) * scale) for v in mistake.xyxy)
        cv2.rectangle(tile, (x0, y0), (x1, y1), mistake.colour, 2)
        cv2.putText(
            tile, mistake.text, (3, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, mistake.colour, 1,
            cv2.LINE_AA,
        )  # fmt: skip
        top, left = (index // _COLUMNS) * _TILE_PX, (index % _COLUMNS) * _TILE_PX
        height, width = tile.shape[:2]
        sheet[top : top + height, left : left + width] = tile[:_TILE_PX, :_TILE_PX]
    return sheet
