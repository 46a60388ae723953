"""Uploading a patrol's photos: every file gets its outcome, nothing is stored twice."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from patrol_photos import noise, png_that_claims

from service.repository import EVERYWHERE, claim_photos, create_key
from service.tables import Permission, Role


def jpeg(number: int) -> bytes:
    content = io.BytesIO()
    noise(number).save(content, "JPEG")
    return content.getvalue()


def heic(number: int) -> bytes:
    content = io.BytesIO()
    noise(number).save(content, "HEIF")
    return content.getvalue()


def archive(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, member in members.items():
            packed.writestr(name, member)
    return content.getvalue()


def make(api: Any, key: str = "walk-1", site: str = "demo") -> int:
    body = {"patrol_key": key, "site": site, "place": "3号楼/楼道"}
    answer = api.http.post("/api/v1/patrols", json=body, headers=api.headers())
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def upload(api: Any, patrol: int, *files: tuple[str, bytes]) -> Any:
    parts = [("photos", file) for file in files]
    url = f"/api/v1/patrols/{patrol}/photos"
    return api.http.post(url, files=parts, headers=api.headers())


def test_each_file_gets_its_outcome_and_the_others_are_kept(api: Any) -> None:
    patrol = make(api)
    assert make(api) == patrol
    good, phone = jpeg(1), heic(2)
    bomb = b"\xff\xd8\xff" + bytes(2_000_000)
    inner = {"3号楼/a.jpg": jpeg(3), "../../etc/b.jpg": good, "bomb.jpg": bomb, "c.zip": b"PK"}
    answer = upload(
        api,
        patrol,
        ("../a/IMG_1.jpg", jpeg(9)),
        ("IMG_1.jpg", good),
        ("again.jpg", good),
        ("IMG_2.HEIC", phone),
        ("huge.png", png_that_claims(30_000, 30_000)),
        ("words.jpg", b"no picture"),
        ("empty.jpg", b""),
        ("all.zip", archive(**inner)),
        ("broken.zip", b"PK\x03\x04"),
    )
    assert answer.status_code == 201, answer.text
    said = {each["file"]: (each["outcome"], each["reason"]) for each in answer.json()["items"]}
    expected = {
        "../a/IMG_1.jpg": ("refused", "leads out"),
        "IMG_1.jpg": ("queued", ""),
        "again.jpg": ("known", "already"),
        "IMG_2.HEIC": ("queued", ""),
        "huge.png": ("refused", "megapixels"),
        "words.jpg": ("refused", "whatever its ending"),
        "empty.jpg": ("refused", "empty"),
        "all.zip!/3号楼/a.jpg": ("queued", ""),
        "all.zip!/../../etc/b.jpg": ("refused", "leads out"),
        "all.zip!/bomb.jpg": ("refused", "no photo shrinks"),
        "all.zip!/c.zip": ("refused", "archive inside"),
        "broken.zip": ("refused", "zip archive"),
    }
    assert {name: outcome for name, (outcome, _) in said.items()} == {
        name: outcome for name, (outcome, _) in expected.items()
    }
    for name, (_, words) in expected.items():
        assert words in said[name][1], (name, said[name])
    photos = api.get(f"/patrols/{patrol}/photos").json()["items"]
    assert [each["media_type"] for each in photos] == ["image/jpeg", "image/heic", "image/jpeg"]
    stored = {path.stem for path in api.settings.evidence_dir.rglob("*.*")}
    assert stored == {each["sha256"] for each in photos}
    # A sender that never saw the answer sends all again.
    again = upload(api, patrol, ("IMG_1.jpg", good), ("IMG_2.HEIC", phone)).json()
    assert (again["queued"], again["known"]) == (0, 2)
    assert api.get(f"/patrols/{patrol}").json()["photos"]["queued"] == 3


def test_what_is_no_upload(api: Any) -> None:
    patrol = make(api)
    url = f"/api/v1/patrols/{patrol}/photos"
    assert api.http.post(url, json={}, headers=api.headers()).status_code == 415
    assert api.http.post(url, files=[("x", ("a.jpg", b"a"))], headers=api.headers()).is_error
    assert upload(api, 987654321, ("a.jpg", jpeg(1))).status_code == 404
    body = {"patrol_key": "walk-1", "site": "demo", "place": "4号楼"}
    answer = api.http.post("/api/v1/patrols", json=body, headers=api.headers())
    assert (answer.status_code, "another key" in answer.text) == (409, True)
    body = {"patrol_key": "walk-2", "site": "north"}
    assert api.http.post("/api/v1/patrols", json=body, headers=api.headers()).status_code == 403


def test_a_claim_is_one_workers_until_it_lapses(api: Any) -> None:
    patrol = make(api)
    upload(api, patrol, ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))

    def call(name: str, path: str, **body: Any) -> Any:
        said = {"worker": name, **body}
        return api.http.post(f"/api/v1/patrol-photos/{path}", json=said, headers=api.headers())

    first, second = "worker-one", "worker-two"
    held = call(first, "claim", limit=1).json()["items"]
    assert [each["file"] for each in held] == ["a.jpg"]
    # After a crash the same worker has its own back; the other gets what is left.
    assert call(first, "claim").json()["items"] == held
    other = call(second, "claim").json()["items"]
    assert [each["file"] for each in other] == ["b.jpg"]
    number = held[0]["id"]
    path = f"/patrol-photos/{number}/original"
    assert api.get(path, worker=first).content == jpeg(1)
    assert api.get(path, worker=second).status_code == 404
    assert call(second, f"{number}/result", outcome="done").status_code == 404
    later = datetime.now(UTC) + timedelta(hours=1)
    taken = claim_photos(api.database, worker=second, limit=9, scope=EVERYWHERE, now=later)
    assert [each.file for each in taken] == ["b.jpg"]
    assert call(first, f"{number}/result", outcome="done", hazards=2).json()["hazards"] == 2
    assert call(first, f"{number}/result", outcome="unreadable").json()["state"] == "done"
    # Settled: the original is locked for the worker as well.
    assert api.get(path, worker=first).status_code == 404


@pytest.mark.parametrize("site", ["demo", "north"])
def test_a_worker_sees_its_own_site_alone(api: Any, site: str) -> None:
    upload(api, make(api), ("a.jpg", jpeg(1)))
    scopes = [Permission.PHOTOS_REVIEW, Permission.FINDINGS_POST]
    key = create_key(api.database, site=site, role=Role.CAMERA, scopes=scopes)
    body = {"worker": "worker-one"}
    answer = api.http.post("/api/v1/patrol-photos/claim", json=body, headers=api.headers(key))
    assert len(answer.json()["items"]) == (site == "demo")
    assert api.get("/patrols", key=key).status_code == 403
