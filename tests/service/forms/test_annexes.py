"""Annex 1 and 2: headings byte for byte as the paper prints them, and back in again."""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from service.errors import InvalidRequest, TooLarge
from service.forms import (
    BuildingRow,
    FormSettings,
    annex1_csv,
    annex1_xlsx,
    annex2_xlsx,
    read_annex1,
    seeded_tasks,
    task_reminders,
)

# By hand from the source paper; never from our own constants.
_TITLE_1 = "铜梁区虎峰镇老旧小区台账"
_HEADINGS_1 = [
    "镇街/社区",
    "小区名称",
    "地址",
    "消防安全管理人（楼栋长）及联系方式",
    "建筑高度（层数）",
    "隐患内容",
    "整改时限",
]
_TITLE_2 = "老旧小区消防安全专项整治任务清单"
_HEADINGS_2 = ["工作任务", "具体内容", "责任单位", "完成时限"]

_ROW = BuildingRow(
    town="虎峰镇",
    community="中兴社区",
    compound="阳光花园",
    address="中兴街12号",
    building="3栋",
    manager="张三",
    phone="13800000000",
    height_m=18.5,
    floors=6,
    hazards=("楼道堆放杂物", "可燃雨棚"),
    deadline="2024年6月30日",
)


def _values(content: bytes) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_annex_1_has_the_exact_title_and_headings() -> None:
    rows = _values(annex1_xlsx([_ROW], FormSettings()))
    assert rows[0][0] == _TITLE_1
    assert rows[0][1:] == [None] * 6
    assert rows[1] == _HEADINGS_1
    assert rows[2] == [
        "虎峰镇/中兴社区",
        "阳光花园",
        "中兴街12号 3栋",
        "张三 13800000000",
        "18.5米（6层）",
        "1. 楼道堆放杂物\n2. 可燃雨棚",
        "2024年6月30日",
    ]
    assert len(rows) == 3


def test_another_town_prints_its_own_title() -> None:
    rows = _values(annex1_xlsx([], FormSettings(annex1_place="某某区某某镇")))
    assert rows[0][0] == "某某区某某镇老旧小区台账"


def test_annex_1_csv_begins_with_a_bom_and_the_headings() -> None:
    content = annex1_csv([_ROW])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n")[0] == ",".join(_HEADINGS_1)


def test_a_formula_stays_text() -> None:
    evil = '=HYPERLINK("http://x","点我")'
    row = BuildingRow(town="", community="甲", compound=evil, address="@路", deadline="-1")
    cells = load_workbook(io.BytesIO(annex1_xlsx([row], FormSettings()))).active[3]
    assert [cell.data_type for cell in cells[1:3]] == ["s", "s"]
    assert cells[1].value == evil
    assert cells[1].quotePrefix
    text = annex1_csv([row]).decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert "'@路" in text
    assert "'-1" in text
    assert read_annex1(annex1_csv([row])).rows[0][1] == row


_WORD = st.text("甲乙丙ABC=+@'\"，,;0", min_size=1, max_size=8)
_ROWS = st.builds(
    BuildingRow,
    town=st.sampled_from(["", "虎峰镇"]),
    community=_WORD,
    compound=_WORD,
    address=_WORD,
    building=st.sampled_from(["", "3栋", "B座"]),
    manager=st.sampled_from(["", "张三", "欧阳某某"]),
    phone=st.sampled_from(["", "13800000000", "023-4500 0000"]),
    height_m=st.none() | st.integers(1, 990).map(float) | st.just(18.5),
    floors=st.none() | st.integers(1, 100),
    hazards=st.lists(_WORD.filter(lambda text: not text[0].isdigit()), max_size=3).map(tuple),
    deadline=st.sampled_from(["", "立行立改", "2024年6月30日", "2024-06-30", "6月30日前"]),
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        _ROWS,
        max_size=4,
        unique_by=lambda row: (row.community, row.compound, row.address, row.building),
    )
)
def test_what_goes_out_comes_in_again(rows: list[BuildingRow]) -> None:
    for content in (annex1_xlsx(rows, FormSettings()), annex1_csv(rows)):
        read = read_annex1(content)
        assert not read.problems
        assert [row for _, row in read.rows] == rows


def test_bad_rows_are_told_by_row_and_column_and_stop_nobody() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["铜梁区虎峰镇老旧小区台账"])
    sheet.append(_HEADINGS_1)
    good = ["虎峰镇/甲社区", "小区", "街1号", "张三", "18米（6层）", "", ""]
    for index in range(50):
        sheet.append([*good[:2], f"街{index}号", *good[3:]])
    sheet.append(["", "小区", "街X号", "", "", "", ""])
    sheet.append(["甲社区", "小区", "街Y号", "", "很高", "", "2024-02-31"])
    sheet.append(["甲社区", "小区", "街3号", "", "", "", ""])
    out = io.BytesIO()
    book.save(out)
    read = read_annex1(out.getvalue())
    assert len(read.rows) == 50
    assert [(problem.row, problem.column) for problem in read.problems] == [
        (53, "镇街/社区"),
        (54, "建筑高度（层数）"),
        (54, "整改时限"),
        (55, "地址"),
    ]


def test_other_headings_are_refused_with_those_expected() -> None:
    with pytest.raises(InvalidRequest, match="消防安全管理人（楼栋长）及联系方式"):
        read_annex1("小区,地址\r\n甲,乙\r\n".encode())


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 no workbook", b"\xff\xfe\x00\x01\x02", b"\x00\x01"]
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_annex1(content)


def test_a_workbook_that_is_a_bomb_is_refused_unopened() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (129 * 1024 * 1024))
    with pytest.raises(TooLarge, match="unpacks"):
        read_annex1(out.getvalue())


def test_a_chinese_excels_csv_is_read() -> None:
    text = ",".join(_HEADINGS_1).replace("（", "(").replace("）", ")")
    read = read_annex1(
        f"{text}\r\n甲社区,小区,街1号,张三,6,楼道堆物,立行立改\r\n".encode("gb18030")
    )
    assert read.rows[0][1].floors == 6
    assert read.rows[0][1].hazards == ("楼道堆物",)


def test_annex_2_has_the_exact_title_headings_and_seeded_rows() -> None:
    rows = _values(annex2_xlsx(seeded_tasks(2024)))
    assert rows[0][0] == _TITLE_2
    assert rows[1] == _HEADINGS_2
    assert [row[0] for row in rows[2:]] == [
        "排查摸底阶段",
        None,
        None,
        "集中整治阶段",
        None,
        None,
        "巩固提升",
    ]
    assert [row[3] for row in rows[2:]] == [
        "4月10日前",
        "4月10日前",
        "4月10日前",
        "6月30日",
        "6月30日",
        "12月25日",
        "12月25日",
    ]
    assert rows[2][2] == "各社区、规划建设环保办"
    assert rows[4][2] == "各社区"
    assert rows[6][2] == "应急管理岗、规划建设环保办"


def test_reminders_come_before_on_and_after_the_deadline() -> None:
    tasks = seeded_tasks(2024)

    def days(today: date) -> list[tuple[int, int]]:
        return [(each.task.number, each.days_left) for each in task_reminders(tasks, today)]

    assert days(date(2024, 4, 2)) == []
    assert days(date(2024, 4, 3)) == [(1, 7), (2, 7), (3, 7)]
    assert days(date(2024, 4, 10)) == [(1, 0), (2, 0), (3, 0)]
    assert days(date(2024, 4, 12)) == [(1, -2), (2, -2), (3, -2)]
    assert "已逾期2天" in task_reminders(tasks, date(2024, 4, 12))[0].text
