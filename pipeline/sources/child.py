"""The parent's handle on one capture process."""

import contextlib
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pipeline
from pipeline.sources import link
from pipeline.sources.redact import redact_text
from pipeline.sources.spec import SourceSpec

__all__ = ["CaptureProcess"]

_PIPE_BYTES = 1 << 20
_BOOT = "import sys; {path}from pipeline.sources.capture import main; main()"


def _boot_code() -> str:
    """Start our own package, even where the parent found it through a changed `sys.path`."""
    root = str(Path(pipeline.__file__).parent.parent)
    return _BOOT.format(path=f"sys.path.insert(0, {root!r}); ")


class CaptureProcess:
    """A running capture process.

    It is started with `subprocess` and not with `multiprocessing`: the spawn method imports the
    caller's main module again, which breaks scripts without a main guard and costs each camera
    the start-up time of the whole command line.

    Args:
        spec: The source.
        job: What `pipeline.sources.capture.encode_job` made of it.
    """

    def __init__(self, spec: SourceSpec, job: bytes) -> None:
        self._url = spec.url
        # A full error pipe must not block the process: what does not fit is lost.
        self._errors_fd, errors_in = os.pipe()
        os.set_blocking(errors_in, False)
        os.set_blocking(self._errors_fd, False)
        try:
            self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
                [sys.executable, "-P", "-c", _boot_code()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors_in,
                bufsize=0,
                # Ctrl-C belongs to the parent, which then ends its children in order.
                process_group=0,
            )
        except OSError:
            os.close(self._errors_fd)
            raise
        finally:
            os.close(errors_in)
        assert self._process.stdin is not None  # noqa: S101  (asked for above)
        assert self._process.stdout is not None  # noqa: S101  (asked for above)
        self._in, self._out = self._process.stdin, self._process.stdout
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # over the user's limit: the small pipe works too
                fcntl.fcntl(self._out.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        with contextlib.suppress(BrokenPipeError):  # died at once: receive will tell
            self._in.write(job)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def receive(self, timeout_s: float) -> link.Message:
        """The next message; see `pipeline.sources.link.receive`."""
        return link.receive(self._out.fileno(), timeout_s)

    def ask_to_end(self) -> None:
        """Close its input: it says good-bye to the camera and ends within a second."""
        with contextlib.suppress(OSError):
            self._in.close()

    def end(self, patience_s: float) -> None:
        """Make it end and release everything that belongs to it.

        Args:
            patience_s: How long it may take of its own accord before it is killed.
        """
        self.ask_to_end()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """Why it died, for a message: its exit code and the end of what it wrote, redacted."""
        code = self._process.poll()
        text = b""
        with contextlib.suppress(OSError):  # nothing written, or closed
            text = os.read(self._errors_fd, 65536)
        lines = redact_text(text.decode(errors="replace"), self._url).strip().splitlines()
        if code is not None and code < 0:
            reason = f"killed by signal {-code}"
        else:
            reason = f"exit code {code}"
        return f"{reason}: {lines[-1]}" if lines else reason

    def release(self) -> None:
        """Close the pipes; the process must have ended."""
        self._out.close()
        os.close(self._errors_fd)
