"""Which incidents somebody asks for, as SQL conditions; and the cursor between two pages."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.repository.scope import EVERYWHERE, Scope
from service.tables import OPEN_STATUSES, CompoundRow, IncidentRow, TallyRow

__all__ = [
    "IncidentFilter",
    "after_cursor",
    "count_incidents",
    "encode_cursor",
    "overdue_condition",
    "today_in_shanghai",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Microseconds since the epoch and an id, both within what a database takes.
_CURSOR = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})")
_SHANGHAI = ZoneInfo("Asia/Shanghai")
# Beyond it a list says "more than", because counting a million rows helps nobody.
_COUNT_MOST = 10_000
_MOST_WORDS = 8
_ID_DIGITS = 15


def today_in_shanghai() -> date:
    """The day that deadlines are compared with."""
    return datetime.now(_SHANGHAI).date()


def overdue_condition(today: date) -> ColumnElement[bool]:
    """逾期: the deadline is over, and nobody has reported it done."""
    return and_(
        IncidentRow.deadline < today,
        IncidentRow.rectified_at.is_(None),
        IncidentRow.status.in_(sorted(status.value for status in OPEN_STATUSES)),
    )


def _contains(word: str) -> ColumnElement[bool]:
    """The word stands somewhere in what people wrote or read about a case."""
    columns = (
        IncidentRow.number,
        IncidentRow.location,
        IncidentRow.content,
        IncidentRow.camera_name,
        IncidentRow.camera_id,
        IncidentRow.responsible_name,
        IncidentRow.responsible_unit,
    )
    found = [column.icontains(word, autoescape=True) for column in columns]
    bare = word.removeprefix("#")
    if bare.isascii() and bare.isdigit() and len(bare) <= _ID_DIGITS:
        found.append(IncidentRow.id == int(bare))
    return or_(*found)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents to list; an empty field does not narrow.

    Attributes:
        scope: What the asker may see.
        site: Only of this site.
        compound_id: Only of this compound.
        building_id: Only of this building.
        camera_id: Only of this camera.
        status: In one of these statuses.
        phase: In one of these phases.
        kind: Of one of these kinds.
        source: Found by one of these.
        number: The one with this number of the ledger.
        overdue: True for those past their deadline, False for the rest.
        rebound: True for those that are the rebound of a closed one, False for the rest.
        since: Raised at this aware time or later.
        until: Raised before this aware time.
        search: These words in number, place, content, person, or the id with or without #.
    """

    scope: Scope = field(default=EVERYWHERE)
    site: str | None = None
    compound_id: int | None = None
    building_id: int | None = None
    camera_id: str | None = None
    status: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    number: str | None = None
    overdue: bool | None = None
    rebound: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL conditions."""
        found = self.scope.conditions()
        for name in ("site", "compound_id", "building_id", "camera_id", "number"):
            wanted = getattr(self, name)
            if wanted is not None:
                found.append(getattr(IncidentRow, name) == wanted)
        for name in ("status", "phase", "kind", "source"):
            words = getattr(self, name)
            if len(words) == 1:
                found.append(getattr(IncidentRow, name) == words[0])
            elif words:
                found.append(getattr(IncidentRow, name).in_(words))
        if self.overdue is not None:
            late = overdue_condition(today_in_shanghai())
            found.append(late if self.overdue else or_(IncidentRow.deadline.is_(None), ~late))
        if self.rebound is not None:
            named = IncidentRow.rebound_of_id
            found.append(named.is_not(None) if self.rebound else named.is_(None))
        if self.since is not None:
            found.append(IncidentRow.raised_at >= self.since)
        if self.until is not None:
            found.append(IncidentRow.raised_at < self.until)
        if self.search is not None:
            found += [_contains(word) for word in self.search.split()[:_MOST_WORDS]]
        return found

    def tally_conditions(self) -> list[ColumnElement[bool]] | None:
        """The same on the counters; None when they do not know what is asked."""
        unknown = (self.camera_id, self.number, self.overdue, self.rebound, self.since, self.until)
        if self.phase or any(value is not None for value in (*unknown, self.search)):
            return None
        found: list[ColumnElement[bool]] = []
        for site in {self.scope.site, self.site} - {None}:
            own = select(CompoundRow.id).where(CompoundRow.site == site).scalar_subquery()
            found.append(TallyRow.compound_id == own)
        if self.scope.compounds is not None:
            found.append(TallyRow.compound_id.in_(sorted(self.scope.compounds)))
        if self.compound_id is not None:
            found.append(TallyRow.compound_id == self.compound_id)
        if self.building_id is not None:
            found.append(TallyRow.building_id == self.building_id)
        words = {name: getattr(self, name) for name in ("status", "kind", "source")}
        found += [getattr(TallyRow, name).in_(given) for name, given in words.items() if given]
        return found


def count_incidents(session: Session, which: IncidentFilter) -> tuple[int, bool]:
    """How many fit, and whether that is exact or the bound at which counting ended."""
    counters = which.tally_conditions()
    if counters is not None:
        total = session.scalar(select(func.coalesce(func.sum(TallyRow.found), 0)).where(*counters))
        return int(total or 0), True
    some = select(IncidentRow.id).where(*which.conditions()).limit(_COUNT_MOST).subquery()
    total = session.scalar(select(func.count()).select_from(some)) or 0
    return total, total < _COUNT_MOST


def encode_cursor(row: IncidentRow) -> str:
    """Where the page after this row begins."""
    # Whole microseconds: a float would lose the last digits.
    place = f"{(row.raised_at - _EPOCH) // timedelta(microseconds=1)}.{row.id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _decode_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        match = _CURSOR.fullmatch(text.decode("ascii"))
        if match is not None:
            return _EPOCH + timedelta(microseconds=int(match[1])), int(match[2])
    except (binascii.Error, ValueError, OverflowError):
        match = None
    raise InvalidRequest(
        "cursor: expected the next_cursor of an earlier page, got something else",
        (("cursor", "not a cursor of this API"),),
    )


def after_cursor(cursor: str) -> ColumnElement[bool]:
    """What comes after a page, newest first.

    Raises:
        InvalidRequest: The cursor is none of ours.
    """
    raised_at, incident_id = _decode_cursor(cursor)
    # The first half alone lets both databases walk the index from there.
    return and_(
        IncidentRow.raised_at <= raised_at,
        or_(IncidentRow.raised_at < raised_at, IncidentRow.id < incident_id),
    )
