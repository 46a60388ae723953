"""What holds for any file whatever: no crash, no secret in a message, no surprise at the start."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import (
    Camera,
    IncidentApi,
    ModelConfig,
    Site,
    ZoneConfig,
    check_site,
    load_site,
)
from pipeline.config.problems import hide_secrets

_NAMES = sorted(
    {
        name
        for model in (Site, IncidentApi, ModelConfig, Camera, ZoneConfig)
        for name in model.model_fields
    }
)
_RELAXED = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 3000),
    st.floats(),
    st.sampled_from(
        [
            "fire_lane",
            "lift",
            "corridor",
            "webcam:0",
            "rtsp://h/x",
            "${NO}",
            "10s",
            "一",
            "http://h",
        ]
    ),
    st.text(max_size=12),
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(_NAMES), st.text(max_size=6), st.integers(0, 3)),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=25,
)
_POINTS = st.lists(st.tuples(st.floats(-0.1, 1.1), st.floats(-0.1, 1.1)), max_size=7)


def _ready_to_start(site: Site) -> None:
    for camera in site.cameras:
        assert camera.to_source_spec().kind
        for zone in camera.zones:
            assert zone.to_zone().shape.area > 0


@_RELAXED
@given(raw=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_get_an_answer(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "site.yaml"
    file.write_bytes(raw)
    problems = check_site(file)
    assert [each for each in problems if each.severity == "error"]
    for each in problems:
        assert "\n" not in each.text("site.yaml")


@_RELAXED
@given(tree=st.dictionaries(st.sampled_from(_NAMES), _TREES, max_size=8))
def test_any_tree_gets_an_answer(tmp_path: Path, tree: dict[str, Any]) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    problems = check_site(file)
    lines = len(file.read_text("utf-8").splitlines()) + 1
    for each in problems:
        assert each.message
        assert each.line is None or 1 <= each.line <= lines
        assert "\n" not in each.text("site.yaml")
    if not [each for each in problems if each.severity == "error"]:
        _ready_to_start(load_site(file))


@_RELAXED
@given(
    camera=st.fixed_dictionaries(
        {"id": st.just("c"), "source": st.just("webcam:0"), "place": st.just("hall")},
        optional={
            name: _TREES for name in Camera.model_fields if name not in ("id", "source", "place")
        },
    )
)
def test_one_strange_field_at_a_time(tmp_path: Path, camera: dict[str, Any]) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump({"site": "a", "cameras": [camera]}), "utf-8")
    if not [each for each in check_site(file) if each.severity == "error"]:
        _ready_to_start(load_site(file))


@_RELAXED
@given(points=_POINTS)
def test_an_accepted_outline_is_one_that_the_rules_can_use(
    tmp_path: Path, points: list[tuple[float, float]]
) -> None:
    zone = {"id": "z", "kind": "corridor", "polygon": [list(each) for each in points]}
    camera = {"id": "c", "source": "webcam:0", "place": "hall", "zones": [zone]}
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump({"site": "a", "cameras": [camera]}), "utf-8")
    problems = check_site(file)
    if problems:
        assert all(each.field.startswith("cameras[0].zones[0].polygon") for each in problems)
    else:
        _ready_to_start(load_site(file))


_PASSWORDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"'), max_size=8
).map(lambda middle: f"Zq9{middle}Xw7")


@_RELAXED
@given(
    password=_PASSWORDS,
    shape=st.sampled_from(
        [
            "rtsp://admin:{}@192.168.1.64/live",
            "rtsp://admin:{}@192.168.1.64:99999/live",
            "rtsp://admin:{}@",
            "rtsp:/admin:{}@192.168.1.64/live",
            "rstp://admin:{}@192.168.1.64/live",
            "admin:{}@192.168.1.64/live",
            "http://h:99999/cgi?user=admin&password={}",
        ]
    ),
    field=st.sampled_from(["source", "id", "place", "zones", "sample_fps", "address"]),
)
def test_no_message_shows_a_password(tmp_path: Path, password: str, shape: str, field: str) -> None:
    if "password=" in shape:
        # Where a parameter ends nobody can tell but by its separators.
        password = password.translate(str.maketrans("", "", "&;"))
    camera = {"id": "c", "source": "webcam:0", "place": "hall", field: shape.format(password)}
    file = tmp_path / "site.yaml"
    # JSON is YAML, and its quotes keep every character as it is.
    file.write_text(json.dumps({"site": "a", "cameras": [camera]}), "utf-8")
    said = "\n".join(each.text("site.yaml") for each in check_site(file))
    assert "Zq9" not in said
    assert "Xw7" not in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://admin:p@ss/w#1@192.168.1.64/live", "rtsp://***@192.168.1.64/live"),
        ("rtsp://admin:cutshort", "rtsp://admin:***"),
        ("rtsp://192.168.1.64:554/live", "rtsp://192.168.1.64:554/live"),
        ("rtsp://[fe80::1]:554/live", "rtsp://[fe80::1]:554/live"),
        ("clips/a@b.mp4", "clips/a@b.mp4"),
        ("http://h/x?password=p@ss&channel=1", "http://h/x?password=***&channel=1"),
        ("rtsp://h/user=a&password=p@s/s&channel=1", "rtsp://h/user=***&password=***&channel=1"),
        ("llk_ab12_0123456789abcdef", "llk_***"),
        ("http://h/x?user=a&pwd=b&channel=1", "http://h/x?user=***&pwd=***&channel=1"),
    ],
)
def test_hide_secrets(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown
