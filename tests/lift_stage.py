"""What stands at the other end of a lift: a real Mosquitto, a real Modbus TCP server, a relay."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from processes import free_port

paho = pytest.importorskip("paho.mqtt.client")
pytest.importorskip("pymodbus")

from paho.mqtt.enums import CallbackAPIVersion  # noqa: E402
from pymodbus.client import ModbusTcpClient  # noqa: E402
from pymodbus.server import ModbusTcpServer  # noqa: E402
from pymodbus.simulator import DataType, SimData, SimDevice  # noqa: E402

PREFIX = "lifelane/lift-1"


def wait_until(what: Callable[[], bool], *, within_s: float = 15.0) -> None:
    """Look again every 20 ms until it is so."""
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

    def take_over(self, on: bool) -> None:
        """Fire service turns its key; a client cannot write what is an input."""
        done = asyncio.run_coroutine_threadsafe(
            self._server.async_setValues(1, 2, 5, [on]), self._loop
        )
        done.result(5)

    def stop(self) -> None:
        self._probe.close()
        asyncio.run_coroutine_threadsafe(self._server.shutdown(), self._loop).result(5)
        self._thread.join(5)
        self._loop.close()
