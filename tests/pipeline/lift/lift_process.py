"""A process that holds a lift until it is killed: python lift_process.py PORTS.json."""

import json
import sys
import time
from pathlib import Path

from pipeline.lift import AuditLog, DoorHold, LiftLink
from pipeline.lift.modbus import ModbusPort
from pipeline.lift.mqtt import MqttPort

told = json.loads(sys.argv[1])
if "mqtt" in told:
    port = MqttPort(host="127.0.0.1", port=told["mqtt"], prefix=told["prefix"])
else:
    port = ModbusPort(
        host="127.0.0.1",
        port=told["modbus"],
        unit=1,
        hold_coil=3,
        beat_register=7,
        inhibit_input=5,
        timeout_s=1.0,
    )
link = LiftLink(
    camera_id="lift-1",
    door=DoorHold(max_hold_s=300, stale_s=5, rest_s=30),
    ports=[port],
    inhibit=port,
    audit=AuditLog(Path(told["audit"])),
    voice_text="电动自行车禁止进入电梯",
    beat_s=0.2,
)
link.start()
link.begin("incident-1")
while True:
    link.see()
    time.sleep(0.1)
