"""kill -9 of either side, at any moment, loses nothing and doubles nothing."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from scripted_api import wait_until
from scripted_world import Director, SharedWorld

from pipeline.publish import Outbox
from pipeline.publish.database import Database

KEY = "llk_fault-test-key-that-is-long-enough-0123456789"
PRODUCER_KILLS = 38
SERVICE_KILLS = 12


class Side:
    """One of the two sides, whose process can be killed and started again."""

    def __init__(self, name: str, command: list[str], repo_root: Path, log: Path) -> None:
        self.name = name
        self._command = [sys.executable, *command]
        self._log = log
        self._log.touch()
        self._start_in_log = 0
        self._environment = os.environ | {
            "LIFELANE_API_KEY": KEY,
            "PYTHONPATH": f"{repo_root}{os.pathsep}{repo_root / 'tests'}",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def start(self) -> None:
        raise NotImplementedError

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        raise NotImplementedError

    def exit_code(self) -> int | None:
        raise NotImplementedError

    def wait_until_says(self, word: bytes, *, timeout_s: float = 30.0) -> None:
        """Wait for a word of the process that was started last."""

        def said() -> bool:
            if self.exit_code() is not None:
                raise AssertionError(f"{self.name} ended by itself:\n{self.log}")
            with self._log.open("rb") as log:
                log.seek(self._start_in_log)
                return word in log.read()

        wait_until(said, timeout_s=timeout_s, what=f"{self.name} says {word!r}\n{self.log}")

    def wait_for_end(self, timeout_s: float) -> None:
        codes: list[int] = []

        def ended() -> bool:
            code = self.exit_code()
            codes.extend([] if code is None else [code])
            return code is not None

        wait_until(ended, timeout_s=timeout_s, what=f"{self.name} ends\n{self.log}")
        assert codes == [0], self.log

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-6000:]

    def _open(self, **options: Any) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, env=self._environment, stderr=log, **({"stdout": log} | options)
            )


class Service(Side):
    """`lifelane serve`."""

    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._start_in_log = self._log.stat().st_size
        self._process = self._open()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()


class Producer(Side):
    """A process of producer.py, which has others at hand with everything imported."""

    _nursery: subprocess.Popen[bytes] | None = None
    _pid = 0

    def start(self) -> None:
        if self._nursery is None:
            self._nursery = self._open(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._start_in_log = self._log.stat().st_size
        self._pid = int(self._ask(b"start"))

    def kill(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            wait_until(lambda: self.exit_code() is not None)
            self._pid = 0

    def exit_code(self) -> int | None:
        answer = self._ask(b"end")
        if answer == b"none":
            return None
        self._pid = 0
        return int(answer)

    def close(self) -> None:
        self.kill()
        if self._nursery is not None:
            self._nursery.communicate()

    def _ask(self, word: bytes) -> bytes:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(word + b"\n")
        self._nursery.stdin.flush()
        return self._nursery.stdout.readline().strip()


class Stage:
    """The real service and a producer around a scripted world."""

    def __init__(self, folder: Path, repo_root: Path, *, lanes: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.world = SharedWorld(folder / "world", lanes=lanes)
        self.director = Director(self.world)
        self.state_dir = folder / "state"
        self.url = f"http://127.0.0.1:{port}"
        serve = ["-m", "service.cli", "serve", "--port", str(port), "--no-desk"]
        self.service = Service(
            "service",
            [*serve, "--data-dir", str(folder / "service")],
            repo_root,
            folder / "service.log",
        )
        script = repo_root / "tests" / "faults" / "producer.py"
        self.producer = Producer(
            "producer",
            [
                str(script),
                str(self.state_dir),
                self.url,
                str(folder / "world"),
                str(lanes),
            ],
            repo_root,
            folder / "producer.log",
        )

    def get(self, path: str) -> Any:
        # It says where it listens a moment before it answers.
        transport = httpx.HTTPTransport(retries=3)
        with httpx.Client(transport=transport, trust_env=False, timeout=30.0) as client:
            answer = client.get(
                f"{self.url}/api/v1/{path}", headers={"Authorization": f"Bearer {KEY}"}
            )
        answer.raise_for_status()
        return answer.json()

    def check(self) -> None:
        """Everything that happened is in the API, once, in order; nothing waits."""
        self.service.wait_until_says(b"API: http")  # the last kill may have been the service's
        listed = self.get("incidents?limit=200")
        cars = dict(zip(self.world.cameras, self.director.cars, strict=True))
        assert Counter(incident["camera_id"] for incident in listed["items"]) == cars
        keys = [incident["incident_key"] for incident in listed["items"]]
        assert len(set(keys)) == len(keys) == listed["total"]
        arrived: dict[str, Any] = {}
        for incident in listed["items"]:
            assert incident["phase"] == "end"
            detail = self.get(f"incidents/{incident['id']}")
            events = sorted(detail["events"], key=lambda event: event["sequence"])
            assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
            assert incident["last_sequence"] == len(events)
            phases = [event["phase"] for event in events]
            assert (phases[0], phases[-1]) == ("start", "end"), phases
            assert set(phases[1:-1]) <= {"update"}, phases
            # Every event came with its picture, also those that were sent more than once.
            assert sorted(picture["sequence"] for picture in detail["evidence"]) == [
                event["sequence"] for event in events
            ]
            arrived |= {event["event_id"]: event["body"] for event in events}
        database = Database(self.state_dir, create=False)
        outbox = Outbox(database)
        sent = outbox.entries("delivered")
        counts = outbox.counts()
        database.close()
        assert (counts.pending, counts.dead) == (0, 0)
        assert len(arrived) == len(sent) >= 2 * sum(cars.values())
        assert arrived == {entry.event_id: json.loads(entry.body) for entry in sent}
        say(f"{listed['total']} incidents, {len(arrived)} events, each once")


def say(line: str) -> None:
    """Shown by pytest when the test fails, or with -s."""
    sys.stdout.write(line + "\n")


@pytest.fixture
def make_stage(tmp_path: Path, repo_root: Path) -> Iterator[Callable[[int], Stage]]:
    with ExitStack() as ending:

        def make(lanes: int) -> Stage:
            stage = Stage(tmp_path, repo_root, lanes=lanes)
            ending.callback(stage.service.kill)
            ending.callback(stage.producer.close)
            ending.enter_context(stage.director)
            stage.service.start()
            stage.producer.start()
            return stage

        yield make


@pytest.mark.faults
def test_fifty_kills_at_random_moments_lose_nothing_and_double_nothing(
    make_stage: Callable[[int], Stage],
) -> None:
    seed = int(os.environ.get("LIFELANE_FAULT_SEED", "20260105"))
    say(f"LIFELANE_FAULT_SEED={seed}")
    chance = random.Random(seed)  # noqa: S311
    stage = make_stage(6)
    victims = [stage.producer] * PRODUCER_KILLS + [stage.service] * SERVICE_KILLS
    chance.shuffle(victims)
    for number, victim in enumerate(victims, start=1):
        # Most kills meet a producer at work; a service may well be killed while it starts.
        if victim is stage.producer:
            victim.wait_until_says(b"ready")
        pause_s = chance.uniform(0.1, 1.0)
        time.sleep(pause_s)
        victim.kill()
        victim.start()
        say(f"kill {number}: {victim.name}, {pause_s:.2f} s after; cars {stage.director.cars}")
    stage.director.finish()
    stage.producer.wait_for_end(timeout_s=60.0)
    stage.check()
    assert sum(stage.director.cars) >= 12  # so that the kills met something


@pytest.mark.faults
def test_an_api_that_is_away_for_a_while_gets_everything_afterwards(
    make_stage: Callable[[int], Stage],
) -> None:
    stage = make_stage(4)
    wait_until(lambda: sum(stage.director.cars) >= 5, timeout_s=60.0, what="five cars")
    stage.service.kill()
    # Starts, updates and ends happen while nobody is there to hear of them.
    wait_until(lambda: sum(stage.director.cars) >= 10, timeout_s=60.0, what="ten cars")
    stage.service.start()
    stage.director.finish()
    stage.producer.wait_for_end(timeout_s=60.0)
    stage.check()
