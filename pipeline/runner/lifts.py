"""A watched lift's link: opened as configured, fed by what the camera sees."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.config import Camera, LiftConfig
from pipeline.errors import ConfigError
from pipeline.lift import AuditLog, DeskReleases, DoorHold, LiftLink, Port
from pipeline.types import Detections, HazardEvent, HazardKind, Phase

__all__ = ["LiftWatch", "open_lift"]

_FEWEST_STALE_S = 2.0
_BIKES = frozenset({"ebike", "motorcycle"})


def open_lift(
    camera: Camera, *, state_dir: Path, open_desk: Callable[[], DeskReleases] | None = None
) -> "LiftWatch | None":
    """The link of a camera's lift, begun; None where the site file has none.

    Args:
        camera: The camera as configured.
        state_dir: Where the audit file goes.
        open_desk: Makes the ear for what the desk lets go; None where there is no desk.

    Raises:
        ConfigError: An extra that the link needs is not installed.
    """
    config = camera.lift
    if config is None:
        return None
    ports = _ports(config)
    stale_s = max(_FEWEST_STALE_S, 3 / camera.effective_sample_fps)
    door = DoorHold(
        max_hold_s=config.max_hold_s, stale_s=stale_s, rest_s=max(config.max_hold_s, 30.0)
    )
    link = LiftLink(
        camera_id=camera.id,
        door=door if config.hold_door else None,
        ports=list(ports.values()),
        inhibit=ports.get(config.inhibit),
        audit=AuditLog(state_dir / "lift-audit.jsonl"),
        voice_text=config.voice_text,
        beat_s=config.beat_s,
        desk=open_desk() if open_desk is not None and config.hold_door else None,
    )
    link.start()
    return LiftWatch(link)


class LiftWatch:
    """Feeds a link with a camera's events and boxes.

    Args:
        link: The link, begun.
    """

    def __init__(self, link: LiftLink) -> None:
        self._link = link
        self._is_open = False

    def observe(
        self, events: Sequence[HazardEvent], detections: Detections, classes: Sequence[str]
    ) -> list[HazardEvent]:
        """Take in one frame.

        Returns:
            The events; those of the lift's incident say how long the door was held.
        """
        told = []
        for event in events:
            if event.kind is not HazardKind.EBIKE_IN_ELEVATOR:
                told.append(event)
                continue
            if event.phase is Phase.START:
                self._is_open = True
                self._link.begin(event.incident_key)
            held_s = self._link.held_s
            if held_s:
                measures = {**event.measures, "door_held_s": round(held_s, 1)}
                told.append(replace(event, measures=measures))
            else:
                told.append(event)
            if event.phase in (Phase.END, Phase.UNKNOWN):
                self._is_open = False
                self._link.end()
        if self._is_open and any(
            0 <= i < len(classes) and classes[i] in _BIKES for i in detections.class_id.tolist()
        ):
            self._link.see()
        return told

    def close(self) -> None:
        """Let go and disconnect."""
        self._link.stop()


def _ports(config: LiftConfig) -> dict[str, Port]:
    ports: dict[str, Port] = {}
    try:
        if config.mqtt is not None:
            from pipeline.lift.mqtt import MqttPort  # noqa: PLC0415  (an extra)

            ports["mqtt"] = MqttPort(
                host=config.mqtt.host,
                port=config.mqtt.port,
                prefix=config.mqtt.topic,
                user=config.mqtt.user,
                password=os.environ.get(config.mqtt.password_env, ""),
                tls=config.mqtt.tls,
            )
        if config.modbus is not None:
            from pipeline.lift.modbus import ModbusPort  # noqa: PLC0415  (an extra)

            ports["modbus"] = ModbusPort(
                host=config.modbus.host,
                port=config.modbus.port,
                unit=config.modbus.unit,
                hold_coil=config.modbus.hold_coil,
                beat_register=config.modbus.beat_register,
                inhibit_input=config.modbus.inhibit_input,
                timeout_s=config.beat_s,
            )
    except ImportError as error:
        raise ConfigError(
            f"lift: {error.name} is not installed: pip install 'lifelane[mqtt,modbus]'"
        ) from error
    if config.webhook:
        from pipeline.lift.webhook import WebhookPort  # noqa: PLC0415

        ports["webhook"] = WebhookPort(url=config.webhook, timeout_s=config.beat_s)
    return ports
