"""Ledger, two lists, statistics, monthly report and score sheet."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from service.errors import ServiceError
from service.forms import (
    DIMENSIONS,
    FirmFigures,
    FormCase,
    FormSettings,
    MonthlyPeriod,
    MonthlySnapshot,
    ReportState,
    Tally,
    firm_answers,
    ledger_csv,
    ledger_xlsx,
    monthly_report_docx,
    score_sheet_docx,
    snapshot_digest,
    statistics_xlsx,
    tally_cases,
    total,
    two_lists_xlsx,
)

MakeCase = Callable[..., FormCase]
Text = Callable[[bytes], str]
_NOW = datetime(2026, 3, 20, 1, tzinfo=UTC)

# Requirement 12's fields, by hand.
_LEDGER = [
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
]


def _cases(make_case: MakeCase) -> list[FormCase]:
    return [
        make_case(
            number=f"c-{index}",
            community=("甲社区", "乙社区")[index % 2],
            compound=("阳光花园", "锦绣苑", "")[index % 3],
            kind_zh=("楼道堆物", "消防车道被占用")[index % 2],
            source=("摄像机", "巡查照片", "人工登记")[index % 3],
            is_closed=index % 4 == 0,
            is_overdue=index % 4 == 1,
            dissuasions=index % 3,
            rebound_of="c-0" if index == 9 else "",
            removed_kg=12.5 * (index % 2),
        )
        for index in range(20)
    ]


def test_the_ledger_has_every_field_in_order(make_case: MakeCase) -> None:
    case = make_case(
        is_overdue=True,
        rebound_of="yangguang-2025-0044",
        warned_at=datetime(2026, 3, 4, 17, 31, tzinfo=UTC),
    )
    sheet = load_workbook(io.BytesIO(ledger_xlsx([case], title="台账", made_at=_NOW))).active
    assert [cell.value for cell in sheet[3]][: len(_LEDGER)] == _LEDGER
    row = {head.value: cell.value for head, cell in zip(sheet[3], sheet[4], strict=True)}
    assert row["编号"] == "yangguang-2026-0001"
    assert row["楼栋/部位"] == "2号楼 1单元门厅"
    assert row["发现时间"] == "2026-03-05 01:30"
    assert row["整改期限"] == datetime(2026, 3, 20)  # noqa: DTZ001
    assert row["状态"] == "整改中（逾期）"
    assert row["警示时间"] == "2026-03-05 01:31"
    assert row["反弹自"] == "yangguang-2025-0044"
    lines = list(csv.reader(io.StringIO(ledger_csv([case]).decode("utf-8-sig"))))
    assert lines[0][: len(_LEDGER)] == _LEDGER
    assert len(lines) == 2


def test_both_lists_hold_the_same_numbers(make_case: MakeCase) -> None:
    cases = _cases(make_case)
    book = load_workbook(io.BytesIO(two_lists_xlsx(cases, made_at=_NOW)))
    assert book.sheetnames == ["隐患问题清单", "整改责任清单"]
    first, second = ([row[0] for row in sheet.values][3:] for sheet in book)
    assert first == second == [case.number for case in cases]


def test_statistics_add_up_to_the_ledger_in_every_dimension(make_case: MakeCase) -> None:
    cases = _cases(make_case)
    groups = {dimension: tally_cases(cases, dimension) for dimension in DIMENSIONS}
    for tallies in groups.values():
        assert total(tallies).found == 20
        assert total(tallies).rectified == 5
        assert total(tallies).overdue == 5
        assert total(tallies).dissuasions == sum(index % 3 for index in range(20))
        assert total(tallies).removed_kg == pytest.approx(125.0)
    content = statistics_xlsx(
        total(groups["kind"]), groups, title="统计表", period="2026年3月", made_at=_NOW
    )
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["按社区", "按小区", "按楼栋", "按隐患类型", "按来源"]
    sums = {tuple(cell.value for cell in sheet[sheet.max_row])[1:] for sheet in book}
    assert sums == {(20, 5, "25.0%", 5, 0, 1, 0, 19, 0, 0.125)}


def test_statistics_that_do_not_add_up_are_not_printed(make_case: MakeCase) -> None:
    groups = {"kind": tally_cases(_cases(make_case), "kind")}
    with pytest.raises(ServiceError, match="found adds up to 20, the ledger has 21"):
        statistics_xlsx(Tally(found=21, rectified=5), groups, title="t", period="p", made_at=_NOW)


@pytest.mark.parametrize(
    ("now", "sent", "expected"),
    [
        # 15:59:59 UTC is one second before midnight in Shanghai.
        (datetime(2026, 3, 19, 15, 59, 59, tzinfo=UTC), False, ReportState.NOT_YET),
        (datetime(2026, 3, 19, 16, 0, tzinfo=UTC), False, ReportState.DRAFT),
        (datetime(2026, 3, 21, 15, 59, 59, tzinfo=UTC), False, ReportState.DRAFT),
        (datetime(2026, 3, 21, 16, 0, tzinfo=UTC), False, ReportState.LATE),
        (datetime(2026, 3, 21, 16, 0, tzinfo=UTC), True, ReportState.SENT),
    ],
)
def test_the_report_is_due_when_the_21st_ends_in_shanghai(
    now: datetime, sent: bool, expected: ReportState
) -> None:
    assert MonthlyPeriod(year=2026, month=3).state(now, sent=sent) is expected


def test_a_period_runs_from_draft_to_draft_over_new_year_and_leap_day() -> None:
    january = MonthlyPeriod(year=2024, month=1)
    assert january.words == "2023年12月20日至2024年1月19日"
    march = MonthlyPeriod(year=2024, month=3)
    assert (march.draft_at - march.begins_at).days == 29
    assert march.begins_at == MonthlyPeriod(year=2024, month=2).draft_at
    assert MonthlyPeriod.of(datetime(2023, 12, 31, 16, tzinfo=UTC)) == january


def _snapshot(make_case: MakeCase) -> MonthlySnapshot:
    cases = _cases(make_case)
    groups = {dimension: tally_cases(cases, dimension) for dimension in DIMENSIONS}
    return MonthlySnapshot(
        period=MonthlyPeriod(year=2026, month=3),
        area="虎峰镇",
        taken_at=_NOW,
        month=total(groups["kind"]),
        whole=total(groups["kind"]),
        groups=groups,
        open_cases=(
            {
                "number": "c-1",
                "place": "锦绣苑",
                "kind": "楼道堆物",
                "deadline": "",
                "status": "整改中",
            },
        ),
        open_total=15,
        look_backs={"checked": 4, "kept": 3, "rebound": 1},
    )


def test_the_report_is_printed_from_the_snapshot_alone(
    make_case: MakeCase, office: FormSettings, docx_text: Text
) -> None:
    kept = json.loads(json.dumps(_snapshot(make_case).to_json()))
    assert MonthlySnapshot.from_json(kept).to_json() == kept
    draft = docx_text(monthly_report_docx(kept, office))
    assert "（草稿，未报送）" in draft
    sent = docx_text(
        monthly_report_docx(
            kept, office, sent_by="孙八", sent_at=datetime(2026, 3, 21, 3, tzinfo=UTC)
        )
    )
    for expected in (
        "虎峰镇消防安全隐患整治工作进度月报",
        "统计期间：2026年2月20日至2026年3月19日；报送期限：2026年3月21日24时",
        "本期发现并登记隐患20项，其中已销号5项，整改率25.0%",
        "“回头看”核查4处，保持3处，反弹1处",
        "一、按社区",
        "四、按来源",
        "报送人：孙八　　报送时间：2026-03-21 11:00",
        snapshot_digest(kept),
    ):
        assert expected in sent, expected
    assert "草稿" not in sent


def test_a_changed_snapshot_has_another_digest(make_case: MakeCase) -> None:
    kept = _snapshot(make_case).to_json()
    before = snapshot_digest(kept)
    kept["month"]["rectified"] += 1
    assert snapshot_digest(kept) != before


_FIRM = FirmFigures(
    firm="阳光物业",
    compounds=("阳光花园",),
    facility_cases=3,
    facility_in_time=3,
    facility_overdue=0,
    days=30,
    patrol_days=27,
    registered=12,
    with_full_entry=12,
    alerts=40,
    unattended=0,
    dissuaded_cases=5,
    without_effect=1,
    reported=1,
    rebounds=0,
)


def test_the_four_answers_come_from_figures(office: FormSettings, docx_text: Text) -> None:
    answers = firm_answers(_FIRM)
    assert [each.answer for each in answers] == ["是", "是", "是", "是"]
    text = docx_text(score_sheet_docx([(_FIRM, answers)], office, period="2026年3月", made_at=_NOW))
    for question in (
        "是否按照物业服务合同约定对物业管理区域共有设施进行维护、保养和管理",
        "是否按照物业服务合同约定开展安全巡查",
        "是否建立日常巡查制度、违规行为巡查发现制度，以及相应工作台账",
        "是否采取合理措施劝阻，劝阻无效的是否及时报告辖区街道办事处和相关职能部门",
    ):
        assert question in text


@pytest.mark.parametrize(
    ("changes", "index", "answer"),
    [
        ({"facility_overdue": 1}, 0, "否"),
        ({"facility_cases": 0}, 0, "无数据"),
        ({"patrol_days": 26}, 1, "否"),
        ({"with_full_entry": 11}, 2, "否"),
        ({"registered": 0}, 2, "无数据"),
        ({"reported": 0}, 3, "否"),
        ({"unattended": 2}, 3, "否"),
    ],
)
def test_each_answer_turns_with_its_figure(
    changes: dict[str, int], index: int, answer: str
) -> None:
    assert firm_answers(replace(_FIRM, **changes))[index].answer == answer
