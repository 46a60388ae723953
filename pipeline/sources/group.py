"""The parent's handle on capture processes: each carries a group of cameras.

A process for every camera would cost each of them an interpreter and FFmpeg, 45 MB; one for all
would let one bad stream take everybody down. So cameras share a process in groups, and a camera
that was in several processes that died is moved to ever smaller groups, until it hurts itself
alone.
"""

import contextlib
import fcntl
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pipeline
from pipeline.gate import Pace
from pipeline.sources import link
from pipeline.sources.arena import ReadRegion, make_arena
from pipeline.sources.job import encode_command, encode_job
from pipeline.sources.redact import redact_text
from pipeline.sources.spec import SourceSpec

__all__ = ["CapturePool", "Channel"]

_PIPE_BYTES = 1 << 20
_BOOT = "import sys; {path}from pipeline.sources.process import main; main({arena})"
#: Without a pulse for so long a process is killed; a loaded machine may take its time.
_PULSE_LIMIT_S = 10.0
_BOOT_LIMIT_S = 60.0
_CRASH_MEMORY_S = 600.0
_END_S = 1.0


def _boot_code(arena: int) -> str:
    """Start our own package, even where the parent found it through a changed `sys.path`."""
    root = str(Path(pipeline.__file__).parent.parent)
    return _BOOT.format(path=f"sys.path.insert(0, {root!r}); ", arena=arena)


class Channel:
    """One attempt at one source, in some capture process. Made by `CapturePool.open`."""

    def __init__(self, group: "_Group", number: int, spec: SourceSpec) -> None:
        self._group = group
        self._number = number
        self._url = spec.url
        self._inbox: queue.SimpleQueue[link.Message | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self.camera_id = spec.camera_id
        self.region = ReadRegion(group.arena, number)

    @property
    def pid(self) -> int | None:
        """Process id of the capture process; None before it has been started."""
        return self._group.pid

    def receive(self, timeout_s: float) -> link.Message:
        """The next message of this source.

        Raises:
            LinkQuiet: None came in time.
            LinkClosed: The process has gone.
        """
        try:
            message = self._inbox.get(timeout=max(timeout_s, 0.001))
        except queue.Empty:
            raise link.LinkQuiet from None
        if message is None:
            self._inbox.put(None)  # whoever asks again hears it again
            raise link.LinkClosed
        return message

    def set_pace(self, pace: Pace) -> None:
        """Pass on what the runner asks of the camera."""
        asked = {"every_s": pace.every_s, "floor_s": pace.floor_s, "alert": pace.alert}
        self._group.tell(encode_command("pace", self._number, pace=asked))

    def cut_clip(self, ticket: int, path: Path, *, begin_s: float, end_s: float) -> None:
        """Have a clip cut; the answer is a message ``clip`` with the same ticket."""
        wait_s = max(end_s - time.time(), 0.0) + 3.0
        self._group.tell(
            encode_command(
                "clip",
                self._number,
                ticket=ticket,
                path=str(path),
                begin_s=begin_s,
                end_s=end_s,
                wait_s=wait_s,
            )
        )

    def end(self, patience_s: float) -> None:
        """Have the source closed, and the process with it where it carries nobody else.

        Args:
            patience_s: How long a process of its own may take before it is killed. Among
                others nobody waits: a native call that hangs is left behind.
        """
        self._group.leave(self, patience_s)
        self.region.close()

    def last_words(self) -> str:
        """Why the process died, for a message: exit code and last line, redacted."""
        return self._group.last_words(self._url)

    def hear(self, message: link.Message | None) -> None:
        """Called by the group: a message, or None when the process has gone."""
        if message is None or message.kind == "closed":
            self._closed.set()
        if message is None or message.kind != "closed":
            self._inbox.put(message)

    def wait_closed(self, timeout_s: float) -> bool:
        """Whether the process has let go of the source in time."""
        return self._closed.wait(timeout_s)

    @property
    def number(self) -> int:
        """Its number within the group."""
        return self._number


class _Group:
    """One capture process and the thread that listens to it."""

    def __init__(self, *, capacity: int, on_crash: Any) -> None:
        self.capacity = capacity
        self.arena = make_arena()
        self.pid: int | None = None
        self.cpu_s = 0.0
        self._on_crash = on_crash
        self._process: subprocess.Popen[bytes] | None = None
        self._changed = threading.Lock()
        self._writing = threading.Lock()
        self._channels: dict[int, Channel] = {}
        self._left: dict[int, float] = {}
        self._next = 1
        self._heard_s = time.monotonic()
        self._is_up = threading.Event()
        self._is_gone = False
        self._is_closing = False
        self._errors_fd = -1
        self._start_error: OSError | None = None
        self._said = ""
        # The thread that starts the process must outlive it: the kernel kills the child of a
        # thread that has ended.
        self._thread = threading.Thread(target=self._run, daemon=True, name="capture group")
        self._thread.start()
        self._is_up.wait()
        if self._start_error is not None:
            raise self._start_error

    @property
    def is_sound(self) -> bool:
        """Whether it may take another camera."""
        if self._is_gone or self._is_closing:
            return False
        now_s = time.monotonic()
        if self.cpu_s and now_s - self._heard_s > 3.0:
            return False
        # A thread that was told to end long ago hangs in native code.
        return not any(now_s - since_s > _BOOT_LIMIT_S for since_s in self._left.values())

    @property
    def cameras(self) -> list[str]:
        """Ids of the cameras that it carries."""
        with self._changed:
            return [channel.camera_id for channel in self._channels.values()]

    def join(self, spec: SourceSpec, skip_s: float | None) -> Channel:
        """Open one more source."""
        with self._changed:
            channel = Channel(self, self._next, spec)
            self._next += 1
            if self._is_gone:
                channel.hear(None)
                return channel
            self._channels[channel.number] = channel
        job = encode_job(spec, skip_s=skip_s)
        self.tell(encode_command("open", channel.number, job=job))
        return channel

    def leave(self, channel: Channel, patience_s: float) -> None:
        """Close one source; kill the process where that was the only one and it hangs."""
        with self._changed:
            if channel.number not in self._channels:
                return
            if len(self._channels) > 1:
                del self._channels[channel.number]
                self._left[channel.number] = time.monotonic()
        self.tell(encode_command("close", channel.number))
        with self._changed:
            is_last = channel.number in self._channels
        if not is_last:
            return
        is_closed = channel.wait_closed(patience_s)
        with self._changed:
            self._channels.pop(channel.number, None)
            is_empty = not self._channels
        if not is_closed and is_empty:
            self._is_closing = True
            self._kill()
            self._thread.join(5.0)

    def tell(self, command: bytes) -> None:
        """Send a command; one that died hears nothing, which its channels will learn."""
        process = self._process
        if process is None or process.stdin is None:
            return
        with self._writing, contextlib.suppress(OSError, ValueError):
            process.stdin.write(command)

    def end(self, patience_s: float) -> None:
        """End the process: in order if it can, by force if it must."""
        self._is_closing = True
        process = self._process
        if process is None or process.stdin is None:
            return
        with self._writing, contextlib.suppress(OSError, ValueError):
            process.stdin.close()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._kill()
        self._thread.join(5.0)

    def last_words(self, url: str) -> str:
        """Exit code and the end of what it wrote, without the secrets of this address."""
        process = self._process
        if process is None:
            return "it could not be started"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1.0)
        code = process.returncode
        reason = (
            f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        )
        lines = redact_text(self._said, url).strip().splitlines()
        return f"{reason}: {lines[-1]}" if lines else reason

    # --- the listening thread ---------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._start()
        except OSError as error:
            self._start_error = error
            self._is_gone = True
            return
        finally:
            self._is_up.set()
        try:
            self._listen()
        finally:
            self._kill()
            self._finish()

    def _start(self) -> None:
        # A full error pipe must not block the process: what does not fit is lost.
        self._errors_fd, errors_in = os.pipe()
        os.set_blocking(errors_in, False)
        os.set_blocking(self._errors_fd, False)
        # Threads of one process would else take a heap each, and keep it.
        environment = {"MALLOC_ARENA_MAX": "2", **os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
                [sys.executable, "-P", "-c", _boot_code(self.arena)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors_in,
                bufsize=0,
                pass_fds=(self.arena,),
                env=environment,
                # Ctrl-C belongs to the parent, which then ends its children in order.
                process_group=0,
            )
        except OSError:
            os.close(self._errors_fd)
            raise
        finally:
            os.close(errors_in)
        assert self._process.stdout is not None  # noqa: S101  (asked for above)
        self.pid = self._process.pid
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # over the user's limit: the small pipe works too
                fcntl.fcntl(self._process.stdout.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def _listen(self) -> None:
        assert self._process is not None  # noqa: S101  (_start has set it)
        assert self._process.stdout is not None  # noqa: S101  (likewise)
        fd = self._process.stdout.fileno()
        limit_s = _BOOT_LIMIT_S
        while True:
            try:
                message = link.receive(fd, limit_s)
            except (link.LinkQuiet, link.LinkClosed):
                return
            limit_s = _PULSE_LIMIT_S
            self._heard_s = time.monotonic()
            if message.kind == "pulse":
                self.cpu_s = message.fields["cpu_s"]
                continue
            with self._changed:
                channel = self._channels.get(message.channel)
                if message.kind == "closed":
                    self._left.pop(message.channel, None)
            if channel is not None:
                channel.hear(message)

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def _finish(self) -> None:
        """The process is gone: everybody in it hears of it, and nothing of it stays."""
        assert self._process is not None  # noqa: S101  (_start has set it)
        self._process.wait()
        with contextlib.suppress(OSError):  # nothing written
            self._said = os.read(self._errors_fd, 65536).decode(errors="replace")
        with self._changed:
            self._is_gone = True
            channels, self._channels = list(self._channels.values()), {}
        if not self._is_closing:
            self._on_crash([channel.camera_id for channel in channels])
        for channel in channels:
            channel.hear(None)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with self._writing, contextlib.suppress(OSError):
                    pipe.close()
        os.close(self._errors_fd)
        os.close(self.arena)


class CapturePool:
    """Capture processes for any number of sources. Safe from several threads.

    Args:
        cameras_a_process: Most sources in one process.
    """

    def __init__(self, *, cameras_a_process: int = 16) -> None:
        self._capacity = cameras_a_process
        self._groups: list[_Group] = []
        self._crashes: dict[str, list[float]] = {}
        self._opening = threading.Lock()
        self._is_closed = False

    def open(self, spec: SourceSpec, *, skip_s: float | None = None) -> Channel:
        """Begin an attempt at a source in one of the processes.

        Raises:
            OSError: No process can be started.
        """
        with self._opening:
            self._groups = [group for group in self._groups if group.cameras or group.is_sound]
            capacity = self._capacity_for(spec.camera_id)
            for group in self._groups:
                has_room = len(group.cameras) < group.capacity
                if group.capacity == capacity and has_room and group.is_sound:
                    return group.join(spec, skip_s)
            if self._is_closed:
                raise OSError(0, "the pool is closed")
            group = _Group(capacity=capacity, on_crash=self._note_crash)
            self._groups.append(group)
            return group.join(spec, skip_s)

    def close(self) -> None:
        """End all processes, by force where they do not end within a second."""
        with self._opening:
            self._is_closed = True
            groups, self._groups = self._groups, []
        enders = [threading.Thread(target=group.end, args=(_END_S,)) for group in groups]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    @property
    def pids(self) -> list[int]:
        """Process ids of the capture processes at work."""
        return [group.pid for group in list(self._groups) if group.pid is not None]

    @property
    def cpu_s(self) -> Mapping[int, float]:
        """CPU time in seconds by process id, as of each one's last pulse."""
        return {group.pid: group.cpu_s for group in list(self._groups) if group.pid is not None}

    def _capacity_for(self, camera_id: str) -> int:
        """How many may share a process with this camera.

        One death may be anybody's fault, also that of a machine without memory.
        """
        since_s = time.monotonic() - _CRASH_MEMORY_S
        crashes = [at_s for at_s in self._crashes.get(camera_id, []) if at_s > since_s]
        if len(crashes) <= 1:
            return self._capacity
        return max(1, self._capacity // 4) if len(crashes) == 2 else 1

    def _note_crash(self, camera_ids: list[str]) -> None:
        now_s = time.monotonic()
        for camera_id in camera_ids:
            known = self._crashes.get(camera_id, [])
            recent = [at_s for at_s in known if now_s - at_s < _CRASH_MEMORY_S]
            self._crashes[camera_id] = [*recent, now_s]
