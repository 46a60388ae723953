"""Evidence: what is drawn, what is left alone, and that bytes and names agree."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.evidence import (
    MAX_LONG_SIDE_PX,
    annotate,
    annotate_detections,
    encode_jpeg,
    fonts,
)
from pipeline.types import Detections, Frame, HazardEvent, HazardKind, Phase, SubjectBox

NOW = datetime(2026, 1, 5, 2, 11, 9, 200_000, tzinfo=UTC)
ZONE = ((0.1, 0.3), (0.9, 0.3), (0.9, 0.95), (0.1, 0.95))
BOX = (0.25, 0.4, 0.5, 0.8)


def make_frame(image: NDArray[np.uint8]) -> Frame:
    return Frame(camera_id="lane-1", index=0, captured_at=NOW, media_time_s=1.0, image=image)


def make_event(
    *boxes: tuple[float, float, float, float],
    kind: HazardKind = HazardKind.FIRE_LANE_BLOCKED,
    camera_id: str = "lane-1",
) -> HazardEvent:
    return HazardEvent(
        kind=kind,
        phase=Phase.START,
        site="demo",
        camera_id=camera_id,
        zone_id="lane",
        incident_key="k",
        sequence=1,
        occurred_at=NOW,
        first_seen=NOW,
        last_seen=NOW,
        raised_at=NOW,
        media_time_s=1.0,
        confidence=0.9,
        measures={"dwell_s": 10.1},
        subjects=tuple(
            SubjectBox(class_name="car", confidence=0.91, xyxy_norm=box) for box in boxes
        ),
    )


def grey(width: int, height: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), 90, np.uint8)


@pytest.fixture
def without_chinese_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def forget() -> None:
        fonts._find_chinese_font.cache_clear()
        fonts.caption_font.cache_clear()

    forget()
    monkeypatch.setattr(fonts, "_CHINESE_FONTS", ())
    yield
    forget()


def test_zone_is_tinted_outlined_and_the_rest_is_as_the_camera_saw_it() -> None:
    picture = annotate(make_frame(grey(800, 600)), make_event(), ZONE)
    assert picture[100, 400].tolist() == [90, 90, 90]
    inside = picture[400, 400].astype(int)
    assert inside[2] > 90 > inside[0], "a faint amber tint"
    assert abs(inside - 90).max() < 40, "faint: what lies below stays readable"
    edge = picture[180, 400].astype(int)
    assert edge[2] > 200
    assert edge[0] < 60


def test_boxes_stand_where_the_subjects_are() -> None:
    picture = annotate(make_frame(grey(800, 600)), make_event(BOX), ())
    red = (picture[:600, :, 2] > 200) & (picture[:600, :, 0] < 100)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert abs(columns.min() - 200) <= 2
    assert abs(columns.max() - 400) <= 2
    assert abs(rows.max() - 480) <= 2
    # The name stands above the box: a chip of at most 30 px.
    assert 210 <= rows.min() <= 240
    assert not red[300:400, 250:350].any(), "the subject itself is not covered"


def test_the_picture_of_an_end_frames_no_empty_ground() -> None:
    ended = replace(make_event(BOX), phase=Phase.END, reason="clear")
    picture = annotate(make_frame(grey(800, 600)), ended, ())
    assert (picture[:600] == 90).all()


def test_the_caption_lies_below_the_picture() -> None:
    image = grey(800, 600)
    picture = annotate(make_frame(image), make_event(), ())
    assert picture.shape[1] == 800
    assert 30 <= picture.shape[0] - 600 <= 80
    np.testing.assert_array_equal(picture[:600], image)
    bar = picture[600:]
    assert bar.max() > 200, "there is text in it"


def test_the_caption_says_what_where_and_when() -> None:
    def caption(event: HazardEvent) -> NDArray[np.uint8]:
        return annotate(make_frame(grey(800, 600)), event, ())[600:]

    first = caption(make_event())
    assert not np.array_equal(first, caption(make_event(kind=HazardKind.EXIT_BLOCKED)))
    assert not np.array_equal(first, caption(make_event(camera_id="lane-2")))
    np.testing.assert_array_equal(first, caption(make_event()))


@pytest.mark.usefixtures("without_chinese_font")
def test_no_chinese_font_is_needed() -> None:
    font = fonts.caption_font(16)
    assert not font.has_chinese
    assert font.fit("北门 lane-1\n", 500) == "?? lane-1 "
    picture = annotate(make_frame(grey(320, 240)), make_event(BOX, camera_id="北门"), ZONE)
    assert picture[245:].max() > 200


def test_text_that_is_too_long_is_cut() -> None:
    font = fonts.caption_font(16)
    cut = font.fit("camera " * 50, 200)
    assert cut.endswith("...")
    assert font.width(cut) <= 200


def test_the_frame_is_left_as_it_was() -> None:
    image = grey(400, 300)
    image.flags.writeable = False
    annotate(make_frame(image), make_event(BOX), ZONE)
    assert (image == 90).all()


@settings(max_examples=40, deadline=None)
@given(width=st.integers(1, 5000), height=st.integers(1, 5000))
def test_any_size_fits_into_the_limit(width: int, height: int) -> None:
    event = make_event(BOX, (0.0, 0.0, 1.0, 1.0))
    picture = annotate(make_frame(grey(width, height)), event, ZONE)
    assert max(picture.shape) <= MAX_LONG_SIDE_PX
    assert picture.dtype == np.uint8


def test_lines_are_as_wide_as_the_picture_needs() -> None:
    def width_of_line(width: int, height: int) -> int:
        picture = annotate(make_frame(grey(width, height)), make_event(BOX), ())
        row = picture[round(height * 0.6), : width // 3]
        return int(((row[:, 2] > 200) & (row[:, 0] < 100)).sum())

    assert width_of_line(160, 120) <= 3
    assert width_of_line(1920, 1080) >= 4


@pytest.mark.parametrize("box", [(-0.2, -0.1, 1.3, 1.2), (0.5, 0.5, 0.5, 0.5), (0, 0, 1, 0.001)])
def test_odd_boxes_do_no_harm(box: tuple[float, float, float, float]) -> None:
    picture = annotate(make_frame(grey(200, 100)), make_event(box), ((0, 0), (1, 1)))
    assert picture.shape[1] == 200


def test_jpeg_can_be_read_back(wheel_photos: dict[str, Path]) -> None:
    image = cv2.imread(str(wheel_photos["bus"]))
    content = encode_jpeg(image)
    assert content[:2] == b"\xff\xd8"
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(decoded.astype(int) - image).mean() < 4
    assert len(encode_jpeg(image, quality=40)) < len(content)


@pytest.mark.parametrize(
    ("image", "quality", "words"),
    [
        (np.zeros((4, 4), np.uint8), 88, r"expected \(H, W, 3\) uint8 BGR, got \(4, 4\)"),
        (np.zeros((0, 4, 3), np.uint8), 88, "got \\(0, 4, 3\\)"),
        (np.zeros((4, 4, 3), np.float32), 88, "float32"),
        (np.zeros((4, 4, 3), np.uint8), 0, "quality: expected 1 to 100, got 0"),
        (np.zeros((1, 70_000, 3), np.uint8), 88, "at most 65500 px a side"),
    ],
)
def test_what_cannot_be_a_jpeg_is_refused(image: np.ndarray, quality: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        encode_jpeg(image, quality)


def test_a_detectors_boxes_on_a_photo() -> None:
    found = Detections(
        xyxy=np.array([[200, 240, 400, 480]], np.float32),
        confidence=np.array([0.9], np.float32),
        class_id=np.array([1]),
    )
    picture = annotate_detections(grey(800, 600), found, ("person", "car"))
    assert picture.shape == (600, 800, 3)
    assert picture[400, 200].tolist() == [48, 48, 230]
    np.testing.assert_array_equal(
        annotate_detections(grey(80, 60), Detections.empty(), ()), grey(80, 60)
    )
