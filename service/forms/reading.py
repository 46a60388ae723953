"""Reading a table that somebody filled in: .xlsx or .csv, whatever their program made of it."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook

from service.errors import InvalidRequest, TooLarge
from service.forms.sheets import plain_text

__all__ = ["read_rows"]

_UNPACKED_LIMIT_BYTES = 128 * 1024 * 1024
_HEADING_SEARCH_ROWS = 20


def read_rows(
    content: bytes, headings: Sequence[str], *, max_rows: int
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows under these headings, as ``(row number in the file, texts)``, without empty ones.

    Columns may stand in another order, and others may stand between; a title may stand above.

    Raises:
        InvalidRequest: Neither .xlsx nor CSV, or the headings are not there.
        TooLarge: More than ``max_rows`` rows, or a workbook that unpacks to a bomb.
    """
    numbered = _xlsx_rows(content) if content.startswith(b"PK") else _csv_rows(content)
    places = None
    taken = 0
    for number, cells in numbered:
        if places is None:
            places = _places(cells, headings)
            if places is None and number >= _HEADING_SEARCH_ROWS:
                break
            continue
        texts = tuple(cells[place] if place < len(cells) else "" for place in places)
        if not any(texts):
            continue
        taken += 1
        if taken > max_rows:
            raise TooLarge(f"the table: expected at most {max_rows} rows")
        yield number, texts
    if places is None:
        raise InvalidRequest(
            "the table: expected the headings "
            + " | ".join(headings)
            + f" within the first {_HEADING_SEARCH_ROWS} rows, found no row with all of them"
        )


def _places(cells: Sequence[str], headings: Sequence[str]) -> tuple[int, ...] | None:
    # Half-width brackets and spaces are what retyping makes of the printed heading.
    def plain(text: str) -> str:
        return "".join(text.split()).replace("(", "（").replace(")", "）").replace("／", "/")

    found = {plain(text): place for place, text in reversed(list(enumerate(cells)))}
    try:
        return tuple(found[plain(heading)] for heading in headings)
    except KeyError:
        return None


def _csv_rows(content: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            # What a Chinese Excel saves as "CSV".
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise InvalidRequest(
                "the file: expected .xlsx, or CSV in UTF-8 or GB18030, got something else"
            ) from error
    if "\x00" in text:
        raise InvalidRequest("the file: expected .xlsx or CSV, got something else")
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), start=1):
            yield number, tuple(plain_text(cell.strip()) for cell in row)
    except csv.Error as error:
        raise InvalidRequest(f"the CSV file cannot be read: {error}") from error


def _xlsx_rows(content: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        # What unpacks to more than it says is cut off by zipfile itself.
        fits = size <= _UNPACKED_LIMIT_BYTES
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True) if fits else None
    except Exception as error:
        raise InvalidRequest(
            f"the workbook cannot be opened: expected an .xlsx file ({type(error).__name__})"
        ) from error
    if book is None:
        raise TooLarge(
            f"the workbook unpacks to {size} bytes: expected at most {_UNPACKED_LIMIT_BYTES}"
        )
    try:
        sheet = book.worksheets[0]
        # A sheet may claim a size of its own; what is there counts.
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, tuple(_text(value) for value in row)
    finally:
        book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time().isoformat() == "00:00:00" else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
