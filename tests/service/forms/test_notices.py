"""整改通知书, 劝阻提示单 and 交办清单: their words, their law, their photos."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from docx import Document

from service.errors import InvalidRequest, SettingsError
from service.forms import (
    AssignmentList,
    DissuasionSlip,
    FormCase,
    FormPhoto,
    FormSettings,
    RectificationNotice,
    legal_basis,
    notice_number,
)
from service.forms.documents import TEMPLATES
from service.forms.template_builder import build_all

_ISSUED = datetime(2026, 3, 5, 1, tzinfo=UTC)
MakeCase = Callable[..., FormCase]
Text = Callable[[bytes], str]


def _notice(*cases: FormCase) -> RectificationNotice:
    return RectificationNotice(
        number=notice_number("整改", 2026, 12),
        recipient="阳光物业服务有限公司",
        cases=cases,
        deadline=date(2026, 3, 20),
        issued_at=_ISSUED,
        issued_by="赵六",
    )


def test_a_notice_says_all_that_an_office_wants(
    make_case: MakeCase, office: FormSettings, docx_text: Text
) -> None:
    text = docx_text(_notice(make_case(content="堆放 <纸箱> & =1+1")).docx(office))
    for expected in (
        "虎峰镇消安办",
        "消防安全隐患整改通知书",
        "整改〔2026〕12号",
        "阳光物业服务有限公司：",
        "yangguang-2026-0001\n2026-03-05 01:30",
        "电动车进楼道：堆放 <纸箱> & =1+1",
        "移至集中充电棚",
        "《中华人民共和国消防法》第二十八条",
        "不得占用、堵塞、封闭疏散通道、安全出口、消防车通道",
        "《高层民用建筑消防安全管理规定》第三十七条",
        "五百元以上一千元以下罚款",
        "于2026年3月20日前整改完毕",
        "2026年3月5日",
        "签收人：",
        "复查意见",
        "不得与整改人为同一人",
        "yangguang-2026-0001 证据 7",
    ):
        assert expected in text, expected


def test_a_notice_carries_the_photos_at_printing_size(
    make_case: MakeCase, office: FormSettings
) -> None:
    content = _notice(make_case()).docx(office)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        media = [name for name in archive.namelist() if name.startswith("word/media/")]
    assert len(media) == 1
    shape = Document(io.BytesIO(content)).inline_shapes[0]
    assert shape.width.mm == pytest.approx(72, abs=0.1)
    assert shape.height.mm == pytest.approx(54, abs=0.1)


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "照片缺失"), (b"\xff\xd8 cut off", "照片无法打开")]
)
def test_a_lost_or_broken_photo_is_said_not_fatal(
    content: bytes, words: str, make_case: MakeCase, office: FormSettings, docx_text: Text
) -> None:
    photo = FormPhoto(name="证据 8", sha256="cd" * 32, content=content)
    assert words in docx_text(_notice(make_case(before=(photo,))).docx(office))


def test_a_private_grille_cannot_be_ordered_away(make_case: MakeCase) -> None:
    with pytest.raises(InvalidRequest, match="居民私有财产"):
        _notice(make_case(), make_case(number="b", kind="window_grille", is_private=True))


def test_a_notice_without_a_case_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="没有隐患"):
        _notice()


_FIRE_28 = "《中华人民共和国消防法》第二十八条"
_FIRE_60 = "《中华人民共和国消防法》第六十条"
_HIGH_37 = "《高层民用建筑消防安全管理规定》第三十七条"
_HIGH_47 = "《高层民用建筑消防安全管理规定》第四十七条"
_GUIDE = "《居民小区电动自行车停放充电管理指南》"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"height_m": 54.0}, [_FIRE_28, _HIGH_37, _FIRE_60, _HIGH_47, _GUIDE]),
        ({"height_m": 27.0}, [_FIRE_28, _FIRE_60, _GUIDE]),
        ({"height_m": 27.1}, [_FIRE_28, _HIGH_37, _FIRE_60, _HIGH_47, _GUIDE]),
        ({"height_m": None}, [_FIRE_28, _FIRE_60, _GUIDE]),
        (
            {"height_m": 25.0, "is_home": False},
            [_FIRE_28, _HIGH_37, _FIRE_60, _HIGH_47, _GUIDE],
        ),
        ({"kind": "fire_lane_blocked"}, [_FIRE_28, _FIRE_60]),
        ({"kind": "ebike_in_elevator"}, [_GUIDE, "《中华人民共和国消防法》第十八条"]),
        (
            {"kind": "equipment_damaged"},
            ["《中华人民共和国消防法》第五条", "《中华人民共和国消防法》第十八条"],
        ),
        ({"kind": "window_grille", "is_private": True}, ["劝导说明"]),
    ],
)
def test_the_building_and_the_hazard_decide_the_law(
    changes: dict[str, object], expected: list[str], make_case: MakeCase
) -> None:
    assert [each.citation for each in legal_basis(make_case(**changes), FormSettings())] == expected


def test_a_local_rule_is_cited_besides(make_case: MakeCase) -> None:
    found = legal_basis(make_case(), FormSettings(local_rule="某省规定第五条"))
    assert found[-1].text == "某省规定第五条"


def test_a_dissuasion_slip_has_two_copies(
    make_case: MakeCase, office: FormSettings, docx_text: Text
) -> None:
    slip = DissuasionSlip(
        number=notice_number("劝阻", 2026, 7),
        case=make_case(),
        person="",
        attempt=2,
        method="上门",
        demand="移至集中充电棚",
        limit="立即",
        at=_ISSUED,
        by="网格员 周七",
    )
    text = docx_text(slip.docx(office))
    assert text.count("消防隐患劝阻提示单") == 2
    for expected in (
        "第一联：交当事人",
        "第二联：存根",
        "上门（第2次劝阻）",
        "经3次劝阻仍不改正的",
    ):
        assert expected in text


def test_an_assignment_list_reconciles(
    make_case: MakeCase, office: FormSettings, docx_text: Text
) -> None:
    cases = (
        make_case(),
        make_case(number="yangguang-2026-0002", is_closed=True, closed_at=_ISSUED),
        make_case(number="yangguang-2026-0003"),
    )
    batch = AssignmentList(
        number=notice_number("交办", 2026, 3),
        recipient="中兴社区",
        cases=cases,
        reply_by=date(2026, 3, 31),
        issued_at=_ISSUED,
        issued_by="赵六",
    )
    text = docx_text(batch.docx(office))
    assert "共3项，已销号1项，未销号2项" in text
    assert "回　执" in text
    for case in cases:
        assert text.count(case.number) == 1
    with pytest.raises(InvalidRequest, match="重复编号"):
        AssignmentList(
            number="x",
            recipient="y",
            cases=(cases[0], cases[0]),
            reply_by=date(2026, 3, 31),
            issued_at=_ISSUED,
            issued_by="z",
        )


def test_an_offices_own_template_is_used_and_cannot_run_code(
    tmp_path: Path, make_case: MakeCase, office: FormSettings, docx_text: Text
) -> None:
    own = Document()
    own.add_paragraph("自家通知 {{ number }}")
    own.save(str(tmp_path / "rectification_notice.docx"))
    notice = _notice(make_case())
    assert docx_text(notice.docx(office, templates=tmp_path)) == "自家通知 整改〔2026〕12号"
    own.add_paragraph("{{ number.__class__.__mro__ }}")
    own.save(str(tmp_path / "rectification_notice.docx"))
    with pytest.raises(SettingsError, match="cannot be filled in"):
        notice.docx(office, templates=tmp_path)
    (tmp_path / "rectification_notice.docx").write_bytes(b"no document")
    with pytest.raises(SettingsError, match="cannot be opened"):
        notice.docx(office, templates=tmp_path)


def test_the_committed_templates_are_what_the_builder_makes(tmp_path: Path) -> None:
    build_all(tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in TEMPLATES.glob("*.docx"))
    for name in made:
        with (
            zipfile.ZipFile(tmp_path / name) as fresh,
            zipfile.ZipFile(TEMPLATES / name) as kept,
        ):
            assert fresh.read("word/document.xml") == kept.read("word/document.xml"), name
