"""Reading: filters, pages, one incident, pictures; who may see what."""

from typing import Any

import httpx
import pytest

from service.repository import create_key


def at(minute: int) -> str:
    return f"2026-01-05T02:{minute:02d}:00Z"


def fill(api: Any, wire: Any) -> Any:
    """Twelve incidents of two sites, two cameras and two kinds; minutes 0 to 11."""
    api.keys["north"] = create_key(api.database, site="north")
    for number in range(12):
        site = "north" if number % 4 == 3 else "demo"
        kind = "ebike_in_elevator" if number % 2 else "fire_lane_blocked"
        camera = f"cam-{number % 3}"
        body = wire.event(
            key=f"k{number}", site=site, kind=kind, camera_id=camera, raised_at=at(number)
        )
        answer = api.post(body, key=api.keys.get(site))
        assert answer.status_code == 201
    return api


@pytest.fixture(scope="module")
def seen(shared_api: Any, wire: Any) -> Any:
    """A filled server that nobody adds to."""
    return fill(shared_api, wire)


@pytest.fixture
def filled(api: Any, wire: Any) -> Any:
    """A filled server of the test's own."""
    return fill(api, wire)


def keys_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["incident_key"] for item in answer.json()["items"]]


def test_newest_first(seen: Any) -> None:
    assert keys_of(seen.get("/incidents")) == [f"k{n}" for n in range(11, -1, -1) if n % 4 != 3]


@pytest.mark.parametrize(
    ("params", "numbers"),
    [
        ({"kind": "ebike_in_elevator"}, [9, 5, 1]),
        ({"camera_id": "cam-0"}, [9, 6, 0]),
        ({"camera_id": "cam-9"}, []),
        ({"since": at(8)}, [10, 9, 8]),
        ({"until": at(2)}, [1, 0]),
        ({"since": at(4), "until": at(6)}, [5, 4]),
        ({"since": "2026-01-05T10:08:00+08:00"}, [10, 9, 8]),
        ({"status": ["acknowledged", "false_alarm"]}, []),
        ({"phase": "start", "kind": "fire_lane_blocked", "until": at(3)}, [2, 0]),
        ({"phase": ["end", "unknown"]}, []),
        ({"site": "demo", "limit": 2}, [10, 9]),
    ],
)
def test_filters(seen: Any, params: dict[str, Any], numbers: list[int]) -> None:
    assert keys_of(seen.get("/incidents", **params)) == [f"k{n}" for n in numbers]


def test_pages_show_everything_once(filled: Any, wire: Any) -> None:
    # Two more at the very same time: the id decides between them.
    for key in ("same-1", "same-2"):
        filled.post(wire.event(key=key, raised_at=at(5)))
    whole = keys_of(filled.get("/incidents", limit=200))
    assert len(whole) == 11
    for limit in (1, 2, 4, 9, 11, 200):
        shown: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            answer = filled.get("/incidents", limit=limit, **cursor)
            page = answer.json()
            assert page["total"] == 11
            assert 1 <= len(page["items"]) <= limit
            shown += keys_of(answer)
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert shown == whole


def test_a_new_incident_does_not_shift_the_next_page(filled: Any, wire: Any) -> None:
    first = filled.get("/incidents", limit=3)
    filled.post(wire.event(key="newer", raised_at=at(30)))
    rest = filled.get("/incidents", limit=200, cursor=first.json()["next_cursor"])
    assert keys_of(first) + keys_of(rest) == [f"k{n}" for n in range(11, -1, -1) if n % 4 != 3]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"stauts": "found"}, "query.stauts"),
        ({"status": "open"}, "query.status.0"),
        ({"kind": "fire"}, "query.kind.0"),
        ({"phase": "over"}, "query.phase.0"),
        ({"since": "yesterday"}, "query.since"),
        ({"since": "2026-01-05T00:00:00"}, "query.since"),
        ({"until": "0001-01-01T00:00:00+08:00"}, "query.until"),
        ({"until": "9999-12-31T23:59:59-12:00"}, "query.until"),
        ({"limit": 0}, "query.limit"),
        ({"limit": 201}, "query.limit"),
        ({"site": "a\x00"}, "query.site"),
        ({"cursor": "!!"}, "cursor"),
        ({"cursor": "MQ"}, "cursor"),
        ({"cursor": "OTk5OTk5OTk5OTk5OTk5OTk5Ljk"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
    ],
)
def test_wrong_parameters_are_named(shared_api: Any, params: dict[str, Any], field: str) -> None:
    answer = shared_api.get("/incidents", key=shared_api.key, **params)
    assert answer.status_code == 422, answer.text
    assert [problem["field"] for problem in answer.json()["problems"]] == [field]


def test_a_key_reads_its_own_site_only(filled: Any, wire: Any) -> None:
    picture = wire.jpeg()
    taken = filled.post(wire.event(key="pic"), picture).json()["incident_id"]
    url = filled.get(f"/incidents/{taken}").json()["snapshot_url"]
    north = filled.keys["north"]
    assert keys_of(filled.get("/incidents", key=north)) == ["k11", "k7", "k3"]
    assert filled.get("/incidents", key=north, site="demo").status_code == 403
    assert filled.get(f"/incidents/{taken}", key=north).status_code == 404
    assert filled.http.get(url, headers=filled.headers(north)).status_code == 404
    assert filled.http.get(url, headers=filled.headers()).content == picture


def test_a_key_that_no_site_has_used_reads_nothing(seen: Any) -> None:
    fresh = create_key(seen.database, site=None)
    assert keys_of(seen.get("/incidents", key=fresh)) == []
    assert seen.get("/incidents/1", key=fresh).status_code == 404


@pytest.mark.parametrize("path", ["/incidents", "/incidents/1", "/incidents/1/evidence/1"])
def test_nothing_is_shown_without_a_key(shared_api: Any, path: str) -> None:
    answer = shared_api.http.get(f"/api/v1{path}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/incidents/0", 422),
        ("/incidents/-1", 422),
        ("/incidents/x", 422),
        (f"/incidents/{2**63}", 422),
        (f"/incidents/{2**63 - 1}", 404),
        ("/incidents/1/evidence/..%2f..%2ftest.sqlite3", 404),
        ("/incidents/1/evidence/%2e%2e", 422),
        ("/incidents/1/evidence/0x1", 422),
        ("/incidents/1/evidence/1%00", 422),
    ],
)
def test_wrong_numbers(shared_api: Any, path: str, status: int) -> None:
    assert shared_api.get(path).status_code == status


def test_a_picture_of_another_incident_is_not_found(api: Any, wire: Any) -> None:
    one = api.post(wire.event(key="a"), wire.jpeg()).json()["incident_id"]
    two = api.post(wire.event(key="b"), wire.jpeg()).json()["incident_id"]
    picture = api.get(f"/incidents/{one}").json()["evidence"][0]["id"]
    assert api.get(f"/incidents/{one}/evidence/{picture}").status_code == 200
    assert api.get(f"/incidents/{two}/evidence/{picture}").status_code == 404
    assert api.get(f"/incidents/{one}/evidence/{picture + 999}").status_code == 404
    # The same picture of two incidents lies on the disk once.
    assert len([p for p in api.settings.evidence_dir.rglob("*") if p.is_file()]) == 1


def test_the_newest_snapshot_is_the_lists_picture(api: Any, wire: Any) -> None:
    taken = api.post(wire.event(), wire.jpeg(b"1"), wire.jpeg(b"clean")).json()["incident_id"]
    api.post(wire.event(sequence=2), wire.jpeg(b"2"))
    detail = api.get(f"/incidents/{taken}").json()
    listed = api.get("/incidents").json()["items"][0]
    assert listed["snapshot_url"] == detail["snapshot_url"] == detail["evidence"][2]["url"]
    assert detail["evidence"][2]["sequence"] == 2


def test_the_lists_picture_shows_the_hazard_not_the_empty_place(api: Any, wire: Any) -> None:
    taken = api.post(wire.event(), wire.jpeg(b"hazard")).json()["incident_id"]
    api.post(wire.event(sequence=2, phase="end"), wire.jpeg(b"empty"))
    detail = api.get(f"/incidents/{taken}").json()
    assert [picture["sequence"] for picture in detail["evidence"]] == [1, 2]
    assert detail["snapshot_url"] == detail["evidence"][0]["url"]
