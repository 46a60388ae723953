"""A watched lift with all its real parts: broker, relay, incident API, the site file's lift."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from builders import CLASSES, Camera, Seen, make_detections, make_monitor, make_zone
from lift_stage import PREFIX, Broker, ModbusRelay, Relay, wait_until

from pipeline.config import Camera as CameraConfig
from pipeline.lift import DeskReleases
from pipeline.publish import event_to_json
from pipeline.runner.lifts import LiftWatch, open_lift
from pipeline.types import HazardEvent, Phase, ZoneKind
from service.app import create_app, open_database
from service.repository import create_key
from service.settings import Settings
from service.tables import Role

pytestmark = pytest.mark.faults

BIKE = Seen(class_name="ebike", box=(0.3, 0.4, 0.6, 0.8))
BEAT_S = 0.2


@dataclass
class Desk:
    """The real incident API, which can be stopped."""

    url: str
    camera_key: str
    duty_key: str
    server: uvicorn.Server
    thread: threading.Thread

    def post(self, event: HazardEvent) -> int:
        answer = httpx.post(
            f"{self.url}/api/v1/events",
            json=event_to_json(event),
            headers={"Authorization": f"Bearer {self.camera_key}"},
            trust_env=False,
        )
        answer.raise_for_status()
        return int(answer.json()["incident_id"])

    def release(self, incident_id: int) -> None:
        httpx.post(
            f"{self.url}/api/v1/incidents/{incident_id}/lift-release",
            json={"note": "有人被困"},
            headers={"Authorization": f"Bearer {self.duty_key}"},
            trust_env=False,
        ).raise_for_status()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(data_dir=tmp_path / "service", desk=False)
    database = open_database(settings)
    keys = [create_key(database, site="demo", role=role) for role in (Role.CAMERA, Role.DUTY)]
    app = create_app(settings, database=database)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started)
        found = Desk(
            f"http://127.0.0.1:{listener.getsockname()[1]}", keys[0], keys[1], server, thread
        )
        yield found
        found.stop()


class Lift:
    """A lift camera: an e-bike stands in it for as long as `ride` is called."""

    def __init__(
        self, state_dir: Path, desk: Desk | None, *, at_s: float = 0.0, **ports: Any
    ) -> None:
        config = CameraConfig.model_validate(
            {
                "id": "lift-1",
                "source": "rtsp://127.0.0.1:9/",
                "place": "elevator",
                "zones": [
                    {
                        "id": "car",
                        "kind": "elevator",
                        "polygon": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]],
                    }
                ],
                "lift": {"hold_door": True, "beat_s": BEAT_S, "max_hold_s": 300, **ports},
            },
            context={"base_dir": state_dir},
        )
        ear = None
        if desk is not None:

            def ear() -> DeskReleases:
                return DeskReleases(
                    url=desk.url, api_key=desk.camera_key, every_s=0.1, silence_s=1.0
                )

        opened = open_lift(config, state_dir=state_dir, open_desk=ear)
        assert isinstance(opened, LiftWatch)
        self.watch = opened
        zone = make_zone(ZoneKind.ELEVATOR, id="car")
        self.camera = Camera(monitor=make_monitor(zone, camera_id="lift-1"), fps=5, now_s=at_s)
        self._audit = state_dir / "lift-audit.jsonl"

    def ride(self, *, seen: bool = True) -> list[HazardEvent]:
        boxes = [BIKE] if seen else []
        events = self.camera.show(boxes)
        return self.watch.observe(events, make_detections(boxes), CLASSES)

    def enter(self) -> HazardEvent:
        for _ in range(20):
            for event in self.ride():
                if event.phase is Phase.START:
                    return event
        raise AssertionError("no e-bike was raised")

    def ride_until(self, what: Callable[[], bool]) -> None:
        """Go on riding at five frames a second until it is so."""

        def look() -> bool:
            self.ride()
            time.sleep(0.05)
            return what()

        wait_until(look)

    def reasons(self) -> list[str]:
        lines = [json.loads(line) for line in self._audit.read_text("utf-8").splitlines()]
        return [line["reason"] for line in lines if line["act"] == "door"]

    def people(self) -> list[str]:
        lines = [json.loads(line) for line in self._audit.read_text("utf-8").splitlines()]
        return [line["by"] for line in lines if line["act"] == "release" and line["had_effect"]]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    found = Broker(tmp_path)
    yield found
    found.kill()


def mqtt(broker: Broker) -> dict[str, Any]:
    return {"inhibit": "mqtt", "mqtt": {"host": "127.0.0.1", "port": broker.port, "topic": PREFIX}}


def test_the_desk_lets_the_lift_go_and_a_desk_that_is_gone_does_so_too(
    desk: Desk, broker: Broker, tmp_path: Path
) -> None:
    relay = Relay(broker.port)
    lift = Lift(tmp_path, desk, **mqtt(broker))
    try:
        relay.say("inhibit", "0", retain=True)
        number = desk.post(lift.enter())
        lift.ride_until(lambda: relay.is_held)
        assert relay.spoken == ["电动自行车禁止进入电梯,请立即推出"]
        held_until_s = time.monotonic() + 3 * BEAT_S
        lift.ride_until(lambda: time.monotonic() > held_until_s)
        desk.release(number)
        begun_s = time.monotonic()
        lift.ride_until(lambda: not relay.is_held)
        assert time.monotonic() - begun_s < 3
        assert [who.startswith("key ") for who in lift.people()] == [True]
        # It leaves, another comes; this time nobody can be reached at the desk.
        ended = [event for _ in range(60) for event in lift.ride(seen=False)]
        assert ended[-1].phase is Phase.END
        assert ended[-1].measures["door_held_s"] > 0
        assert not relay.is_held
    finally:
        lift.watch.close()
    second = Lift(tmp_path, desk, at_s=600, **mqtt(broker))
    try:
        desk.post(second.enter())
        second.ride_until(lambda: relay.is_held)
        desk.stop()
        second.ride_until(lambda: not relay.is_held)
        assert second.reasons()[-1] == "desk_silent"
    finally:
        second.watch.close()
        relay.close()


def test_an_incident_that_the_desk_has_not_got_holds_no_door_for_long(
    desk: Desk, broker: Broker, tmp_path: Path
) -> None:
    relay = Relay(broker.port)
    lift = Lift(tmp_path, desk, **mqtt(broker))
    try:
        relay.say("inhibit", "0", retain=True)
        event = lift.enter()
        lift.ride_until(lambda: relay.is_held)
        lift.ride_until(lambda: not relay.is_held)
        assert lift.reasons()[-1] == "desk_silent"
        desk.post(event)
        lift.ride_until(lambda: relay.is_held)
    finally:
        lift.watch.close()
        relay.close()


def test_over_modbus_a_stuck_detector_and_a_stopped_watch_let_go(tmp_path: Path) -> None:
    relay = ModbusRelay()
    ports = {
        "inhibit": "modbus",
        "modbus": {
            "host": "127.0.0.1",
            "port": relay.port,
            "hold_coil": 3,
            "beat_register": 7,
            "inhibit_input": 5,
        },
    }
    lift = Lift(tmp_path, None, **(ports | {"max_hold_s": 5}))
    try:
        lift.enter()
        wait_until(relay.watch)
        begun_s = time.monotonic()
        # The detector is stuck: the e-bike never leaves.
        lift.ride_until(lambda: not relay.watch())
        assert 3 < time.monotonic() - begun_s < 7
        assert lift.reasons()[-2:] == ["hold", "max_hold"]
    finally:
        lift.watch.close()
    # Fire service takes the lift while the next one holds it; then the process is stopped.
    second = Lift(tmp_path, None, **ports)
    try:
        second.enter()
        wait_until(relay.watch)
        relay.take_over(True)
        second.ride_until(lambda: not relay.watch())
        assert second.reasons()[-1] == "inhibited"
        relay.take_over(False)
        second.ride_until(relay.watch)
    finally:
        second.watch.close()
    assert not relay.watch()
    relay.stop()


def test_a_camera_without_sight_holds_no_door(broker: Broker, tmp_path: Path) -> None:
    relay = Relay(broker.port)
    lift = Lift(tmp_path, None, **mqtt(broker))
    try:
        relay.say("inhibit", "0", retain=True)
        lift.enter()
        lift.ride_until(lambda: relay.is_held)
        blind = lift.camera.lose_sight("camera_offline")
        lift.watch.observe(blind, make_detections([]), CLASSES)
        wait_until(lambda: not relay.is_held, within_s=2)
    finally:
        lift.watch.close()
        relay.close()
