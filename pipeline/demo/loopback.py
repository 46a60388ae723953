"""Starting and stopping the loopback RTSP server."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from pipeline.errors import LifeLaneError

__all__ = ["LoopbackError", "LoopbackRtsp", "find_rtsp_server", "rtsp_server_missing"]

_SCRIPT = Path(__file__).with_name("rtsp_server.py")
_PACKAGES = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
)
_ELEMENTS = ("appsrc", "filesrc", "qtdemux", "h264parse", "rtph264pay", "h265parse", "rtph265pay")
_PROBE = f"""
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
missing = [name for name in {_ELEMENTS!r} if Gst.ElementFactory.find(name) is None]
raise SystemExit("no GStreamer element " + ", ".join(missing) if missing else 0)
"""


class LoopbackError(LifeLaneError):
    """The loopback RTSP server cannot be started."""


def _system_python() -> str | None:
    """The system's own Python: introspection is installed for that one, not for ours."""
    for candidate in ("/usr/bin/python3", "/usr/local/bin/python3"):
        if os.access(candidate, os.X_OK):
            return candidate
    return shutil.which("python3", path=os.defpath)


def _clean_environment() -> dict[str, str]:
    """The environment without what would bend the system's Python towards ours."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    }


@cache
def rtsp_server_missing() -> str | None:
    """Why the loopback server cannot run here and which packages mend it; None if it can.

    The answer is found once a process: it starts the system's Python and loads GStreamer.
    """
    python = _system_python()
    if python is None:
        return "the system has no python3; install it, then: apt-get install " + _PACKAGES
    try:
        probe = subprocess.run(  # noqa: S603  (a fixed program of ours)
            [python, "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=_clean_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{python} does not run ({type(error).__name__})"
    if probe.returncode == 0:
        return None
    lines = probe.stderr.strip().splitlines()
    reason = lines[-1] if lines else f"exit code {probe.returncode}"
    return f"{python} has no GStreamer RTSP server ({reason}): apt-get install {_PACKAGES}"


def find_rtsp_server() -> bool:
    """Whether the loopback server can run here; `rtsp_server_missing` gives the reason."""
    return rtsp_server_missing() is None


class LoopbackRtsp:
    """An RTSP server on 127.0.0.1 that plays H.264 MP4 files as cameras, for ever.

    Args:
        files: Stream name to file.
        plan: Stream name to files and the seconds each of them lasts, repeated as often as that
            takes; then from the beginning. The files of one stream share their coding and size.
        port: TCP port; 0 takes a free one.
        user: Ask for this user name; None lets everybody in.
        password: The password that belongs to it.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        *,
        plan: Mapping[str, Sequence[tuple[Path, float]]] | None = None,
        port: int = 0,
        user: str | None = None,
        password: str | None = None,
    ) -> None:
        self._files = dict(files)
        self._plan = {name: list(parts) for name, parts in (plan or {}).items()}
        #: When each client saw, or would have seen, the beginning of its stream: the last word
        #: for each stream, seconds of this machine's monotonic clock.
        self.began_s: dict[str, float] = {}
        self._port = port
        self._user = user
        self._password = password
        self._plan_file: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._drain: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port that it listens on, once started."""
        return self._port

    def url(self, name: str) -> str:
        """Address of one stream, with user name and password where they are asked for.

        Raises:
            KeyError: No file was given under this name.
        """
        if name not in self._files and name not in self._plan:
            raise KeyError(f"no stream {name!r}; there are {sorted([*self._files, *self._plan])}")
        user_part = ""
        if self._user is not None:
            user_part = f"{quote(self._user, safe='')}:{quote(self._password or '', safe='')}@"
        return f"rtsp://{user_part}127.0.0.1:{self._port}/{name}"

    def start(self, *, timeout_s: float = 30.0) -> None:
        """Start the server and wait until it listens.

        Raises:
            LoopbackError: It is not installed, a file is no H.264 MP4, or the port is taken.
        """
        missing = rtsp_server_missing()
        python = _system_python()
        if missing is not None or python is None:
            raise LoopbackError(f"the loopback RTSP server is not available: {missing}")
        command = [python, str(_SCRIPT), "--port", str(self._port), "--with-parent"]
        if self._user is not None:
            command += [f"--user={self._user}", f"--password={self._password or ''}"]
        if self._plan:
            plan = {
                name: [(str(file.absolute()), seconds) for file, seconds in parts]
                for name, parts in self._plan.items()
            }
            with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
                json.dump(plan, file)
            self._plan_file = Path(file.name)
            command += ["--plan", file.name]
        command += [f"{name}={Path(file).absolute()}" for name, file in self._files.items()]
        self._process = subprocess.Popen(  # noqa: S603  (our own script)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            env=_clean_environment(),
        )
        line = self._first_line(timeout_s)
        if self._plan_file is not None:
            self._plan_file.unlink(missing_ok=True)
        if not line.startswith("ready "):
            self.stop()
            raise LoopbackError(f"the loopback RTSP server did not start: {line}")
        self._port = int(line.removeprefix("ready "))
        # GStreamer warns on; a full pipe would bring the server to a halt.
        self._drain = threading.Thread(target=self._read_to_end, daemon=True)
        self._drain.start()

    def _first_line(self, timeout_s: float) -> str:
        """The ``ready`` line, or all that was said instead of it."""
        assert self._process is not None  # noqa: S101  (start has set it)
        assert self._process.stdout is not None  # noqa: S101  (asked for)
        fd = self._process.stdout.fileno()
        until_s = time.monotonic() + timeout_s
        said = b""
        while (left_s := until_s - time.monotonic()) > 0:
            if not select.select([fd], [], [], left_s)[0]:
                break
            chunk = os.read(fd, 65536)
            said += chunk
            for line in said.decode(errors="replace").splitlines(keepends=True):
                if line.startswith("ready ") and line.endswith("\n"):
                    return line.strip()
            if not chunk:
                return said.decode(errors="replace").strip() or "it ended without a word"
        return f"no answer within {timeout_s:g} s"

    def _read_to_end(self) -> None:
        process = self._process
        assert process is not None  # noqa: S101  (start has set it)
        assert process.stdout is not None  # noqa: S101  (asked for)
        rest = b""
        while chunk := os.read(process.stdout.fileno(), 65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                words = line.split()
                if len(words) == 3 and words[0] == b"play":
                    self.began_s[words[1].decode()] = float(words[2])

    @property
    def pid(self) -> int | None:
        """Process id of the server, None while it does not run."""
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        """Kill it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
        self.stop()

    def stop(self) -> None:
        """Stop it; the port is kept, so that ``start`` brings the same addresses back."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(3.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._drain is not None:
            self._drain.join()
            self._drain = None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
