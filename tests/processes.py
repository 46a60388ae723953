"""Real processes of ours under test: started, watched, killed, started again."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from scripted_api import wait_until

API_KEY = "llk_test_key-that-is-long-enough-0123456789"
_Process = subprocess.Popen[bytes]
DESK_PASSWORD = "desk-password-of-a-test"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Side:
    """One process, which can be killed and started again; it logs into one file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._log = log
        self._log.touch()
        self._cwd = cwd
        self._environment = (
            os.environ
            | {
                "LIFELANE_API_KEY": API_KEY,
                "LIFELANE_DESK_PASSWORD": DESK_PASSWORD,
                "OMP_NUM_THREADS": "1",
                "PYTHONUNBUFFERED": "1",
            }
            | dict(environment or {})
        )
        self._start_in_log = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._start_in_log = self._log.stat().st_size
        self.process = self._open()

    def _open(self, *, stdin: int | None = None, stdout: int | None = None) -> _Process:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=stdin,
                stdout=log if stdout is None else stdout,
                stderr=log,
                cwd=self._cwd,
            )

    def wait_until_says(self, word: bytes, *, timeout_s: float = 180.0) -> None:
        """Wait for a word in what it has logged since its last start."""

        def said() -> bool:
            if self.exit_code() is not None:
                raise AssertionError(f"{self.name} ended by itself:\n{self.log}")
            return word in self.since_start

        wait_until(said, timeout_s=timeout_s, what=f"{self.name} says {word!r}\n{self.log}")

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def exit_code(self) -> int | None:
        """Of the process that was started last; None while it runs."""
        assert self.process is not None
        return self.process.poll()

    def stop(self, number: int = signal.SIGTERM, *, timeout_s: float = 30.0) -> int:
        """Ask it to stop, and give back its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.wait_for_end(timeout_s)

    def wait_for_end(self, timeout_s: float) -> int:
        wait_until(
            lambda: self.exit_code() is not None,
            timeout_s=timeout_s,
            what=f"{self.name} ends\n{self.log}",
        )
        code = self.exit_code()
        assert code is not None
        return code

    @property
    def since_start(self) -> bytes:
        with self._log.open("rb") as log:
            log.seek(self._start_in_log)
            return log.read()

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-6000:]


class Service(Side):
    """The real `lifelane serve` on a port of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        site: str | None = None,
        desk: bool = False,
        options: Sequence[str] = (),
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "service.cli", "serve", "--port", str(self.port)]
        command += ["--data-dir", str(folder / "service")]
        command += [] if site is None else ["--site", site]
        command += [] if desk else ["--no-desk"]
        command += options
        super().__init__("service", command, folder / "service.log")

    def start_and_wait(self) -> None:
        self.start()
        self.wait_until_says(b"http://")
        self.get("health")

    def get(self, path: str) -> Any:
        """GET below /api/v1/ with the API key."""
        # It says where it listens a moment before it answers.
        transport = httpx.HTTPTransport(retries=3)
        with httpx.Client(transport=transport, trust_env=False, timeout=30.0) as client:
            answer = client.get(
                f"{self.url}/api/v1/{path}", headers={"Authorization": f"Bearer {API_KEY}"}
            )
        answer.raise_for_status()
        return answer.json()
