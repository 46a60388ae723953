"""The hazard ledger (隐患台账) and the two lists (两个清单) as tables."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from service.forms.cases import FormCase, FormPhoto
from service.forms.sheets import Cell, Sheet, csv_bytes, workbook_bytes
from service.forms.words import moment_text

__all__ = [
    "HAZARD_LIST_HEADINGS",
    "LEDGER_HEADINGS",
    "RESPONSIBILITY_LIST_HEADINGS",
    "ledger_csv",
    "ledger_xlsx",
    "two_lists_xlsx",
]

#: Requirement 12's fields, then the times of immediate action (requirement 14).
LEDGER_HEADINGS = (
    "编号",
    "来源",
    "社区",
    "小区",
    "楼栋/部位",
    "隐患类型",
    "隐患内容",
    "发现时间",
    "整改责任人",
    "整改措施",
    "整改期限",
    "状态",
    "整改前照片",
    "整改后照片",
    "复查人",
    "复查时间",
    "复查结论",
    "销号时间",
    "确认时间",
    "警示时间",
    "派员时间",
    "劝阻次数",
    "报告时间",
    "反弹自",
)
_LEDGER_WIDTHS = (
    *(17, 9, 10, 12, 15, 12, 26, 16, 14, 20, 12, 9, 13, 13, 9, 16, 12, 16),
    *(16, 16, 16, 6, 16, 17),
)
HAZARD_LIST_HEADINGS = (
    "编号",
    "社区",
    "小区",
    "楼栋/部位",
    "隐患类型",
    "隐患内容",
    "发现时间",
    "来源",
)
RESPONSIBILITY_LIST_HEADINGS = (
    "编号",
    "责任单位",
    "整改责任人",
    "整改措施",
    "整改期限",
    "状态",
    "销号时间",
)


def _photos(photos: Sequence[FormPhoto]) -> str:
    return "\n".join(photo.name for photo in photos)


def _responsible(case: FormCase) -> str:
    return "\n".join(part for part in (case.responsible_unit, case.responsible_person) if part)


def _status(case: FormCase) -> str:
    return f"{case.status_zh}（逾期）" if case.is_overdue else case.status_zh


def _ledger_row(case: FormCase) -> tuple[Cell, ...]:
    return (
        case.number,
        case.source,
        case.community,
        case.compound,
        case.place,
        case.kind_zh,
        case.content,
        moment_text(case.found_at),
        _responsible(case),
        case.measure,
        case.deadline,
        _status(case),
        _photos(case.before),
        _photos(case.after),
        case.rechecked_by,
        moment_text(case.rechecked_at),
        case.recheck_result,
        moment_text(case.closed_at),
        moment_text(case.acknowledged_at),
        moment_text(case.warned_at),
        moment_text(case.dispatched_at),
        case.dissuasions,
        moment_text(case.reported_at),
        case.rebound_of,
    )


def ledger_xlsx(cases: Iterable[FormCase], *, title: str, made_at: datetime) -> bytes:
    """The ledger as a workbook.

    Args:
        cases: In the order they are to stand; taken one by one.
        title: Such as 阳光花园消防安全隐患台账.
        made_at: Aware time of the export, printed under the title.
    """
    return workbook_bytes(
        Sheet(
            name="隐患台账",
            title=title,
            subtitle=f"导出时间：{moment_text(made_at)}（北京时间）",
            headings=LEDGER_HEADINGS,
            widths=_LEDGER_WIDTHS,
            rows=map(_ledger_row, cases),
            a3=True,
            centred=frozenset({0, 1, 7, 10, 11, 15, 17, 18, 19, 20, 21, 22}),
        )
    )


def ledger_csv(cases: Iterable[FormCase]) -> bytes:
    """The ledger as CSV with BOM, headings first."""
    return csv_bytes(LEDGER_HEADINGS, map(_ledger_row, cases))


def two_lists_xlsx(cases: Iterable[FormCase], *, made_at: datetime) -> bytes:
    """隐患问题清单 and 整改责任清单 (S1): one workbook, two sheets, the same numbers in both."""
    listed = list(cases)
    subtitle = (
        f"共 {len(listed)} 项，两个清单编号一致；生成时间：{moment_text(made_at)}（北京时间）"
    )
    return workbook_bytes(
        Sheet(
            name="隐患问题清单",
            title="隐患问题清单",
            subtitle=subtitle,
            headings=HAZARD_LIST_HEADINGS,
            widths=(19, 14, 16, 20, 16, 40, 18, 12),
            rows=(
                (
                    case.number,
                    case.community,
                    case.compound,
                    case.place,
                    case.kind_zh,
                    case.content,
                    moment_text(case.found_at),
                    case.source,
                )
                for case in listed
            ),
            centred=frozenset({0, 6, 7}),
        ),
        Sheet(
            name="整改责任清单",
            title="整改责任清单",
            subtitle=subtitle,
            headings=RESPONSIBILITY_LIST_HEADINGS,
            widths=(19, 26, 16, 40, 14, 14, 18),
            rows=(
                (
                    case.number,
                    case.responsible_unit,
                    case.responsible_person,
                    case.measure,
                    case.deadline,
                    _status(case),
                    moment_text(case.closed_at),
                )
                for case in listed
            ),
            centred=frozenset({0, 4, 5, 6}),
        ),
    )
