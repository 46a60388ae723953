"""When hazards are found, where, and how soon somebody takes notice; grouped by the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.repository.database import Database
from service.repository.scope import EVERYWHERE, Scope
from service.tables import IncidentRow

__all__ = ["NOTICE_BOUNDS_S", "Rhythm", "rhythm"]

#: Upper bounds of the groups of time to notice, in seconds; what took longer is one more.
NOTICE_BOUNDS_S = (60, 180, 300, 900, 3600)

_MOST_PLACES = 12
_SHANGHAI = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Figures of the incidents found in some months. Hours and days are Asia/Shanghai's.

    Attributes:
        found: All of them.
        hours: ``(weekday, hour) -> found``; Monday is 0.
        days: ``2026-01-31 -> found``, only days with some.
        places: Place in words -> found, the most first, at most a dozen.
        notice: How many were noticed within each bound of `NOTICE_BOUNDS_S`, one more number
            for those that took longer.
        median_notice_s: Half of those noticed were so within this time; None without any.
    """

    found: int
    hours: Mapping[tuple[int, int], int]
    days: Mapping[str, int]
    places: Mapping[str, int]
    notice: tuple[int, ...]
    median_notice_s: float | None


def _local(session: Session, column: InstrumentedAttribute[Any], sqlite: str, postgres: str) -> Any:
    if session.get_bind().dialect.name == "sqlite":
        # China has had no summer time since 1991.
        return func.strftime(sqlite, column, "+8 hours")
    return func.to_char(func.timezone(_SHANGHAI, column), postgres)


def _notice_s(session: Session) -> Any:
    """Seconds from the finding to the first person who took notice; never below 0."""
    begin, end = IncidentRow.raised_at, IncidentRow.acknowledged_at
    if session.get_bind().dialect.name == "sqlite":
        # Julian days as floats are good to a tenth of a millisecond.
        days = func.julianday(end) - func.julianday(begin)
        seconds: Any = func.round(days * 86400.0, 3)
    else:
        seconds = func.extract("epoch", end - begin)
    return case((seconds < 0, 0.0), else_=seconds)


def _counts(
    session: Session, key: ColumnElement[Any], where: list[ColumnElement[bool]]
) -> dict[Any, int]:
    grouped = key.label("key")
    rows = session.execute(select(grouped, func.count()).where(*where).group_by(grouped))
    return {row[0]: int(row[1]) for row in rows}


def rhythm(
    database: Database,
    *,
    scope: Scope = EVERYWHERE,
    since_month: str | None = None,
    until_month: str | None = None,
) -> Rhythm:
    """When, where and how soon; of the same incidents that `statistics` counts.

    Args:
        database: The ledger.
        scope: What the asker may see.
        since_month: Found in this month (``2026-01``, Asia/Shanghai) or later.
        until_month: Found in this month or earlier.
    """
    where = scope.conditions()
    if since_month is not None:
        where.append(IncidentRow.found_month >= since_month)
    if until_month is not None:
        where.append(IncidentRow.found_month <= until_month)
    with database.read() as session:
        # %w: Sunday is 0; ID: Monday is 1.
        hours = _counts(session, _local(session, IncidentRow.raised_at, "%w %H", "ID HH24"), where)
        days = _counts(
            session, _local(session, IncidentRow.raised_at, "%Y-%m-%d", "YYYY-MM-DD"), where
        )
        place = case(
            (IncidentRow.location != "", IncidentRow.location),
            (IncidentRow.camera_name != "", IncidentRow.camera_name),
            else_=IncidentRow.camera_id,
        )
        places = _counts(session, place, where)
        notice, median = _notice(session, where)
    most = sorted(places.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_PLACES]
    by_hour = {
        ((int(day) - 1) % 7, int(hour)): count
        for (day, hour), count in ((key.split(), count) for key, count in hours.items())
    }
    return Rhythm(
        found=sum(hours.values()),
        hours=by_hour,
        days=dict(sorted(days.items())),
        places=dict(most),
        notice=notice,
        median_notice_s=median,
    )


def _notice(
    session: Session, where: list[ColumnElement[bool]]
) -> tuple[tuple[int, ...], float | None]:
    seconds = _notice_s(session)
    noticed = [*where, IncidentRow.acknowledged_at.is_not(None)]
    bound = case(
        *((seconds <= most, place) for place, most in enumerate(NOTICE_BOUNDS_S)),
        else_=len(NOTICE_BOUNDS_S),
    )
    groups = _counts(session, bound, noticed)
    counts = tuple(groups.get(place, 0) for place in range(len(NOTICE_BOUNDS_S) + 1))
    total = sum(counts)
    if total == 0:
        return counts, None
    middle = select(seconds).where(*noticed).order_by(seconds).offset((total - 1) // 2).limit(1)
    return counts, float(session.scalar(middle) or 0.0)
