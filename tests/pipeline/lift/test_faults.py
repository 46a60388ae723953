"""Real broker, real Modbus server, processes that are killed: the door is always let go."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.lift import AuditLog, DoorHold, LiftLink

paho = pytest.importorskip("paho.mqtt.client")
pytest.importorskip("pymodbus")

from paho.mqtt.enums import CallbackAPIVersion  # noqa: E402
from pymodbus.client import ModbusTcpClient  # noqa: E402
from pymodbus.server import ModbusTcpServer  # noqa: E402
from pymodbus.simulator import DataType, SimData, SimDevice  # noqa: E402

from pipeline.lift.modbus import ModbusPort  # noqa: E402
from pipeline.lift.mqtt import MqttPort  # noqa: E402

pytestmark = pytest.mark.faults

HERE = Path(__file__).parent
PREFIX = "lifelane/lift-1"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(what: Callable[[], bool], *, within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Broker:
    """A Mosquitto of its own that can be killed and begun again."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed")
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._program = program
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._config)], stderr=subprocess.DEVNULL
        )
        wait_until(self._answers)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Relay:
    """What the maintenance firm wires, as docs/lift-interface.md asks: it believes a beat."""

    def __init__(self, port: int) -> None:
        self.good_until_s = 0.0
        self.spoken: list[str] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self.client.on_message = self._hear
        self.client.on_connect = lambda client, *_: client.subscribe(f"{PREFIX}/#")
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _hear(self, _client: Any, _data: Any, message: Any) -> None:
        if message.topic.endswith("/hold"):
            said = json.loads(message.payload)
            self.good_until_s = time.monotonic() + said["ttl_s"] if said["hold"] else 0.0
        elif message.topic.endswith("/voice"):
            self.spoken.append(json.loads(message.payload)["text"])

    @property
    def is_held(self) -> bool:
        return time.monotonic() < self.good_until_s

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        self.client.publish(f"{PREFIX}/{topic}", payload, qos=1, retain=retain).wait_for_publish(5)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    found = Broker(tmp_path)
    yield found
    found.kill()


@pytest.fixture
def relay(broker: Broker) -> Iterator[Relay]:
    found = Relay(broker.port)
    yield found
    found.close()


def make_link(port: Any, audit: Path, *, max_hold_s: float = 300.0) -> LiftLink:
    link = LiftLink(
        camera_id="lift-1",
        door=DoorHold(max_hold_s=max_hold_s, stale_s=60, rest_s=30),
        ports=[port],
        inhibit=port,
        audit=AuditLog(audit),
        voice_text="请推出",
        beat_s=0.1,
    )
    link.start()
    return link


def start_process(told: dict[str, Any]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(HERE / "lift_process.py"), json.dumps(told)])


def acts(audit: Path) -> list[tuple[object, object]]:
    lines = [json.loads(line) for line in audit.read_text("utf-8").splitlines()]
    return [(line.get("hold"), line.get("reason")) for line in lines if line["act"] == "door"]


def test_hold_inhibit_release_and_stop_over_mqtt(
    broker: Broker, relay: Relay, tmp_path: Path
) -> None:
    audit = tmp_path / "audit.jsonl"
    link = make_link(MqttPort(host="127.0.0.1", port=broker.port, prefix=PREFIX), audit)
    try:
        link.begin("one")
        time.sleep(0.6)
        assert not relay.is_held, "the inhibit input is not known yet"
        relay.say("inhibit", "0", retain=True)
        wait_until(lambda: relay.is_held)
        relay.say("inhibit", "1", retain=True)
        wait_until(lambda: not relay.is_held)
        relay.say("inhibit", "0", retain=True)
        wait_until(lambda: relay.is_held)
        relay.say("release", json.dumps({"by": "值班员 王"}))
        wait_until(lambda: not relay.is_held)
        time.sleep(0.5)
        assert not relay.is_held
        link.end()
    finally:
        link.stop()
    assert "release" in audit.read_text("utf-8")
    assert "值班员 王" in audit.read_text("utf-8")
    assert (True, "hold") in acts(audit)
    assert (False, "released") in acts(audit)


def test_longest_hold_and_orderly_stop(broker: Broker, relay: Relay, tmp_path: Path) -> None:
    port = MqttPort(host="127.0.0.1", port=broker.port, prefix=PREFIX)
    link = make_link(port, tmp_path / "audit.jsonl", max_hold_s=1.0)
    try:
        relay.say("inhibit", "0", retain=True)
        link.begin("one")
        wait_until(lambda: relay.is_held)
        wait_until(lambda: not relay.is_held, within_s=5)
    finally:
        link.stop()
    second = make_link(
        MqttPort(host="127.0.0.1", port=broker.port, prefix=PREFIX), tmp_path / "audit.jsonl"
    )
    second.begin("two")
    wait_until(lambda: relay.is_held)
    second.stop()
    wait_until(lambda: not relay.is_held, within_s=1)


def test_killed_process_is_released_by_will_and_by_silence(
    broker: Broker, relay: Relay, tmp_path: Path
) -> None:
    relay.say("inhibit", "0", retain=True)
    told = {"mqtt": broker.port, "prefix": PREFIX, "audit": str(tmp_path / "a.jsonl")}
    process = start_process(told)
    try:
        wait_until(lambda: relay.is_held)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_until(lambda: not relay.is_held, within_s=2)
    # Whoever comes later finds the will's release, not the last request.
    late = Relay(broker.port)
    time.sleep(0.5)
    assert not late.is_held
    late.close()


def test_broker_gone_and_back(broker: Broker, relay: Relay, tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    link = make_link(MqttPort(host="127.0.0.1", port=broker.port, prefix=PREFIX), audit)
    try:
        relay.say("inhibit", "0", retain=True)
        link.begin("one")
        wait_until(lambda: relay.is_held)
        broker.kill()
        wait_until(lambda: not relay.is_held, within_s=2)
        wait_until(lambda: (False, "inhibit_unknown") in acts(audit), within_s=5)
    finally:
        broker.start()
        link.stop()


def test_no_audit_line_no_hold(broker: Broker, relay: Relay, tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    port = MqttPort(host="127.0.0.1", port=broker.port, prefix=PREFIX)
    link = make_link(port, tmp_path / "in-the-way" / "audit.jsonl")
    try:
        relay.say("inhibit", "0", retain=True)
        link.begin("one")
        time.sleep(1.0)
        assert not relay.is_held
        wait_until(lambda: bool(relay.spoken))
    finally:
        link.stop()


class ModbusRelay:
    """A real Modbus TCP server; its door follows the coil while the beat register moves."""

    def __init__(self) -> None:
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        self._probe = ModbusTcpClient("127.0.0.1", port=self.port)
        wait_until(self._probe.connect)
        self._beat = -1
        self._beat_s = 0.0

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)

        async def run() -> None:
            bits = [SimData(0, count=32, values=False, datatype=DataType.BITS)]
            words = [SimData(0, count=32, values=0, datatype=DataType.REGISTERS)]
            device = SimDevice(id=1, simdata=(bits, bits, words, words))
            self._server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
            self._ready.set()
            await self._server.serve_forever()

        self._loop.run_until_complete(run())

    def watch(self) -> bool:
        """One turn of the watchdog: whether the door is held."""
        beat = self._probe.read_holding_registers(7, count=1, device_id=1).registers[0]
        if beat != self._beat:
            self._beat, self._beat_s = beat, time.monotonic()
        if time.monotonic() - self._beat_s > 1.0:
            self._probe.write_coil(3, False, device_id=1)
        return bool(self._probe.read_coils(3, count=1, device_id=1).bits[0])

    def stop(self) -> None:
        self._probe.close()
        asyncio.run_coroutine_threadsafe(self._server.shutdown(), self._loop).result(5)
        self._thread.join(5)
        self._loop.close()


def test_killed_process_is_released_by_the_relays_watchdog(tmp_path: Path) -> None:
    relay = ModbusRelay()
    process = start_process({"modbus": relay.port, "audit": str(tmp_path / "a.jsonl")})
    try:
        wait_until(relay.watch)
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_until(lambda: not relay.watch(), within_s=3)
        time.sleep(0.5)
        assert not relay.watch()
    finally:
        process.kill()
        relay.stop()


def test_a_relay_that_nobody_reaches_is_said_once_and_harms_nobody(tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    port = ModbusPort(
        host="127.0.0.1",
        port=free_port(),
        unit=1,
        hold_coil=3,
        beat_register=7,
        inhibit_input=5,
        timeout_s=0.5,
    )
    link = make_link(port, audit)
    link.begin("one")
    wait_until(lambda: (False, "inhibit_unknown") in acts(audit) if audit.exists() else False)
    time.sleep(1.0)
    link.stop()
    assert (True, "hold") not in acts(audit)
    assert audit.read_text("utf-8").count('"reached": false') == 1
