"""The upload queue with real processes: both sides are killed, nothing is lost or doubled."""

import io
import sys
from pathlib import Path

import httpx
from patrol_photos import clip_picture, exif, noise
from processes import API_KEY, Service, Side
from scripted_api import wait_until

HEADERS = {"Authorization": f"Bearer {API_KEY}"}


def encoded(picture: object, kind: str = "JPEG", **options: object) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)  # type: ignore[attr-defined]
    return content.getvalue()


def test_kill_9_on_either_side(tmp_path: Path) -> None:
    lift, lane = clip_picture("lift"), clip_picture("lane")
    files = {
        "lift.jpg": encoded(lift, quality=95, exif=exif()),
        "lift-again.jpg": encoded(lift, quality=60),
        "lane.heic": encoded(lane, "HEIF"),
        "cut.jpg": encoded(lane, quality=90)[:20_000],
        **{f"empty-{n}.jpg": encoded(noise(n)) for n in range(20)},
    }
    out = tmp_path / "work"
    service = Service(tmp_path, site="yard")
    command = [sys.executable, "-m", "pipeline.cli.main", "review", "--worker"]
    command += ["--api", service.url, "--out", str(out), "--processes", "1"]
    worker = Side("worker", command, tmp_path / "worker.log")
    try:
        service.start_and_wait()
        with httpx.Client(base_url=f"{service.url}/api/v1", headers=HEADERS) as http:
            body = {"patrol_key": "walk-1", "site": "yard", "place": "3号楼/电梯"}
            patrol = http.post("/patrols", json=body).raise_for_status().json()["id"]
            parts = [("photos", each) for each in files.items()]
            said = http.post(f"/patrols/{patrol}/photos", files=parts, timeout=60).json()
        assert said["queued"] == len(files), said
        # What was answered is there after kill -9.
        service.kill()
        service.start_and_wait()

        def states() -> dict[str, int]:
            found: dict[str, int] = service.get(f"patrols/{patrol}")["photos"]
            return found

        worker.start()
        wait_until(lambda: states()["claimed"] > 0, timeout_s=120)
        wait_until(lambda: any(out.glob("patrol-*/review.sqlite3")), timeout_s=120)
        worker.kill()
        assert states()["claimed"] == len(files)
        worker.start()
        wait_until(lambda: states()["done"] > 0, timeout_s=120)
        service.kill()
        service.start_and_wait()
        wait_until(lambda: not states()["queued"] + states()["claimed"], timeout_s=120)
        # Originals stay with the service alone, even that of a result whose answer was lost.
        wait_until(lambda: not list(out.glob("patrol-*/originals/*")), timeout_s=60)
        assert worker.stop() == 0
        assert states() | {"hazards": 0} == {
            "queued": 0,
            "claimed": 0,
            "done": 22,
            "duplicate": 1,
            "unreadable": 1,
            "hazards": 0,
        }
        photos = service.get(f"patrols/{patrol}/photos")["items"]
        reasons = {each["file"]: each["reason"] for each in photos}
        assert "lift.jpg" in reasons["lift-again.jpg"]
        assert "damaged" in reasons["cut.jpg"]
        found = service.get("incidents")["items"]
        kinds = [each["kind"] for each in found]
        assert kinds.count("ebike_in_elevator") == 1, kinds
        assert len(found) == sum(each["hazards"] for each in photos)
        assert {each["status"] for each in found} == {"found"}
    finally:
        worker.kill()
        service.kill()
