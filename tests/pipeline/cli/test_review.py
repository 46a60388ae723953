"""`lifelane review`, through the real command line and the released weights."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import openpyxl
import pytest
from patrol_photos import clip_picture, jpeg, make_mixed_patrol, noise
from processes import Side
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from pipeline.errors import ConfigError, StateError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["review", *map(str, arguments)])


def lines_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def _below(folder: Path, lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {line["file"].removeprefix(f"{folder}/"): line for line in lines}


@pytest.fixture(scope="module")
def patrol(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A mixed patrol, reviewed once."""
    folder = tmp_path_factory.mktemp("patrol")
    expected = make_mixed_patrol(folder / "in", 60)
    result = run(folder / "in", "--out", folder / "out", "--json")
    return {"in": folder / "in", "out": folder / "out", "expected": expected, "result": result}


def test_every_file_is_accounted_for(patrol: dict[str, Any]) -> None:
    result: Result = patrol["result"]
    assert result.exit_code == 1, result.stderr  # some files are unreadable
    lines = lines_of(result)
    assert all(set(line) == {"file", "outcome", "hazards", "reason"} for line in lines)
    found = _below(patrol["in"], lines)
    assert len(found) == len(lines)
    assert {name: line["outcome"] for name, line in found.items()} == patrol["expected"]
    for line in lines:
        assert bool(line["reason"]) is (line["outcome"] != "done")
    assert "400 megapixels" in found["bad/huge.png"]["reason"]
    assert "no photo shrinks" in found["sent.zip!/bomb.png"]["reason"]
    assert "leads out" in found["sent.zip!/../../outside.jpg"]["reason"]


def test_what_the_photos_show(patrol: dict[str, Any]) -> None:
    found = _below(patrol["in"], lines_of(patrol["result"]))

    def kinds(name: str) -> list[str]:
        return [hazard["kind"] for hazard in found[name]["hazards"]]

    assert kinds("3号楼/电梯/a.jpg") == ["ebike_in_elevator"]
    assert kinds("3号楼/电梯/rotated.jpg") == ["ebike_in_elevator"]
    assert kinds("消防车道/a.jpg") == ["fire_lane_blocked"]
    assert kinds("消防车道/iphone.HEIC") == ["fire_lane_blocked"]
    assert "corridor_clutter" in kinds("3号楼/楼道/a.jpg")
    assert not any(line["hazards"] for name, line in found.items() if name.startswith("more/"))


def test_report_and_ledger(patrol: dict[str, Any]) -> None:
    out: Path = patrol["out"]
    page = (out / "report.html").read_text("utf-8")
    assert "电动车进电梯" in page
    assert page.count("data:image/jpeg;base64,") >= 5
    # Whole in itself: nothing is fetched from anywhere.
    assert not re.search(r"(?:src|href)=\"(?!data:|report-\d+\.html)", page)
    assert "<script" not in page
    sheet = openpyxl.load_workbook(out / "ledger.xlsx")["隐患台账"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:8] == (
        "编号",
        "来源",
        "社区",
        "小区",
        "楼栋/部位",
        "隐患类型",
        "隐患内容",
        "发现时间",
    )
    hazards = sum(len(line["hazards"]) for line in lines_of(patrol["result"]))
    assert len(rows) - 1 == hazards
    by_file = {row[12]: row for row in rows[1:]}
    lift = by_file[str(patrol["in"] / "3号楼/电梯/rotated.jpg")]
    assert lift[5] == "电动车进电梯"
    assert lift[4] == "3号楼/电梯"
    assert lift[7] == "2026-05-01T08:30:15+08:00"
    photos = openpyxl.load_workbook(out / "ledger.xlsx")["照片清单"]
    assert photos.max_row - 1 == len(patrol["expected"])


def test_a_second_run_changes_nothing_and_says_so(patrol: dict[str, Any]) -> None:
    out: Path = patrol["out"]
    before = _contents(out)
    again = run(patrol["in"], "--out", out, "--json")
    assert again.exit_code == 1
    assert again.stdout == patrol["result"].stdout
    assert "nothing new" in again.stderr
    assert _contents(out) == before


def _contents(folder: Path) -> dict[Path, bytes]:
    """The files that people see; SQLite's own change when it is opened."""
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "sqlite3" not in path.name and path.suffix != ".lock"
    }


def test_a_new_photo_is_added_and_a_changed_one_is_looked_at_again(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    jpeg(noise(1), folder / "电梯" / "a.jpg")
    jpeg(noise(2), folder / "电梯" / "b.jpg")
    assert run(folder, "--out", out).exit_code == 0
    jpeg(clip_picture("lift"), folder / "电梯" / "b.jpg")
    jpeg(noise(3), folder / "电梯" / "c.jpg")
    result = run(folder, "--out", out, "--json")
    assert result.exit_code == 0
    assert [len(line["hazards"]) for line in lines_of(result)] == [0, 1, 0]
    assert "3 done" in result.stderr


def test_killed_in_the_middle_it_goes_on(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    expected = make_mixed_patrol(folder, 70)
    command = [sys.executable, "-m", "pipeline.cli.main", "review", str(folder), "--out", str(out)]
    side = Side("review", [*command, "--json"], tmp_path / "log")
    side.start()
    deadline_s = time.monotonic() + 60
    while b'"outcome"' not in side.since_start and time.monotonic() < deadline_s:
        time.sleep(0.02)
    side.kill()
    told = len([line for line in side.since_start.splitlines() if line.endswith(b"}")])
    assert 0 < told < len(expected)
    result = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stderr
    found = _below(folder, [json.loads(line) for line in result.stdout.splitlines()])
    assert {name: line["outcome"] for name, line in found.items()} == expected


def test_places_by_table_choice_and_kind(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    jpeg(clip_picture("lift"), folder / "a.jpg")
    unknown = run(folder, "--out", tmp_path / "1", "--json")
    (hazard,) = lines_of(unknown)[0]["hazards"]
    assert (hazard["kind"], hazard["place_known"]) == ("ebike_indoors", False)
    chosen = run(folder, "--out", tmp_path / "2", "--json", "--place", "幸福里/3号楼/电梯")
    assert lines_of(chosen)[0]["hazards"][0]["kind"] == "ebike_in_elevator"
    table = folder / "places.csv"
    table.write_text("文件,地点\na.jpg,3号楼/楼道\nz.jpg,3号楼\n", encoding="gbk")
    by_table = run(
        folder, "--out", tmp_path / "3", "--json", "--places", table, "--place-kind", "elevator"
    )
    assert by_table.exit_code == 0
    assert [Path(line["file"]).name for line in lines_of(by_table)] == ["a.jpg"]
    assert lines_of(by_table)[0]["hazards"][0]["kind"] == "ebike_indoors"
    assert "z.jpg" in by_table.stderr


def test_names_that_excel_would_calculate_stay_text(tmp_path: Path) -> None:
    jpeg(clip_picture("lift"), tmp_path / "in" / '=HYPERLINK("x").jpg')
    result = run(tmp_path / "in", "--out", tmp_path / "out", "--place", "=1+1")
    assert result.exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "out" / "ledger.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(str(cell.value).startswith("=1") for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)


def test_heads_are_unreadable_in_the_report(tmp_path: Path, wheel_photos: dict[str, Path]) -> None:
    photo = tmp_path / "消防车道" / "bus.jpg"
    photo.parent.mkdir()
    photo.write_bytes(wheel_photos["bus"].read_bytes())
    assert run(photo.parent, "--out", tmp_path / "out", "--place-kind", "fire_lane").exit_code == 0
    (picture,) = (tmp_path / "out" / "pictures").iterdir()
    before, after = (cv2.imread(str(path)) for path in (photo, picture))
    assert before.shape == after.shape

    def detail(image: Any, left: int, top: int, right: int, bottom: int) -> float:
        return float(cv2.Laplacian(image[top:bottom, left:right], cv2.CV_64F).var())

    head = (90, 400, 190, 490)  # of the man at the left
    wall = (300, 0, 500, 100)
    assert detail(after, *head) < 0.1 * detail(before, *head)
    assert detail(after, *wall) > 0.5 * detail(before, *wall)


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    jpeg(noise(1), tmp_path / "in" / "a.jpg")
    (tmp_path / "in" / "b.txt").touch()
    result = run(tmp_path / "in", "--out", tmp_path / "out", "--dry-run", "--json")
    assert result.exit_code == 0
    assert [line["outcome"] for line in lines_of(result)] == ["planned", "unreadable"]
    assert not (tmp_path / "out").exists()


def test_files_of_the_computer_itself_are_no_failure(tmp_path: Path) -> None:
    jpeg(noise(1), tmp_path / "in" / "a.jpg")
    (tmp_path / "in" / ".DS_Store").write_bytes(b"x")
    result = run(tmp_path / "in", "--out", tmp_path / "in" / "out", "--json")
    assert result.exit_code == 0
    assert {line["outcome"] for line in lines_of(result)} == {"done", "unreadable"}
    # The result's own folder lies among the photos and is none of them.
    again = run(tmp_path / "in", "--out", tmp_path / "in" / "out", "--json")
    assert again.stdout == result.stdout


def test_bad_usage(tmp_path: Path) -> None:
    nothing = run(tmp_path / "nowhere", "--out", tmp_path / "out")
    assert isinstance(nothing.exception, ConfigError)
    assert "no photo to review" in str(nothing.exception)
    photo = jpeg(noise(1), tmp_path / "a.jpg")
    assert run(photo).exit_code == 2  # --out is missing
    for options in (
        ["--timezone", "Mars/Olympus"],
        ["--path-pattern", "{floor}"],
        ["--places", tmp_path / "no.csv"],
    ):
        assert isinstance(run(photo, "--out", tmp_path / "o", *options).exception, ConfigError)
    blocked = tmp_path / "file"
    blocked.touch()
    assert isinstance(run(photo, "--out", blocked).exception, ConfigError)


def test_one_review_a_folder(tmp_path: Path) -> None:
    from pipeline.publish.lock import FolderLock

    photo = jpeg(noise(1), tmp_path / "a.jpg")
    out = tmp_path / "out"
    out.mkdir()
    lock = FolderLock(out)
    try:
        assert isinstance(run(photo, "--out", out).exception, StateError)
    finally:
        lock.release()
