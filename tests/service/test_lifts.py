"""A lift is let go from the desk: who may, what the camera site hears, what is written down."""

from typing import Any

from service.repository import create_key


def lift(wire: Any, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = wire.event("lift-incident", kind="ebike_in_elevator", **changes)
    return body


def release(api: Any, number: int, key: str, **body: Any) -> Any:
    url = f"/api/v1/incidents/{number}/lift-release"
    return api.http.post(url, json=body, headers=api.headers(key))


def test_the_camera_site_hears_who_let_the_lift_go(api: Any, wire: Any) -> None:
    number = api.post(lift(wire)).json()["incident_id"]
    before = api.get("/lift-release", incident_key="lift-incident").json()
    assert before == {
        "incident_id": number,
        "incident_key": "lift-incident",
        "released": False,
        "released_at": None,
        "released_by": "",
    }
    etag = api.get(f"/incidents/{number}").headers["ETag"]
    done = release(api, number, api.operator_key, note="有人被困")
    assert done.status_code == 200, done.text
    heard = api.get("/lift-release", incident_key="lift-incident").json()
    assert heard == done.json()
    assert heard["released"]
    assert heard["released_by"].startswith("key ")

    # Each press is written down; the first one is the one that counts.
    assert release(api, number, api.operator_key).json() == heard
    shown = api.get(f"/incidents/{number}")
    assert shown.headers["ETag"] != etag, "a desk that watches sees it"
    lines = [each for each in shown.json()["actions"] if each["action"] == "lift_released"]
    assert [each["note"] for each in lines] == ["有人被困", ""]
    assert shown.json()["status"] == "found", "letting go is no step of the case"


def test_what_is_no_lift_and_what_is_not_yours(api: Any, wire: Any) -> None:
    lane = api.post(wire.event("lane-incident")).json()["incident_id"]
    answer = release(api, lane, api.operator_key)
    assert answer.status_code == 422
    assert "no lift to let go" in answer.json()["detail"]
    number = api.post(lift(wire)).json()["incident_id"]
    assert release(api, number, api.key).status_code == 403, "a camera lets nothing go"
    assert release(api, 987654321, api.operator_key).status_code == 404
    assert api.get("/lift-release", incident_key="never-seen").status_code == 404
    stranger = create_key(api.database, site="north")
    assert api.get("/lift-release", key=stranger, incident_key="lift-incident").status_code == 404
