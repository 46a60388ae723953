"""The parent's handle on one capture process, which carries a group of cameras."""

import contextlib
import fcntl
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pipeline
from pipeline.gate import Pace
from pipeline.sources import link
from pipeline.sources.arena import ReadRegion, make_arena
from pipeline.sources.job import encode_command, encode_job
from pipeline.sources.redact import redact_text
from pipeline.sources.spec import SourceSpec

__all__ = ["CaptureGroup", "Channel"]

_PIPE_BYTES = 1 << 20
_BOOT = "import sys; {path}from pipeline.sources.process import main; main({arena})"
#: Without a pulse for so long a process is killed; a loaded machine may take its time.
_PULSE_LIMIT_S = 10.0
_BOOT_LIMIT_S = 60.0


def _boot_code(arena: int) -> str:
    """Start our own package, even where the parent found it through a changed `sys.path`."""
    root = str(Path(pipeline.__file__).parent.parent)
    return _BOOT.format(path=f"sys.path.insert(0, {root!r}); ", arena=arena)


class Channel:
    """One attempt at one source, in some capture process. Made by `CapturePool.open`."""

    def __init__(self, group: "CaptureGroup", number: int, spec: SourceSpec) -> None:
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


class CaptureGroup:
    """One capture process and the thread that listens to it.

    Args:
        capacity: How many cameras it may carry; the pool keeps to it.
        on_crash: Called with the ids of its cameras when it dies by itself.

    Raises:
        OSError: The process cannot be started.
    """

    def __init__(self, *, capacity: int, on_crash: Callable[[list[str]], None]) -> None:
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
