"""The capture process: many sources, a thread each, commands in and messages out.

Commands come as lines of JSON on standard input (see `pipeline.sources.job`), messages leave
through standard output, pictures through the arena whose file descriptor is the first argument.
When standard input closes, the parent has gone or wants an end, and the process ends.
"""

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av.logging
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceError
from pipeline.gate import Pace
from pipeline.sources import link
from pipeline.sources.arena import WriteRegion
from pipeline.sources.capture import Capture
from pipeline.sources.job import decode_job
from pipeline.sources.redact import redact_text
from pipeline.sources.ring import ClipError, PacketRing
from pipeline.sources.spec import SourceSpec

__all__ = ["PULSE_EVERY_S", "main"]

#: How often the process says that it lives.
PULSE_EVERY_S = 1.0
_SLOT_PATIENCE_S = 0.002
_PR_SET_PDEATHSIG = 1
# Decoding threads give the interpreter back soon: nobody waits five milliseconds for a turn.
_SWITCH_INTERVAL_S = 0.002


class _Out:
    """Standard output, shared by all threads of the process."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._turn = threading.Lock()

    def say(self, channel: int, kind: str, fields: dict[str, Any]) -> bool:
        """Send one message whole; False once nobody listens."""
        try:
            with self._turn:
                link.send(self._fd, channel, kind, fields)
        except OSError:
            return False
        return True


class _Channel:
    """One source at work; the outlet of its capture."""

    def __init__(
        self, number: int, spec: SourceSpec, skip_s: float | None, out: _Out, arena: int
    ) -> None:
        self._number = number
        self._spec = spec
        self._out = out
        self._region = WriteRegion(arena, number)
        self.stop = threading.Event()
        self.capture = Capture(spec, skip_s, self, self.stop)
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"capture {number}")

    def start(self) -> None:
        self._thread.start()

    def say(self, kind: str, fields: dict[str, Any]) -> None:
        if not self._out.say(self._number, kind, fields):
            self.stop.set()

    def show(
        self, shape: tuple[int, int, int], draw: Callable[[NDArray[np.uint8]], None]
    ) -> int | None:
        slot = self._region.free_slot()
        # A recording in fast pace waits for its reader; a camera must not.
        while slot is None and self._spec.pace == "fast":
            if self.stop.wait(_SLOT_PATIENCE_S):
                return None
            slot = self._region.free_slot()
        if slot is not None:
            draw(self._region.view(slot, shape))
        return slot

    def _run(self) -> None:
        spec = self._spec
        self.say("ready", {})
        try:
            self.capture.run()
        except SourceError as error:
            self.say("failed", {"code": error.code, "message": str(error)})
        except Exception as error:  # noqa: BLE001  (reported to the parent, which tries again)
            reason = redact_text(f"{type(error).__name__}: {error}", spec.url)
            message = f"camera {spec.camera_id}: reading {spec.redacted} failed: {reason}"
            self.say("failed", {"code": SourceError.code, "message": message})
        finally:
            self.say("closed", {})

    def cut(self, ticket: int, path: str, begin_s: float, end_s: float, wait_s: float) -> None:
        """Cut a clip in a thread of its own and report."""

        def work() -> None:
            ring = self.capture.ring or PacketRing(0.0)
            try:
                begun_s, ended_s = ring.cut(Path(path), begin_s=begin_s, end_s=end_s, wait_s=wait_s)
            except ClipError as error:
                self.say("clip", {"ticket": ticket, "problem": str(error)})
            else:
                fields = {"ticket": ticket, "problem": "", "begin_s": begun_s, "end_s": ended_s}
                self.say("clip", fields)

        threading.Thread(target=work, daemon=True, name=f"clip {self._number}").start()


class _Process:
    """All channels of this process."""

    def __init__(self, out: _Out, arena: int) -> None:
        self._out = out
        self._arena = arena
        self._channels: dict[int, _Channel] = {}

    def obey(self, line: bytes) -> None:
        command = json.loads(line)
        number = command["channel"]
        if command["do"] == "open":
            spec, skip_s = decode_job(command["job"])
            channel = self._channels[number] = _Channel(
                number, spec, skip_s, self._out, self._arena
            )
            channel.start()
            return
        known = self._channels.get(number)
        if known is None:
            return
        if command["do"] == "close":
            known.stop.set()
            del self._channels[number]
        elif command["do"] == "pace":
            known.capture.set_pace(Pace(**command["pace"]))
        elif command["do"] == "clip":
            known.cut(
                command["ticket"],
                command["path"],
                command["begin_s"],
                command["end_s"],
                command["wait_s"],
            )

    def stop(self) -> None:
        for channel in self._channels.values():
            channel.stop.set()


def _die_with_parent() -> None:
    """Ask the kernel for SIGKILL when the parent's thread dies; the pipe is the other way."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            import ctypes  # noqa: PLC0415  (only here, and only on Linux)

            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _pulse(out: _Out) -> None:
    """Say now and then that the process lives; apart, for the pipe may be full."""
    while out.say(0, "pulse", {"cpu_s": round(time.process_time(), 3)}):
        time.sleep(PULSE_EVERY_S)


def main(arena: int) -> None:
    """Obey standard input until it closes.

    Args:
        arena: File descriptor of the shared memory.
    """
    _die_with_parent()
    av.logging.set_level(None)  # its lines hold the address with the password
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    fd = os.dup(1)
    os.dup2(2, 1)  # stray prints of libraries must not mix with messages
    out = _Out(fd)
    process = _Process(out, arena)
    threading.Thread(target=_pulse, args=(out,), daemon=True, name="pulse").start()
    rest = b""
    while chunk := os.read(0, 65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            process.obey(line)
    process.stop()
    # By force then: a native call may never return, and threads are daemons anyway.
    time.sleep(0.5)
    os._exit(0)
