"""The charts of the page of figures, as options of the ECharts that NiceGUI brings along."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.desk.style import ACCENT
from service.desk.texts import Texts
from service.repository import NOTICE_BOUNDS_S, Rhythm, StatRow

__all__ = ["bars", "hours_chart", "notice_chart", "trend_chart"]

_CLOSED = "#1b7f4b"
# Read by the browser, so that one option serves both themes.
_INK = "document.body.classList.contains('body--dark') ? '#d6dbe1' : '#2b3138'"
_FAINT = "document.body.classList.contains('body--dark') ? '#343b44' : '#e6e9ed'"
_SCALE = "document.body.classList.contains('body--dark') ? '#26303a' : '#f4ebe9'"
_LONGEST_TREND_IN_DAYS = 93


def _base(**more: Any) -> dict[str, Any]:
    return {
        "textStyle": {":color": _INK},
        "grid": {"left": 8, "right": 16, "top": 34, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "animation": False,
        **more,
    }


def _category(values: Sequence[str], **more: Any) -> dict[str, Any]:
    return {"type": "category", "data": list(values), "axisLabel": {":color": _INK}, **more}


def _count_axis() -> dict[str, Any]:
    return {
        "type": "value",
        "minInterval": 1,
        "axisLabel": {":color": _INK},
        "splitLine": {"lineStyle": {":color": _FAINT}},
    }


def trend_chart(texts: Texts, months: Sequence[StatRow], days: Mapping[str, int]) -> dict[str, Any]:
    """Found by day in a short period, found and closed by month in a long one."""
    by_month = sorted(months, key=lambda row: row.key)
    if len(by_month) <= 1 or (len(days) <= _LONGEST_TREND_IN_DAYS and len(by_month) < 3):
        series = [_line(texts("figure.found"), list(days.values()), ACCENT)]
        return _base(xAxis=_category(list(days)), yAxis=_count_axis(), series=series)
    return _base(
        legend={"textStyle": {":color": _INK}, "top": 0},
        xAxis=_category([row.key for row in by_month]),
        yAxis=_count_axis(),
        series=[
            _line(texts("figure.found"), [row.found for row in by_month], ACCENT),
            _line(texts("figure.closed"), [row.closed for row in by_month], _CLOSED),
        ],
    )


def _line(name: str, values: list[int], colour: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "data": values,
        "itemStyle": {"color": colour},
        "areaStyle": {"opacity": 0.08},
        "symbolSize": 6,
    }


def hours_chart(texts: Texts, rhythm: Rhythm) -> dict[str, Any]:
    """Weekday by hour; the darker, the more were found."""
    cells = [[hour, day, count] for (day, hour), count in sorted(rhythm.hours.items())]
    return _base(
        tooltip={"position": "top"},
        grid={"left": 8, "right": 16, "top": 8, "bottom": 42, "containLabel": True},
        xAxis=_category([f"{hour:02d}" for hour in range(24)]),
        yAxis=_category([texts(f"weekday.{day}") for day in range(7)], inverse=True),
        visualMap={
            "min": 0,
            "max": max(rhythm.hours.values(), default=1),
            "calculable": False,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemHeight": 90,
            "itemWidth": 12,
            "textStyle": {":color": _INK},
            "inRange": {":color": f"[{_SCALE}, '{ACCENT}']"},
        },
        series=[
            {
                "name": texts("figure.found"),
                "type": "heatmap",
                "data": cells,
                "itemStyle": {"borderWidth": 1, ":borderColor": _FAINT},
            }
        ],
    )


def bars(name: str, figures: Mapping[str, int]) -> dict[str, Any]:
    """Names and counts as lying bars, the largest on top."""
    return _base(
        grid={"left": 8, "right": 40, "top": 8, "bottom": 8, "containLabel": True},
        xAxis=_count_axis(),
        yAxis=_category(list(figures), inverse=True),
        series=[
            {
                "name": name,
                "type": "bar",
                "data": list(figures.values()),
                "itemStyle": {"color": ACCENT},
                "label": {"show": True, "position": "right", ":color": _INK},
                "barMaxWidth": 22,
            }
        ],
    )


def notice_chart(texts: Texts, rhythm: Rhythm) -> dict[str, Any]:
    """How many were noticed how soon."""
    names = [texts("within").format(time=texts.duration(bound)) for bound in NOTICE_BOUNDS_S]
    named = dict(zip((*names, texts("longer")), rhythm.notice, strict=True))
    return bars(texts("figure.found"), named)
