"""Periods are whole months of Shanghai; figures and ledger mean the same days."""

from datetime import date

import pytest

from service.desk.charts import hours_chart, notice_chart, trend_chart
from service.desk.figures_page import Period
from service.desk.texts import Texts
from service.repository import NOTICE_BOUNDS_S, Rhythm


@pytest.mark.parametrize(
    ("word", "today", "since", "until"),
    [
        ("month", date(2026, 11, 28), "2026-11", "2026-11"),
        ("last_month", date(2026, 1, 3), "2025-12", "2025-12"),
        ("quarter", date(2026, 1, 31), "2025-11", "2026-01"),
        ("year", date(2026, 2, 28), "2025-03", "2026-02"),
        ("ever", date(2026, 2, 28), None, None),
    ],
)
def test_periods(word: str, today: date, since: str | None, until: str | None) -> None:
    period = Period.of(word, today)
    assert (period.since_month, period.until_month) == (since, until)


def test_the_ledger_gets_the_first_and_the_last_day() -> None:
    wanted = Period(since_month="2028-02", until_month="2028-02").ledger(kind=("other",))
    assert (wanted.since_day, wanted.until_day) == (date(2028, 2, 1), date(2028, 2, 29))
    assert wanted.kind == ("other",)


def test_charts_hold_every_incident_once() -> None:
    notice = (1, 2, 0, 0, 0, 4)
    seen = Rhythm(
        found=9,
        hours={(0, 23): 4, (6, 0): 5},
        days={"2026-01-04": 5, "2026-01-05": 4},
        places={},
        notice=notice,
        median_notice_s=100.0,
    )
    texts = Texts("zh")
    cells = hours_chart(texts, seen)["series"][0]["data"]
    assert sorted(cells) == [[0, 6, 5], [23, 0, 4]]
    assert trend_chart(texts, [], seen.days)["series"][0]["data"] == [5, 4]
    bars = notice_chart(texts, seen)
    assert tuple(bars["series"][0]["data"]) == notice
    assert len(bars["yAxis"]["data"]) == len(NOTICE_BOUNDS_S) + 1
