"""The event suite: movers exist, every rule and evasion is there, truth follows from geometry."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pipeline.evaluate.suite import load_suite
from pipeline.types import HazardKind

SYNTH = Path(__file__).resolve().parents[2] / "datasets" / "synth"


@pytest.fixture
def synth(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The generator's scripts, which import each other by plain name."""
    monkeypatch.syspath_prepend(str(SYNTH))
    return importlib.import_module


def test_every_track_names_a_mover_of_its_camera_and_stays_on_its_path(synth: Any) -> None:
    scenes = synth("suite_scenes").SCENES
    clips = synth("suite_scripts").CLIPS
    assert len(clips) == len({c.name for c in clips}) >= 60
    for clip in clips:
        for track in clip.tracks:
            mover = scenes[clip.scene].movers[track.mover]
            times = [t for t, _ in track.keys]
            assert times == sorted(times), clip.name
            assert times[-1] <= clip.duration_s, clip.name
            assert all(0 <= u <= 1 for _, u in track.keys), clip.name
            assert len(mover.path) > 1 or len({u for _, u in track.keys}) == 1, clip.name


def test_every_rule_evasion_and_light_has_clips_and_negatives_have_no_events(synth: Any) -> None:
    scenes = synth("suite_scenes").SCENES
    clips = synth("suite_scripts").CLIPS
    kinds = {e.kind for c in clips for e in c.events}
    review_only = {"exit_locked", "fly_wire_charging"}
    assert kinds == {k.value for k in HazardKind} - review_only
    said = {word for c in clips for word in c.conditions}
    for name in ("raincoat", "umbrella", "windshield", "quilt", "backwards", "battery"):
        assert f"evasion:{name}" in said
    assert {"evasion:mirror", "evasion:poster", "evasion:crowd", "occlusion", "crowd"} <= said
    assert {s.mode for s in scenes.values()} == {"day", "night", "infrared"}
    for clip in clips:
        assert bool(clip.events) != ("hard_negative" in clip.conditions), clip.name
    for guard in ("bicycle", "wheelchair", "pram", "trolley", "suitcase", "umbrella"):
        (one,) = [c for c in clips if c.name == f"lift-a-{guard}"]
        assert not one.events


def test_clear_width_is_the_widest_gap_at_the_narrowest_cross_section(synth: Any) -> None:
    clear_width = synth("suite_compose").clear_width
    floor = (0.0, 20.0, -3.0, 3.0)
    car = [[5, 1.2], [9, 1.2], [9, 3.0], [5, 3.0]]
    assert clear_width([], floor) == pytest.approx(6.0)
    assert clear_width([car], floor) == pytest.approx(4.2, abs=0.06)
    other = [[7, -3.0], [11, -3.0], [11, -1.5], [7, -1.5]]
    assert clear_width([car, other], floor) == pytest.approx(2.7, abs=0.06)
    middle = [[12, -1.0], [16, -1.0], [16, 0.5], [12, 0.5]]
    assert clear_width([middle], floor) == pytest.approx(2.5, abs=0.06)
    assert clear_width([[[30, 0], [31, 0], [31, 1]]], floor) == pytest.approx(6.0)


def test_poses_and_presence_follow_the_time_table(synth: Any) -> None:
    compose, scripts = synth("suite_compose"), synth("suite_scripts")
    path = ((0.0, 0.0, 0.0), (2.0, 0.0, 0.0), (2.0, 4.0, 1.0))
    assert compose.pose_at(path, 0.25).tolist() == [1.0, 0.0, 0.0]
    assert compose.pose_at(path, 1.0).tolist() == [2.0, 4.0, 1.0]
    assert compose.pose_at(path[:1], 0.7).tolist() == [0.0, 0.0, 0.0]
    goes = scripts.Track("car", ((2, 0.0), (5, 1.0)))
    assert [compose.shown(goes, t) for t in (1.9, 2.0, 4.9, 5.0)] == [False, True, True, False]
    assert compose.shown(scripts.Track("car", ((2, 0.0), (5, 1.0)), True), 99.0)


def _library(folder: Path, scene: Any, library: Any, feet: dict[str, Any]) -> None:
    """A rendered camera in miniature: a grey plate, and movers that are flat coloured squares."""
    folder.mkdir(parents=True)
    doors = library.DOORS if scene.doors else (1.0,)
    for opened in doors:
        name = f"plate-{scene.version}-{round(opened * 100):03d}.png"
        cv2.imwrite(str(folder / name), np.full((360, 640, 3), 90, np.uint8))
    view = {
        "eye_m": [-1.5, -3.9, 4.6],
        "camera_to_world": np.eye(3).tolist(),
        "fov_deg": 60.0,
        "size_px": [640, 360],
        "fisheye": False,
        "span": "diagonal",
    }
    about = {
        "view": view,
        "hull": [[0.1, 0.3], [0.9, 0.3], [0.9, 0.95], [0.1, 0.95]],
        "ground": {
            "points": [[0.1, 0.9], [0.9, 0.9], [0.7, 0.3], [0.3, 0.3]],
            "width_m": 6.0,
            "length_m": 15.0,
        },
    }
    (folder / "scene.json").write_text(json.dumps(about))
    for name, mover in scene.movers.items():
        for step, pose in enumerate(mover.path):
            stem = folder / f"{name}-{step:02d}-{library._key(scene, name, step)}"
            foot = (np.asarray(feet.get(name, [])) + pose[:2]).tolist() if name in feet else []
            meta = {"foot": foot, "pose": list(pose), "crop": [300, 150, 340, 190]}
            stem.with_suffix(".json").write_text(json.dumps(meta))
            cv2.imwrite(str(stem.with_suffix(".color.png")), np.full((40, 40, 3), 200, np.uint8))
            cv2.imwrite(str(stem.with_suffix(".cover.png")), np.full((40, 40), 255, np.uint8))
            cv2.imwrite(str(stem.with_suffix(".light.png")), np.full((40, 40, 3), 128, np.uint8))


def test_a_composed_camera_is_a_suite_that_the_evaluation_reads(synth: Any, tmp_path: Path) -> None:
    library, compose = synth("suite_library"), synth("suite_compose")
    scene = synth("suite_scenes").SCENES["lane-a"]
    half = [[-2.3, -0.9], [2.3, -0.9], [2.3, 0.9], [-2.3, 0.9]]
    _library(tmp_path / "cache" / "lane-a", scene, library, {"parks": half})
    (parked,) = [c for c in synth("suite_scripts").CLIPS if c.name == "lane-a-parks"]
    entry = compose.truth(library.Library(scene, tmp_path / "cache"), parked)
    (event,) = entry["events"]
    assert event["begins_s"] == 8.0
    assert event["ends_s"] is None
    assert event["clear_width_m"] == pytest.approx(1.4 - 0.9 + 3.0, abs=0.06)
    assert entry["clear_width"][0] == [0.0, 6.0]
    frames = compose.film_frames(library.Library(scene, tmp_path / "cache"), parked, 1)
    first = next(frames)
    assert first.shape == (360, 640, 3)
    assert abs(float(first[160:180, 310:330].mean()) - 90) < 3  # nobody is there yet
    for _ in range(15 * 10):
        last = next(frames)
    assert float(last[165:175, 315:325].mean()) > 150
    (tmp_path / "lane-a-parks.mp4").write_bytes(b"")
    index = {"suite": "rendered@1", "clips": [{"file": "lane-a-parks.mp4"} | entry]}
    (tmp_path / "events.json").write_text(json.dumps(index))
    suite, _ = load_suite(tmp_path)
    assert suite.clips[0].truths[0].kind is HazardKind.FIRE_LANE_BLOCKED
    assert "day" in suite.clips[0].conditions
