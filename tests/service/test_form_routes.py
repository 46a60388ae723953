"""Forms as a browser gets them: from a real ledger, on both databases."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from docx import Document
from openpyxl import load_workbook
from sqlalchemy import select

from service.errors import SettingsError
from service.forms import MonthlyPeriod, read_annex1, snapshot_digest
from service.repository import create_key
from service.settings import read_office
from service.tables import (
    AuditRow,
    BuildingRow,
    CommunityRow,
    CompoundRow,
    ContactRow,
    EvidenceRow,
    MonthlyReportRow,
    PropertyFirmRow,
    Role,
    TownRow,
)


def _jpeg() -> bytes:
    image = np.full((720, 1920, 3), 90, np.uint8)
    image[100:300, 200:600] = 200
    return cv2.imencode(".jpg", image)[1].tobytes()


@pytest.fixture
def street(api: Any) -> str:
    """The key of somebody in the sub-district's office, for the cameras' site."""
    return create_key(api.database, site="demo", role=Role.STREET)


@pytest.fixture
def case(api: Any, street: str) -> int:
    """A registered case with a picture, a building and everybody's names."""
    posted = api.post(_event("k1"), _jpeg())
    assert posted.status_code == 201, posted.text
    incident_id = int(posted.json()["incident_id"])
    now = datetime.now(UTC)
    with api.database.write() as session:
        town = TownRow(name="虎峰镇", created_at=now, updated_at=now)
        firm = PropertyFirmRow(name="阳光物业", created_at=now, updated_at=now)
        session.add_all([town, firm])
        session.flush()
        community = CommunityRow(town_id=town.id, name="甲社区", created_at=now, updated_at=now)
        session.add(community)
        session.flush()
        compound = session.scalars(select(CompoundRow).where(CompoundRow.site == "demo")).one()
        compound.name, compound.address = "阳光花园", "中兴街12号"
        compound.community_id, compound.property_firm_id = community.id, firm.id
        building = BuildingRow(
            compound_id=compound.id,
            name="3栋",
            height_m=54.0,
            floors=18,
            created_at=now,
            updated_at=now,
        )
        session.add(building)
        session.flush()
        session.add(
            ContactRow(
                name="张三",
                kind="building_head",
                phone="13800000000",
                building_id=building.id,
                created_at=now,
                updated_at=now,
            )
        )
        building_id = building.id
    registered = _act(
        api, street, incident_id, "register", building_id=building_id, content="=1+1 小车占道"
    )
    assert registered.status_code == 200, registered.text
    return incident_id


def _event(key: str, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC) - timedelta(minutes=5)
    moment = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    body: dict[str, Any] = {
        "schema": "lifelane.event/1",
        "event_id": f"{key}:1",
        "incident_key": key,
        "sequence": 1,
        "site": "demo",
        "kind": "fire_lane_blocked",
        "phase": "start",
        "camera_id": "lane-1",
        "zone_id": "lane",
        "occurred_at": moment,
        "first_seen": moment,
        "last_seen": moment,
        "raised_at": moment,
        "media_time_s": 21.4,
        "confidence": 0.91,
        "measures": {"dwell_s": 10.1},
        "subjects": [],
        "model": "m@1",
        "rule_version": "fire_lane@1",
        "reason": "",
        "evidence": [],
    }
    return body | changes


def _act(api: Any, key: str, incident_id: int, action: str, **fields: Any) -> Any:
    return api.http.post(
        f"/api/v1/incidents/{incident_id}/actions",
        json={"action": action, **fields},
        headers=api.headers(key),
    )


def _post(api: Any, key: str, path: str, body: dict[str, Any] | None = None) -> Any:
    return api.http.post(f"/api/v1{path}", json=body, headers=api.headers(key))


def _exports(api: Any) -> list[str]:
    with api.database.read() as session:
        return list(session.scalars(select(AuditRow.note).where(AuditRow.action == "export")))


def test_the_ledger_downloads_with_names_and_leaves_a_line_in_the_audit(
    api: Any, street: str, case: int
) -> None:
    answer = api.get("/forms/ledger.xlsx", street)
    assert answer.status_code == 200, answer.text
    assert "%E9%9A%90%E6%82%A3%E5%8F%B0%E8%B4%A6.xlsx" in answer.headers["content-disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).active
    row = {head.value: cell.value for head, cell in zip(sheet[3], sheet[4], strict=True)}
    assert row["编号"].endswith("-0001")
    assert (row["社区"], row["小区"]) == ("甲社区", "阳光花园")
    assert row["楼栋/部位"].startswith("3栋")
    assert row["隐患内容"] == "=1+1 小车占道"
    assert row["整改前照片"].startswith("证据 ")
    lines = list(
        csv.reader(io.StringIO(api.get("/forms/ledger.csv", street).text.removeprefix("\ufeff")))
    )
    assert lines[1][6] == "'=1+1 小车占道"
    assert _exports(api) == ["ledger.xlsx", "ledger.csv"]


def test_what_is_not_registered_stands_in_no_form(api: Any, street: str) -> None:
    api.post(_event("k9"))
    sheet = load_workbook(io.BytesIO(api.get("/forms/ledger.xlsx", street).content)).active
    assert sheet.max_row == 3


def test_annex_1_of_the_ledger_comes_in_again(api: Any, street: str, case: int) -> None:
    answer = api.get("/forms/annex1.xlsx", street)
    read = read_annex1(answer.content)
    assert not read.problems
    row = read.rows[0][1]
    assert (row.town, row.community, row.compound) == ("虎峰镇", "甲社区", "阳光花园")
    assert (row.address, row.building, row.manager, row.phone) == (
        "中兴街12号",
        "3栋",
        "张三",
        "13800000000",
    )
    assert (row.height_m, row.floors, row.hazards) == (54.0, 18, ("=1+1 小车占道",))


def test_a_notice_is_numbered_printed_and_signed_for(api: Any, street: str, case: int) -> None:
    body = {
        "kind": "rectification_notice",
        "incident_ids": [case],
        "recipient": "阳光物业",
        "deadline": "2026-12-31",
    }
    issued = _post(api, street, "/papers", body)
    assert issued.status_code == 201, issued.text
    paper = issued.json()
    year = MonthlyPeriod.of(datetime.now(UTC)).year
    assert paper["number"] == f"阳光花园整改〔{year}〕1号"
    second = _post(api, street, "/papers", body).json()
    assert second["number"] == f"阳光花园整改〔{year}〕2号"
    printed = api.http.get(paper["url"], headers=api.headers(street))
    assert printed.status_code == 200
    document = Document(io.BytesIO(printed.content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert paper["number"] in text
    assert "2026年12月31日" in text
    assert len(document.inline_shapes) == 1
    signed = _post(api, street, f"/papers/{paper['id']}/receipt", {"received_by": "李四"})
    assert signed.json()["received_by"] == "李四"
    again = _post(api, street, f"/papers/{paper['id']}/receipt", {"received_by": "王五"})
    assert again.status_code == 409
    listed = api.get("/papers", street, incident_id=case).json()
    assert [each["number"] for each in listed] == [second["number"], paper["number"]]
    assert paper["number"] in _exports(api)


def test_papers_refuse_before_a_number_is_taken(api: Any, street: str, case: int) -> None:
    unregistered = api.post(_event("k2")).json()["incident_id"]
    notice = {"kind": "rectification_notice", "recipient": "x", "deadline": "2026-12-31"}
    assert (
        _post(api, street, "/papers", notice | {"incident_ids": [unregistered]}).status_code == 422
    )
    assert _post(api, street, "/papers", notice | {"incident_ids": [10**9]}).status_code == 404
    missing = {"kind": "assignment_list", "incident_ids": [case]}
    assert _post(api, street, "/papers", missing).status_code == 422
    good = _post(api, street, "/papers", notice | {"incident_ids": [case]})
    assert "1号" in good.json()["number"]


def test_an_assignment_list_takes_a_case_back(api: Any, street: str, case: int) -> None:
    body = {
        "kind": "assignment_list",
        "incident_ids": [case],
        "recipient": "甲社区",
        "deadline": "2026-12-31",
    }
    paper = _post(api, street, "/papers", body).json()
    path = f"/papers/{paper['id']}/returns/{case}"
    assert _post(api, street, path, {"note": "不属本辖区"}).json()["returned"] == {
        str(case): "不属本辖区"
    }
    assert _post(api, street, path, {"note": "again"}).status_code == 409


def test_a_dissuasion_slip_needs_no_registration(api: Any, street: str) -> None:
    incident_id = api.post(_event("k3")).json()["incident_id"]
    paper = _post(
        api,
        street,
        "/papers",
        {"kind": "dissuasion_slip", "incident_ids": [incident_id], "attempt": 2, "method": "上门"},
    ).json()
    printed = api.http.get(paper["url"], headers=api.headers(street))
    assert printed.status_code == 200
    cells = Document(io.BytesIO(printed.content)).tables[0]
    assert "上门（第2次劝阻）" in "\n".join(cell.text for row in cells.rows for cell in row.cells)


def test_a_sent_report_never_changes(api: Any, street: str, case: int) -> None:
    now = datetime.now(UTC)
    period = MonthlyPeriod.of(now)
    if now >= period.draft_at:
        # Found after this month's cut-off: it belongs to the next report.
        following = period.draft_at + timedelta(days=20)
        period = MonthlyPeriod.of(following)
    path = f"/monthly-reports/{period.year}/{period.month}"
    assert api.get(f"{path}/docx", street).status_code == 404
    assert _post(api, street, f"{path}/send").status_code == 404
    draft = _post(api, street, f"{path}/draft").json()
    assert _post(api, street, f"{path}/draft").status_code == 200
    sent = _post(api, street, f"{path}/send").json()
    assert sent["state"] == "sent"
    assert sent["sent_by"].startswith("key ")
    assert _post(api, street, f"{path}/send").status_code == 409
    assert _post(api, street, f"{path}/draft").status_code == 409
    with api.database.read() as session:
        row = session.scalars(select(MonthlyReportRow)).one()
        assert row.snapshot["month"]["found"] == 1
        assert snapshot_digest(row.snapshot) == row.sha256 == sent["sha256"]
    assert draft["sent_at"] is None
    printed = Document(io.BytesIO(api.get(f"{path}/docx", street).content))
    text = "\n".join(paragraph.text for paragraph in printed.paragraphs)
    assert sent["sha256"] in text
    assert "本期发现并登记隐患1项" in text


def test_statistics_and_score_sheets_come_from_the_ledger(api: Any, street: str, case: int) -> None:
    book = load_workbook(io.BytesIO(api.get("/forms/statistics.xlsx", street).content))
    assert {sheet.cell(sheet.max_row, 2).value for sheet in book} == {1}
    sheet = Document(io.BytesIO(api.get("/forms/score-sheets.docx", street).content))
    assert "物业服务企业：阳光物业" in [paragraph.text for paragraph in sheet.paragraphs]


def test_tasks_are_seeded_once_and_reported_done(api: Any, street: str, case: int) -> None:
    tasks = api.get("/tasks", street, year=2024).json()
    assert [task["number"] for task in tasks] == [1, 2, 3, 4, 5, 6, 7]
    assert api.get("/tasks", street, year=2024).json() == tasks
    assert tasks[0]["days_left"] < 0
    assert "已逾期" in tasks[0]["reminder"]
    done = _post(
        api,
        street,
        f"/tasks/{tasks[0]['id']}",
        {"done_on": "2024-04-09", "incident_ids": [case]},
    )
    assert done.status_code == 204, done.text
    overdue = api.get("/tasks", street, year=2024, overdue=True).json()
    assert [task["number"] for task in overdue] == [2, 3, 4, 5, 6, 7]
    book = load_workbook(io.BytesIO(api.get("/forms/annex2.xlsx", street, year=2024).content))
    assert "关联隐患：" in book.active["B3"].value


def test_a_lost_picture_is_said_and_stops_nothing(api: Any, street: str, case: int) -> None:
    with api.database.read() as session:
        row = session.scalars(select(EvidenceRow)).first()
    api.app.state.services.pictures.path(row.sha256, row.media_type).unlink()
    paper = _post(
        api,
        street,
        "/papers",
        {
            "kind": "rectification_notice",
            "incident_ids": [case],
            "recipient": "阳光物业",
            "deadline": "2026-12-31",
        },
    ).json()
    printed = api.http.get(paper["url"], headers=api.headers(street))
    tables = Document(io.BytesIO(printed.content)).tables
    assert any(
        "照片缺失" in cell.text for table in tables for row in table.rows for cell in row.cells
    )


@pytest.mark.parametrize("role", [Role.CAMERA, Role.PATROL])
def test_who_may_not_read_forms_is_refused(api: Any, role: Role) -> None:
    key = create_key(api.database, site="demo", role=role)
    for path in ("/forms/ledger.xlsx", "/forms/annex1.csv", "/papers"):
        assert api.get(path, key).status_code == 403


def test_another_sites_cases_are_not_there(api: Any, street: str, case: int) -> None:
    other = create_key(api.database, site="elsewhere", role=Role.STREET)
    sheet = load_workbook(io.BytesIO(api.get("/forms/ledger.xlsx", other).content)).active
    assert sheet.max_row == 3
    body = {
        "kind": "rectification_notice",
        "incident_ids": [case],
        "recipient": "x",
        "deadline": "2026-12-31",
    }
    assert _post(api, other, "/papers", body).status_code == 404
    paper = _post(api, street, "/papers", body).json()
    assert api.http.get(paper["url"], headers=api.headers(other)).status_code == 404


def test_the_offices_words_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "office.yaml"
    file.write_text("issuer: 虎峰镇消安办\nhigh_rise_m: 24\n", "utf-8")
    found = read_office(file)
    assert (found.issuer, found.high_rise_m) == ("虎峰镇消安办", 24.0)
    assert found.annex1_place == "铜梁区虎峰镇"
    for text, words in (
        ("isuer: x", "isuer: no such field"),
        ("issuer: 5", "expected text, found 5"),
        ("- x", "expected the fields"),
        ("a: [", "cannot be read"),
    ):
        file.write_text(text, "utf-8")
        with pytest.raises(SettingsError, match=words):
            read_office(file)
