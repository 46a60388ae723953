"""POST /api/v1/events: idempotent, ordered, checked, limited."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest


def stored_files(api: Any) -> list[Path]:
    return [path for path in api.settings.evidence_dir.rglob("*") if path.is_file()]


def only_incident(api: Any) -> dict[str, Any]:
    page = api.get("/incidents").json()
    assert page["total"] == 1
    return api.get(f"/incidents/{page['items'][0]['id']}").json()


def test_taken_once_and_repeated(api: Any, wire: Any) -> None:
    first = api.post(wire.event())
    again = api.post(wire.event())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == {
        "event_id": "k1:1",
        "incident_id": first.json()["incident_id"],
        "incident_key": "k1",
        "sequence": 1,
        "duplicate": False,
    }
    assert again.json() == first.json() | {"duplicate": True}
    incident = only_incident(api)
    assert [e["event_id"] for e in incident["events"]] == ["k1:1"]
    assert incident["events"][0]["body"] == wire.event()
    assert incident["status"] == "found"
    assert incident["severity"] == "high"
    assert incident["raised_at"] == "2026-01-05T02:11:09.200000Z"


def test_the_same_content_in_another_spelling_is_a_repeat(api: Any, wire: Any) -> None:
    body = wire.event()
    api.post(body)
    spelled = json.dumps(dict(reversed(body.items())), indent=3)
    spelled = spelled.replace("02:11:09.200Z", "02:11:09.2Z")
    headers = api.headers() | {"Content-Type": "application/json"}
    answer = api.http.post("/api/v1/events", content=spelled, headers=headers)
    assert answer.status_code == 200


def test_other_content_under_a_known_id_is_refused(api: Any, wire: Any) -> None:
    api.post(wire.event())
    answer = api.post(wire.event(confidence=0.5), wire.jpeg())
    assert answer.status_code == 409
    assert answer.json()["code"] == "event_conflict"
    assert "k1:1" in answer.json()["detail"]
    assert only_incident(api)["confidence"] == 0.91
    assert stored_files(api) == []


def test_phases_move_by_sequence_and_never_back(api: Any, wire: Any) -> None:
    api.post(wire.event(sequence=1))
    api.post(wire.event(sequence=2, phase="unknown", reason="no_sight"))
    assert only_incident(api)["phase"] == "unknown"
    api.post(wire.event(sequence=4, phase="end", occurred_at="2026-01-05T02:20:00Z"))
    assert only_incident(api)["ended_at"] == "2026-01-05T02:20:00Z"
    late = api.post(wire.event(sequence=3, confidence=0.1))
    assert late.status_code == 201
    incident = only_incident(api)
    assert (incident["phase"], incident["last_sequence"]) == ("end", 4)
    assert incident["confidence"] == 0.91
    assert [e["sequence"] for e in incident["events"]] == [1, 2, 3, 4]
    assert [e["phase"] for e in incident["events"]] == ["start", "unknown", "update", "end"]


def test_the_next_event_makes_the_incident_when_the_start_was_refused(api: Any, wire: Any) -> None:
    assert api.post(wire.event(sequence=1, confidence=7)).status_code == 422
    assert api.post(wire.event(sequence=2)).status_code == 201
    incident = only_incident(api)
    assert (incident["phase"], incident["last_sequence"]) == ("update", 2)
    assert api.post(wire.event(sequence=1)).status_code == 201
    assert only_incident(api)["phase"] == "update"


@pytest.mark.parametrize("action", ["acknowledge", "false_alarm"])
def test_no_camera_event_changes_the_status(api: Any, wire: Any, action: str) -> None:
    incident_id = api.post(wire.event()).json()["incident_id"]
    status = api.act(incident_id, action).json()["status"]
    for sequence, phase in enumerate(("update", "end", "update", "unknown", "start"), start=2):
        assert api.post(wire.event(sequence=sequence, phase=phase)).status_code == 201
        incident = only_incident(api)
        assert (incident["status"], incident["phase"]) == (status, phase)


def test_an_end_does_not_close(api: Any, wire: Any) -> None:
    api.post(wire.event())
    api.post(wire.event(sequence=2, phase="end"))
    assert only_incident(api)["status"] == "found"
    assert api.get("/incidents", status="found").json()["total"] == 1


def test_pictures_come_back_as_they_were(api: Any, wire: Any) -> None:
    pictures = [wire.jpeg(b"drawn"), wire.jpeg(b"clean" * 400_000)]
    assert api.post(wire.event(), *pictures).status_code == 201
    assert api.post(wire.event(), *pictures).status_code == 200
    incident = only_incident(api)
    assert [p["role"] for p in incident["evidence"]] == ["snapshot", "clean"]
    assert incident["snapshot_url"] == incident["evidence"][0]["url"]
    for picture, entry in zip(pictures, incident["evidence"], strict=True):
        answer = api.http.get(entry["url"], headers=api.headers())
        assert answer.content == picture
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(stored_files(api)) == 2


def test_a_repeat_mends_a_lost_picture(api: Any, wire: Any) -> None:
    picture = wire.jpeg()
    api.post(wire.event(), picture)
    (path,) = stored_files(api)
    path.unlink()
    entry = only_incident(api)["evidence"][0]
    assert api.http.get(entry["url"], headers=api.headers()).status_code == 404
    assert api.post(wire.event(), picture).status_code == 200
    assert api.http.get(entry["url"], headers=api.headers()).content == picture


def test_png_and_webp_are_taken(api: Any, wire: Any) -> None:
    shapes = {
        "image/png": b"\x89PNG\r\n\x1a\n" + b"png",
        "image/webp": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    }
    for number, (media_type, picture) in enumerate(shapes.items()):
        body = wire.with_pictures(wire.event(key=f"p{number}"), picture)
        body["evidence"][0]["media_type"] = media_type
        taken = api.post(body, picture)
        assert taken.status_code == 201, taken.text
        entry = api.get(f"/incidents/{taken.json()['incident_id']}").json()["evidence"][0]
        answer = api.http.get(entry["url"], headers=api.headers())
        assert (answer.headers["content-type"], answer.content) == (media_type, picture)


def bad_pictures(wire: Any) -> dict[str, tuple[dict[str, Any], list[Any], int, str]]:
    good, other = wire.jpeg(b"good"), wire.jpeg(b"evil")
    sha = hashlib.sha256(good).hexdigest()
    listed = wire.with_pictures(wire.event(), good)
    named = ("evidence", (f"{sha}.jpg", other, "image/jpeg"))
    text = b"<html>no picture</html>"
    wrong_type = wire.with_pictures(wire.event(), good)
    wrong_type["evidence"][0]["media_type"] = "image/png"
    short = wire.with_pictures(wire.event(), good)
    short["evidence"][0]["size_bytes"] = len(good) + 1
    path = ("evidence", ("../../etc/passwd.jpg", good, "image/jpeg"))
    two_sizes = wire.with_pictures(wire.event(), good, good)
    two_sizes["evidence"][1]["size_bytes"] = 3
    return {
        "other bytes": (listed, [named], 422, sha),
        "size": (short, wire.parts(good), 422, f"expected {len(good) + 1} bytes"),
        "missing": (listed, [], 422, f"{sha}: listed by the event, but no part came"),
        "extra": (wire.event(), wire.parts(good), 422, "the event lists none such"),
        "twice": (listed, wire.parts(good, good), 422, "came twice"),
        "no picture": (wire.with_pictures(wire.event(), text), wire.parts(text), 422, "no image"),
        "media type": (wrong_type, wire.parts(good), 422, "are no image/png"),
        "path": (listed, [path], 422, "<sha256>.<ext>"),
        "two sizes": (two_sizes, wire.parts(good), 422, "two sizes"),
        "same role twice": (
            listed | {"evidence": listed["evidence"] * 2},
            wire.parts(good),
            422,
            "listed twice",
        ),
    }


@pytest.mark.parametrize(
    "case",
    [
        "other bytes",
        "size",
        "missing",
        "extra",
        "twice",
        "no picture",
        "media type",
        "path",
        "two sizes",
        "same role twice",
    ],
)
def test_wrong_pictures_are_named_and_nothing_is_kept(
    shared_api: Any, wire: Any, case: str
) -> None:
    body, evidence, status, words = bad_pictures(wire)[case]
    files = [("event", ("e.json", json.dumps(body).encode(), "application/json")), *evidence]
    answer = shared_api.http.post("/api/v1/events", files=files, headers=shared_api.headers())
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    assert shared_api.get("/incidents").json()["total"] == 0
    assert stored_files(shared_api) == []


def test_limits(api: Any, wire: Any) -> None:
    def post(body: dict[str, Any], *evidence: Any) -> httpx.Response:
        files = [("event", (None, json.dumps(body), "application/json")), *evidence]
        return api.http.post("/api/v1/events", files=files, headers=api.headers())

    huge = wire.event() | {"reason": "x" * 262_145}
    for answer in (api.post(huge), post(huge)):
        assert answer.status_code == 413
        assert "the event: expected at most 262144 bytes" in answer.json()["detail"]
    big = wire.jpeg(b"x" * 10 * 1024 * 1024)
    answer = post(wire.with_pictures(wire.event(), big), *wire.parts(big))
    assert answer.status_code == 413
    assert hashlib.sha256(big).hexdigest() in answer.json()["detail"]
    nine = [wire.jpeg(bytes([n])) for n in range(9)]
    answer = post(wire.with_pictures(wire.event(), *nine), *wire.parts(*nine))
    assert answer.status_code == 413
    assert "at most 8 pictures" in answer.json()["detail"]
    # 100 MB without a Content-Length: the answer still reaches who sends it.
    chunks = (b"x" * 1_000_000 for _ in range(100))
    headers = api.headers() | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = api.http.post("/api/v1/events", content=chunks, headers=headers)
    assert answer.status_code in (413, 422)
    eight = [wire.jpeg(bytes([n])) for n in range(8)]
    assert post(wire.with_pictures(wire.event(), *eight), *wire.parts(*eight)).status_code == 201


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/plain", b"{}"),
        ("", b"{}"),
        ("application/x-www-form-urlencoded", b"event={}"),
        ("multipart/form-data", b"no boundary"),
    ],
)
def test_other_content_types_are_refused(
    shared_api: Any, content_type: str, content: bytes
) -> None:
    headers = shared_api.headers() | {"Content-Type": content_type}
    answer = shared_api.http.post("/api/v1/events", content=content, headers=headers)
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.json()["detail"]


def test_a_compressed_body_is_refused(shared_api: Any, wire: Any) -> None:
    headers = shared_api.headers() | {"Content-Encoding": "gzip"}
    answer = shared_api.http.post("/api/v1/events", json=wire.event(), headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"schema": "lifelane.event/2"}, "event.schema"),
        ({"event_id": "k1:2"}, "event"),
        ({"incident_key": "a b", "event_id": "a b:1"}, "event.incident_key"),
        ({"sequence": 0, "event_id": "k1:0"}, "event.sequence"),
        ({"sequence": "1"}, "event.sequence"),
        ({"sequence": 2**31, "event_id": f"k1:{2**31}"}, "event.sequence"),
        ({"site": ""}, "event.site"),
        ({"site": "a\x00b"}, "event.site"),
        ({"kind": "fire"}, "event.kind"),
        ({"phase": "open"}, "event.phase"),
        ({"camera_id": "x" * 101}, "event.camera_id"),
        ({"zone_id": None}, "event.zone_id"),
        ({"occurred_at": "2026-01-05T02:11:09.200"}, "event.occurred_at"),
        ({"occurred_at": "2026-01-05T02:11:09+08:00"}, "event.occurred_at"),
        ({"first_seen": "2026-02-30T00:00:00Z"}, "event.first_seen"),
        ({"last_seen": "0001-01-01T00:00:00Z"}, "event.last_seen"),
        ({"raised_at": 1767579069}, "event.raised_at"),
        ({"media_time_s": -1}, "event.media_time_s"),
        ({"confidence": 1.01}, "event.confidence"),
        ({"confidence": True}, "event.confidence"),
        ({"measures": {"dwell_s": "10"}}, "event.measures.dwell_s"),
        ({"measures": {"Dwell": 1}}, "event.measures.Dwell.[key]"),
        ({"subjects": [{"class": "car", "confidence": 1}]}, "event.subjects.0.xyxy_norm"),
        ({"model": "x" * 201}, "event.model"),
        ({"evidence": [{"role": "snapshot"}]}, "event.evidence.0.sha256"),
        ({"seen_by": "me"}, "event.seen_by"),
    ],
)
def test_a_wrong_field_is_named(
    shared_api: Any, wire: Any, changes: dict[str, Any], field: str
) -> None:
    answer = shared_api.post(wire.event() | changes)
    assert answer.status_code == 422
    named = [problem["field"] for problem in answer.json()["problems"]]
    assert field in named, answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"confidence": NaN}',
        b"[" * 100_000,
        b'{"site": "\\ud800"}',
    ],
)
def test_what_is_no_event_is_refused(shared_api: Any, text: bytes) -> None:
    headers = shared_api.headers() | {"Content-Type": "application/json"}
    answer = shared_api.http.post("/api/v1/events", content=text, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_figure_without_a_number(shared_api: Any, wire: Any, value: float) -> None:
    text = json.dumps(wire.event(measures={"dwell_s": value}))
    headers = shared_api.headers() | {"Content-Type": "application/json"}
    assert shared_api.http.post("/api/v1/events", content=text, headers=headers).status_code == 422


def test_the_idempotency_key_must_be_the_events(api: Any, wire: Any) -> None:
    headers = api.headers() | {"Idempotency-Key": "k1:2"}
    answer = api.http.post("/api/v1/events", json=wire.event(), headers=headers)
    assert answer.status_code == 422
    headers["Idempotency-Key"] = "k1:1"
    assert api.http.post("/api/v1/events", json=wire.event(), headers=headers).status_code == 201


@pytest.mark.parametrize(
    "changes", [{"camera_id": "lane-2"}, {"zone_id": "z"}, {"kind": "exit_blocked"}]
)
def test_a_key_stands_for_one_hazard_in_one_place(
    api: Any, wire: Any, changes: dict[str, Any]
) -> None:
    api.post(wire.event())
    answer = api.post(wire.event(sequence=2, **changes))
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == next(iter(changes))
    assert only_incident(api)["last_sequence"] == 1


def test_the_same_event_at_once_makes_one_incident(api: Any, wire: Any) -> None:
    picture = wire.jpeg()
    for round_number in range(5):
        body = wire.event(key=f"r{round_number}")
        answers = wire.at_once(8, lambda _, body=body: api.post(body, picture))
        assert sorted(a.status_code for a in answers) == [200] * 7 + [201]
        assert len({a.json()["incident_id"] for a in answers}) == 1
    page = api.get("/incidents").json()
    assert page["total"] == 5
    for item in page["items"]:
        detail = api.get(f"/incidents/{item['id']}").json()
        assert len(detail["events"]) == 1
        assert len(detail["evidence"]) == 1


def test_all_events_of_a_new_incident_at_once(api: Any, wire: Any) -> None:
    for round_number in range(3):
        key = f"s{round_number}"
        answers = wire.at_once(8, lambda n, key=key: api.post(wire.event(key=key, sequence=n + 1)))
        assert [a.status_code for a in answers] == [201] * 8
        (incident_id,) = {a.json()["incident_id"] for a in answers}
        detail = api.get(f"/incidents/{incident_id}").json()
        assert [e["sequence"] for e in detail["events"]] == list(range(1, 9))
        assert (detail["last_sequence"], detail["phase"]) == (8, "update")


def test_contradictions_at_once_leave_one_truth(api: Any, wire: Any) -> None:
    answers = wire.at_once(6, lambda n: api.post(wire.event(confidence=n / 10)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 5
    winner = next(n for n, a in enumerate(answers) if a.status_code == 201)
    assert only_incident(api)["confidence"] == winner / 10


def test_a_full_disk_is_a_reason_to_try_again(api: Any, wire: Any) -> None:
    picture = wire.jpeg()
    sha = hashlib.sha256(picture).hexdigest()
    # Where the folder should be made lies a file: the write fails as on a broken disk.
    blocker = api.settings.evidence_dir / sha[:2]
    blocker.write_bytes(b"")
    answer = api.post(wire.event(), picture)
    assert answer.status_code == 503
    assert sha in answer.json()["detail"]
    assert api.get("/incidents").json()["total"] == 0
    blocker.unlink()
    assert api.post(wire.event(), picture).status_code == 201
