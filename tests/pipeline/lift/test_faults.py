"""Real broker, real Modbus server, processes that are killed: the door is always let go."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lift_stage import PREFIX, Broker, ModbusRelay, Relay, wait_until
from processes import free_port

from pipeline.lift import AuditLog, DoorHold, LiftLink
from pipeline.lift.modbus import ModbusPort
from pipeline.lift.mqtt import MqttPort

pytestmark = pytest.mark.faults

HERE = Path(__file__).parent


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
