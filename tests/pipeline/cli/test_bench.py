"""The benchmarks run and say what they should; how fast is not a test's business."""

import json

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app


def test_streams_tells_the_cost_of_each_room() -> None:
    result = CliRunner().invoke(app, ["bench", "streams", "--frames", "4", "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["bench"] == "streams"
    assert {row["camera"] for row in figures["cameras"]} == {"lift-1", "lane-1", "corridor-1"}
    for row in figures["cameras"]:
        assert row["frames"] == 4
        assert set(row["frame_ms"]) == {"decode", "detect", "judge"}
        assert all(value > 0 for value in row["frame_ms"].values())
        assert row["base_line_ms"] > 0
        assert row["times_base_line"] > 1


def test_service_posts_to_an_api_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIFELANE_API_KEY", raising=False)
    result = CliRunner().invoke(app, ["bench", "service", "--events", "20", "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["events"] == 20
    assert figures["events_a_second"] > 0
    assert figures["answer_ms"]["p95"] >= figures["answer_ms"]["median"] > 0
    assert figures["share_of_base_line"] > 0
