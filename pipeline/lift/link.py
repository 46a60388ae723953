"""The beat that keeps a door request alive; whoever hears no beat must let the door go."""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import structlog

from pipeline.errors import StateError
from pipeline.lift.machine import Decision, DoorHold

__all__ = ["AuditLog", "Desk", "LiftLink", "Port"]

_log = structlog.get_logger("lifelane.lift")


class Port(Protocol):
    """One way to a lift: MQTT, Modbus TCP or a webhook."""

    @property
    def name(self) -> str:
        """For logs."""
        ...

    def open(self, release: Callable[[str], None]) -> None:
        """Connect in the background; ``release`` takes the name of whoever lets the lift go."""
        ...

    def speak(self, text: str, incident_key: str) -> None:
        """Have the warning spoken."""
        ...

    def send(self, *, hold: bool, beat: int, ttl_s: float) -> None:
        """Ask for the door to stay open for ``ttl_s``, or not; raises OSError if it cannot."""
        ...

    def inhibited(self) -> bool | None:
        """State of the inhibit input behind this port; None if it has none or it is unknown."""
        ...

    def close(self) -> None:
        """Ask for nothing any more and disconnect."""
        ...


class Desk(Protocol):
    """Where people can let the lift go, beside what a port hears."""

    def start(self, release: Callable[[str, str], None]) -> None:
        """Begin to listen; ``release`` takes who let go, and the key of the incident."""
        ...

    def follow(self, incident_key: str) -> None:
        """Listen for this incident; for none with an empty key."""
        ...

    def hears(self) -> bool:
        """Whether somebody there could let the lift go now."""
        ...

    def stop(self) -> None:
        """Listen no more."""
        ...


class AuditLog:
    """Append-only file of every change at a lift, one JSON line each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, **facts: Any) -> None:
        """Add a line, on the disk when this returns.

        Raises:
            StateError: The disk refused.
        """
        line = json.dumps({"at": datetime.now(UTC).isoformat(), **facts}, ensure_ascii=False)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
            with os.fdopen(fd, "wb") as file:
                file.write(line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StateError(f"{self._path}: cannot be written: {error.strerror}") from error


class LiftLink:
    """One lift: its machine, its ports, its beat. A thread of its own.

    Without an audit line nothing is held: a door that nobody can account for stays free.

    Args:
        camera_id: The lift's camera.
        door: The machine; None where only the voice is wanted.
        ports: Ways to the lift.
        inhibit: The port whose inhibit input counts.
        audit: Where every change goes.
        voice_text: What is spoken.
        beat_s: Seconds between two beats; a request is good for three.
        desk: Where people can let the lift go; None where only ports hear them.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        *,
        camera_id: str,
        door: DoorHold | None,
        ports: Sequence[Port],
        inhibit: Port | None,
        audit: AuditLog,
        voice_text: str,
        beat_s: float,
        desk: Desk | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.camera_id = camera_id
        self._door = door
        self._ports = tuple(ports)
        self._inhibit = inhibit
        self._audit = audit
        self._voice_text = voice_text
        self._beat_s = beat_s
        self._desk = desk
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._beat = 0
        self._last: Decision | None = None
        self._failing: set[str] = set()
        self._to_speak: list[str] = []
        self._thread = threading.Thread(target=self._run, name=f"lift-{camera_id}", daemon=True)

    def start(self) -> None:
        """Connect, and begin to beat."""
        for port in self._ports:
            self._try(port, "open", partial(port.open, self.release))
        if self._desk is not None:
            self._desk.start(self.release)
        self._thread.start()

    def begin(self, incident_key: str) -> None:
        """An e-bike has been raised in this lift."""
        with self._lock:
            self._to_speak.append(incident_key)
            if self._door is not None:
                self._door.begin(incident_key, self._clock())
        if self._desk is not None:
            self._desk.follow(incident_key)

    def see(self) -> None:
        """The e-bike is still seen."""
        with self._lock:
            if self._door is not None:
                self._door.see(self._clock())

    def end(self) -> None:
        """It is gone, or nothing can be seen."""
        with self._lock:
            if self._door is not None:
                self._door.end(self._clock())
        if self._desk is not None:
            self._desk.follow("")

    def release(self, by: str, incident_key: str = "") -> None:
        """Somebody lets the lift go, for the present incident or the one named; any thread."""
        with self._lock:
            door = self._door
            released = door is not None and door.release(self._clock(), incident_key)
        self._note(act="release", by=by or "not named", had_effect=released)

    @property
    def held_s(self) -> float:
        """How long the door has been held for the present incident, in seconds."""
        with self._lock:
            return self._door.held_s if self._door is not None else 0.0

    def stop(self) -> None:
        """Let go, disconnect, and end the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5 * self._beat_s + 5)
        if self._desk is not None:
            self._desk.stop()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._once()
                self._stop.wait(self._beat_s)
        finally:
            for port in self._ports:
                self._try(port, "close", port.close)

    def _once(self) -> None:
        with self._lock:
            speak, self._to_speak = self._to_speak, []
        for incident_key in speak:
            for port in self._ports:
                self._try(port, "speak", partial(port.speak, self._voice_text, incident_key))
        if self._door is None:
            return
        inhibited = self._read_inhibit()
        desk_hears = self._desk is None or self._desk.hears()
        with self._lock:
            decision = self._door.step(self._clock(), inhibited=inhibited, desk_hears=desk_hears)
        if decision != self._last and not self._note(
            act="door",
            hold=decision.hold,
            reason=decision.reason.value,
            incident_key=decision.incident_key,
        ):
            decision = Decision(hold=False, reason=decision.reason)
        was_held = self._last is not None and self._last.hold
        self._last = decision
        self._beat += 1
        for port in self._ports:
            if decision.hold or was_held or self._beat % 10 == 1 or port.name in self._failing:
                beat = partial(
                    port.send, hold=decision.hold, beat=self._beat, ttl_s=3 * self._beat_s
                )
                self._try(port, "send", beat)

    def _read_inhibit(self) -> bool | None:
        if self._inhibit is None:
            return None
        try:
            return self._inhibit.inhibited()
        except Exception as error:  # noqa: BLE001  (whatever it is: unknown, so released)
            _log.warning("inhibit input unknown", camera=self.camera_id, error=str(error))
            return None

    def _try(self, port: Port, what: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001  (a port that fails must not stop the others)
            if port.name not in self._failing:
                self._failing.add(port.name)
                _log.warning(
                    "lift not reached", camera=self.camera_id, port=port.name, error=str(error)
                )
                self._note(act="port", port=port.name, reached=False, doing=what)
            return
        if what == "send" and port.name in self._failing:
            self._failing.discard(port.name)
            self._note(act="port", port=port.name, reached=True, doing=what)

    def _note(self, **facts: Any) -> bool:
        line: Mapping[str, Any] = {"camera": self.camera_id, **facts}
        try:
            self._audit.write(**line)
        except StateError as error:
            _log.error("lift not held: no audit line", camera=self.camera_id, error=str(error))
            return False
        _log.info("lift", **line)
        return True
