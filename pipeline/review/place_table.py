"""A table that says where the photos were taken, as people export it from Excel."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.review.places import Place, kind_in_words, place_of_words
from pipeline.types import PlaceKind

__all__ = ["PlaceTable", "TableRow", "load_place_table"]

# Excel in China writes GBK unless told otherwise.
_ENCODINGS = ("utf-8-sig", "gb18030")
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "file": ("file", "文件", "文件名", "照片", "照片文件"),
    "place": ("place", "地点", "位置"),
    "community": ("community", "社区"),
    "compound": ("compound", "小区", "小区名称"),
    "building": ("building", "楼栋"),
    "part": ("part", "部位"),
    "kind": ("kind", "场所", "场所类型"),
    "note": ("note", "备注", "隐患内容"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """What the table says of one photo."""

    place: Place
    note: str = ""


class PlaceTable:
    """Rows by file name.

    Args:
        rows: What the table says, by the file as it is written there.
    """

    def __init__(self, rows: Mapping[str, TableRow]) -> None:
        self._rows = dict(rows)
        self._used: set[str] = set()

    def row(self, below: str) -> TableRow | None:
        """Find a photo by its path below the folder, else by its longest written end."""
        parts = below.split("/")
        for start in range(len(parts)):
            name = "/".join(parts[start:])
            if name in self._rows:
                self._used.add(name)
                return self._rows[name]
        return None

    def unused(self) -> list[str]:
        """Files of the table that were not among the photos, in its order."""
        return [name for name in self._rows if name not in self._used]


def load_place_table(path: Path) -> PlaceTable:
    """Read a CSV file with the columns ``file`` and ``place`` (or the parts of a place).

    Chinese headings (文件 地点 社区 小区 楼栋 部位 场所类型 备注) and GBK are read too.

    Raises:
        ConfigError: Missing, no CSV, a column lacks, or a row is wrong; file and line are named.
    """
    rows: dict[str, TableRow] = {}
    for line, fields in _read(path):
        name = fields["file"].replace("\\", "/").removeprefix("./")
        if not name:
            raise ConfigError(f"{path}, line {line}: the file's name is empty")
        if name in rows:
            raise ConfigError(
                f"{path}, line {line}: {name} stands there twice; delete one of the rows"
            )
        rows[name] = TableRow(place=_place(path, line, fields), note=fields.get("note", ""))
    return PlaceTable(rows)


def _read(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    text = _text_of(path)
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = next(reader, [])
        columns = [_column(heading) for heading in header]
        for needed, others in (
            ("file", ()),
            ("place", ("community", "compound", "building", "part")),
        ):
            if needed not in columns and not set(others) & set(columns):
                raise ConfigError(
                    f"{path}, line 1: expected a column {needed!r} ({_HEADINGS[needed][1]}), found"
                    f" {', '.join(header) or 'nothing'}"
                )
        for values in reader:
            fields = {
                column: value.strip()
                for column, value in zip(columns, values, strict=False)
                if column
            }
            if any(fields.values()):
                yield reader.line_num, {"file": ""} | fields
    except csv.Error as error:
        raise ConfigError(f"{path}, line {reader.line_num}: no CSV: {error}") from None


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError(f"{path}: expected a CSV file in UTF-8 or GBK, found other bytes")


def _column(heading: str) -> str:
    word = heading.strip().lower()
    return next((name for name, forms in _HEADINGS.items() if word in forms), "")


def _place(path: Path, line: int, fields: Mapping[str, str]) -> Place:
    kind: PlaceKind | None = None
    if spoken := fields.get("kind", ""):
        kind = PlaceKind(spoken) if spoken in set(PlaceKind) else kind_in_words(spoken)
        if kind is None:
            raise ConfigError(
                f"{path}, line {line}, kind: expected one of {' '.join(PlaceKind)}, or its"
                f" Chinese name, found {spoken!r}"
            )
    if fields.get("place"):
        return place_of_words(fields["place"], origin="csv", kind=kind)
    values = {name: fields.get(name, "") for name in ("community", "compound", "building", "part")}
    return Place(kind=kind or kind_in_words("/".join(values.values())), origin="csv", **values)
