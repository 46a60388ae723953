"""A lift over MQTT 5: retained requests that expire by themselves, and a last will of release."""

import json
import threading
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

__all__ = ["MqttPort"]

_KEEPALIVE_S = 5
_ON = frozenset({"1", "true", "on", "yes"})
_OFF = frozenset({"0", "false", "off", "no"})


class MqttPort:
    """Topics below ``prefix``: ``hold`` and ``voice`` out, ``inhibit`` and ``release`` in.

    ``hold`` is ``{"hold", "beat", "ttl_s"}``, retained, and expires at the broker after ``ttl_s``;
    the last will is ``{"hold": false}``. ``inhibit`` is 1 or 0 and has to be retained by whoever
    sends it; until it has been heard over a living connection it is unknown.

    Args:
        host: The broker.
        port: Its port.
        prefix: Such as ``lifelane/lift-3``.
        user: User name; empty for none.
        password: Password.
        tls: Whether the connection is encrypted and the broker's certificate checked.
    """

    name = "mqtt"

    def __init__(
        self,
        *,
        host: str,
        port: int,
        prefix: str,
        user: str = "",
        password: str = "",
        tls: bool = False,
    ) -> None:
        self._address = (host, port)
        self._prefix = prefix
        self._release: Callable[[str], None] | None = None
        self._inhibit: bool | None = None
        self._lock = threading.Lock()
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        if user:
            client.username_pw_set(user, password)
        if tls:
            client.tls_set()
        client.will_set(f"{prefix}/hold", _payload(hold=False, beat=0, ttl_s=0), 1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.reconnect_delay_set(1, 5)
        client.connect_timeout = 2.0
        self._client = client

    def open(self, release: Callable[[str], None]) -> None:
        """See `Port`."""
        self._release = release
        self._client.connect_async(*self._address, keepalive=_KEEPALIVE_S)
        self._client.loop_start()

    def speak(self, text: str, incident_key: str) -> None:
        """See `Port`."""
        self._must_be_connected()
        said = json.dumps({"text": text, "incident": incident_key}, ensure_ascii=False)
        self._client.publish(f"{self._prefix}/voice", said, qos=1)

    def send(self, *, hold: bool, beat: int, ttl_s: float) -> None:
        """See `Port`."""
        self._must_be_connected()
        expiry = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        expiry.MessageExpiryInterval = max(round(ttl_s), 1)
        # Quality 0: a beat that is late is worth nothing, and must not wait in a queue.
        self._client.publish(
            f"{self._prefix}/hold",
            _payload(hold=hold, beat=beat, ttl_s=ttl_s),
            qos=0,
            retain=True,
            properties=expiry,
        )

    def inhibited(self) -> bool | None:
        """See `Port`."""
        if not self._client.is_connected():
            return None
        with self._lock:
            return self._inhibit

    def close(self) -> None:
        """See `Port`."""
        if self._client.is_connected():
            done = self._client.publish(
                f"{self._prefix}/hold", _payload(hold=False, beat=0, ttl_s=0), qos=1, retain=True
            )
            done.wait_for_publish(2)
        self._client.disconnect()
        self._client.loop_stop()

    def _must_be_connected(self) -> None:
        if not self._client.is_connected():
            host, port = self._address
            raise ConnectionError(f"no connection to the broker at {host}:{port}")

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe([(f"{self._prefix}/inhibit", 1), (f"{self._prefix}/release", 1)])

    def _on_disconnect(self, *_: Any) -> None:
        with self._lock:
            self._inhibit = None

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        text = message.payload.decode("utf-8", "replace").strip()
        if message.topic.endswith("/inhibit"):
            word = text.lower()
            with self._lock:
                self._inhibit = True if word in _ON else False if word in _OFF else None
        elif self._release is not None and not message.retain:
            # A retained release would let go of every later e-bike unseen.
            self._release(_person(text))


def _payload(*, hold: bool, beat: int, ttl_s: float) -> str:
    return json.dumps({"hold": hold, "beat": beat, "ttl_s": ttl_s})


def _person(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        return text[:80]
    return str(found.get("by", ""))[:80] if isinstance(found, dict) else text[:80]
