"""The patrol as an Excel file: ledger rows for the proposals, and the list of all photos."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

from pipeline.review.journal import Journal
from pipeline.review.judging import Proposal
from pipeline.review.record import Outcome, Record
from pipeline.review.words import CLASS_WORDS, HAZARD_WORDS, ORIGIN_WORDS

__all__ = ["LEDGER_HEADINGS", "write_ledger_sheet"]

#: 隐患台账, as the authorities' papers list its columns; a patrol fills what a photo can say.
LEDGER_HEADINGS: Final = (
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
    "置信度",
    "备注",
)
_PHOTO_HEADINGS = ("文件", "结果", "隐患", "地点", "地点来源", "拍摄时间", "纬度", "经度", "说明")
_OUTCOMES = {
    Outcome.DONE: "已检查",
    Outcome.DUPLICATE: "重复",
    Outcome.UNREADABLE: "无法读取",
}
_WIDTHS = (6, 10, 14, 18, 22, 18, 40, 20, 12, 24, 12, 12, 40, 14, 10, 14, 12, 12, 8, 30)
_TEXT_MOST = 32_000
# XML has no place for these.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_ledger_sheet(path: Path, journal: Journal, pictures: str) -> None:
    """Write the workbook, a row at a time.

    Args:
        path: The file.
        journal: The record of the patrol.
        pictures: Folder of the pictures, relative to the file.
    """
    book = Workbook(write_only=True)
    ledger = book.create_sheet("隐患台账")
    for number, width in enumerate(_WIDTHS):
        ledger.column_dimensions[chr(ord("A") + number)].width = width
    ledger.freeze_panes = "A2"
    ledger.append(_headings(ledger, LEDGER_HEADINGS))
    number = 0
    for record in journal.records(Outcome.DONE, with_hazards=True):
        for proposal in record.hazards:
            number += 1
            row = [_cell(ledger, value) for value in _ledger_row(number, record, proposal)]
            link = row[LEDGER_HEADINGS.index("整改前照片")]
            link.hyperlink = f"{pictures}/{record.picture}"
            link.font = Font(color="0563C1", underline="single")
            ledger.append(row)
    photos = book.create_sheet("照片清单")
    for column, width in zip("ABCDEFGHI", (50, 10, 30, 30, 10, 26, 12, 12, 50), strict=True):
        photos.column_dimensions[column].width = width
    photos.freeze_panes = "A2"
    photos.append(_headings(photos, _PHOTO_HEADINGS))
    for outcome in Outcome:
        for record in journal.records(outcome):
            photos.append([_cell(photos, value) for value in _photo_row(record)])
    book.save(path)


def _ledger_row(number: int, record: Record, proposal: Proposal) -> Iterator[Any]:
    place = record.place
    things = "、".join(
        f"{CLASS_WORDS.get(subject.class_name, subject.class_name)} {subject.confidence:.2f}"
        for subject in proposal.subjects
    )
    unsure = "" if proposal.place_known else "场所类型未知；"
    values = dict.fromkeys(LEDGER_HEADINGS, "") | {
        "编号": number,
        "来源": "巡查照片",
        "社区": place.community,
        "小区": place.compound,
        "楼栋/部位": "/".join(filter(None, (place.building, place.part))),
        "隐患类型": HAZARD_WORDS[proposal.kind][0],
        "隐患内容": f"照片中发现：{things}",
        "发现时间": record.taken_at,
        "状态": "待人工复核",
        "整改前照片": record.file,
        "置信度": proposal.confidence,
        "备注": unsure + record.note,
    }
    yield from values.values()


def _photo_row(record: Record) -> Iterator[Any]:
    latitude, longitude = record.position or ("", "")
    yield record.file
    yield _OUTCOMES[record.outcome]
    yield "、".join(HAZARD_WORDS[proposal.kind][0] for proposal in record.hazards)
    yield record.place.words
    yield ORIGIN_WORDS.get(record.place.origin, record.place.origin)
    yield record.taken_at
    yield latitude
    yield longitude
    yield record.reason


def _headings(sheet: Any, words: tuple[str, ...]) -> list[Any]:
    cells = []
    for word in words:
        cell = _cell(sheet, word)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE6F0")
        cells.append(cell)
    return cells


def _cell(sheet: Any, value: object) -> Any:
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, _CONTROL.sub("\ufffd", value)[:_TEXT_MOST])
    # A file called =HYPERLINK(...) stays a text.
    cell.data_type = "s"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell
