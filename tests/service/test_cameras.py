"""How the cameras are doing: posted by a site's key, read by the same site and nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any

from service.repository import cameras


def states(site: str = "demo", *, complete: bool = True, **named: str) -> dict[str, Any]:
    return {
        "schema": "lifelane.camera-state/1",
        "site": site,
        "complete": complete,
        "cameras": [
            {"camera_id": name, "state": state, "since": "2026-01-05T02:11:09.200Z"}
            for name, state in named.items()
        ],
    }


def post(api: Any, body: dict[str, Any], key: str | None = None) -> Any:
    return api.http.post("/api/v1/cameras/state", json=body, headers=api.headers(key))


def seen(api: Any) -> dict[str, str]:
    answer = api.http.get("/api/v1/cameras", headers=api.headers())
    assert answer.status_code == 200, answer.text
    return {each["camera_id"]: each["state"] for each in answer.json()["items"]}


def test_the_newest_word_counts_and_a_whole_report_forgets_the_rest(api: Any) -> None:
    assert post(api, states(lane="online", lift="online")).json() == {"taken": 2}
    assert post(api, states(complete=False, lift="covered")).status_code == 200
    assert seen(api) == {"lane": "online", "lift": "covered"}
    assert post(api, states(lift="online")).status_code == 200
    assert seen(api) == {"lift": "online"}


def test_a_site_that_falls_silent_is_not_online(api: Any, monkeypatch: Any) -> None:
    post(api, states(lane="online"))
    later = datetime.now(UTC) + timedelta(minutes=5)

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return later.astimezone(tz)

    monkeypatch.setattr(cameras, "datetime", Later)
    assert seen(api) == {"lane": "silent"}


def test_nobody_speaks_for_another_site(api: Any) -> None:
    assert post(api, states(lane="online")).status_code == 200
    assert post(api, states("elsewhere", lane="online")).status_code == 403
    assert api.http.post("/api/v1/cameras/state", json=states()).status_code == 401
    assert post(api, states(lane="asleep")).status_code == 422
    assert seen(api) == {"lane": "online"}
