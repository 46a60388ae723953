"""Reads PKLot-like sequences: parking spaces as XML contours with an occupied flag, car masks.

A space is where a car may stand, not the car: where there is a mask, the box is what the mask
shows in and just around an occupied space; without one it is the space's own outline. A mask's
value 2 is a car outside every space. Everything read here is test data.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
from set_readers import Box, DataError, Sample, SetSpec
from taxonomy import Taxonomy

__all__ = ["OCCUPIED", "OUTSIDE", "read_parking", "read_spaces"]

OCCUPIED, OUTSIDE = 0, 1  # the set's ids, as taxonomy.yaml names them
MARGIN = 0.2  # of a space's size: a car stands over its lines
LEAST_PX = 40  # a mask part below this many pixels is a speck


def read_spaces(path: Path) -> list[tuple[bool, np.ndarray]]:
    """Return (occupied, contour (n, 2) in pixels) of every space; DataError names what is wrong."""
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  (our own collected files)
    except ElementTree.ParseError as error:
        raise DataError(f"{path.name}: expected XML of parking spaces, found {error}") from error
    spaces = []
    for space in root.iter("space"):
        flag = space.get("occupied")
        if flag not in ("0", "1"):
            raise DataError(
                f"{path.name}: space {space.get('id')}: expected occupied 0 or 1, found {flag!r}"
            )
        points = [
            (float(p.get("x", "nan")), float(p.get("y", "nan")))
            for p in (*space.iter("point"), *space.iter("Point"))
        ]
        if len(points) < 3 or np.isnan(points).any():
            raise DataError(
                f"{path.name}: space {space.get('id')}: expected three points or more"
                f" with x and y, found {points}"
            )
        spaces.append((flag == "1", np.asarray(points)))
    return spaces


def read_parking(root: Path, spec: SetSpec, taxonomy: Taxonomy) -> Iterator[Sample]:
    """Yield frames of every sequence and the empty lots, in name order; all of them test data."""
    mapping = taxonomy.mapping(spec.name)
    folder = root / spec.name
    for frame in sorted(folder.glob("sequence*/frames/*")):
        spaces = read_spaces(frame.parent.parent / "bounding_boxes" / f"{frame.stem}.xml")
        masked = frame.parent.parent / "masks" / f"{frame.stem}.png"
        mask = cv2.imread(str(masked), cv2.IMREAD_GRAYSCALE) if masked.exists() else None
        height, width = cv2.imread(str(frame), cv2.IMREAD_COLOR).shape[:2]
        found = [
            (OCCUPIED, box)
            for occupied, contour in spaces
            if occupied and (box := _car_of(contour, mask, (width, height))) is not None
        ]
        if mask is not None:
            count, _, stats, _ = cv2.connectedComponentsWithStats((mask == 2).astype(np.uint8))
            found += [
                (OUTSIDE, (s[0], s[1], s[0] + s[2], s[1] + s[3]))
                for s in stats[1:count]
                if s[cv2.CC_STAT_AREA] >= LEAST_PX
            ]
        yield Sample(
            set_name=spec.name,
            image=frame,
            camera=f"{spec.name}/{frame.parent.parent.name}",
            boxes=tuple(_norm(mapping.get(name), box, width, height) for name, box in found),
            eval_only=True,
        )
    for frame in sorted((folder / "empty_lot_backgrounds").glob("*.jpg")):
        yield Sample(
            set_name=spec.name, image=frame, camera=f"{spec.name}/empty", boxes=(), eval_only=True
        )


def _car_of(
    contour: np.ndarray, mask: np.ndarray | None, size: tuple[int, int]
) -> tuple[float, float, float, float] | None:
    (x0, y0), (x1, y1) = contour.min(0), contour.max(0)
    outline = (max(0, x0), max(0, y0), min(size[0], x1), min(size[1], y1))
    if mask is None:
        return outline
    around = np.zeros(mask.shape, np.uint8)
    middle = contour.mean(0)
    wide = middle + (contour - middle) * (1 + 2 * MARGIN)
    cv2.fillPoly(around, [np.round(wide).astype(np.int32)], 1)
    ys, xs = np.nonzero((mask > 0) & (around > 0))
    if len(xs) < LEAST_PX:
        return outline  # the mask shows no car where the flag says one is
    return float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)


def _norm(
    class_id: int | None, box: tuple[float, float, float, float], width: int, height: int
) -> Box:
    x0, y0, x1, y1 = (float(v) for v in box)
    return Box(
        class_id=class_id,
        xywh_norm=(
            (x0 + x1) / 2 / width,
            (y0 + y1) / 2 / height,
            (x1 - x0) / width,
            (y1 - y0) / height,
        ),
        origin="hand",
    )
