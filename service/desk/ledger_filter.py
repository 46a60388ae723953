"""What the ledger's page is narrowed to: from the address, to the address, for the database."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from service.repository import IncidentFilter, Scope
from service.tables import HazardKind, Source, Status

__all__ = ["LedgerFilter"]

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_MANY = {"status": Status, "kind": HazardKind, "source": Source}
_LONGEST_SEARCH = 100


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _SHANGHAI)


def _day(text: Any) -> date | None:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        return None
    return day if 1970 <= day.year < 3000 else None


def _number(text: Any) -> int | None:
    text = str(text)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """A filter as people set it; an empty field does not narrow.

    Attributes:
        search: Words to look for.
        status: Statuses, kinds and sources by their words of the wire.
        compound_id: One compound, building or camera.
        since_day: Found on this day of Asia/Shanghai or later.
        until_day: Found on this day or earlier.
        overdue: Only those past their deadline.
        rebound: Only rebounds.
    """

    search: str = ""
    status: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    compound_id: int | None = None
    building_id: int | None = None
    camera_id: str | None = None
    since_day: date | None = None
    until_day: date | None = None
    overdue: bool = False
    rebound: bool = False

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "LedgerFilter":
        """From what an address or a saved filter says; what is not understood is left out."""
        found: dict[str, Any] = {}
        for name, words in _MANY.items():
            said = given.get(name, ())
            said = said.split(",") if isinstance(said, str) else said
            known = {word.value for word in words}
            found[name] = tuple(word for word in said if word in known)
        for name in ("compound_id", "building_id"):
            found[name] = _number(given.get(name, ""))
        for name in ("since_day", "until_day"):
            found[name] = _day(given.get(name, ""))
        for name in ("overdue", "rebound"):
            found[name] = str(given.get(name, "")).lower() in ("1", "true")
        found["search"] = str(given.get("search") or "")[:_LONGEST_SEARCH]
        found["camera_id"] = str(given.get("camera_id") or "")[:_LONGEST_SEARCH] or None
        return cls(**found)

    def plain(self) -> dict[str, Any]:
        """As JSON values, without what does not narrow; `read` gives the same filter back."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in found.items()
            if value not in (None, "", (), False)
        }

    def address(self, path: str = "/ledger") -> str:
        """The page's address with this filter."""
        said = {
            name: ",".join(value) if isinstance(value, tuple) else value
            for name, value in self.plain().items()
        }
        return path + (f"?{urlencode(said)}" if said else "")

    def query(self) -> str:
        """The same for the API's exports, beginning with ``?``; empty for no filter."""
        pairs: list[tuple[str, str]] = []
        for name, value in self.plain().items():
            if isinstance(value, tuple):
                pairs += [(name, word) for word in value]
            elif name == "since_day" and self.since_day is not None:
                pairs.append(("since", _midnight(self.since_day).isoformat()))
            elif name == "until_day" and self.until_day is not None:
                after = _midnight(self.until_day + timedelta(days=1))
                pairs.append(("until", after.isoformat()))
            else:
                pairs.append((name, "true" if value is True else str(value)))
        return f"?{urlencode(pairs)}" if pairs else ""

    def to_incidents(self, scope: Scope) -> IncidentFilter:
        """The same for the database, within what somebody may see."""
        return IncidentFilter(
            scope=scope,
            search=self.search or None,
            status=self.status,
            kind=self.kind,
            source=self.source,
            compound_id=self.compound_id,
            building_id=self.building_id,
            camera_id=self.camera_id,
            since=None if self.since_day is None else _midnight(self.since_day),
            until=None if self.until_day is None else _midnight(self.until_day + timedelta(days=1)),
            overdue=True if self.overdue else None,
            rebound=True if self.rebound else None,
        )
