"""The permission matrix on the wire: every route, every role; scopes of accounts and keys."""

import re
from typing import Any

import httpx
import pytest

from service.app import open_database
from service.repository import AccountScope, create_key, create_operator, open_session
from service.settings import Settings
from service.tables import PERMISSIONS, Permission, Role

#: Requirement 24, written down a second time: method and path -> who may.
EVERYBODY = set(Role)
PEOPLE = EVERYBODY - {Role.CAMERA}
REPORTS = {Role.CAMERA, Role.DUTY, Role.PATROL, Role.PROPERTY, Role.COMMUNITY, Role.STREET}
REPORTS |= {Role.ADMIN}
OFFICE = {Role.PROPERTY, Role.COMMUNITY, Role.STREET, Role.FIRE, Role.INSPECTOR, Role.ADMIN}
REGISTERS = {Role.DUTY, Role.COMMUNITY, Role.STREET, Role.ADMIN}
LOOKS_BACK = {Role.CAMERA, Role.PATROL, Role.COMMUNITY, Role.STREET, Role.ADMIN}
MANAGES = {Role.COMMUNITY, Role.STREET, Role.ADMIN}
HANDLES = REPORTS - {Role.CAMERA}
SENDS = {Role.STREET, Role.ADMIN}
MASTER = [
    "towns",
    "communities",
    "property-firms",
    "compounds",
    "buildings",
    "places",
    "registered-cameras",
    "zones",
    "contacts",
    "charging-places",
]
WHO = {
    "POST /api/v1/events": {Role.CAMERA},
    "POST /api/v1/events/batch": {Role.CAMERA},
    "POST /api/v1/cameras/state": {Role.CAMERA},
    "GET /api/v1/cameras": EVERYBODY,
    "POST /api/v1/findings": REPORTS,
    "POST /api/v1/patrols": REPORTS,
    "GET /api/v1/patrols": EVERYBODY,
    "GET /api/v1/patrols/{patrol_id}": EVERYBODY,
    "GET /api/v1/patrols/{patrol_id}/photos": EVERYBODY,
    "POST /api/v1/patrols/{patrol_id}/photos": REPORTS,
    # Originals show people as they are: machines alone, not even the administrator.
    "POST /api/v1/patrol-photos/claim": {Role.CAMERA},
    "GET /api/v1/patrol-photos/{photo_id}/original": {Role.CAMERA},
    "POST /api/v1/patrol-photos/{photo_id}/result": {Role.CAMERA},
    "GET /api/v1/incidents": EVERYBODY,
    "GET /api/v1/incidents/{incident_id}": EVERYBODY,
    "PATCH /api/v1/incidents/{incident_id}": REGISTERS,
    "GET /api/v1/incidents/{incident_id}/evidence/{evidence_id}": EVERYBODY,
    # The action decides further: test_transitions walks every action and role.
    "POST /api/v1/incidents/{incident_id}/actions": EVERYBODY,
    "POST /api/v1/incidents/{incident_id}/pictures": REPORTS,
    # Whoever may be near a desk may let a lift go: it is never the dangerous thing to do.
    "POST /api/v1/incidents/{incident_id}/lift-release": PEOPLE - {Role.INSPECTOR},
    "GET /api/v1/lift-release": {Role.CAMERA},
    "GET /api/v1/lookbacks": EVERYBODY,
    "POST /api/v1/lookbacks/{lookback_id}/answer": LOOKS_BACK,
    "GET /api/v1/campaigns": EVERYBODY,
    "POST /api/v1/campaigns": MANAGES,
    "GET /api/v1/stream/incidents": EVERYBODY,
    "GET /api/v1/statistics": OFFICE | {Role.DUTY},
    "GET /api/v1/audit": {Role.STREET, Role.INSPECTOR, Role.ADMIN},
    "GET /api/v1/export/incidents": OFFICE,
    "GET /api/v1/users": {Role.ADMIN},
    "POST /api/v1/users": {Role.ADMIN},
    "PATCH /api/v1/users/{user_id}": {Role.ADMIN},
    "GET /api/v1/keys": {Role.ADMIN},
    "POST /api/v1/keys": {Role.ADMIN},
    "DELETE /api/v1/keys/{key_id}": {Role.ADMIN},
    # Forms: who reads them, who issues them, who sends what leaves the house.
    "GET /api/v1/forms/annex1.{kind}": OFFICE | {Role.DUTY},
    "GET /api/v1/forms/annex2.xlsx": OFFICE | {Role.DUTY},
    "GET /api/v1/forms/ledger.{kind}": OFFICE,
    "GET /api/v1/forms/score-sheets.docx": OFFICE | {Role.DUTY},
    "GET /api/v1/forms/statistics.xlsx": OFFICE | {Role.DUTY},
    "GET /api/v1/forms/two-lists.xlsx": OFFICE,
    "GET /api/v1/papers": OFFICE | {Role.DUTY},
    "POST /api/v1/papers": MANAGES,
    "GET /api/v1/papers/{paper_id}/docx": OFFICE | {Role.DUTY},
    "POST /api/v1/papers/{paper_id}/receipt": MANAGES,
    "POST /api/v1/papers/{paper_id}/returns/{incident_id}": MANAGES,
    "GET /api/v1/monthly-reports/{year}/{month}": OFFICE | {Role.DUTY},
    "GET /api/v1/monthly-reports/{year}/{month}/docx": OFFICE | {Role.DUTY},
    "POST /api/v1/monthly-reports/{year}/{month}/draft": SENDS,
    "POST /api/v1/monthly-reports/{year}/{month}/send": SENDS,
    "GET /api/v1/tasks": OFFICE | {Role.DUTY},
    "POST /api/v1/tasks/{task_id}": MANAGES,
    # Immediate action.
    "POST /api/v1/incidents/{incident_id}/responses": HANDLES,
    "GET /api/v1/mutes": EVERYBODY,
    "POST /api/v1/mutes": REGISTERS,
    "DELETE /api/v1/mutes/{mute_id}": REGISTERS,
    "GET /api/v1/escalations": EVERYBODY,
    "POST /api/v1/escalations/{escalation_id}/send": SENDS,
    "POST /api/v1/escalations/{escalation_id}/receipt": SENDS,
    "GET /api/v1/alert-channels": SENDS,
    "POST /api/v1/alert-channels": SENDS,
    "DELETE /api/v1/alert-channels/{channel_id}": SENDS,
    "POST /api/v1/alert-channels/{channel_id}/test": SENDS,
    "GET /api/v1/alert-policies": SENDS,
    "PUT /api/v1/alert-policies": SENDS,
    "GET /api/v1/deliveries": SENDS,
    "POST /api/v1/deliveries/{delivery_id}/retry": SENDS,
}
for _name in MASTER:
    WHO[f"GET /api/v1/{_name}"] = WHO[f"GET /api/v1/{_name}/{{number}}"] = EVERYBODY
    WHO[f"POST /api/v1/{_name}"] = MANAGES
    WHO[f"PATCH /api/v1/{_name}/{{number}}"] = MANAGES
    WHO[f"DELETE /api/v1/{_name}/{{number}}"] = MANAGES
#: Open to all, or about one's own sign-in.
OPEN = {
    "GET /api/v1/health",
    "GET /metrics",
    "GET /api/v1/session",
    "POST /api/v1/session",
    "DELETE /api/v1/session",
    "POST /api/v1/session/password",
}


def routes(api: Any) -> list[str]:
    return [
        f"{method.upper()} {path}"
        for path, methods in api.app.openapi()["paths"].items()
        for method in methods
    ]


def test_the_list_here_knows_every_route(walked: Any) -> None:
    known = set(WHO) | OPEN
    assert set(routes(walked)) == known


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, serving: Any) -> Any:
    """A server for the walk; who may do what does not depend on the database."""
    folder = tmp_path_factory.mktemp("walk")
    settings = Settings(data_dir=folder / "data", desk=False)
    database = open_database(settings)
    with serving(settings, database) as started:
        yield started
    database.close()


@pytest.fixture(scope="module")
def clients(walked: Any) -> Any:
    """One client a role: people by cookie, the camera by key."""
    made = {}
    for role in Role:
        client = httpx.Client(base_url=walked.url, timeout=30)
        if role is Role.CAMERA:
            key = create_key(walked.database, site="demo")
            client.headers["Authorization"] = f"Bearer {key}"
        else:
            operator, _ = create_operator(
                walked.database,
                name=f"walks-{role}",
                role=role,
                scope=AccountScope(everything=True),
                password="correct horse",
                must_change_password=False,
            )
            token = open_session(walked.database, operator.id, hours=1)
            client.cookies.set("lifelane_session", token)
        made[role] = client
    yield made
    for client in made.values():
        client.close()


def test_every_route_and_role(walked: Any, clients: Any) -> None:
    wrong = []
    for route, who in WHO.items():
        method, path = route.split()
        # Numbers that nothing has: what is allowed finds nothing, and changes nothing.
        url = re.sub(r"\{\w+\}", "987654321", path.replace("{kind}", "csv"))
        assert walked.http.request(method, url).status_code == 401, route
        for role, client in clients.items():
            if path.endswith("/stream/incidents"):
                with client.stream("GET", url) as answer:
                    status = answer.status_code
            else:
                status = client.request(method, url, json={}).status_code
            # A cookie is no camera key at all.
            refused = status == 403 or (status == 401 and role not in who)
            if refused != (role not in who):
                wrong.append(f"{route}: {role} got {status}")
    assert not wrong, "\n".join(wrong)


def test_every_permission_is_somebodys_and_every_role_has_some() -> None:
    given = set().union(*PERMISSIONS.values())
    assert given == set(Permission)
    assert all(Permission.INCIDENTS_READ in PERMISSIONS[role] for role in Role)
    inspector = PERMISSIONS[Role.INSPECTOR]
    assert not [p for p in inspector if not p.value.endswith((".read", ".export"))]


def account(api: Any, name: str, role: Role, **scope: Any) -> httpx.Client:
    operator, _ = create_operator(
        api.database,
        name=name,
        role=role,
        scope=AccountScope(**scope),
        password="correct horse",
        must_change_password=False,
    )
    client = httpx.Client(base_url=api.url, timeout=30)
    client.cookies.set("lifelane_session", open_session(api.database, operator.id, hours=1))
    return client


def test_an_account_sees_only_its_compounds(api: Any, wire: Any) -> None:
    numbers = {}
    for site in ("demo", "north"):
        key = create_key(api.database, site=site)
        answer = api.post(wire.event(site, site=site), wire.jpeg(site.encode()), key=key)
        numbers[site] = answer.json()["incident_id"]
    with account(api, "root", Role.ADMIN, everything=True) as admin:
        compounds = {
            each["site"]: each["id"] for each in admin.get("/api/v1/compounds").json()["items"]
        }
        town = admin.post("/api/v1/towns", json={"name": "虎峰镇"}).json()["id"]
        body = {"town_id": town, "name": "东街社区"}
        community = admin.post("/api/v1/communities", json=body).json()["id"]
        url = f"/api/v1/compounds/{compounds['demo']}"
        assert admin.patch(url, json={"community_id": community}).status_code == 200
        url = f"/api/v1/compounds/{compounds['north']}"
    scopes = {
        "by-compound": {"compounds": [compounds["demo"]]},
        "by-community": {"communities": [community]},
        "by-town": {"towns": [town]},
    }
    for name, scope in scopes.items():
        with account(api, name, Role.STREET, **scope) as client:
            listed = client.get("/api/v1/incidents").json()
            assert (listed["total"], [i["site"] for i in listed["items"]]) == (1, ["demo"])
            assert client.get(f"/api/v1/incidents/{numbers['north']}").status_code == 404
            act = client.post(
                f"/api/v1/incidents/{numbers['north']}/actions", json={"action": "acknowledge"}
            )
            assert act.status_code == 404
            rows = client.get("/api/v1/statistics").json()["items"]
            assert [row["found"] for row in rows] == [1]
            assert client.get("/api/v1/export/incidents").text.count("\n") == 1
            seen = client.get("/api/v1/compounds").json()["items"]
            assert [each["site"] for each in seen] == ["demo"]
            change = {"name": "别人的"}
            assert client.patch(url, json=change).status_code == 404
            assert client.post("/api/v1/towns", json=change).status_code == 403
            audited = client.get("/api/v1/audit").json()["items"]
            assert {line["incident_id"] for line in audited} <= {numbers["demo"]}
    with account(api, "nobody", Role.STREET) as client:
        assert client.get("/api/v1/incidents").json()["total"] == 0
        assert client.get("/api/v1/statistics").json()["items"] == []


def test_a_keys_scopes_narrow_it(api: Any, wire: Any) -> None:
    narrow = create_key(api.database, site="demo", scopes=[Permission.EVENTS_POST])
    assert api.post(wire.event(), key=narrow).status_code == 201
    assert api.get("/incidents", key=narrow).status_code == 403
    reads = create_key(
        api.database, site="demo", role=Role.DUTY, scopes=[Permission.INCIDENTS_READ]
    )
    number = api.get("/incidents", key=reads).json()["items"][0]["id"]
    answer = api.http.post(
        f"/api/v1/incidents/{number}/actions",
        json={"action": "acknowledge"},
        headers=api.headers(reads),
    )
    assert answer.status_code == 403


def test_accounts_over_the_wire(api: Any) -> None:
    with account(api, "root", Role.ADMIN, everything=True) as admin:
        made = admin.post("/api/v1/users", json={"name": "li", "role": "community"})
        assert made.status_code == 201, made.text
        user, password = made.json(), made.json()["password"]
        assert user["compounds"] == []
        assert admin.post("/api/v1/users", json={"name": "li", "role": "fire"}).status_code == 409
        assert admin.post("/api/v1/users", json={"name": "x", "role": "camera"}).status_code == 422
        with httpx.Client(base_url=api.url) as li:
            body = {"name": "li", "password": password}
            assert li.post("/api/v1/session", json=body).status_code == 204
            # Nothing goes before a password of one's own.
            assert li.get("/api/v1/session").json()["must_change_password"] is True
            refused = li.get("/api/v1/incidents")
            assert (refused.status_code, "choose your own" in refused.text) == (403, True)
            url = "/api/v1/session/password"
            wrong = {"old": "x" * 8, "new": "correct horse 2"}
            assert li.post(url, json=wrong).status_code == 401
            same = {"old": password, "new": password}
            assert li.post(url, json=same).status_code == 422
            right = {"old": password, "new": "correct horse 2"}
            assert li.post(url, json=right).status_code == 204
            assert li.get("/api/v1/incidents").status_code == 200
            change = {"disabled": True}
            assert admin.patch(f"/api/v1/users/{user['id']}", json=change).status_code == 200
            assert li.get("/api/v1/incidents").status_code == 401
            body = {"name": "li", "password": "correct horse 2"}
            assert li.post("/api/v1/session", json=body).status_code == 401
        key = admin.post("/api/v1/keys", json={"site": "demo", "scopes": ["events.post"]})
        assert key.status_code == 201
        listed = admin.get("/api/v1/keys").json()["items"]
        assert key.json()["key"] not in str(listed)
        mine = next(each for each in listed if each["scopes"] == ["events.post"])
        assert admin.delete(f"/api/v1/keys/{mine['id']}").status_code == 204
        assert admin.delete("/api/v1/keys/none").status_code == 404
