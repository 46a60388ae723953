"""Figures of when, where and how soon: the same incidents as the ledger's, on both databases."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update

from service.repository import NOTICE_BOUNDS_S, IncidentFilter, Scope, list_incidents, rhythm
from service.repository import statistics as count
from service.tables import IncidentRow

_SHANGHAI = ZoneInfo("Asia/Shanghai")
# Seconds until somebody took notice; None never, -5 by a clock that went wrong.
_NOTICED = (30, 60, 61, 240, 4000, None, -5, 901)


def _fill(api: Any, wire: Any) -> list[datetime]:
    # One every 5 h 7 min: over midnights, a week's end and a month's, in both time zones.
    begin = datetime(2026, 1, 28, 13, 59, 59, tzinfo=UTC)
    moments = [begin + timedelta(hours=5, minutes=7) * step for step in range(24)]
    for number, moment in enumerate(moments):
        said = moment.isoformat().replace("+00:00", "Z")
        times = dict.fromkeys(("raised_at", "first_seen", "last_seen", "occurred_at"), said)
        event = wire.event(key=f"k{number}", camera_id=f"cam-{number % 3}", **times)
        incident = api.post(event).json()["incident_id"]
        noticed = _NOTICED[number % len(_NOTICED)]
        if noticed is not None:
            row = update(IncidentRow).where(IncidentRow.id == incident)
            with api.database.write() as session:
                session.execute(row.values(acknowledged_at=moment + timedelta(seconds=noticed)))
    return moments


def test_figures_agree_with_a_count_by_hand_and_with_the_ledger(api: Any, wire: Any) -> None:
    moments = _fill(api, wire)
    local = [moment.astimezone(_SHANGHAI) for moment in moments]
    found = rhythm(api.database)
    assert found.hours == Counter((moment.weekday(), moment.hour) for moment in local)
    assert found.days == Counter(moment.date().isoformat() for moment in local)
    assert found.places == {"cam-0": 8, "cam-1": 8, "cam-2": 8}
    assert found.found == sum(found.hours.values()) == sum(found.days.values()) == 24
    assert list_incidents(api.database, IncidentFilter()).total == found.found
    noticed = sorted(max(each, 0) for each in _NOTICED if each is not None)
    assert NOTICE_BOUNDS_S == (60, 180, 300, 900, 3600)
    assert found.notice == (9, 3, 3, 0, 3, 3)
    assert found.median_notice_s is not None
    assert abs(found.median_notice_s - noticed[len(noticed) // 2]) < 0.01

    for month in ("2026-01", "2026-02"):
        part = rhythm(api.database, since_month=month, until_month=month)
        (total,) = count(api.database, by="total", since_month=month, until_month=month)
        assert part.found == total.found == sum(m.strftime("%Y-%m") == month for m in local)


def test_nothing_to_see_is_nothing_and_no_error(api: Any, wire: Any) -> None:
    api.post(wire.event())
    found = rhythm(api.database, scope=Scope(compounds=frozenset()))
    assert (found.found, found.median_notice_s, dict(found.days)) == (0, None, {})
    assert found.notice == (0,) * (len(NOTICE_BOUNDS_S) + 1)
