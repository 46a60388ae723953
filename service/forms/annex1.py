"""Annex 1, 「老旧小区台账」: one row a building, out and in again (requirement 19)."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.errors import InvalidRequest
from service.forms.reading import read_rows
from service.forms.sheets import Sheet, csv_bytes, workbook_bytes
from service.forms.words import FormSettings, height_text, parse_day

__all__ = [
    "ANNEX1_HEADINGS",
    "BuildingRow",
    "ImportProblem",
    "ImportedBuildings",
    "annex1_csv",
    "annex1_title",
    "annex1_xlsx",
    "read_annex1",
]

ANNEX1_HEADINGS = (
    "镇街/社区",
    "小区名称",
    "地址",
    "消防安全管理人（楼栋长）及联系方式",
    "建筑高度（层数）",
    "隐患内容",
    "整改时限",
)
_WIDTHS = (18, 16, 26, 26, 16, 40, 16)

_BUILDING = re.compile(r"(.*\S)\s+(\S*(?:栋|幢|座|楼|单元|号楼))")
_PHONE = re.compile(r"(.*?)[\s:：,，、]*((?:\+?\d[\d\- ]{5,18}\d))")
_HEIGHT = re.compile(
    r"(?:(?P<height>\d+(?:\.\d+)?)\s*(?:米|m|M))?\s*[（(]?\s*(?:(?P<floors>-?\d+)\s*[层F])?\s*[）)]?"
)
_TEXT_LIMIT = 200
_HAZARDS_LIMIT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingRow:
    """One building of Annex 1.

    Attributes:
        town: 镇街; may be empty.
        community: 社区.
        compound: 小区名称.
        address: Street and number, without the building.
        building: Such as ``3栋``; empty when the row is a compound of one building.
        manager: 消防安全管理人（楼栋长）.
        phone: 联系方式.
        height_m: In metres; None when not known.
        floors: Storeys above ground; None when not known.
        hazards: 隐患内容, one text each.
        deadline: 整改时限 as the office writes it: a day, or words such as 立行立改.
    """

    town: str
    community: str
    compound: str
    address: str
    building: str = ""
    manager: str = ""
    phone: str = ""
    height_m: float | None = None
    floors: int | None = None
    hazards: tuple[str, ...] = ()
    deadline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProblem:
    """A row that was not taken: its row number in the file, the column, what is wrong."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedBuildings:
    """What was read: ``(row number in the file, building)``, and the rows that were not."""

    rows: tuple[tuple[int, BuildingRow], ...]
    problems: tuple[ImportProblem, ...]


def annex1_title(settings: FormSettings) -> str:
    """Such as 铜梁区虎峰镇老旧小区台账."""
    return f"{settings.annex1_place}老旧小区台账"


def _cells(row: BuildingRow) -> tuple[str, ...]:
    return (
        f"{row.town}/{row.community}" if row.town else row.community,
        row.compound,
        f"{row.address} {row.building}".strip(),
        f"{row.manager} {row.phone}".strip(),
        height_text(row.height_m, row.floors),
        "\n".join(_numbered(row.hazards)),
        row.deadline,
    )


def _numbered(hazards: Sequence[str]) -> Iterator[str]:
    if len(hazards) == 1:
        yield hazards[0]
        return
    for index, hazard in enumerate(hazards, start=1):
        yield f"{index}. {hazard}"


def annex1_xlsx(rows: Iterable[BuildingRow], settings: FormSettings) -> bytes:
    """The workbook with the exact title and headings."""
    return workbook_bytes(
        Sheet(
            name="老旧小区台账",
            title=annex1_title(settings),
            headings=ANNEX1_HEADINGS,
            widths=_WIDTHS,
            rows=map(_cells, rows),
            centred=frozenset({0, 1, 4, 6}),
        )
    )


def annex1_csv(rows: Iterable[BuildingRow]) -> bytes:
    """The same table as CSV, headings first."""
    return csv_bytes(ANNEX1_HEADINGS, map(_cells, rows))


def read_annex1(content: bytes, *, max_rows: int = 200_000) -> ImportedBuildings:
    """Read an Annex 1 that an office has filled in, .xlsx or .csv.

    A bad row never stops the others: it is reported by row and column.

    Args:
        content: The file.
        max_rows: More rows than this are refused.

    Raises:
        InvalidRequest: It is neither kind of file, or has not the seven headings.
    """
    rows: list[tuple[int, BuildingRow]] = []
    problems: list[ImportProblem] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in read_rows(content, ANNEX1_HEADINGS, max_rows=max_rows):
        found = _parse(number, cells)
        if isinstance(found, BuildingRow):
            key = (found.community, found.compound, found.address, found.building)
            if key in seen:
                problems.append(
                    ImportProblem(
                        row=number,
                        column="地址",
                        message=f"第{seen[key]}行已有同一栋楼，一栋楼只能占一行"
                        f" (row {seen[key]} is the same building)",
                    )
                )
                continue
            seen[key] = number
            rows.append((number, found))
        else:
            problems.extend(found)
    return ImportedBuildings(rows=tuple(rows), problems=tuple(problems))


def _parse(number: int, cells: Sequence[str]) -> BuildingRow | list[ImportProblem]:
    problems: list[ImportProblem] = []

    def wrong(column: int, message: str) -> None:
        problems.append(ImportProblem(row=number, column=ANNEX1_HEADINGS[column], message=message))

    for column, text in enumerate(cells):
        limit = _HAZARDS_LIMIT if column == 5 else _TEXT_LIMIT
        if len(text) > limit:
            wrong(column, f"最多{limit}字，现有{len(text)}字 (expected at most {limit} characters)")
    town, _, community = cells[0].rpartition("/")
    if not community.strip():
        wrong(0, "不能为空，应为 镇街/社区 (expected town/community, found nothing)")
    if not cells[1]:
        wrong(1, "不能为空 (expected the compound's name, found nothing)")
    height_m, floors = _height(cells[4], lambda message: wrong(4, message))
    try:
        parse_day(cells[6])
    except InvalidRequest as error:
        wrong(6, f"日期不存在 ({error})")
    if problems:
        return problems
    address = _BUILDING.fullmatch(cells[2])
    contact = _PHONE.fullmatch(cells[3])
    return BuildingRow(
        town=town.strip(),
        community=community.strip(),
        compound=cells[1],
        address=address[1] if address else cells[2],
        building=address[2] if address else "",
        manager=contact[1] if contact else cells[3],
        phone=contact[2] if contact else "",
        height_m=height_m,
        floors=floors,
        hazards=tuple(
            re.sub(r"^\d+[.、]\s*", "", line.strip())
            for line in cells[5].splitlines()
            if line.strip()
        ),
        deadline=cells[6],
    )


def _height(text: str, wrong: Callable[[str], None]) -> tuple[float | None, int | None]:
    if not text:
        return None, None
    bare = re.fullmatch(r"\d+", text)
    match = _HEIGHT.fullmatch(text)
    if bare is None and (match is None or not any(match.groupdict().values())):
        wrong(f"应如 18.5米（6层），现为 {text[:40]!r} (expected metres and storeys)")
        return None, None
    # A bare number stands for storeys: the heading's bracket is what people fill in.
    height = None if match is None else match["height"]
    floors = text if bare else (match["floors"] if match is not None else None)
    height_m = None if height is None else float(height)
    storeys = None if floors is None else int(floors)
    if height_m is not None and not 0 < height_m <= 1000:
        wrong(f"高度应在 0 到 1000 米之间，现为 {height_m:g} (expected 0 to 1000 m)")
    if storeys is not None and not 1 <= storeys <= 200:
        wrong(f"层数应在 1 到 200 之间，现为 {storeys} (expected 1 to 200 storeys)")
    return height_m, storeys
