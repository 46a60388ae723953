"""Feeds the trainer: every picture anew from another viewpoint and through another camera.

Replaces ultralytics' mosaic and affine augmentation. One warp brings a picture straight from its
file to the square canvas (two or four pictures where a canvas is divided), so a sample costs about
a tenth of the network's pass at the same size.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from camera_look import apply_look
from camera_view import GREY, Picture, bend, cut_off_view, place, random_view
from numpy.typing import NDArray
from paste import CutOut, paste_cut_out
from set_readers import read_yolo_labels
from torch.utils.data import Dataset

__all__ = ["Entry", "Policy", "TrainingPictures", "label_path", "looks_down", "read_picture"]

LONGEST_PX = 640
# What the frame cuts off: two-wheelers and their like where there are any, else people and cars.
CUT_FIRST = ("ebike", "bicycle", "wheelchair", "pram", "tricycle")
CUT_ELSE = ("person", "car", "bus")
# How a picture may be turned: (share turned by any angle, share turned by quarters, slight range).
TURNS: Mapping[str, tuple[float, float, float]] = {
    "any": (0.75, 0.15, 10.0),  # a camera that looks straight down has no upright
    "some": (0.25, 0.10, 12.0),
    "slight": (0.0, 0.0, 7.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the training list. `turn` is a key of TURNS, `paste` the share with cut-outs."""

    image: Path
    turn: str = "slight"
    paste: float = 0.0
    bend: float = 0.0
    cut: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How canvases are laid out: share of divided canvases, of hardly touched looks, the zoom."""

    divided: float = 0.35
    clean: float = 0.2
    zoom: tuple[float, float] = (0.75, 1.5)


def looks_down(card: Path) -> bool:
    """Whether a rendered still's camera looks down by 55 degrees or more (from its card)."""
    if not card.exists():
        return False
    rotation = json.loads(card.read_text(encoding="utf-8"))["camera"]["camera_to_world"]
    return float(rotation[2][2]) > 0.82


def label_path(image: Path) -> Path:
    """Return .../labels/... for .../images/...."""
    parts = list(image.parts)
    parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    return Path(*parts).with_suffix(".txt")


def read_picture(path: Path, *, longest_px: int = LONGEST_PX) -> Picture:
    """Read picture and YOLO labels, the picture at most `longest_px` wide or high."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path}: cannot be read as a picture")
    scale = longest_px / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = image.shape[:2]
    rows = read_yolo_labels(label_path(path))
    xywh = np.array([b for _, b in rows], np.float32).reshape(-1, 4)
    xyxy = np.hstack([xywh[:, :2] - xywh[:, 2:] / 2, xywh[:, :2] + xywh[:, 2:] / 2])
    return Picture(
        image=np.asarray(image, np.uint8),
        xyxy=(xyxy * (width, height, width, height)).astype(np.float32),
        class_id=np.array([c for c, _ in rows], np.int64),
    )


class TrainingPictures(Dataset[dict[str, Any]]):
    """The trainer's data set; `names` are the classes, `cut_outs` what may be pasted.

    Randomness comes from Python's generator of the process that loads, seeded by the trainer.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        names: Sequence[str],
        *,
        size_px: int,
        cut_outs: Sequence[CutOut] = (),
        policy: Policy | None = None,
    ) -> None:
        self.entries = list(entries)
        self.cut_outs = list(cut_outs)
        self.policy = policy or Policy()
        self._size_px = size_px
        self._cut_first = [i for i, n in enumerate(names) if n in CUT_FIRST]
        self._cut_else = [i for i, n in enumerate(names) if n in CUT_ELSE]
        self._kept: dict[Path, Picture] = {}
        self.labels = [{"cls": np.zeros((0, 1)), "bboxes": np.zeros((0, 4))}]  # trainer's plots

    @staticmethod
    def collate_fn(batch: list[dict[str, Any]]) -> dict[str, Any]:
        """Stack pictures, join boxes and number the pictures that they belong to."""
        numbers = [torch.full((len(b["cls"]),), float(n)) for n, b in enumerate(batch)]
        joined = {key: [b[key] for b in batch] for key in batch[0]}
        return joined | {
            "img": torch.stack(joined["img"]),
            "cls": torch.cat(joined["cls"]),
            "bboxes": torch.cat(joined["bboxes"]),
            "batch_idx": torch.cat(numbers),
        }

    def __len__(self) -> int:
        return len(self.entries)

    def _read(self, path: Path) -> Picture:
        if path not in self._kept:
            self._kept[path] = read_picture(path)
        return self._kept[path]

    def __getitem__(self, index: int) -> dict[str, Any]:
        draw = random.Random(random.getrandbits(64))
        canvas, xyxy, class_id = self.compose(index, draw)
        size = self._size_px
        image = apply_look(canvas, draw, clean_share=self.policy.clean)
        middle, span = (xyxy[:, :2] + xyxy[:, 2:]) / 2, xyxy[:, 2:] - xyxy[:, :2]
        return {
            "img": torch.from_numpy(np.ascontiguousarray(image[:, :, ::-1].transpose(2, 0, 1))),
            "cls": torch.from_numpy(class_id.astype(np.float32)[:, None]),
            "bboxes": torch.from_numpy((np.hstack([middle, span]) / size).astype(np.float32)),
            "im_file": str(self.entries[index].image),
            "ori_shape": (size, size),
            "resized_shape": (size, size),
        }

    def compose(
        self, index: int, draw: random.Random
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]:
        """Lay out one canvas: returns it with its boxes (xyxy px) and class ids."""
        size = self._size_px
        canvas = np.full((size, size, 3), GREY, np.uint8)
        frames = [(0, 0, size, size)]
        if draw.random() < self.policy.divided:
            x, y = (round(size * draw.uniform(0.3, 0.7)) for _ in range(2))
            frames = [(0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size)]
            if draw.random() < 0.35:
                frames = [(0, 0, x, size), (x, 0, size, size)]
        boxes, classes = [], []
        for number, frame in enumerate(frames):
            entry = self.entries[index if number == 0 else draw.randrange(len(self.entries))]
            xyxy, class_id = self._fill(entry, frame, canvas, draw)
            boxes.append(xyxy)
            classes.append(class_id)
        return canvas, np.concatenate(boxes), np.concatenate(classes)

    def _fill(
        self,
        entry: Entry,
        frame: tuple[int, int, int, int],
        canvas: NDArray[np.uint8],
        draw: random.Random,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        picture = self._read(entry.image)
        degrees = _turn(entry.turn, draw)
        large = np.min(picture.xyxy[:, 2:] - picture.xyxy[:, :2], axis=1) > 40
        cuttable = np.flatnonzero(large & np.isin(picture.class_id, self._cut_first))
        if not len(cuttable):
            cuttable = np.flatnonzero(large & np.isin(picture.class_id, self._cut_else))
        if len(cuttable) and draw.random() < entry.cut:
            matrix = cut_off_view(picture, int(draw.choice(cuttable)), frame, draw, degrees=degrees)
        else:
            matrix = random_view(picture, frame, draw, degrees=degrees, zoom=self.policy.zoom)
        xyxy, class_id = place(picture, matrix, canvas, frame)
        if self.cut_outs and draw.random() < entry.paste:
            for _ in range(draw.choice([1, 1, 2])):
                xyxy, class_id = paste_cut_out(
                    canvas, frame, xyxy, class_id, cut=draw.choice(self.cut_outs), draw=draw
                )
        if draw.random() < entry.bend:
            x0, y0, x1, y1 = frame
            corner = np.array([x0, y0, x0, y0], np.float32)
            part = Picture(image=canvas[y0:y1, x0:x1].copy(), xyxy=xyxy - corner, class_id=class_id)
            bent = bend(
                part, draw.uniform(0.15, 0.9), (draw.uniform(0.4, 0.6), draw.uniform(0.4, 0.6))
            )
            canvas[y0:y1, x0:x1] = bent.image
            xyxy, class_id = bent.xyxy + corner, bent.class_id
        return xyxy, class_id


def _turn(turning: str, draw: random.Random) -> float:
    free, quarter, slight = TURNS[turning]
    pick = draw.random()
    if pick < free:
        return draw.uniform(-180.0, 180.0)
    base = draw.choice([90.0, 180.0, 270.0]) if pick < free + quarter else 0.0
    return base + draw.uniform(-slight, slight)
