"""Workbooks that print as an office expects, and CSV that its Excel opens without questions."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from service.forms.words import clean

__all__ = ["Cell", "Sheet", "csv_bytes", "csv_text", "plain_text", "workbook_bytes"]

Cell = str | int | float | date | datetime | None

# A spreadsheet takes a text that begins so for a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Excel's numbers for the papers.
_A4, _A3 = 9, 8
_LINE_PT, _ROW_PADDING_PT = 14.5, 7.0
# More than a row may be high, in points.
_ROW_HIGHEST_PT = 400.0
_THIN = Side(style="thin", color="FF000000")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_WRAPPED = Alignment(horizontal="left", vertical="center", wrap_text=True)
_CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)
_TITLE_FONT = Font(name="宋体", size=18, bold=True)
_HEAD_FONT = Font(name="黑体", size=11)
_BODY_FONT = Font(name="宋体", size=10.5)
_NOTE_FONT = Font(name="宋体", size=10)
_HEAD_FILL = PatternFill("solid", fgColor="FFEDEDED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: a title over the whole width, headings, rows, notes below.

    Attributes:
        name: Of the tab, at most 31 characters.
        title: First row, merged over all columns.
        subtitle: Second row (unit, date); empty leaves it out.
        headings: Exact headings.
        widths: Column widths in characters of the body font.
        rows: The body; made while it is written, so that a long ledger needs no memory.
        notes: Lines below the table.
        centred: Indices of columns that are centred; the others are left-aligned.
        merges: Vertical spans ``(column, first, last)`` of body rows from 0 that hold one
            value; the first row's is kept.
        row_height_pt: Least height of body rows in points.
        a3: Print on A3 instead of A4.
    """

    name: str
    title: str
    headings: Sequence[str]
    widths: Sequence[float]
    rows: Iterable[Sequence[Cell]]
    subtitle: str = ""
    notes: Sequence[str] = ()
    centred: frozenset[int] = frozenset()
    merges: Sequence[tuple[int, int, int]] = ()
    row_height_pt: float = 20.0
    a3: bool = False


def workbook_bytes(*sheets: Sheet) -> bytes:
    """The sheets as an .xlsx file, ready to print on A4 landscape, one page wide."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book.create_sheet(sheet.name), sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table as CSV: UTF-8 with BOM, CRLF; texts that look like formulas get a leading '."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    for row in rows:
        writer.writerow([csv_text(value) for value in row])
    # The BOM tells Excel that this is UTF-8; without it Chinese turns into noise.
    return out.getvalue().encode("utf-8-sig")


def plain_text(text: str) -> str:
    """What `csv_bytes` was given, from what it wrote: the guarding ' is taken off."""
    return text[1:] if text.startswith("'") and _looks_like_formula(text) else text


def csv_text(value: Cell) -> str | int | float:
    """The value as a CSV cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    text = clean(value)
    return f"'{text}" if _looks_like_formula(text) else text


def _looks_like_formula(text: str) -> bool:
    # Also behind its own guard, so that what is written can be read back to the letter.
    return text.lstrip("'").startswith(_FORMULA_STARTS)


def _write(sheet: WriteOnlyWorksheet, form: Sheet) -> None:
    columns = len(form.headings)
    last = get_column_letter(columns)
    for index, width in enumerate(form.widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    head_row = 3 if form.subtitle else 2
    # Before the first row: what stands above the rows in the file is written with it.
    _print_setup(sheet, form, head_row)
    sheet.freeze_panes = f"A{head_row + 1}"
    sheet.row_dimensions[1].height = 36
    sheet.row_dimensions[head_row].height = 32
    sheet.merged_cells.add(f"A1:{last}1")
    sheet.append([_cell(sheet, form.title, _TITLE_FONT, _CENTRED)])
    if form.subtitle:
        sheet.merged_cells.add(f"A2:{last}2")
        sheet.append([_cell(sheet, form.subtitle, _NOTE_FONT, _WRAPPED)])
    head = [_cell(sheet, text, _HEAD_FONT, _CENTRED, grid=True) for text in form.headings]
    for cell in head:
        cell.fill = _HEAD_FILL
    sheet.append(head)
    row_number = head_row
    for row in form.rows:
        row_number += 1
        # Not every program fits a wrapped row to its text when it opens the file.
        height_pt = max(form.row_height_pt, _height_pt(row, form.widths))
        sheet.row_dimensions[row_number].height = height_pt
        sheet.append(
            [
                _cell(
                    sheet,
                    value,
                    _BODY_FONT,
                    _CENTRED if index in form.centred else _WRAPPED,
                    grid=True,
                )
                for index, value in enumerate(row)
            ]
        )
    for column, first, final in form.merges:
        letter = get_column_letter(column + 1)
        sheet.merged_cells.add(f"{letter}{head_row + 1 + first}:{letter}{head_row + 1 + final}")
    for note in form.notes:
        row_number += 1
        sheet.merged_cells.add(f"A{row_number}:{last}{row_number}")
        sheet.append([_cell(sheet, note, _NOTE_FONT, _WRAPPED)])


def _cell(
    sheet: WriteOnlyWorksheet, value: Cell, font: Font, alignment: Alignment, *, grid: bool = False
) -> WriteOnlyCell:
    text = clean(value) if isinstance(value, str) else value
    cell = WriteOnlyCell(sheet, text)
    if isinstance(text, str):
        # Text stays text: never a formula, an error value or a number, also after an edit.
        cell.data_type = "s"
        cell.quotePrefix = text.startswith(_FORMULA_STARTS)
    elif isinstance(text, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(text, date):
        cell.number_format = "yyyy-mm-dd"
    cell.font = font
    cell.alignment = alignment
    if grid:
        cell.border = _GRID
    return cell


def _height_pt(row: Sequence[Cell], widths: Sequence[float]) -> float:
    lines = 1
    for value, width in zip(row, widths, strict=True):
        if isinstance(value, str):
            # A Chinese character takes the room of two Latin ones.
            needed = sum(
                1 + (sum(2 if ord(letter) > 0x2E7F else 1 for letter in part) - 1) // (width - 1)
                for part in value.split("\n")
            )
            lines = max(lines, int(needed))
    return min(_ROW_HIGHEST_PT, lines * _LINE_PT + _ROW_PADDING_PT)


def _print_setup(sheet: WriteOnlyWorksheet, form: Sheet, head_row: int) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A3 if form.a3 else _A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"1:{head_row}"
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.oddFooter.center.text = "第 &P 页 共 &N 页"
