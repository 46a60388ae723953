"""Camera states reach a real API: whole at first, then changes, whole again after a failure."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from scripted_api import wait_until

from pipeline.publish import CameraReport, CameraStatePoster, camera_states

SINCE = datetime(2026, 1, 5, 2, 11, 9, 200000, tzinfo=UTC)


def report(name: str, state: str, reason: str = "") -> CameraReport:
    return CameraReport(camera_id=name, camera_name="东门", state=state, since=SINCE, reason=reason)


def test_whole_then_changes_then_whole_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_states, "_LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(camera_states, "_RETRY_S", 0.05)
    posted: list[dict[str, Any]] = []
    answers = [200, 200, 503]

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/api/v1/cameras/state"
            assert self.headers["Authorization"] == "Bearer k" * 1
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop(0) if answers else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence."""

    now = [report("a", "online"), report("b", "online")]
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        poster = CameraStatePoster(
            url=f"http://127.0.0.1:{server.server_port}",
            api_key="k",
            site="demo",
            read=lambda: list(now),
        )
        poster.start()
        try:
            wait_until(lambda: len(posted) == 1, timeout_s=10, what="the first report")
            now[1] = report("b", "covered", "x" * 500)
            wait_until(lambda: len(posted) == 2, timeout_s=10, what="the change")
            now[0] = report("a", "offline")
            wait_until(lambda: len(posted) >= 4, timeout_s=10, what="the truth after a failure")
        finally:
            poster.stop()
            server.shutdown()
    assert posted[0]["complete"] is True
    assert posted[0]["cameras"][0] == {
        "camera_id": "a",
        "camera_name": "东门",
        "state": "online",
        "since": "2026-01-05T02:11:09.200Z",
        "reason": "",
    }
    assert (posted[1]["complete"], [c["camera_id"] for c in posted[1]["cameras"]]) == (False, ["b"])
    assert len(posted[1]["cameras"][0]["reason"]) == 200
    assert posted[3]["complete"] is True
    assert [c["state"] for c in posted[3]["cameras"]] == ["offline", "covered"]
