"""API keys: one site each, trust on first use, revoked for good, guessed slowly."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from service.errors import NotFound, SettingsError, TooManyAttempts
from service.repository import (
    Database,
    create_key,
    ensure_first_key,
    find_key,
    list_keys,
    register_key,
    revoke_key,
)
from service.routes.attempts import Attempts
from service.tables import ApiKeyRow, AuditRow


def audit(database: Database) -> list[str]:
    with database.read() as session:
        return [row.action for row in session.scalars(select(AuditRow).order_by(AuditRow.id))]


def test_the_first_key_belongs_to_the_first_site_that_posts(api: Any, wire: Any) -> None:
    key = create_key(api.database, site=None)
    assert api.post(wire.event(site="south", confidence=9), key=key).status_code == 422
    assert find_key(api.database, key).site is None
    assert api.post(wire.event(site="south"), key=key).status_code == 201
    assert find_key(api.database, key).site == "south"
    refused = api.post(wire.event(key="n", site="north side"), key=key)
    assert refused.status_code == 403
    assert "belongs to site 'south'" in refused.json()["detail"]
    assert "lifelane keys create 'north side'" in refused.json()["detail"]
    assert api.get("/incidents", key=key).json()["total"] == 1
    assert audit(api.database).count("key_bound") == 1


def test_two_sites_race_for_the_first_key(api: Any, wire: Any) -> None:
    for _ in range(3):
        key = create_key(api.database, site=None)
        name = hashlib.sha256(key.encode()).hexdigest()[:8]
        answers = wire.at_once(
            6,
            lambda n, key=key, name=name: api.post(
                wire.event(key=f"{name}-{n}", site=f"site-{n % 2}"), key=key
            ),
        )
        assert sorted(a.status_code for a in answers) == [201] * 3 + [403] * 3
    assert audit(api.database).count("key_bound") == 3


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Basic bGw6bGw=",
        "Bearer llk_00000000_" + "0" * 48,
        "Bearer \u00e9\u00ff",
    ],
)
def test_no_write_without_a_right_key(shared_api: Any, wire: Any, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = shared_api.http.post("/api/v1/events", json=wire.event(), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_key_ends_at_once(api: Any, wire: Any) -> None:
    assert api.post(wire.event()).status_code == 201
    key_id = find_key(api.database, api.key).id
    revoke_key(api.database, key_id)
    revoke_key(api.database, key_id)
    assert api.post(wire.event(sequence=2)).status_code == 401
    assert api.get("/incidents").status_code == 401
    assert audit(api.database).count("key_revoked") == 1
    with pytest.raises(NotFound, match="lifelane keys list"):
        revoke_key(api.database, "nope")


def test_only_digests_are_kept(database: Database) -> None:
    token = create_key(database, site="demo")
    with database.read() as session:
        (row,) = session.scalars(select(ApiKeyRow))
        kept = {column.name: getattr(row, column.name) for column in ApiKeyRow.__table__.columns}
    assert token.startswith(f"llk_{row.id}_")
    assert len(token.split("_")[2]) == 48
    assert row.key_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert token.split("_")[2] not in str(kept)


def test_the_first_key_is_made_once(database: Database) -> None:
    token = ensure_first_key(database, site="demo")
    assert token is not None
    assert ensure_first_key(database, site="demo") is None
    found = find_key(database, token)
    assert found is not None
    revoke_key(database, found.id)
    # Revoking the only key must not make the next start hand out another.
    assert ensure_first_key(database, site="demo") is None
    assert len(list_keys(database)) == 1


def test_a_key_of_the_installers_choice(database: Database) -> None:
    chosen = "0123456789abcdef"
    register_key(database, chosen, site=None)
    register_key(database, chosen, site="demo")
    (info,) = list_keys(database)
    assert find_key(database, chosen) is not None
    assert info.site == "demo"
    revoke_key(database, info.id)
    with pytest.raises(SettingsError, match="was revoked"):
        register_key(database, chosen, site=None)


@pytest.mark.parametrize("token", ["", "short", "x" * 15, "schlüssel-schlüssel", "tab\t" * 9])
def test_a_chosen_key_that_is_none(database: Database, token: str) -> None:
    with pytest.raises(SettingsError, match="LIFELANE_API_KEY") as error:
        register_key(database, token, site=None)
    assert token == "" or token not in str(error.value)
    assert list_keys(database) == []


def test_last_use_is_kept(api: Any, wire: Any) -> None:
    assert find_key(api.database, api.key).last_used_at is None
    api.post(wire.event())
    assert find_key(api.database, api.key).last_used_at is not None


def test_wrong_keys_must_wait_but_right_ones_need_not(api: Any, wire: Any) -> None:
    assert api.post(wire.event()).status_code == 201
    codes = [api.get("/incidents", key=f"wrong-{n}").status_code for n in range(35)]
    assert codes == [401] * 30 + [429] * 5
    # One that has been right from here before goes on; another right one must wait.
    assert api.post(wire.event(sequence=2)).status_code == 201
    assert api.get("/incidents", key=api.operator_key).status_code == 429
    assert api.http.get("/api/v1/health").status_code == 200


def test_the_wait_ends_after_a_minute() -> None:
    now_s = 1000.0
    attempts = Attempts(limit=3, clock=lambda: now_s)
    for _ in range(3):
        attempts.check("a", "x")
        attempts.failed("a")
    with pytest.raises(TooManyAttempts):
        attempts.check("a", "x")
    attempts.check("b", "x")
    now_s += 59.9
    with pytest.raises(TooManyAttempts):
        attempts.check("a", "x")
    now_s += 0.2
    attempts.check("a", "x")
