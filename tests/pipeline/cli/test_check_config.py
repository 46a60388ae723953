"""`lifelane check-config` as an installer runs it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipeline.cli.check_config import check_config
from pipeline.types import ZoneKind

_GOOD = """\
site: demo
name: 阳光花园
incident_api: {url: "http://127.0.0.1:8000"}
cameras:
  - id: lift-1
    name: 3 号楼电梯
    source: "rtsp://admin:geheim@192.168.1.64:554/live"
    place: lift
    zones: [{id: car, kind: lift, polygon: [[0,0],[1,0],[1,1],[0,1]], raise_after_s: 2}]
"""
app = typer.Typer()
app.command()(check_config)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIFELANE_API_KEY", "llk_test")
    file = tmp_path / "site.yaml"
    file.write_text(_GOOD, "utf-8")
    return file


def test_a_good_file(site: Path) -> None:
    result = CliRunner().invoke(app, [str(site)])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "site demo (阳光花园)"
    assert lines[-1] == f"{site}: can be used: 0 errors, 0 warnings"
    (row,) = [line for line in lines if line.startswith("lift-1")]
    assert "3 号楼电梯" in row
    assert "elevator" in row
    assert "rtsp://***@192.168.1.64:554/live" in row
    assert "car: elevator 2 s / 5 s" in row
    assert "geheim" not in result.output


def test_errors_and_warnings(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIFELANE_API_KEY")
    site.write_text(_GOOD.replace("place: lift", "place: lifft"), "utf-8")
    result = CliRunner().invoke(app, [str(site)])
    assert result.exit_code == 2
    first, second, last = result.output.splitlines()
    assert first.startswith(f"{site}:3: warning: incident_api.key_env: ")
    assert second == (
        f"{site}:8: cameras[0].place: unknown place: did you mean elevator? (expected one of "
        "fire_lane, climbing_site, elevator, corridor, stairwell, hall, unit_door, "
        "overhead_floor, exit, found 'lifft')"
    )
    assert last == f"{site}: 1 error, 1 warning: mend the errors and check again"


def test_warnings_alone_are_no_failure(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIFELANE_API_KEY")
    result = CliRunner().invoke(app, [str(site)])
    assert result.exit_code == 0
    assert ":3: warning: " in result.output


def test_json(site: Path) -> None:
    good = CliRunner().invoke(app, [str(site), "--json"])
    assert good.exit_code == 0
    report = json.loads(good.output)
    # What the desk explains its choices with.
    lift = report.pop("zone_kinds")["elevator"]
    assert lift["hazards"] == ["ebike_in_elevator"]
    assert lift["raise_after_s"] == 0.0
    assert report == {"file": str(site), "ok": True, "problems": []}
    site.write_text(_GOOD.replace("raise_after_s: 2", "raise_after_s: 2s"), "utf-8")
    bad = CliRunner().invoke(app, [str(site), "--json"])
    assert bad.exit_code == 2
    report = json.loads(bad.output)
    assert set(report.pop("zone_kinds")) == set(ZoneKind)
    assert report == {
        "file": str(site),
        "ok": False,
        "problems": [
            {
                "line": 9,
                "field": "cameras[0].zones[0].raise_after_s",
                "expected": "a number of seconds from 0 to 604800",
                "found": "'2s'",
                "message": "write the number alone, without unit or quotes: 2",
                "severity": "error",
            }
        ],
    }


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "gone.yaml"), "--json"])
    assert result.exit_code == 2
    (problem,) = json.loads(result.output)["problems"]
    assert problem["line"] is None
