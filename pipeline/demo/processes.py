"""The parts of the demo as processes of their own: started, awaited, stopped in order."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from pipeline.errors import LifeLaneError

__all__ = ["await_health", "free_port", "lifelane_command", "run_process"]

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 15.0


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lifelane_command(*arguments: str) -> list[str]:
    """The command `lifelane` of this very installation."""
    return [sys.executable, "-m", "pipeline.cli.main", *arguments]


@contextmanager
def run_process(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command while the context lasts, its output in ``log``."""
    # A session of its own: Ctrl-C reaches only us, and we stop the parts in order.
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (our own command)
            command,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_health(api_url: str, service: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the incident API answers.

    Raises:
        LifeLaneError: It ended, or gave no answer in time; the message has its last words.
    """
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        if service.poll() is not None:
            tail = log.read_text("utf-8", "replace")[-2000:]
            raise LifeLaneError(f"the incident API did not start; its log ends with:\n{tail}")
        try:
            if httpx.get(f"{api_url}/api/v1/health", timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass  # not listening yet
        time.sleep(0.2)
    raise LifeLaneError(f"the incident API gave no answer within {_START_TIMEOUT_S:.0f} s: {log}")
