"""How forms write times, places and numbers; everything in the offices' own time zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from service.errors import InvalidRequest

__all__ = [
    "TIMEZONE",
    "FormSettings",
    "clean",
    "date_text",
    "day_of",
    "height_text",
    "moment_text",
    "parse_day",
]

#: Deadlines of the offices run in this zone, whatever zone the server is in.
TIMEZONE = ZoneInfo("Asia/Shanghai")

# What XML 1.0 cannot hold; line breaks and tabs stay.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CELL_LIMIT = 32_000
_ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00(?::00)?)?")
_CHINESE_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日前?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSettings:
    """What an office prints on its forms; the defaults are those of the source papers.

    Attributes:
        annex1_place: Place in Annex 1's title.
        issuer: Who issues notices and reports; empty leaves a line to write on.
        issuer_phone: Where a recipient may ask; empty leaves a line.
        report_area: Whom the monthly report speaks for.
        number_word: Word in a notice's number, as in 整改〔2026〕12号.
        local_rule: Text of a local rule that is cited besides the national ones; may be
            empty. The place for provincial rules that extend the ban to lower buildings.
        high_rise_m: A home building higher than this, in metres, is a high-rise.
    """

    annex1_place: str = "铜梁区虎峰镇"
    issuer: str = ""
    issuer_phone: str = ""
    report_area: str = "本辖区"
    number_word: str = "整改"
    local_rule: str = ""
    high_rise_m: float = 27.0


def clean(text: str) -> str:
    """The text as a form can hold it: no control characters, no longer than a cell takes."""
    plain = _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return plain if len(plain) <= _CELL_LIMIT else plain[:_CELL_LIMIT] + "…（过长，已截断）"


def day_of(moment: datetime) -> date:
    """The day of an aware time in the offices' zone."""
    return moment.astimezone(TIMEZONE).date()


def moment_text(moment: datetime | None) -> str:
    """Such as ``2026-01-05 10:11``; empty for None."""
    return "" if moment is None else f"{moment.astimezone(TIMEZONE):%Y-%m-%d %H:%M}"


def date_text(day: date | None) -> str:
    """Such as ``2026年1月5日``; empty for None."""
    return "" if day is None else f"{day.year}年{day.month}月{day.day}日"


def height_text(height_m: float | None, floors: int | None) -> str:
    """Annex 1's way: ``18.5米（6层）``; what is not known is left out."""
    height = "" if height_m is None else f"{height_m:g}米"
    storeys = "" if floors is None else f"{floors}层"
    if height and storeys:
        return f"{height}（{storeys}）"
    return height or storeys


def parse_day(text: str) -> date | None:
    """The day that the text names; None when it is no full date (立行立改, 长期, 6月30日前).

    Raises:
        InvalidRequest: It looks like a date, but there is no such day.
    """
    match = _ISO_DAY.fullmatch(text.strip()) or _CHINESE_DAY.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise InvalidRequest(
            f"there is no day {text.strip()}: expected a day such as 2026-06-30 or 2026年6月30日"
        ) from error
