"""Tells the incident API how the cameras are: changes at once, everything once a minute."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog

__all__ = ["STATE_SCHEMA", "CameraReport", "CameraStatePoster"]

_log = structlog.get_logger("lifelane.publish")

STATE_SCHEMA = "lifelane.camera-state/1"
_LOOK_EVERY_S = 1.0
_WHOLE_EVERY_S = 60.0
_RETRY_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraReport:
    """How one camera is doing.

    Attributes:
        camera_id: Its id.
        camera_name: Where it looks, in people's words.
        state: A word of docs/wire.md.
        since: When that began, aware.
        reason: Why, in words for people, without secrets.
    """

    camera_id: str
    camera_name: str
    state: str
    since: datetime
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """As docs/wire.md has it."""
        since = self.since.astimezone(UTC).replace(tzinfo=None)
        return {
            "camera_id": self.camera_id,
            "camera_name": self.camera_name[:200],
            "state": self.state,
            "since": since.isoformat(timespec="milliseconds") + "Z",
            "reason": " ".join(self.reason.split())[:200],
        }


class CameraStatePoster:
    """Posts camera states from a thread of its own; what cannot be posted is not kept.

    A state is only worth telling while it is true, so nothing queues up: after a failure the
    whole truth of that later moment is told.

    Args:
        url: Base address of the incident API.
        api_key: Its bearer key; never logged.
        site: The site's name.
        read: Gives the present state of every camera.
        timeout_s: Limit for one post, in seconds.
    """

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        site: str,
        read: Callable[[], Sequence[CameraReport]],
        timeout_s: float = 10.0,
    ) -> None:
        self._url = url.rstrip("/") + "/api/v1/cameras/state"
        self._site = site
        self._read = read
        self._client = httpx.Client(
            follow_redirects=False,
            trust_env=False,
            timeout=timeout_s,
            headers={"Authorization": f"Bearer {api_key}", "User-Agent": "lifelane"},
        )
        self._said: dict[str, CameraReport] = {}
        self._whole_due_s = 0.0
        self._complained = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="camera states")

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Tell no more."""
        self._stop.set()
        self._client.close()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            try:
                self._tell()
            except Exception as error:  # noqa: BLE001  (said once; telling must go on)
                if not self._stop.is_set():
                    self._complain(f"{type(error).__name__}: {error}")

    def _tell(self) -> None:
        now = {report.camera_id: report for report in self._read()}
        is_whole = time.monotonic() >= self._whole_due_s or bool(self._said.keys() - now.keys())
        changed = [report for name, report in now.items() if self._said.get(name) != report]
        if not (is_whole or changed):
            return
        body = {
            "schema": STATE_SCHEMA,
            "site": self._site,
            "complete": is_whole,
            "cameras": [each.to_json() for each in (now.values() if is_whole else changed)],
        }
        try:
            self._client.post(self._url, json=body).raise_for_status()
        except httpx.HTTPError as error:
            answer = getattr(error, "response", None)
            reason = f"HTTP {answer.status_code}" if answer is not None else type(error).__name__
            self._complain(reason)
            self._whole_due_s = 0.0
            self._stop.wait(_RETRY_S)
            return
        if self._complained:
            _log.info("the incident API takes camera states again")
            self._complained = ""
        self._said = now
        if is_whole:
            self._whole_due_s = time.monotonic() + _WHOLE_EVERY_S

    def _complain(self, reason: str) -> None:
        if reason != self._complained:
            self._complained = reason
            _log.warning("camera states not delivered, will try again", reason=reason)
