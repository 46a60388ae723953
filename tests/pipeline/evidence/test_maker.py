"""Evidence as a whole: chosen, hidden, named by content, and the original under lock."""

import hashlib
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.detectors import open_detector
from pipeline.evidence import MAX_LONG_SIDE_PX, EvidenceMaker, LockedFolder, Privacy
from pipeline.types import Detections, Frame, HazardEvent, HazardKind, Phase, SubjectBox

NOW = datetime(2026, 1, 5, 2, 11, 9, tzinfo=UTC)
ZONE = ((0.1, 0.3), (0.9, 0.3), (0.9, 0.95), (0.1, 0.95))
BOX = (0.25, 0.4, 0.5, 0.8)
CLASSES = ("person", "car")

Image = NDArray[np.uint8]


def texture(width: int = 640, height: int = 360, seed: int = 1) -> Image:
    noise = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    smooth = cv2.GaussianBlur(noise, (9, 9), 0).astype(np.float32)
    return np.clip((smooth - 127) * 4 + 127, 0, 255).astype(np.uint8)


def frame(image: Image, second: float = 1.0) -> Frame:
    return Frame(
        camera_id="lane-1",
        index=int(second),
        captured_at=NOW + timedelta(seconds=second),
        media_time_s=second,
        image=image,
    )


def boxes(*found: tuple[int, tuple[float, float, float, float]]) -> Detections:
    scale = np.array([640, 360, 640, 360])
    return Detections(
        xyxy=np.array([np.array(box) * scale for _, box in found], np.float32).reshape(-1, 4),
        confidence=np.full(len(found), 0.8, np.float32),
        class_id=np.array([class_id for class_id, _ in found], np.int64),
    )


def event(*subjects: tuple[float, float, float, float], phase: Phase = Phase.START) -> HazardEvent:
    return HazardEvent(
        kind=HazardKind.FIRE_LANE_BLOCKED,
        phase=phase,
        site="demo",
        camera_id="lane-1",
        zone_id="lane",
        incident_key="k",
        sequence=1,
        occurred_at=NOW + timedelta(seconds=60),
        first_seen=NOW + timedelta(seconds=40),
        last_seen=NOW + timedelta(seconds=60),
        raised_at=NOW + timedelta(seconds=60),
        media_time_s=60.0,
        confidence=0.9,
        subjects=tuple(SubjectBox(class_name="car", confidence=0.9, xyxy_norm=s) for s in subjects),
    )


def maker(**more: object) -> EvidenceMaker:
    return EvidenceMaker(zones={"lane": ZONE}, classes=CLASSES, **more)  # type: ignore[arg-type]


def read(pictures: dict[str, bytes], made: HazardEvent, role: str) -> Image:
    digest = next(ref.sha256 for ref in made.evidence if ref.role == role)
    return np.asarray(cv2.imdecode(np.frombuffer(pictures[digest], np.uint8), 1), np.uint8)


def apart(first: Image, second: Image, box: Sequence[float]) -> float:
    height, width = first.shape[:2]
    left, top, right, bottom = (int(p * s) for p, s in zip(box, (width, height) * 2, strict=True))
    window = (slice(top, bottom), slice(left, right))
    return float(np.abs(first[window].astype(int) - second[window]).mean())


def test_pictures_are_named_by_their_bytes_and_no_larger_than_they_may_be() -> None:
    made = maker()
    made.see(frame(texture(2400, 1200)), Detections.empty(), is_quiet=False)
    documented, pictures = made.document(event(BOX))
    assert [ref.role for ref in documented.evidence] == ["snapshot", "clean"]
    for ref in documented.evidence:
        content = pictures[ref.sha256]
        assert hashlib.sha256(content).hexdigest() == ref.sha256
        assert (ref.size_bytes, ref.media_type) == (len(content), "image/jpeg")
        assert max(cv2.imdecode(np.frombuffer(content, np.uint8), 1).shape) <= MAX_LONG_SIDE_PX


def test_the_original_is_kept_under_lock_and_named_by_what_was_made_of_it(tmp_path: Path) -> None:
    locked = LockedFolder(tmp_path / "locked", keep_days=30)
    made = maker(keep_original=locked.write)
    image = texture()
    made.see(frame(image), boxes((0, (0.4, 0.2, 0.5, 0.8))), is_quiet=False)
    documented, pictures = made.document(event(BOX))
    (kept,) = locked.folder.glob("*.jpg")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(locked.folder.stat().st_mode) == 0o700
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    assert kept.stem == digest
    assert digest not in pictures
    for content in pictures.values():
        assert f"original-sha256={digest}".encode() in content[:200]
    original = np.asarray(cv2.imread(str(kept)), np.uint8)
    head = (0.4, 0.2, 0.5, 0.4)
    assert apart(original, image, head) < 12
    assert apart(read(pictures, documented, "clean"), image, head) > 20


def test_no_originals_where_none_are_wanted_and_old_ones_go(tmp_path: Path) -> None:
    never = LockedFolder(tmp_path / "never", keep_days=0)
    never.write("0" * 64, b"x")
    assert not never.folder.exists()
    assert never.clip_path("k") is None
    kept = LockedFolder(tmp_path / "kept", keep_days=1e-9)
    kept.write("0" * 64, b"x")
    assert kept.clean_up() == 1
    assert LockedFolder(tmp_path / "kept", keep_days=1).clean_up() == 0


def test_masks_are_black_in_everything_also_in_the_original(tmp_path: Path) -> None:
    mask = ((0.0, 0.0), (0.3, 0.0), (0.3, 0.3), (0.0, 0.3))
    locked = LockedFolder(tmp_path, keep_days=30)
    made = maker(privacy=Privacy(masks=(mask,)), keep_original=locked.write)
    made.see(frame(texture(), 1), Detections.empty(), is_quiet=True)
    made.see(frame(texture(), 60), Detections.empty(), is_quiet=False)
    documented, pictures = made.document(event(BOX))
    assert [ref.role for ref in documented.evidence] == ["snapshot", "clean", "free"]
    for role in ("snapshot", "clean", "free"):
        assert read(pictures, documented, role)[5:95, 5:180].max() < 30
    (kept,) = tmp_path.glob("*.jpg")
    assert np.asarray(cv2.imread(str(kept)), np.uint8)[5:95, 5:180].max() < 30


def test_blur_can_be_switched_off() -> None:
    made = maker(privacy=Privacy(blur=False))
    image = texture()
    made.see(frame(image), boxes((0, (0.4, 0.2, 0.5, 0.8))), is_quiet=False)
    documented, pictures = made.document(event(BOX))
    assert apart(read(pictures, documented, "clean"), image, (0.4, 0.2, 0.5, 0.4)) < 12


def test_the_sharpest_picture_without_anybody_in_front_is_taken() -> None:
    sharp = texture()
    soft = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 4), np.uint8)
    made = maker()
    made.see(frame(sharp, 57), boxes((1, BOX), (0, (0.3, 0.3, 0.45, 0.9))), is_quiet=False)
    made.see(frame(sharp, 58), boxes((1, BOX)), is_quiet=False)
    made.see(frame(soft, 59), boxes((1, BOX)), is_quiet=False)
    documented, pictures = made.document(event(BOX))
    # Only the picture of second 58 is sharp and free; its vehicle's upper part is not blurred.
    upper = (0.26, 0.41, 0.49, 0.52)
    assert apart(read(pictures, documented, "clean"), sharp, upper) < 14
    assert documented.subjects == event(BOX).subjects


def test_a_picture_on_which_it_stood_elsewhere_is_not_taken() -> None:
    sharp = texture()
    soft = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 4), np.uint8)
    made = maker()
    made.see(frame(sharp, 58), boxes((1, (0.6, 0.4, 0.85, 0.8))), is_quiet=False)
    made.see(frame(soft, 59), boxes((1, BOX)), is_quiet=False)
    documented, pictures = made.document(event(BOX))
    assert apart(read(pictures, documented, "clean"), soft, (0.26, 0.41, 0.49, 0.52)) < 8


def test_the_free_zone_is_from_before_and_only_where_it_was_free() -> None:
    made = maker()
    empty = texture(seed=2)
    made.see(frame(texture(seed=3), 0), boxes((1, BOX)), is_quiet=True)
    made.see(frame(empty, 1), Detections.empty(), is_quiet=True)
    made.see(frame(texture(seed=4), 50), boxes((1, BOX)), is_quiet=True)
    made.see(frame(texture(seed=5), 60), boxes((1, BOX)), is_quiet=False)
    documented, pictures = made.document(event(BOX))
    assert apart(read(pictures, documented, "free"), empty, (0, 0, 1, 1)) < 12
    later, _ = made.document(event(BOX, phase=Phase.UPDATE))
    assert "free" not in [ref.role for ref in later.evidence]
    early = replace(event(BOX), first_seen=NOW)
    assert "free" not in [ref.role for ref in made.document(early)[0].evidence]


def test_heads_in_real_pictures_are_under_the_mosaic(shared_data: Path) -> None:
    """Against boxes of people that were drawn by hand: is the top of each covered?"""
    folder = shared_data / "lift_ebike"
    detector = open_detector(confidence=0.2)
    covered = people = 0
    for label in sorted(folder.glob("train/labels/*.txt")):
        found = list((label.parent.parent / "images").glob(f"{label.stem}.*"))
        image = np.asarray(cv2.imread(str(found[0])), np.uint8)
        height, width = image.shape[:2]
        (seen,) = detector.detect([image])
        hidden = Privacy().hidden(image, seen, detector.classes)
        changed = np.any(hidden != image, axis=2)
        for line in label.read_text().splitlines():
            class_id, x, y, w, h = map(float, line.split()[:5])
            if class_id != 1 or h * height < 40:
                continue
            people += 1
            top = (y - h / 2) * height
            head = changed[
                int(top + 0.03 * h * height) : int(top + 0.15 * h * height),
                int((x - 0.15 * w) * width) : int((x + 0.15 * w) * width),
            ]
            covered += bool(head.size and head.mean() > 0.8)
    assert people >= 5
    assert covered / people >= 0.6
