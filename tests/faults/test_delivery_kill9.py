"""kill -9 of either side, at any moment, loses nothing and doubles nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from processes import Service, Side
from scripted_api import wait_until
from scripted_world import Director, SharedWorld

from pipeline.publish import Outbox
from pipeline.publish.database import Database

PRODUCER_KILLS = 38
SERVICE_KILLS = 12


class Producer(Side):
    """A process of producer.py, which has others at hand with everything imported."""

    _pid = 0
    _code: int | None = None

    def start(self) -> None:
        if self.process is None:
            self.process = self._open(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._start_in_log = self._log.stat().st_size
        self._code = None
        self._pid = int(self._ask(b"start"))

    def kill(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            wait_until(lambda: self.exit_code() is not None)

    def exit_code(self) -> int | None:
        if self._pid:
            answer = self._ask(b"end")
            if answer != b"none":
                self._pid, self._code = 0, int(answer)
        return self._code

    def close(self) -> None:
        self.kill()
        if self.process is not None:
            self.process.communicate()

    def _ask(self, word: bytes) -> bytes:
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(word + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


class Stage:
    """The real service and a producer around a scripted world."""

    def __init__(self, folder: Path, repo_root: Path, *, lanes: int) -> None:
        self.world = SharedWorld(folder / "world", lanes=lanes)
        self.director = Director(self.world)
        self.state_dir = folder / "state"
        self.service = Service(folder)
        script = repo_root / "tests" / "faults" / "producer.py"
        self.producer = Producer(
            "producer",
            [
                *(sys.executable, str(script), str(self.state_dir), self.service.url),
                *(str(folder / "world"), str(lanes)),
            ],
            folder / "producer.log",
            environment={"PYTHONPATH": f"{repo_root}{os.pathsep}{repo_root / 'tests'}"},
        )

    def check(self) -> None:
        """Everything that happened is in the API, once, in order; nothing waits."""
        self.service.wait_until_says(b"API: http")  # the last kill may have been the service's
        listed = self.service.get("incidents?limit=200")
        cars = dict(zip(self.world.cameras, self.director.cars, strict=True))
        assert Counter(incident["camera_id"] for incident in listed["items"]) == cars
        keys = [incident["incident_key"] for incident in listed["items"]]
        assert len(set(keys)) == len(keys) == listed["total"]
        arrived: dict[str, Any] = {}
        for incident in listed["items"]:
            assert incident["phase"] == "end"
            detail = self.service.get(f"incidents/{incident['id']}")
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
    assert stage.producer.wait_for_end(60.0) == 0, stage.producer.log
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
    assert stage.producer.wait_for_end(60.0) == 0, stage.producer.log
    stage.check()
