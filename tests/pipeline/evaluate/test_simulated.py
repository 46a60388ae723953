"""Made-up days: the small form of the simulated suite, and that it would notice bad rules."""

from pathlib import Path

import pytest

from pipeline.evaluate import Simulation, load_suite, simulate
from pipeline.evaluate.report import figures
from pipeline.types import ZoneKind


def test_half_a_day_of_a_poor_detector_is_judged_right() -> None:
    found = simulate(
        "small",
        Simulation(camera_days=1, seed=5, zones=(ZoneKind.EXIT, ZoneKind.FIRE_LANE)),
    ).to_json()
    assert found["camera_hours"] == 24
    assert found["events"] >= 4
    assert (found["precision"], found["recall"], found["duplicates"]) == (1.0, 1.0, 0)
    assert found["beyond_dwell_p95_s"] <= 5


def test_a_blind_detector_is_noticed() -> None:
    report = simulate(
        "blind", Simulation(camera_days=1, seed=5, zones=(ZoneKind.EXIT,), misses=0.95)
    )
    assert figures(report.judged)["recall"] < 0.5


@pytest.mark.parametrize("name", ["simulated", "real"])
def test_the_committed_suites_can_be_read(name: str, repo_root: Path) -> None:
    suite, _ = load_suite(repo_root / "datasets" / "events" / name)
    assert suite.suite.startswith(f"{name}@")
    assert (suite.simulated is None) is bool(suite.clips)
