"""The bench of the rules runs and says what it promises; how fast it is, is no test's matter."""

import json

from typer.testing import CliRunner

from pipeline.cli.main import app


def test_it_prints_one_object() -> None:
    result = CliRunner().invoke(app, ["bench", "rules", "--frames", "10", "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert (figures["tracks"], figures["zones"], figures["frames"]) == (20, 6, 10)
    assert 0 < figures["rules_ms_p50"] <= figures["rules_ms_p95"]
    assert 0 < figures["reference_ms_p50"] <= figures["reference_ms_p95"]
