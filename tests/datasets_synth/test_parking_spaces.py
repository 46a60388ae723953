"""The reader of parking sequences: contours, flags, masks, broken XML."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
SHARED = DATASETS.parents[1] / "shared" / "data"


@pytest.fixture
def parking(monkeypatch: pytest.MonkeyPatch) -> Any:
    """datasets/parking_spaces.py, whose neighbours are imported by plain name."""
    monkeypatch.syspath_prepend(str(DATASETS))
    return importlib.import_module("parking_spaces")


def _spec(parking: Any) -> Any:
    return sys.modules["set_readers"].SETS["parking_cctv"]


def _sequence(folder: Path, spaces: str, mask: np.ndarray | None = None) -> None:
    for part in ("frames", "bounding_boxes", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "frames" / "a.jpg"), np.full((100, 200, 3), 90, np.uint8))
    (folder / "bounding_boxes" / "a.xml").write_text(f"<parking id='p'>{spaces}</parking>")
    if mask is not None:
        cv2.imwrite(str(folder / "masks" / "a.png"), mask)


def _space(number: int, occupied: str, box: tuple[int, int, int, int]) -> str:
    x0, y0, x1, y1 = box
    points = "".join(
        f"<point x='{x}' y='{y}'/>" for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    )
    return f"<space id='{number}' occupied='{occupied}'><contour>{points}</contour></space>"


def test_occupied_spaces_become_cars_and_masks_trim_them(parking: Any, tmp_path: Path) -> None:
    taxonomy = importlib.import_module("taxonomy").load_taxonomy()
    two = _space(1, "1", (20, 20, 60, 60)) + _space(2, "0", (100, 20, 140, 60))
    _sequence(tmp_path / "parking_cctv" / "sequence0", two)
    mask = np.zeros((100, 200), np.uint8)
    mask[30:62, 24:56] = 1
    mask[70:90, 150:190] = 2
    _sequence(tmp_path / "parking_cctv" / "sequence1", two, mask)
    plain, trimmed = parking.read_parking(tmp_path, _spec(parking), taxonomy)
    car = taxonomy.names.index("car")
    assert [b.class_id for b in plain.boxes] == [car]
    assert plain.boxes[0].xywh_norm == pytest.approx((0.2, 0.4, 0.2, 0.4))
    assert [b.class_id for b in trimmed.boxes] == [car, car]
    assert trimmed.boxes[0].xywh_norm == pytest.approx((0.2, 0.46, 0.16, 0.32))
    assert trimmed.boxes[1].xywh_norm == pytest.approx((0.85, 0.8, 0.2, 0.2))
    assert plain.eval_only
    assert plain.camera != trimmed.camera


@pytest.mark.parametrize(
    ("spaces", "message"),
    [
        ("<space id='7' occupied='yes'/>", "space 7: expected occupied 0 or 1, found 'yes'"),
        ("<space id='7' occupied='1'/>", "space 7: expected three points or more"),
        ("<space", "expected XML of parking spaces"),
    ],
)
def test_broken_file_is_named_with_what_is_wrong(
    parking: Any, tmp_path: Path, spaces: str, message: str
) -> None:
    _sequence(tmp_path / "parking_cctv" / "sequence0", spaces)
    taxonomy = importlib.import_module("taxonomy").load_taxonomy()
    with pytest.raises(sys.modules["set_readers"].DataError, match=message):
        list(parking.read_parking(tmp_path, _spec(parking), taxonomy))


@pytest.mark.skipif(not (SHARED / "parking_cctv").exists(), reason="shared data is absent")
def test_the_collected_sequences_are_read_whole(parking: Any) -> None:
    taxonomy = importlib.import_module("taxonomy").load_taxonomy()
    samples = list(parking.read_parking(SHARED, _spec(parking), taxonomy))
    assert sum(s.camera.endswith("/empty") for s in samples) == 14
    assert len({s.camera for s in samples}) == 5
    assert all(s.eval_only for s in samples)
    assert sum(len(s.boxes) for s in samples) >= 99
    for sample in samples:
        for box in sample.boxes:
            x, y, w, h = box.xywh_norm
            assert 0 < w < 0.5
            assert 0 < h < 0.5
            assert x - w / 2 >= -0.001
            assert y + h / 2 <= 1.001
