"""Hearing from the desk that somebody has let the lift go; who hears nothing lets go as well."""

import threading
import time
from collections.abc import Callable

import httpx
import structlog

__all__ = ["DeskReleases"]

_log = structlog.get_logger("lifelane.lift")

#: Without a good answer for this long nobody at the desk could let the lift go.
_SILENCE_S = 5.0


class DeskReleases:
    """Asks the incident API once a second, only while an incident is open in the lift.

    Args:
        url: Base address of the incident API.
        api_key: Its bearer key; never logged.
        every_s: Pause between two questions, in seconds.
        silence_s: Longest time without a good answer, in seconds.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        every_s: float = 1.0,
        silence_s: float = _SILENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/") + "/api/v1/lift-release"
        self._every_s = every_s
        self._silence_s = silence_s
        self._clock = clock
        self._client = httpx.Client(
            follow_redirects=False,
            trust_env=False,
            timeout=min(2.0, silence_s / 2),
            headers={"Authorization": f"Bearer {api_key}", "User-Agent": "lifelane"},
        )
        self._lock = threading.Lock()
        self._incident_key = ""
        self._heard_s = 0.0
        self._complained = ""
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="lift desk")
        self._release: Callable[[str, str], None] = _nobody

    def start(self, release: Callable[[str, str], None]) -> None:
        """Begin to listen; ``release`` takes who let go, and the key of the incident."""
        self._release = release
        self._thread.start()

    def follow(self, incident_key: str) -> None:
        """Ask about this incident from now on; about none with an empty key."""
        with self._lock:
            if incident_key == self._incident_key:
                return
            self._incident_key, self._heard_s = incident_key, self._clock()
        self._wake.set()

    def hears(self) -> bool:
        """Whether somebody at the desk could let the lift go now."""
        with self._lock:
            return 0 <= self._clock() - self._heard_s <= self._silence_s

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5.0)
        self._client.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                incident_key = self._incident_key
            if not incident_key:
                self._wake.wait()
                self._wake.clear()
                continue
            self._ask(incident_key)
            self._stop.wait(self._every_s)

    def _ask(self, incident_key: str) -> None:
        try:
            answer = self._client.get(self._url, params={"incident_key": incident_key})
            if not answer.is_success:
                # 404 too: what the desk cannot see yet it cannot let go.
                self._complain(f"HTTP {answer.status_code}")
                return
            found = answer.json()
            released, by = found["released"] is True, str(found["released_by"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            self._complain(type(error).__name__)
            return
        self._complained = ""
        with self._lock:
            if incident_key != self._incident_key:
                return
            self._heard_s = self._clock()
        if released:
            self._release(by, incident_key)
            with self._lock:
                # Nothing can take it back, so there is nothing more to ask.
                if incident_key == self._incident_key:
                    self._incident_key = ""

    def _complain(self, reason: str) -> None:
        if reason != self._complained:
            self._complained = reason
            _log.warning("the desk cannot let the lift go now", reason=reason)


def _nobody(by: str, incident_key: str) -> None:
    del by, incident_key
