"""The monthly report: draft on the 20th, due before the 22nd, frozen once sent (requirement 21)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from service.forms.documents import Document
from service.forms.statistics import DIMENSIONS, Tally, check_sums
from service.forms.words import TIMEZONE, FormSettings, date_text, moment_text

__all__ = [
    "MonthlyPeriod",
    "MonthlySnapshot",
    "ReportState",
    "monthly_report_docx",
    "snapshot_digest",
]

_DRAFT_DAY = 20
# 「每月22日前」 read conservatively: finished when the 21st ends.
_DUE_DAY = 22
_OPEN_CASES_MOST = 500
# Buildings are too many for a report that is read; they stand in the statistics workbook.
_PRINTED = ("community", "compound", "kind", "source")


class ReportState(StrEnum):
    """Where a month's report stands."""

    NOT_YET = "not_yet"
    DRAFT = "draft"
    LATE = "late"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class MonthlyPeriod:
    """The report of one month: from the last draft's moment up to this one's.

    Attributes:
        year: Of the report.
        month: Of the report, 1 to 12.
    """

    year: int
    month: int

    @classmethod
    def of(cls, now: datetime) -> "MonthlyPeriod":
        """The report that is being worked on at this aware time: the month's own."""
        local = now.astimezone(TIMEZONE)
        return cls(year=local.year, month=local.month)

    @property
    def previous(self) -> "MonthlyPeriod":
        """The month before."""
        if self.month == 1:
            return MonthlyPeriod(year=self.year - 1, month=12)
        return MonthlyPeriod(year=self.year, month=self.month - 1)

    @property
    def draft_at(self) -> datetime:
        """When the draft is made and the figures end: the 20th, 00:00."""
        return self._at(_DRAFT_DAY)

    @property
    def begins_at(self) -> datetime:
        """Where the figures of the month begin: where the month before's end."""
        return self.previous.draft_at

    @property
    def due_at(self) -> datetime:
        """Sent by then: the 21st, 24:00."""
        return self._at(_DUE_DAY)

    @property
    def words(self) -> str:
        """Such as 2026年2月20日至2026年3月19日."""
        last = self.draft_at.date() - timedelta(days=1)
        return f"{date_text(self.begins_at.date())}至{date_text(last)}"

    def state(self, now: datetime, *, sent: bool) -> ReportState:
        """Where it stands at this aware time."""
        if sent:
            return ReportState.SENT
        if now < self.draft_at:
            return ReportState.NOT_YET
        return ReportState.DRAFT if now < self.due_at else ReportState.LATE

    def _at(self, day: int) -> datetime:
        return datetime.combine(date(self.year, self.month, day), time(), TIMEZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlySnapshot:
    """The figures as they were; never counted anew once kept.

    Attributes:
        period: Which month.
        area: Whom it speaks for, such as 虎峰镇.
        taken_at: Aware time at which the ledger was read.
        month: What happened within the period.
        whole: All cases so far.
        groups: Dimension of `statistics.DIMENSIONS` -> its groups, of the period.
        open_cases: Of those still open: number, place, kind, deadline, status; the oldest first.
        open_total: How many are still open in all.
        look_backs: 回头看: rechecked, still clear, come back.
    """

    period: MonthlyPeriod
    area: str
    taken_at: datetime
    month: Tally
    whole: Tally
    groups: Mapping[str, Sequence[Tally]]
    open_cases: tuple[Mapping[str, str], ...]
    open_total: int
    look_backs: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; `from_json` gives the same snapshot back."""
        return {
            "schema": "lifelane.monthly/1",
            "year": self.period.year,
            "month_of_year": self.period.month,
            "area": self.area,
            "taken_at": self.taken_at.astimezone(TIMEZONE).isoformat(timespec="seconds"),
            "month": asdict(self.month),
            "whole": asdict(self.whole),
            "groups": {
                dimension: [asdict(tally) for tally in tallies]
                for dimension, tallies in self.groups.items()
            },
            "open_cases": [dict(case) for case in self.open_cases[:_OPEN_CASES_MOST]],
            "open_total": self.open_total,
            "look_backs": dict(self.look_backs),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "MonthlySnapshot":
        """The snapshot that `to_json` wrote."""
        return cls(
            period=MonthlyPeriod(year=kept["year"], month=kept["month_of_year"]),
            area=kept["area"],
            taken_at=datetime.fromisoformat(kept["taken_at"]),
            month=_tally(kept["month"]),
            whole=_tally(kept["whole"]),
            groups={
                dimension: tuple(map(_tally, tallies))
                for dimension, tallies in kept["groups"].items()
            },
            open_cases=tuple(kept["open_cases"]),
            open_total=kept["open_total"],
            look_backs=kept["look_backs"],
        )


def _tally(kept: Mapping[str, Any]) -> Tally:
    return Tally(**{field.name: kept[field.name] for field in fields(Tally)})


def snapshot_digest(kept: Mapping[str, Any]) -> str:
    """SHA-256 hex digest of the snapshot's canonical JSON: what was sent, provably."""
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _figures(tally: Tally) -> dict[str, str]:
    return {
        "label": tally.label,
        "found": str(tally.found),
        "rectified": str(tally.rectified),
        "rate": "—" if tally.rate is None else f"{tally.rate:.1%}",
        "overdue": str(tally.overdue),
        "rechecked": str(tally.rechecked),
        "rebounds": str(tally.rebounds),
        "assigned": str(tally.assigned),
        "dissuasions": str(tally.dissuasions),
        "reported": str(tally.reported),
        "tonnes": f"{tally.removed_kg / 1000:g}",
    }


def monthly_report_docx(
    kept: Mapping[str, Any],
    settings: FormSettings,
    *,
    sent_by: str = "",
    sent_at: datetime | None = None,
    templates: Path | None = None,
) -> bytes:
    """The report, printed from a kept snapshot only.

    Args:
        kept: `MonthlySnapshot.to_json`.
        settings: What the office prints.
        sent_by: Who sent it; empty prints it as a draft (征求意见稿).
        sent_at: When, aware.
        templates: A folder of the office's own templates.

    Raises:
        ServiceError: The parts do not add up.
    """
    snapshot = MonthlySnapshot.from_json(kept)
    check_sums(snapshot.month, snapshot.groups)
    return Document("monthly_report.docx", folder=templates).fill(
        {
            "title": f"{snapshot.area}消防安全隐患整治工作进度月报",
            "issue": f"{snapshot.period.year}年{snapshot.period.month}月",
            "is_draft": not sent_by,
            "period": snapshot.period.words,
            "due": f"{date_text(snapshot.period.due_at.date() - timedelta(days=1))}24时",
            "month": _figures(snapshot.month),
            "whole": _figures(snapshot.whole),
            "tables": [
                {
                    "title": f"{'一二三四五六七八九'[index]}、{DIMENSIONS[dimension][0]}",
                    "heading": DIMENSIONS[dimension][0].removeprefix("按"),
                    "rows": [_figures(tally) for tally in tallies],
                    "sum": _figures(snapshot.month),
                }
                for index, (dimension, tallies) in enumerate(
                    (dimension, snapshot.groups[dimension])
                    for dimension in _PRINTED
                    if dimension in snapshot.groups
                )
            ],
            "open_cases": [dict(case) for case in snapshot.open_cases],
            "open_total": str(snapshot.open_total),
            "look": {key: str(value) for key, value in snapshot.look_backs.items()},
            "taken_at": moment_text(snapshot.taken_at),
            "digest": snapshot_digest(kept),
            "sent_by": sent_by,
            "sent_at": moment_text(sent_at),
            "issuer": settings.issuer or "＿＿＿＿＿＿＿＿＿＿",
        }
    )
