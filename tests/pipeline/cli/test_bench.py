"""The benchmarks run and say what they should; how fast is not a test's business."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.demo import find_clips, write_site_file
from pipeline.errors import ConfigError


@pytest.mark.rtsp
def test_streams_are_judged_against_the_truth(rtsp_installed: None) -> None:
    command = ["bench", "streams", "--cameras", "1", "--seconds", "26", "--warm-up", "9"]
    result = CliRunner().invoke(app, [*command, "--codec", "h264", "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["bench"] == "streams"
    assert figures["cameras"] == 1
    assert figures["states"] == {"online": 1}
    assert figures["never_connected"] == []
    assert set(figures["cpu_split"]) == {"decode", "gate", "inference", "rest"}
    assert all(value > 0 for value in figures["cpu_split"].values())
    assert figures["frame_age_p95_s"] >= figures["frame_age_p50_s"] > 0
    assert figures["memory_mb"] > 0
    assert figures["false_starts"] == 0


def test_without_an_rtsp_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = "/usr/bin/python3 has no GStreamer RTSP server: apt-get install gir1.2-gst-rtsp"
    monkeypatch.setattr("pipeline.bench.streams.rtsp_server_missing", lambda: reason)
    result = CliRunner().invoke(app, ["bench", "streams", "--json"])
    assert isinstance(result.exception, ConfigError)
    assert "apt-get install" in str(result.exception)


def test_service_posts_to_an_api_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIFELANE_API_KEY", raising=False)
    monkeypatch.delenv("LIFELANE_DATABASE_URL", raising=False)
    result = CliRunner().invoke(app, ["bench", "service", "--seconds", "0.5", "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["database"] == "sqlite"
    assert figures["events"] == 5 * figures["incidents"] > 0
    assert figures["events_per_s"] > 0
    assert figures["accept_p99_ms"] >= figures["accept_median_ms"] > 0
    assert (figures["lost"], figures["doubled"], figures["refused"]) == (0, 0, 0)


def test_gate_says_what_it_costs_in_recall(tmp_path: Path) -> None:
    """On a lane and a corridor: a lift has five times as many pictures and nothing else to say."""
    slow = [clip for clip in find_clips() if clip.place != "elevator"]
    site = tmp_path / "site.yaml"
    write_site_file(site, clips=slow, urls={}, api_url="http://127.0.0.1:8000")
    result = CliRunner().invoke(app, ["bench", "gate", str(site), "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert {row["camera"] for row in figures["cameras"]} == {clip.camera_id for clip in slow}
    assert figures["came"] > 0
    assert figures["recall_cost"] <= 0.1
    assert all(row["looked_share"] < 1 for row in figures["cameras"])
