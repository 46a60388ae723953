"""Channels: mail over real SMTP, a real broker, nobody there, addresses that cannot be."""

import json
import logging
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from service.errors import InvalidRequest
from service.notify import Message, SendFailed, check_channel, send

_MESSAGE = Message(
    id="m-1",
    subject="raised",
    title="【发现隐患】消防车道被占用",
    body="地点：东门",
    data={"incident_id": 1},
    at=datetime(2026, 3, 4, tzinfo=UTC),
)


def test_mail_goes_out_over_real_smtp() -> None:
    class Inbox:
        mails: list[bytes] = []  # noqa: RUF012

        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            self.mails.append(envelope.content)
            return "250 OK"

    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        people = "from=desk@lifelane.test&to=duty@lifelane.test"
        url = f"mailto://127.0.0.1:{port}?{people}&mode=insecure"
        send("apprise", url, "", _MESSAGE)
    finally:
        controller.stop()
    assert len(inbox.mails) == 1
    assert b"duty@lifelane.test" in inbox.mails[0]


def test_a_message_reaches_a_real_broker() -> None:
    mqtt = pytest.importorskip("paho.mqtt.client")
    topic = f"lifelane/test/{time.monotonic_ns()}"
    got: list[dict[str, Any]] = []
    ready, came = threading.Event(), threading.Event()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_subscribe = lambda *_: ready.set()

    def on_message(_client: Any, _data: Any, message: Any) -> None:
        got.append(json.loads(message.payload))
        came.set()

    client.on_message = on_message
    try:
        client.connect("127.0.0.1", 1883)
    except OSError:
        pytest.skip("no Mosquitto at 127.0.0.1:1883")
    client.loop_start()
    try:
        client.subscribe(topic, qos=1)
        assert ready.wait(10)
        send("mqtt", f"mqtt://127.0.0.1:1883/{topic}", "", _MESSAGE)
        assert came.wait(10)
    finally:
        client.loop_stop()
        client.disconnect()
    assert got[0]["id"] == "m-1"
    assert got[0]["data"]["title"] == _MESSAGE.title


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("apprise", "json://127.0.0.1:9/very-secret-token"),
        ("mqtt", "mqtt://user:very-secret-token@127.0.0.1:9/topic"),
        ("webhook", "http://127.0.0.1:9/very-secret-token"),
    ],
)
def test_nobody_there_is_told_without_secrets(
    kind: str, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "apprise"), pytest.raises(SendFailed) as caught:
        send(kind, url, "very-secret-key", _MESSAGE)
    assert "very-secret" not in str(caught.value)
    assert "very-secret" not in caplog.text


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("apprise", "nonsense://x"),
        ("apprise", "syslog://localhost"),
        ("mqtt", "mqtt://127.0.0.1"),
        ("mqtt", "mqtt://127.0.0.1/a/#"),
        ("webhook", "ftp://127.0.0.1/x"),
        ("pigeon", "http://x/"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(kind: str, url: str) -> None:
    with pytest.raises(InvalidRequest):
        check_channel(kind, url)
