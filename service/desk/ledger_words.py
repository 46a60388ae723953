"""Words of the ledger's page."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["LEDGER_WORDS"]

#: key -> (Chinese, English).
LEDGER_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ledger": ("隐患台账", "Ledger"),
        "search": ("搜索编号、部位、内容、责任人", "Search number, place, content, person"),
        "clear_filter": ("清除筛选", "Clear"),
        "only_overdue": ("只看逾期", "Overdue only"),
        "only_rebound": ("只看反弹", "Rebounds only"),
        "from_day": ("发现日期自", "Found from"),
        "to_day": ("至", "until"),
        "compound": ("小区", "Compound"),
        "save_filter": ("保存筛选", "Save the filter"),
        "filter_name": ("名称", "Name"),
        "filter_saved": ("筛选已保存", "Filter saved"),
        "drop_filter": ("删除这个筛选", "Delete this filter"),
        "export": ("导出", "Export"),
        "export.ledger_xlsx": ("隐患台账 Excel（已登记）", "Ledger, Excel (registered)"),
        "export.ledger_csv": ("隐患台账 CSV（已登记）", "Ledger, CSV (registered)"),
        "export.two_lists": ("两个清单 Excel", "The two lists, Excel"),
        "export.all_csv": ("全部字段 CSV", "All fields, CSV"),
        "column.picture": ("图", "Picture"),
        "column.id": ("事件", "Incident"),
        "column.number": ("编号", "Number"),
        "column.raised_at": ("发现时间", "Found"),
        "column.severity": ("紧急程度", "Severity"),
        "column.kind": ("隐患类别", "Kind"),
        "column.where": ("部位", "Where"),
        "column.status": ("状态", "Status"),
        "column.responsible": ("整改责任人", "Responsible"),
        "column.deadline": ("期限", "Deadline"),
        "overdue": ("逾期", "overdue"),
        "rows": ("每页", "Rows a page"),
        "of": ("{first}–{last}，共 {total} 条", "{first}–{last} of {total}"),
        "at_least": ("{total} 条以上", "more than {total}"),
        "choose_all": ("选择本页全部", "Choose all of this page"),
        "selected": ("已选 {count} 条", "{count} chosen"),
        "batch": ("批量操作", "Do for all chosen"),
        "batch_done": (
            "批量结果：{done} 条成功，{failed} 条未执行",
            "{done} done, {failed} not done",
        ),
        "batch_hint": (
            "对 {count} 条逐条执行；不能执行的会说明原因，其余照常。",
            "Done one by one for {count}; what is refused says why, the rest goes on.",
        ),
        "no_common_step": ("所选各条没有可做的操作", "Nothing can be done for those chosen"),
        "done": ("成功", "done"),
        "empty.ledger": ("没有符合筛选的隐患", "Nothing fits the filter"),
        "empty.ledger.hint": (
            "放宽或清除筛选；登记后的隐患才有编号。",
            "Widen or clear the filter; cases get a number when they are registered.",
        ),
    }
)
