"""Site files that are in order: what is read, filled in and handed on."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from pipeline.config import (
    Camera,
    Problem,
    Site,
    ZoneConfig,
    check_site,
    load_site,
    load_sound_zones,
)
from pipeline.config.reference import reference_page
from pipeline.errors import ConfigError
from pipeline.rules import defaults_for
from pipeline.types import PlaceKind, ZoneKind

CORE = """\
site: demo
incident_api: {url: "http://127.0.0.1:8000", key_env: LIFELANE_API_KEY}
cameras:
  - id: lane-1
    source: clips/lane.mp4        # path, rtsp://, http://, webcam:0
    place: fire_lane
    zones:
      - {id: lane, kind: fire_lane, polygon: [[0.1,0.3],[0.9,0.3],[0.9,0.95],[0.1,0.95]], \
raise_after_s: 10, clear_after_s: 10}
"""
SQUARE = "[[0,0],[1,0],[1,1],[0,1]]"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFELANE_API_KEY", "llk_test")


def _site(folder: Path, text: str) -> Site:
    file = folder / "site.yaml"
    file.write_text(text, "utf-8")
    return load_site(file)


def _check(folder: Path, text: str) -> list[Problem]:
    file = folder / "site.yaml"
    file.write_text(text, "utf-8")
    return check_site(file)


def test_the_core_that_other_peoples_scripts_rely_on(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "lane.mp4").touch()
    assert _check(tmp_path, CORE) == []
    site = _site(tmp_path, CORE)
    assert site.site == "demo"
    assert site.incident_api is not None
    assert site.incident_api.url == "http://127.0.0.1:8000"
    assert site.incident_api.key_env == "LIFELANE_API_KEY"
    (camera,) = site.cameras
    assert camera.place is PlaceKind.FIRE_LANE
    zone = camera.zones[0].to_zone()
    assert (zone.id, zone.kind) == ("lane", ZoneKind.FIRE_LANE)
    assert zone.polygon_norm == ((0.1, 0.3), (0.9, 0.3), (0.9, 0.95), (0.1, 0.95))
    assert (zone.raise_after_s, zone.clear_after_s) == (10.0, 10.0)
    assert zone.update_every_s == defaults_for(ZoneKind.FIRE_LANE).update_every_s
    spec = camera.to_source_spec()
    assert spec.url == str(tmp_path / "clips" / "lane.mp4")
    assert (spec.camera_id, spec.sample_fps, spec.pace, spec.loop) == ("lane-1", 1.0, "live", False)
    assert site.model.detector_options() == {
        "model": "default",
        "backend": "onnx",
        "input_size": None,
        "confidence": None,
        "iou": None,
        "providers": ("CPUExecutionProvider",),
        "threads": None,
    }


def test_the_incident_api_may_be_absent(tmp_path: Path) -> None:
    site = _site(tmp_path, CORE.replace(CORE.splitlines()[1] + "\n", ""))
    assert site.incident_api is None


@pytest.mark.parametrize("kind", list(ZoneKind))
def test_zone_defaults_are_the_rules_own(kind: ZoneKind) -> None:
    config = ZoneConfig.model_validate(
        {"id": "z", "kind": kind.value, "polygon": [[0, 0], [1, 0], [1, 1]]}
    )
    zone, usual = config.to_zone(), defaults_for(kind)
    for name in ("raise_after_s", "clear_after_s", "update_every_s", "k_of_n", "min_confidence"):
        assert getattr(zone, name) == getattr(usual, name)
    assert zone.classes is None


def test_zero_is_a_figure_and_no_default() -> None:
    config = ZoneConfig.model_validate(
        {"id": "z", "kind": "fire_lane", "polygon": [[0, 0], [1, 0], [1, 1]], "raise_after_s": 0}
    )
    assert config.to_zone().raise_after_s == 0


def test_lift_is_an_elevator(tmp_path: Path) -> None:
    site = _site(
        tmp_path,
        "site: a\ncameras: [{id: c, source: webcam:0, place: lift, "
        f"zones: [{{id: z, kind: lift, polygon: {SQUARE}}}]}}]\n",
    )
    camera = site.cameras[0]
    assert camera.place is PlaceKind.ELEVATOR
    assert camera.zones[0].kind is ZoneKind.ELEVATOR
    assert camera.effective_sample_fps == 5.0


@pytest.mark.parametrize("place", list(PlaceKind))
def test_sampling_profile(place: PlaceKind) -> None:
    plain = {"id": "c", "source": "webcam:0", "place": place.value}
    camera = Camera.model_validate(plain)
    assert camera.effective_sample_fps == (5.0 if place is PlaceKind.ELEVATOR else 1.0)
    assert Camera.model_validate({**plain, "sample_fps": 2.5}).effective_sample_fps == 2.5


def test_paths_begin_at_the_site_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    text = CORE.replace("cameras:", "model: {name: weights/own.onnx}\ncameras:")
    (tmp_path / "here" / "site.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path / "there")
    site = load_site(Path("../here/site.yaml"))
    here = tmp_path / "here"
    assert site.cameras[0].source == str(here / "clips" / "lane.mp4")
    assert site.state_dir == here / "lifelane-data" / "demo"
    assert site.state_path == site.state_dir
    assert site.model.detector_options()["model"] == here / "weights" / "own.onnx"


def test_state_dir_may_lie_anywhere(tmp_path: Path) -> None:
    text = f"state_dir: {tmp_path / 'far'}\n{CORE}"
    assert _site(tmp_path, text).state_dir == tmp_path / "far"
    assert _site(tmp_path, f"state_dir: ../near\n{CORE}").state_dir == tmp_path.parent / "near"
    home = Path(os.path.expanduser("~"))  # noqa: PTH111
    assert _site(tmp_path, f"state_dir: ~/near\n{CORE}").state_dir == home / "near"


def test_a_replayed_recording_plays_once_and_fast(tmp_path: Path) -> None:
    camera = _site(tmp_path, CORE.replace("place:", "loop: true\n    place:")).cameras[0]
    assert camera.to_source_spec().loop
    start = datetime(2026, 1, 5, tzinfo=UTC)
    spec = camera.to_source_spec(source="/videos/a.mp4", pace="fast", start_at=start)
    assert (spec.url, spec.pace, spec.loop, spec.start_at) == (
        "/videos/a.mp4",
        "fast",
        False,
        start,
    )


def test_variables_are_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANE_PASSWORD", "p%40ss")
    monkeypatch.setenv("API_HOST", "10.0.0.2")
    text = CORE.replace(
        "clips/lane.mp4", '"rtsp://admin:${LANE_PASSWORD}@cam/live?x=$1&y=$${Z}"'
    ).replace("127.0.0.1", "${API_HOST}")
    site = _site(tmp_path, text)
    camera = site.cameras[0]
    assert camera.source == "rtsp://admin:p%40ss@cam/live?x=$1&y=${Z}"
    assert site.incident_api is not None
    assert site.incident_api.url == "http://10.0.0.2:8000"
    for shown in (repr(site), str(camera), camera.redacted_source, repr(camera.to_source_spec())):
        assert "p%40ss" not in shown
        assert "p@ss" not in shown
    # A value is never read as YAML or as another variable.
    monkeypatch.setenv("LANE_PASSWORD", "${API_HOST}")
    assert "${API_HOST}" in _site(tmp_path, text).cameras[0].source


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://admin:p%40ss@192.168.1.64:554/Streaming/Channels/102",
        "rtsps://cam.local/live",
        "http://192.168.1.80:8080/video.mjpg",
        "https://example.com/live/index.m3u8",
        "rtsp://[fe80::1]:554/live",
        "RTSP://192.168.1.64/live",
        "rtsp://192.168.1.64:554/cam/realmonitor?channel=1&subtype=1",
        "rtsp://192.168.1.64:554/user=admin&password=x&channel=1&stream=1.sdp",
        "webcam:0",
        "webcam:3",
    ],
)
def test_sources_that_are_addresses(source: str) -> None:
    camera = Camera.model_validate({"id": "c", "source": source, "place": "hall"})
    assert camera.source == source
    assert camera.to_source_spec().kind


@pytest.mark.parametrize("name", ["a.mp4", "中文 名.mp4", "b:c.mp4", "10.0.0.1.mp4", "x@y.mp4"])
def test_sources_that_are_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    text = CORE.replace("clips/lane.mp4", f"'{name}'")
    assert _site(tmp_path, text).cameras[0].source == str(tmp_path / name)
    assert _check(tmp_path, text) == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "https://desk.local", "http://[::1]:8000", "http://desk:80"]
)
def test_incident_api_addresses(tmp_path: Path, url: str) -> None:
    api = _site(tmp_path, CORE.replace("http://127.0.0.1:8000", url)).incident_api
    assert api is not None
    assert api.url == url.rstrip("/")


def test_a_closed_outline_is_opened() -> None:
    closed = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.1]]
    config = ZoneConfig.model_validate({"id": "z", "kind": "corridor", "polygon": closed})
    assert config.polygon == ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_windows_editors(tmp_path: Path, ending: str, mark: str) -> None:
    file = tmp_path / "site.yaml"
    broken = CORE.replace("place: fire_lane", "place: nowhere")
    file.write_bytes((mark + broken).replace("\n", ending).encode())
    (problem,) = [each for each in check_site(file) if each.severity == "error"]
    assert problem.line == 6


def test_anchors_aliases_and_merge_keys(tmp_path: Path) -> None:
    text = f"""\
site: a
cameras:
  - &base
    id: one
    source: webcam:0
    place: corridor
    sample_fps: 2
    zones: &zones
      - {{id: z, kind: corridor, polygon: {SQUARE}}}
  - <<: *base
    id: two
    source: webcam:1
  - {{id: three, source: webcam:2, place: hall, zones: *zones}}
"""
    assert _check(tmp_path, text) == []
    one, two, three = _site(tmp_path, text).cameras
    assert two.sample_fps == one.sample_fps == 2
    assert (two.id, two.source) == ("two", "webcam:1")
    assert three.zones == one.zones
    (problem,) = _check(tmp_path, text.replace("sample_fps: 2", "sample_fps: 99"))[:1]
    assert problem.line == 7


def test_the_camera_by_its_id(tmp_path: Path) -> None:
    site = _site(tmp_path, CORE)
    assert site.camera("lane-1") is site.cameras[0]
    with pytest.raises(ConfigError, match=r"no camera 'lane-2'; did you mean lane-1\?"):
        site.camera("lane-2")


def test_nothing_can_be_changed_later(tmp_path: Path) -> None:
    site = _site(tmp_path, CORE)
    with pytest.raises(ValidationError):
        site.site = "other"  # type: ignore[misc]


def test_sites_built_in_code_keep_the_rules() -> None:
    camera = {"id": "c", "source": "webcam:0", "place": "hall"}
    with pytest.raises(ValidationError):
        Site.model_validate({"site": "a", "cameras": [camera, camera]})


def _marked_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if "# = default" in line]


def test_the_example_loads_and_states_true_defaults(repo_root: Path, tmp_path: Path) -> None:
    text = (repo_root / "examples" / "site.yaml").read_text("utf-8")
    assert _check(tmp_path, text) == []
    example = _site(tmp_path, text)
    assert len(_marked_lines(text)) >= 25
    bare = _site(tmp_path, _without_marked_lines(text))
    assert bare.state_dir == example.state_dir
    assert bare.incident_api == example.incident_api
    assert bare.model == example.model
    for mine, its in zip(example.cameras, bare.cameras, strict=True):
        assert mine.effective_sample_fps == its.effective_sample_fps
        assert [zone.to_zone() for zone in mine.zones] == [zone.to_zone() for zone in its.zones]
        same = {"sample_fps", "zones"}
        assert mine.model_dump(exclude=same) == its.model_dump(exclude=same)
    # The removal has really removed something.
    assert example.cameras[0].zones[0].raise_after_s == 180
    assert bare.cameras[0].zones[0].raise_after_s is None


def _without_marked_lines(text: str) -> str:
    kept = [line for line in text.splitlines() if "# = default" not in line]
    # A part whose every field is a default leaves its name behind, without a value.
    return "\n".join(kept) + "\n"


def test_the_example_shows_every_field_place_by_place(repo_root: Path) -> None:
    text = (repo_root / "examples" / "site.yaml").read_text("utf-8")
    for model in (Site, Camera, ZoneConfig):
        for name in model.model_fields:
            assert f"{name}:" in text, f"examples/site.yaml does not show {name}"
    kinds = {zone["kind"] for camera in yaml.safe_load(text)["cameras"] for zone in camera["zones"]}
    assert kinds == {kind.value for kind in ZoneKind}


def test_the_readme_example_is_a_site_file(repo_root: Path, tmp_path: Path) -> None:
    page = (repo_root / "docs" / "site-file.md").read_text("utf-8")
    core = page.split("```yaml\n")[1].split("```")[0]
    assert core == CORE
    errors = [each for each in _check(tmp_path, core) if each.severity == "error"]
    assert errors == []


def test_the_reference_page_is_up_to_date(repo_root: Path) -> None:
    page = (repo_root / "docs" / "site-file.md").read_text("utf-8")
    assert page == reference_page(), "run: python -m pipeline.config.reference > docs/site-file.md"


BAD_CALIBRATION = """\
site: demo
cameras:
  - id: lane-1
    source: webcam:0
    place: fire_lane
    zones:
      - id: far
        kind: fire_lane
        polygon: [[0.1, 0.1], [0.9, 0.1], [0.9, 1.0]]
        ground:
          points: [[0.1, 0.9], [0.8, 0.9], [0.5, 0.4], [0.4, 0.4]]
          width_m: 6
          length_m: 18
      - {id: near, kind: fire_lane, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 1.0]]}
  - id: lane-2
    source: webcam:1
    place: fire_lane
    zones: [{id: bow-tie, kind: fire_lane, polygon: [[0.1,0.1],[0.9,0.9],[0.9,0.1],[0.2,0.9]]}]
"""


def test_a_camera_goes_on_without_a_zone_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(BAD_CALIBRATION, "utf-8")
    site, left_out = load_sound_zones(file)
    assert [[zone.id for zone in camera.zones] for camera in site.cameras] == [["near"], []]
    assert [problem.field for problem in left_out] == [
        "cameras[0].zones[0]",
        "cameras[1].zones[0].polygon",
    ]
    assert "lies on or above the horizon" in left_out[0].found
    with pytest.raises(ConfigError, match="2 problems"):
        load_site(file)


def test_what_is_wrong_outside_of_zones_stops_the_start_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(BAD_CALIBRATION.replace("place: fire_lane", "place: roof", 1), "utf-8")
    with pytest.raises(ConfigError, match="3 problems"):
        load_sound_zones(file)
    file.write_text("site: [", "utf-8")
    with pytest.raises(ConfigError):
        load_sound_zones(file)
