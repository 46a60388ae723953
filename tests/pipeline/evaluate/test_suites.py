"""Suites as files: what is read, what is refused, and the demo's clips from end to end."""

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.detectors import FakeBox, FakeDetector
from pipeline.errors import ConfigError
from pipeline.evaluate import EventReport, evaluate_suite, load_suite
from pipeline.evaluate.detections import KeptDetections

POLYGON = [[0.1, 0.3], [0.9, 0.3], [0.9, 0.9]]


def clip(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "file": "a.mp4",
        "place": "fire_lane",
        "camera": "lane-1",
        "duration_s": 30,
        "zones": [{"id": "lane", "kind": "fire_lane", "polygon": POLYGON}],
        "events": [{"kind": "fire_lane_blocked", "zone": "lane", "begins_s": 3}],
    }
    return values | changes


def write(folder: Path, *clips: dict[str, Any]) -> Path:
    (folder / "events.json").write_text(json.dumps({"clips": list(clips)}), "utf-8")
    return folder


def test_a_suite_is_read_with_the_patience_of_a_clip(tmp_path: Path) -> None:
    suite, index = load_suite(write(tmp_path, clip()))
    assert (suite.suite, suite.folder(index)) == (tmp_path.name, tmp_path)
    (lane,) = suite.clips[0].zones
    assert (lane.raise_after_s, lane.clear_after_s) == (8.0, 4.0)
    assert suite.clips[0].to_camera(tmp_path / "a.mp4").effective_sample_fps == 1.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zones": []}, "clips.0.zones"),
        ({"duration_s": 0}, "clips.0.duration_s"),
        (
            {"events": [{"kind": "fire_lane_blocked", "zone": "road", "begins_s": 3}]},
            "expected a zone of this clip (lane), found 'road'",
        ),
        (
            {"events": [{"kind": "fire_lane_blocked", "zone": "lane", "begins_s": 3, "ends_s": 2}]},
            "contradictory times: expected ends_s after begins_s 3, found 2",
        ),
        (
            {"zones": [{"id": "lane", "kind": "fire_lane", "polygon": [[0, 0], [0.01, 0]]}]},
            "too few corner points",
        ),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_suite(write(tmp_path, clip(**changes)))
    assert message in str(caught.value)


def test_a_clips_clean_picture_stands_for_a_reviewed_reference(
    tmp_path: Path, repo_root: Path
) -> None:
    """A detector that knows nothing at all: only the comparison can find the cartons."""
    shutil.copy(repo_root / "datasets/clips/corridor.mp4", tmp_path / "a.mp4")
    video = cv2.VideoCapture(str(tmp_path / "a.mp4"))
    cv2.imwrite(str(tmp_path / "clean.png"), video.read()[1])
    floor = [[0.35, 0.15], [0.5, 0.15], [0.95, 1.0], [0.33, 1.0]]
    one = clip(
        place="corridor",
        zones=[{"id": "floor", "kind": "corridor", "polygon": floor}],
        events=[{"kind": "corridor_clutter", "zone": "floor", "begins_s": 8}],
        reference={"day": "clean.png"},
    )

    def play() -> EventReport:
        suite, index = load_suite(write(tmp_path, one))
        detector = FakeDetector(lambda _, __: [], classes=("person", "carton"))
        return evaluate_suite(suite, folder=suite.folder(index), detector=detector)

    assert play().to_json()["found"] == 1
    one["reference"] = {"infrared": "clean.png"}
    assert "as the suite says, found one in day light" in play().failures[0][1]
    one["reference"] = {"day": "lost.png"}
    assert "expected a picture of the clean place" in play().failures[0][1]


def test_no_suite_and_no_such_clip_are_usage_errors(tmp_path: Path, repo_root: Path) -> None:
    with pytest.raises(ConfigError, match=r"found none of them"):
        load_suite(tmp_path)
    arguments = ["evaluate", "events", "--suite", str(repo_root / "datasets/clips")]
    result = CliRunner().invoke(app, [*arguments, "--only", "balcony"])
    assert isinstance(result.exception, ConfigError)


def test_the_corridor_clip_is_judged_right_and_a_missing_clip_is_listed(
    tmp_path: Path, repo_root: Path
) -> None:
    clips = repo_root / "datasets" / "clips"
    listed = json.loads((clips / "events.json").read_text("utf-8"))["clips"]
    corridor = next(each for each in listed if each["place"] == "corridor")
    shutil.copy(clips / corridor["file"], tmp_path)
    write(tmp_path, corridor, clip(file="lost.mp4"))
    result = CliRunner().invoke(
        app,
        [
            *("evaluate", "events", "--json", "--suite", str(tmp_path)),
            *("--cache", str(tmp_path / "seen"), "--report", str(tmp_path / "out" / "report.json")),
        ],
    )
    assert result.exit_code == 1
    assert "lost.mp4" in result.stderr
    found = json.loads(result.stdout)
    assert (found["precision"], found["recall"], found["f1"]) == (1.0, 1.0, 1.0)
    assert found["beyond_dwell_p95_s"] <= 2.0
    assert [each["clip"] for each in found["failures"]] == ["lost.mp4"]
    assert json.loads((tmp_path / "out" / "report.json").read_text("utf-8")) == found
    assert list((tmp_path / "seen").rglob("*.npy"))


def test_kept_detections_are_those_of_the_very_picture(tmp_path: Path) -> None:
    fake = FakeDetector(
        lambda _, image: [FakeBox(class_name="car", xyxy=(0, 0, 4, float(image[0, 0, 0])))],
        classes=("person", "car"),
    )
    detector = KeptDetections(fake, folder=tmp_path, confidence=0.2)
    low, high = (np.full((8, 8, 3), grey, np.uint8) for grey in (3, 7))
    first = detector.detect([low, high])
    again = detector.detect([high, low])
    assert fake.images_seen == 2
    assert [found.xyxy[0, 3] for found in (*first, *again)] == [3, 7, 7, 3]
    for found, kept in zip(first, reversed(again), strict=True):
        np.testing.assert_array_equal(found.xyxy, kept.xyxy)
        np.testing.assert_array_equal(found.class_id, kept.class_id)
