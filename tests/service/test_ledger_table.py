"""The ledger as a table: search, sorting, paging, saved filters, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.errors import InvalidRequest
from service.repository import (
    EVERYWHERE,
    LEDGER_SORTS,
    Actor,
    IncidentFilter,
    Scope,
    drop_filter,
    list_filters,
    list_ledger,
    save_filter,
)
from service.tables import OperatorRow

_NOW = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
_ACTOR = Actor(name="li.na")
_KINDS = ("fire_lane_blocked", "ebike_in_elevator", "corridor_clutter")


@pytest.fixture
def filled(api: Any, wire: Any) -> Any:
    for number in range(6):
        kind = _KINDS[number % 3]
        moment = f"2026-01-0{number + 1}T02:00:00Z"
        event = wire.event(
            key=f"k{number}",
            kind=kind,
            camera_id=f"cam-{number}",
            camera_name=f"{number}号楼_100%",
            raised_at=moment,
            first_seen=moment,
            last_seen=moment,
            occurred_at=moment,
        )
        assert api.post(event).status_code == 201
    return api


def test_a_search_finds_numbers_places_and_ids_and_takes_no_wildcards(filled: Any) -> None:
    def found(search: str) -> list[str]:
        page = list_ledger(filled.database, IncidentFilter(search=search))
        assert page.total == len(page.items)
        return sorted(each.camera_id for each in page.items)

    assert found("3号楼") == ["cam-3"]
    assert found("CAM-4") == ["cam-4"]
    assert found("号楼 cam-5") == ["cam-5"], "every word must stand somewhere"
    assert found("_100%") == [f"cam-{number}" for number in range(6)]
    assert found("1%1") == found("cam_1") == found("nothing like it") == []
    (first,) = list_ledger(filled.database, IncidentFilter(search="cam-2")).items
    assert found(f"#{first.id}") == ["cam-2"]
    assert found("#99999999999999999999999") == []
    answer = filled.get("/incidents", search="cam-2", key=filled.operator_key)
    assert [each["id"] for each in answer.json()["items"]] == [first.id]


@pytest.mark.parametrize("sort", [*LEDGER_SORTS, "nonsense"])
def test_pages_put_together_are_the_whole_in_either_direction(filled: Any, sort: str) -> None:
    def ids(descending: bool) -> list[int]:
        pages = [
            list_ledger(
                filled.database,
                IncidentFilter(),
                sort=sort,
                descending=descending,
                offset=offset,
                limit=4,
            ).items
            for offset in (0, 4, 8)
        ]
        return [each.id for page in pages for each in page]

    assert sorted(ids(True)) == sorted(ids(False))
    assert len(set(ids(True))) == 6


def test_urgency_sorts_by_what_it_means(filled: Any) -> None:
    page = list_ledger(filled.database, IncidentFilter(), sort="severity", descending=False)
    assert [each.severity for each in page.items] == (
        ["critical"] * 2 + ["high"] * 2 + ["medium"] * 2
    )


def test_a_scope_sees_only_its_own(filled: Any) -> None:
    nothing = list_ledger(filled.database, IncidentFilter(scope=Scope(compounds=frozenset())))
    assert (nothing.items, nothing.total) == ((), 0)
    assert list_ledger(filled.database, IncidentFilter(scope=EVERYWHERE)).total == 6


def test_saved_filters_are_each_accounts_own(api: Any) -> None:
    database = api.database
    with database.write() as session:
        rows = [
            OperatorRow(name=name, password_hash="", role="duty", created_at=_NOW)
            for name in ("a", "b")
        ]
        session.add_all(rows)
        session.flush()
        mine, other = (row.id for row in rows)
    for query in ({"search": "电梯"}, {"overdue": True}):
        save_filter(database, mine, name="逾期", query=query, actor=_ACTOR, now=_NOW)
    (saved,) = list_filters(database, mine)
    assert (saved.name, saved.query) == ("逾期", {"overdue": True})
    assert list_filters(database, other) == []
    drop_filter(database, other, saved.id, actor=_ACTOR, now=_NOW)
    assert len(list_filters(database, mine)) == 1, "nobody deletes another's"
    drop_filter(database, mine, saved.id, actor=_ACTOR, now=_NOW)
    assert list_filters(database, mine) == []
    for number in range(50):
        save_filter(database, mine, name=str(number), query={}, actor=_ACTOR, now=_NOW)
    with pytest.raises(InvalidRequest, match="at most 50"):
        save_filter(database, mine, name="one more", query={}, actor=_ACTOR, now=_NOW)
