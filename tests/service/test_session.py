"""Desk accounts: sign-in, cookie, cross-site requests, end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from service.errors import SettingsError
from service.repository import (
    DESK_OPERATOR,
    Database,
    create_key,
    ensure_first_operator,
    find_session,
    set_desk_password,
    sign_in,
    sign_out,
)
from service.routes.attempts import Attempts
from service.tables import DeskSessionRow, OperatorRow

PASSWORD = "correct horse"


def sign_in_by_http(api: Any, password: str = PASSWORD, **headers: str) -> Any:
    body = {"name": "desk", "password": password}
    return api.http.post("/api/v1/session", json=body, headers=headers)


def test_a_signed_in_desk_reads_all_and_acts(api: Any, wire: Any) -> None:
    set_desk_password(api.database, PASSWORD)
    numbers = []
    for site in ("demo", "north"):
        key = create_key(api.database, site=site)
        answer = api.post(wire.event(key=site, site=site), wire.jpeg(), key=key)
        numbers.append(answer.json()["incident_id"])
    assert api.http.get("/api/v1/incidents").status_code == 401
    answer = sign_in_by_http(api)
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    listed = api.http.get("/api/v1/incidents").json()
    assert listed["total"] == 2
    assert api.http.get("/api/v1/incidents", params={"site": "north"}).json()["total"] == 1
    assert api.http.get(listed["items"][0]["snapshot_url"]).content == wire.jpeg()
    url = f"/api/v1/incidents/{numbers[1]}/actions"
    acted = api.http.post(url, json={"action": "acknowledge", "note": "on my way"})
    assert acted.json()["status"] == "acknowledged"
    detail = api.http.get(f"/api/v1/incidents/{numbers[1]}").json()
    assert detail["actions"][0]["actor"] == "desk"
    # A cookie is no camera key.
    assert api.http.post("/api/v1/events", json=wire.event()).status_code == 401
    assert api.http.delete("/api/v1/session").status_code == 204
    assert api.http.get("/api/v1/incidents").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1"},
        {"Origin": "null"},
    ],
)
def test_another_sites_page_cannot_use_the_cookie(
    api: Any, wire: Any, headers: dict[str, str]
) -> None:
    set_desk_password(api.database, PASSWORD)
    number = api.post(wire.event()).json()["incident_id"]
    assert sign_in_by_http(api, **headers).status_code == 403
    assert sign_in_by_http(api, Origin=api.url).status_code == 204
    url = f"/api/v1/incidents/{number}/actions"
    refused = api.http.post(url, json={"action": "acknowledge"}, headers=headers)
    assert refused.status_code == 403
    assert api.http.delete("/api/v1/session", headers=headers).status_code == 403
    assert api.http.get(f"/api/v1/incidents/{number}").json()["status"] == "found"
    # A form of another site can send no JSON.
    form = api.http.post(url, data={"action": "acknowledge"})
    assert form.status_code == 422
    allowed = api.http.post(
        url, json={"action": "acknowledge"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert allowed.status_code == 200


def test_wrong_passwords_must_wait(api: Any) -> None:
    set_desk_password(api.database, PASSWORD)
    services = api.app.state.services
    # Each try costs an scrypt: three of them show as much as thirty.
    api.app.state.services = replace(services, sign_in_attempts=Attempts(limit=3))
    codes = [sign_in_by_http(api, f"wrong-{n}").status_code for n in range(4)]
    assert codes == [401] * 3 + [429]
    assert sign_in_by_http(api).status_code == 429
    # Keys are counted apart: the cameras go on.
    assert api.get("/incidents").status_code == 200


def test_sign_in_and_out(database: Database) -> None:
    password = ensure_first_operator(database)
    assert password is not None
    assert len(password) == 19
    assert ensure_first_operator(database) is None
    assert sign_in(database, name="desk", password=password + "x", hours=1) is None
    assert sign_in(database, name="nobody", password=password, hours=1) is None
    token = sign_in(database, name="desk", password=password, hours=1)
    assert token is not None
    operator = find_session(database, token)
    assert operator is not None
    assert operator.name == DESK_OPERATOR
    assert find_session(database, token + "x") is None
    with database.read() as session:
        assert token not in str(session.scalars(select(DeskSessionRow.token_sha256)).all())
        assert password not in str(session.scalars(select(OperatorRow.password_hash)).all())
    sign_out(database, token)
    sign_out(database, token)
    assert find_session(database, token) is None


def test_a_sign_in_ends_with_its_hours_or_with_the_password(database: Database) -> None:
    set_desk_password(database, PASSWORD)
    token = sign_in(database, name="desk", password=PASSWORD, hours=1)
    assert token is not None
    with database.write() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(DeskSessionRow).values(expires_at=past))
    assert find_session(database, token) is None
    token = sign_in(database, name="desk", password=PASSWORD, hours=1)
    assert token is not None
    set_desk_password(database, PASSWORD)
    assert find_session(database, token) is not None
    set_desk_password(database, "another one")
    assert find_session(database, token) is None
    assert sign_in(database, name="desk", password=PASSWORD, hours=1) is None


def test_a_short_password_is_refused(database: Database) -> None:
    with pytest.raises(SettingsError, match="LIFELANE_DESK_PASSWORD") as error:
        set_desk_password(database, "geheim7")
    assert "geheim7" not in str(error.value)


def test_an_old_cookie_is_told_so(api: Any) -> None:
    api.http.cookies.set("lifelane_session", "no-such-token")
    answer = api.http.get("/api/v1/incidents")
    assert answer.status_code == 401
    assert "sign in again" in answer.json()["detail"]
