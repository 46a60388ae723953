"""Where a photo was taken: words, patterns, QR codes and tables."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.review import PathPattern, kind_in_words, load_place_table, place_of_words
from pipeline.review.places import Place, place_of_qr
from pipeline.types import PlaceKind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("3号楼/电梯", PlaceKind.ELEVATOR),
        ("3号楼/电梯厅", PlaceKind.HALL),
        ("3号楼电梯旁楼道", PlaceKind.CORRIDOR),
        ("东门消防车道", PlaceKind.FIRE_LANE),
        ("1单元楼梯间", PlaceKind.STAIRWELL),
        ("2栋 架空层", PlaceKind.OVERHEAD_FLOOR),
        ("building-3_lift", PlaceKind.ELEVATOR),
        ("FIRE_LANE/east", PlaceKind.FIRE_LANE),
        ("town hall/shallow", PlaceKind.HALL),
        ("exits", None),
        ("photos", None),
        ("", None),
    ],
)
def test_the_last_word_names_the_kind(text: str, kind: PlaceKind | None) -> None:
    assert kind_in_words(text) is kind


def test_parts_are_read_from_the_small_end() -> None:
    assert place_of_words("楼道", origin="choice").part == "楼道"
    place = place_of_words("幸福里/3号楼/2单元楼道", origin="choice")
    assert (place.community, place.compound, place.building, place.part) == (
        "",
        "幸福里",
        "3号楼",
        "2单元楼道",
    )
    assert place.words == "幸福里/3号楼/2单元楼道"
    deep = place_of_words("东街/幸福里/3号楼/2单元/5层/楼道", origin="folder")
    assert deep.part == "2单元 5层 楼道"


def test_a_qr_code_of_ours_and_others() -> None:
    place = Place(compound="幸福里", building="3号楼", part="电梯", kind=PlaceKind.ELEVATOR)
    found = place_of_qr(place.to_qr())
    assert found is not None
    assert (found.words, found.kind, found.origin) == (place.words, PlaceKind.ELEVATOR, "qr")
    for foreign in (
        "https://weixin.qq.com/r/abc",
        "lifelane-place:",
        "lifelane-place:kind=lift",
        "",
    ):
        assert place_of_qr(foreign) is None


def test_a_pattern_reads_the_path() -> None:
    pattern = PathPattern("{compound}/{building}/{part}/*")
    place = pattern.place("幸福里/3号楼/电梯/IMG_1.jpg")
    assert place is not None
    assert (place.compound, place.building, place.part) == ("幸福里", "3号楼", "电梯")
    assert place.kind is PlaceKind.ELEVATOR
    assert pattern.place("3号楼/IMG_1.jpg") is None
    by_name = PathPattern("**/{building}_{part}_*").place("x/y/3号楼_楼道_0001.jpg")
    assert by_name is not None
    assert (by_name.building, by_name.part) == ("3号楼", "楼道")


@pytest.mark.parametrize("pattern", ["{floor}/*", "{part}/{part}", "a/b"])
def test_a_pattern_that_cannot_work(pattern: str) -> None:
    with pytest.raises(ConfigError, match="--path-pattern"):
        PathPattern(pattern)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_table_as_excel_writes_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "places.csv"
    text = "文件,小区,楼栋,部位,场所类型,备注\r\nIMG_1.jpg,幸福里,3号楼,一层,电梯,夜间\r\n,,,,,\r\n"
    path.write_bytes(text.encode(encoding))
    table = load_place_table(path)
    row = table.row("sub/IMG_1.jpg")
    assert row is not None
    assert (row.place.words, row.place.kind) == ("幸福里/3号楼/一层", PlaceKind.ELEVATOR)
    assert row.note == "夜间"
    assert table.row("IMG_2.jpg") is None
    assert table.unused() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("place\nx\n", "line 1: expected a column 'file'"),
        ("file\nx.jpg\n", "line 1: expected a column 'place'"),
        ("file,place\nx.jpg,a\nx.jpg,b\n", "line 3: x.jpg stands there twice"),
        ("file,place,kind\nx.jpg,a,moon\n", "line 2, kind: expected one of"),
        ("file,place\n,a\n", "line 2: the file's name is empty"),
    ],
)
def test_a_table_that_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "places.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_place_table(path)
    assert f"{path}, {said}" in str(caught.value)
