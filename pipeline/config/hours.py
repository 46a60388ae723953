"""Hours of the week as people write them: `22:00-06:00`, `mon-fri 09:00-11:30`."""

import re
from collections.abc import Sequence
from typing import Any, Final

from pipeline.config.fields import wrong
from pipeline.config.problems import describe
from pipeline.zones import Hours, Window

__all__ = ["HOURS_EXPECTED", "hours_of", "hours_text"]

HOURS_EXPECTED: Final = "a list of hours such as '22:00-06:00' or 'mon-fri 09:00-11:30'"
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ONE = re.compile(r"(?:([a-z]{3})(?:-([a-z]{3}))?\s+)?(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")


def hours_text(value: Any) -> tuple[str, ...] | None:
    """Check hours; they stay the text that people wrote.

    Raises:
        PydanticCustomError: They are none; the message shows how they are written.
    """
    if value is None:
        return None
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise wrong(
            "write hours in quotes, or delete the line",
            expected=HOURS_EXPECTED,
            found=describe(value),
        )
    for index, each in enumerate(given):
        try:
            _window(each)
        except ValueError as error:
            raise wrong(
                str(error), expected=HOURS_EXPECTED, found=describe(each), index=index
            ) from error
    return tuple(given)


def hours_of(texts: tuple[str, ...] | None) -> Hours | None:
    """Checked texts as the rules want them."""
    return None if texts is None else Hours([_window(each) for each in texts])


def _window(text: Any) -> Window:
    if not isinstance(text, str):
        raise ValueError("hours are text: put them in quotes")  # noqa: TRY004  (caught above)
    match = _ONE.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError("write hours as HH:MM-HH:MM, with days before them if need be")
    first, last, *clock = match.groups()
    days: Sequence[int] = range(7)
    if first is not None:
        start, end = _day(first), _day(last or first)
        days = [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    start_min, end_min = _minute(*clock[:2]), _minute(*clock[2:])
    return Window(days=frozenset(days), start_min=start_min, end_min=end_min)


def _day(name: str) -> int:
    if name not in _DAYS:
        raise ValueError(f"days are {', '.join(_DAYS)}")
    return _DAYS.index(name)


def _minute(hour: str, minute: str) -> int:
    whole = int(hour) * 60 + int(minute)
    if whole > 24 * 60 or int(minute) > 59:
        raise ValueError(f"{hour}:{minute} is no time of day")
    return whole
