"""What `lifelane review --post` really sends, into the real service."""

from pathlib import Path

import pytest
from patrol_photos import clip_picture, exif, jpeg
from processes import API_KEY, Service
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from pipeline.errors import DeliveryError


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    jpeg(clip_picture("lift"), folder / "3号楼/电梯/a.jpg", exif=exif())
    jpeg(clip_picture("lane"), folder / "消防车道/b.jpg")
    return folder


def post(photos: Path, out: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("LIFELANE_API_KEY", API_KEY)
    options = ["--out", str(out), "--post", url, "--site", "yard"]
    return CliRunner().invoke(app, ["review", str(photos), *options])


def test_proposals_become_incidents_once(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(tmp_path, site="yard")
    try:
        service.start_and_wait()
        first = post(photos, tmp_path / "out", service.url, monkeypatch)
        assert first.exit_code == 0, first.stderr
        assert "ledger: 2 new, 0 known, 0 refused" in first.stderr
        again = post(photos, tmp_path / "out", service.url, monkeypatch)
        assert "ledger: 0 new, 2 known, 0 refused" in again.stderr
        found = service.get("incidents")["items"]
        assert {each["kind"] for each in found} == {"ebike_in_elevator", "fire_lane_blocked"}
        lift = next(each for each in found if each["kind"] == "ebike_in_elevator")
        assert (lift["source"], lift["status"]) == ("photo", "found")
        assert lift["raised_at"].startswith("2026-05-01T00:30:15")  # 08:30:15 in Shanghai
        detail = service.get(f"incidents/{lift['id']}")
        assert [picture["role"] for picture in detail["evidence"]] == ["before"]
    finally:
        service.kill()


def test_nobody_answers(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = post(photos, tmp_path / "out", "http://127.0.0.1:9", monkeypatch)
    assert isinstance(result.exception, DeliveryError)
    assert "run the same command again" in str(result.exception)
    assert API_KEY not in str(result.exception)
