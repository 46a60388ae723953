"""Words of the page of figures."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["FIGURES_WORDS"]

#: key -> (Chinese, English).
FIGURES_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "figures": ("统计", "Figures"),
        "period": ("时段", "Period"),
        "period.month": ("本月", "This month"),
        "period.last_month": ("上月", "Last month"),
        "period.quarter": ("近三个月", "Three months"),
        "period.year": ("近十二个月", "Twelve months"),
        "period.ever": ("全部", "Everything"),
        "by_what": ("按", "By"),
        "by.kind": ("隐患类别", "Kind"),
        "by.building": ("楼栋", "Building"),
        "by.compound": ("小区", "Compound"),
        "by.community": ("社区", "Community"),
        "by.month": ("月份", "Month"),
        "by.source": ("来源", "Source"),
        "figure.found": ("发现", "Found"),
        "figure.false_alarms": ("误报", "False alarms"),
        "figure.registered": ("登记", "Registered"),
        "figure.open": ("未销号", "Open"),
        "figure.overdue": ("逾期", "Overdue"),
        "figure.closed": ("销号", "Closed"),
        "figure.rectified_share": ("整改率", "Rectified"),
        "figure.failed_rechecks": ("复查不合格", "Failed rechecks"),
        "figure.rebounds": ("反弹", "Rebounds"),
        "figure.transfers": ("移交", "Transferred"),
        "figure.dissuasions": ("劝阻", "Dissuasions"),
        "figure.notice": ("确认用时（中位）", "Time to notice (median)"),
        "chart.trend": ("趋势", "Trend"),
        "chart.hours": ("发现时刻（星期 × 小时）", "When found (weekday and hour)"),
        "chart.kinds": ("按类别", "By kind"),
        "chart.places": ("发现最多的部位", "Places with the most"),
        "chart.notice": ("多久有人确认", "How soon noticed"),
        "within": ("{time}内", "within {time}"),
        "longer": ("更久", "longer"),
        "weekday.0": ("周一", "Mon"),
        "weekday.1": ("周二", "Tue"),
        "weekday.2": ("周三", "Wed"),
        "weekday.3": ("周四", "Thu"),
        "weekday.4": ("周五", "Fri"),
        "weekday.5": ("周六", "Sat"),
        "weekday.6": ("周日", "Sun"),
        "sum": ("合计", "Sum"),
        "not_given": ("（未填）", "(not given)"),
        "export.figures": ("统计表 Excel（已登记）", "Figures, Excel (registered)"),
        "empty.figures": ("这个时段没有事件", "Nothing was found in this period"),
        "empty.figures.hint": ("换一个时段试试。", "Choose another period."),
    }
)
