"""The API's description is part of the wire: it changes only with a reviewed diff."""

import difflib
import json
from pathlib import Path

import service
from service.openapi import render_openapi

COMMITTED = Path(service.__file__).parent / "openapi.json"


def test_the_committed_description_is_the_applications() -> None:
    rendered, committed = render_openapi(), COMMITTED.read_text(encoding="utf-8")
    diff = "\n".join(
        difflib.unified_diff(
            committed.splitlines(), rendered.splitlines(), "committed", "application", lineterm=""
        )
    )
    assert rendered == committed, (
        "service/openapi.json is not what the application says. If the change is meant, run"
        f" `python -m service.openapi > service/openapi.json` and commit it.\n{diff}"
    )


# Each kind of master data has the same five.
MASTER = (
    "towns communities property-firms compounds buildings places registered-cameras zones"
    " contacts charging-places"
)


def test_it_lists_the_routes_of_the_wire() -> None:
    described = json.loads(COMMITTED.read_text(encoding="utf-8"))
    routes = {
        f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method in methods
    }
    wanted = {
        "POST /api/v1/patrols",
        "GET /api/v1/patrols",
        "GET /api/v1/patrols/{patrol_id}",
        "GET /api/v1/patrols/{patrol_id}/photos",
        "POST /api/v1/patrols/{patrol_id}/photos",
        "POST /api/v1/patrol-photos/claim",
        "GET /api/v1/patrol-photos/{photo_id}/original",
        "POST /api/v1/patrol-photos/{photo_id}/result",
        "POST /api/v1/events",
        "POST /api/v1/events/batch",
        "POST /api/v1/findings",
        "POST /api/v1/cameras/state",
        "GET /api/v1/cameras",
        "GET /api/v1/incidents",
        "GET /api/v1/incidents/{incident_id}",
        "GET /api/v1/incidents/{incident_id}/evidence/{evidence_id}",
        "POST /api/v1/incidents/{incident_id}/actions",
        "POST /api/v1/incidents/{incident_id}/pictures",
        "GET /api/v1/export/incidents",
        "GET /api/v1/stream/incidents",
        "GET /api/v1/statistics",
        "GET /api/v1/audit",
        "GET /api/v1/users",
        "POST /api/v1/users",
        "PATCH /api/v1/users/{user_id}",
        "GET /api/v1/keys",
        "POST /api/v1/keys",
        "DELETE /api/v1/keys/{key_id}",
        "GET /api/v1/session",
        "POST /api/v1/session",
        "DELETE /api/v1/session",
        "POST /api/v1/session/password",
        "GET /api/v1/health",
        "GET /metrics",
    }
    for name in MASTER.split():
        wanted |= {f"{method} /api/v1/{name}" for method in ("GET", "POST")}
        one = f"/api/v1/{name}/{{number}}"
        wanted |= {f"{method} {one}" for method in ("GET", "PATCH", "DELETE")}
    assert wanted <= routes


def test_the_example_of_the_wire_page_is_what_the_description_asks_for() -> None:
    described = json.loads(COMMITTED.read_text(encoding="utf-8"))
    page = (COMMITTED.parent.parent / "docs" / "wire.md").read_text(encoding="utf-8")
    example = json.loads(page.split("```json")[1].split("```")[0])
    schemas = described["components"]["schemas"]
    # Only the name in people's words and the link to an earlier incident may be left out.
    assert set(schemas["EventIn"]["required"]) == set(example) - {
        "camera_name",
        "previous_incident_key",
    }
    assert set(schemas["EvidenceIn"]["required"]) == set(example["evidence"][0])
    assert set(schemas["SubjectIn"]["required"]) == set(example["subjects"][0])
    assert schemas["EventIn"]["additionalProperties"] is False
    statuses = set(described["paths"]["/api/v1/events"]["post"]["responses"])
    assert {"200", "201", "401", "403", "409", "413", "415", "422", "429"} <= statuses


def test_every_reference_leads_somewhere() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    schemas = json.loads(text)["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(schemas)
