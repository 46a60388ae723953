"""`lifelane serve` and `lifelane keys` as processes, killed and started again."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

import service.cli
from service.app import open_database
from service.settings import Settings

SERVICE = [sys.executable, "-m", "service.cli"]


class Process:
    """A `serve` process on a free port; its output is read as it comes."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.lines: list[str] = []
        kept = {n: v for n, v in os.environ.items() if not n.startswith("LIFELANE_")}
        self.process = subprocess.Popen(
            [*SERVICE, "serve", "--no-desk", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=kept | environment,
        )
        # The certificate is the test's own.
        self._http = httpx.Client(verify=False)  # noqa: S501
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def url(self) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for line in list(self.lines):
                match = re.match(r"(?:Desk and )?API: (https?://\S+)/", line)
                if match and self._answers(match[1]):
                    return match[1]
            assert self.process.poll() is None, "".join(self.lines)
            time.sleep(0.02)
        raise AssertionError("".join(self.lines))

    def _answers(self, url: str) -> bool:
        try:
            answer = self._http.get(f"{url}/api/v1/health")
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    def end(self, number: int = signal.SIGINT) -> str:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(30)
        self._reader.join(30)
        self._http.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return "".join(self.lines)


@pytest.fixture
def started() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.end(signal.SIGKILL)


def keys(*arguments: str) -> Result:
    return CliRunner().invoke(service.cli.keys, arguments)


def secret(text: str) -> str:
    match = re.search(r"API key \(shown once\): (llk_[0-9a-f]{8}_[0-9a-f]{48})$", text, re.M)
    assert match is not None, text
    return match[1]


def test_first_start_second_start_and_keys(
    tmp_path: Path, started: list[Process], wire: Any
) -> None:
    data = ("--data-dir", str(tmp_path / "data"))
    first = Process("--port", "0", *data)
    started.append(first)
    url = first.url()
    key = secret("".join(first.lines))
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{url}/api/v1/events", json=wire.event(), headers=headers)
    assert answer.status_code == 201
    # The database is shared with a running server.
    made = keys("create", "north", *data)
    assert made.exit_code == 0, made.output
    north = {"Authorization": f"Bearer {secret(made.stdout)}"}
    body = wire.event(key="n", site="north")
    assert httpx.post(f"{url}/api/v1/events", json=body, headers=north).status_code == 201
    listed = keys("list", *data).stdout
    assert [line.split()[1:3] for line in listed.splitlines()] == [
        ["camera", "demo"],
        ["camera", "north"],
    ]
    assert key not in listed
    key_id = listed.splitlines()[1].split()[0]
    assert keys("revoke", key_id, *data).exit_code == 0
    assert httpx.post(f"{url}/api/v1/events", json=body, headers=north).status_code == 401
    assert "revoked" in keys("list", *data).stdout.splitlines()[1]
    output = first.end()
    assert first.process.returncode == 0, output
    assert "Traceback" not in output

    second = Process("--port", "0", *data)
    started.append(second)
    url = second.url()
    assert "shown once" not in "".join(second.lines)
    incidents = httpx.get(f"{url}/api/v1/incidents", headers=headers).json()
    assert [item["incident_key"] for item in incidents["items"]] == ["k1"]


def test_key_and_site_from_outside(tmp_path: Path, started: list[Process], wire: Any) -> None:
    key = "a-key-of-my-own-choice"
    process = Process(
        "--port", "0", "--data-dir", str(tmp_path), "--site", "demo", LIFELANE_API_KEY=key
    )
    started.append(process)
    url = process.url()
    headers = {"Authorization": f"Bearer {key}"}
    foreign = wire.event(site="other")
    assert httpx.post(f"{url}/api/v1/events", json=foreign, headers=headers).status_code == 403
    answer = httpx.post(f"{url}/api/v1/events", json=wire.event(), headers=headers)
    assert answer.status_code == 201
    output = process.end()
    assert key not in output
    assert "shown once" not in output


def test_a_short_key_stops_the_start(tmp_path: Path) -> None:
    process = Process("--port", "0", "--data-dir", str(tmp_path), LIFELANE_API_KEY="short")
    process.process.wait(60)
    output = process.end()
    assert process.process.returncode == 2
    assert "LIFELANE_API_KEY: expected at least 16" in output
    assert "Traceback" not in output


def test_a_busy_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = Process("--port", str(port), "--data-dir", str(tmp_path / "data"))
        process.process.wait(60)
    output = process.end()
    assert process.process.returncode == 2
    assert f"127.0.0.1:{port} cannot be listened on" in output
    assert "--port" in output
    assert "Traceback" not in output
    # Nothing was begun: no key was shown and lost.
    assert not (tmp_path / "data").exists()


def test_no_tls_for_others_to_hear_is_warned_of(tmp_path: Path, started: list[Process]) -> None:
    process = Process("--host", "0.0.0.0", "--port", "0", "--data-dir", str(tmp_path))  # noqa: S104
    started.append(process)
    process.url()
    assert "without TLS" in process.end()


def test_https(tmp_path: Path, started: list[Process]) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]  # noqa: RUF005
        + ["-keyout", str(key), "-out", str(cert), "-subj", "/CN=localhost"],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    tls = ("--tls-cert", str(cert), "--tls-key", str(key))
    process = Process("--port", "0", "--data-dir", str(tmp_path / "data"), *tls)
    started.append(process)
    assert process.url().startswith("https://")
    alone = Process("--port", "0", "--data-dir", str(tmp_path / "data"), *tls[:2])
    alone.process.wait(60)
    assert "expected both or neither" in alone.end()
    assert alone.process.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "x", "--role", "boss"), "expected one of camera, duty"),
        (("create", " "), "SITE: expected 1 to 100"),
        (("revoke", "nope"), "no API key has the id 'nope'"),
        (("list", "--database-url", "mysql://u:geheim@h/d"), "expected postgresql"),
    ],
)
def test_wrong_commands(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    open_database(Settings(data_dir=tmp_path, desk=False)).close()
    done = keys(*arguments, "--data-dir", str(tmp_path))
    assert done.exit_code == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "geheim" not in done.stderr + done.stdout


def test_a_mistyped_folder_makes_no_second_database(tmp_path: Path) -> None:
    for arguments in (("create", "demo"), ("list",), ("revoke", "x")):
        done = keys(*arguments, "--data-dir", str(tmp_path / "typo"))
        assert done.exit_code == 2
        assert "lifelane serve" in done.stderr
    assert list(tmp_path.iterdir()) == []


def post_until_taken(
    http: httpx.Client, url: list[str], body: dict[str, Any], picture: bytes, wire: Any
) -> None:
    """As the outbox does: again and again until an answer comes."""
    files = [
        ("event", (None, json.dumps(wire.with_pictures(body, picture)), "application/json")),
        *wire.parts(picture),
    ]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            answer = http.post(f"{url[0]}/api/v1/events", files=files)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        if answer.status_code in (200, 201):
            return
        assert answer.status_code >= 500, answer.text
    raise AssertionError("never taken")


@pytest.mark.faults
@pytest.mark.timeout(240)
def test_kill_9_loses_and_doubles_nothing(
    tmp_path: Path, database_url: str, started: list[Process], wire: Any
) -> None:
    chance = random.Random(20260105)  # noqa: S311
    key = "the-key-of-the-killed-service"
    where = ("--port", "0", "--data-dir", str(tmp_path / "data"), "--database-url", database_url)
    started.append(Process(*where, LIFELANE_API_KEY=key))
    url = [started[-1].url()]
    incidents, events = 9, 3
    acknowledged: list[tuple[int, int]] = []

    headers = {"Authorization": f"Bearer {key}"}

    def outbox(http: httpx.Client, number: int) -> None:
        for sequence in range(1, events + 1):
            picture = wire.jpeg(f"{number}:{sequence}".encode() * 20_000)
            body = wire.event(key=f"i{number}", sequence=sequence)
            post_until_taken(http, url, body, picture, wire)
            acknowledged.append((number, sequence))

    def outboxes(first: int) -> None:
        with httpx.Client(headers=headers, timeout=10) as http:
            for number in range(first, incidents, 3):
                outbox(http, number)

    threads = [threading.Thread(target=outboxes, args=(first,)) for first in range(3)]
    for thread in threads:
        thread.start()
    kills = 0
    # Each kill comes while posts are under way, at another moment of one.
    while kills < 3 and any(thread.is_alive() for thread in threads):
        before = len(acknowledged)
        limit = time.monotonic() + 30
        while len(acknowledged) < before + 2 and time.monotonic() < limit:
            time.sleep(0.005)
        time.sleep(chance.random() * 0.05)
        started[-1].end(signal.SIGKILL)
        kills += 1
        started.append(Process(*where, LIFELANE_API_KEY=key))
        url[0] = started[-1].url()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    assert kills == 3
    with httpx.Client(base_url=url[0], headers=headers, timeout=30) as http:
        page = http.get("/api/v1/incidents", params={"limit": 200}).json()
        assert sorted(i["incident_key"] for i in page["items"]) == sorted(
            f"i{n}" for n in range(incidents)
        )
        for item in page["items"]:
            detail = http.get(f"/api/v1/incidents/{item['id']}").json()
            assert [e["sequence"] for e in detail["events"]] == list(range(1, events + 1))
            assert detail["last_sequence"] == events
            assert len(detail["evidence"]) == events
            for entry in detail["evidence"]:
                number = item["incident_key"][1:]
                picture = wire.jpeg(f"{number}:{entry['sequence']}".encode() * 20_000)
                assert http.get(entry["url"]).content == picture
