"""A lift's own way to be warned; nothing of it is on unless it is written down."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from pipeline.config.addresses import source_address
from pipeline.config.fields import SiteModel, number, switch, text, whole, wrong
from pipeline.config.problems import describe

__all__ = ["LiftConfig", "LiftModbus", "LiftMqtt"]

_PORT = {"ge": 1, "le": 65_535, "unit": "", "what": "a whole number"}
_ADDRESS = {"ge": 0, "le": 65_535, "unit": "", "what": "a whole number"}


def _topic(value: Any) -> str:
    if not isinstance(value, str) or not value.strip("/") or any(c in value for c in "+#\0"):
        raise wrong(
            "name the topic below which this lift is reached, without + and #",
            expected="such as lifelane/lift-3",
            found=describe(value),
        )
    return value.strip("/")


class LiftMqtt(SiteModel):
    """The lift's controller listens on an MQTT 5 broker."""

    host: Annotated[str, text(title="Broker", zh="服务器", description="Host name or address.")]
    port: Annotated[int, whole(**_PORT, title="Port", zh="端口", description="TCP port.")] = 1883
    topic: Annotated[
        str,
        BeforeValidator(_topic),
        text(
            title="Topic",
            zh="主题",
            description="`TOPIC/hold` and `TOPIC/voice` are sent, `TOPIC/inhibit` (1 or 0, "
            "retained) and `TOPIC/release` are heard.",
            expected="a topic such as lifelane/lift-3",
        ),
    ]
    user: Annotated[str, text(title="User", zh="用户名", description="User name, if any.")] = ""
    password_env: Annotated[
        str,
        text(
            title="Variable with the password",
            zh="口令环境变量",
            description="Name of the environment variable that holds the broker's password.",
        ),
    ] = "LIFELANE_MQTT_PASSWORD"  # noqa: S105  (a name, no password)
    tls: Annotated[
        bool, switch(title="TLS", zh="加密", description="Encrypt, and check the certificate.")
    ] = False


class LiftModbus(SiteModel):
    """A relay with a watchdog, over Modbus TCP."""

    host: Annotated[str, text(title="Relay", zh="继电器", description="Host name or address.")]
    port: Annotated[int, whole(**_PORT, title="Port", zh="端口", description="TCP port.")] = 502
    unit: Annotated[
        int,
        whole(
            ge=0,
            le=255,
            unit="",
            what="a whole number",
            title="Unit",
            zh="单元号",
            description="Unit id of the relay.",
        ),
    ] = 1
    hold_coil: Annotated[
        int, whole(**_ADDRESS, title="Coil", zh="线圈", description="Coil of the door request.")
    ]
    beat_register: Annotated[
        int,
        whole(
            **_ADDRESS,
            title="Beat register",
            zh="心跳寄存器",
            description="Holding register that counts beats. The relay must drop the coil by "
            "itself when it stops changing.",
        ),
    ]
    inhibit_input: Annotated[
        int | None,
        whole(
            **_ADDRESS,
            title="Inhibit input",
            zh="禁止输入",
            description="Discrete input that is 1 while fire service, inspection or an alarm "
            "has the lift.",
            default_words="none",
        ),
    ] = None


class LiftConfig(SiteModel):
    """What a lift hears. WARNING: only the licensed maintenance firm wires it; see docs."""

    voice_text: Annotated[
        str,
        text(title="Voice text", zh="语音内容", description="What the lift's loudspeaker says."),
    ] = "电动自行车禁止进入电梯,请立即推出"
    hold_door: Annotated[
        bool,
        switch(
            title="Hold the door",
            zh="请求保持开门",
            description="WARNING 警告: asks the lift to keep its door open while an e-bike is "
            "inside. Only the lift's licensed maintenance firm may wire it (docs/"
            "lift-interface.md); it needs an inhibit input. false only speaks.",
        ),
    ] = False
    max_hold_s: Annotated[
        float,
        number(
            ge=5,
            le=300,
            unit="s",
            what="a number of seconds",
            title="Longest hold",
            zh="最长保持",
            description="After that the door is released whatever is seen.",
        ),
    ] = 60.0
    beat_s: Annotated[
        float,
        number(
            ge=0.2,
            le=5,
            unit="s",
            what="a number of seconds",
            title="Beat",
            zh="心跳间隔",
            description="Each request is good for three beats; silence means release.",
        ),
    ] = 1.0
    inhibit: Annotated[
        str,
        text(
            title="Inhibit from",
            zh="禁止信号来源",
            description="Where the inhibit input is read: mqtt or modbus.",
            expected="mqtt or modbus",
            default_words="none",
        ),
    ] = ""
    mqtt: Annotated[
        LiftMqtt | None,
        text(
            title="MQTT",
            zh="MQTT",
            description="Over MQTT.",
            expected="the fields host, topic",
            default_words="none",
        ),
    ] = None
    modbus: Annotated[
        LiftModbus | None,
        text(
            title="Modbus TCP",
            zh="Modbus TCP",
            description="Over Modbus TCP.",
            expected="the fields host, hold_coil, beat_register",
            default_words="none",
        ),
    ] = None
    webhook: Annotated[
        str,
        BeforeValidator(source_address),
        text(
            title="Webhook",
            zh="回调地址",
            description="Address that is posted to.",
            expected="http://… or https://…",
            default_words="none",
            repr=False,
        ),
    ] = ""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.mqtt is None and self.modbus is None and not self.webhook:
            raise wrong(
                "this lift can be reached in no way: add mqtt, modbus or webhook, or delete lift",
                expected="mqtt, modbus or webhook",
                found="none of them",
            )
        if self.webhook and not self.webhook.startswith(("http://", "https://")):
            raise wrong(
                "webhook: an address is wanted",
                expected="http://… or https://…",
                found=describe(self.webhook),
            )
        if not self.hold_door:
            return self
        sources = {
            "mqtt": self.mqtt is not None,
            "modbus": self.modbus is not None and self.modbus.inhibit_input is not None,
        }
        if not sources.get(self.inhibit, False):
            raise wrong(
                "hold_door needs an inhibit input, so that fire service always has the lift: "
                "name it with inhibit, or write hold_door: false",
                expected="inhibit: mqtt (with mqtt) or modbus (with modbus.inhibit_input)",
                found=describe(self.inhibit) if self.inhibit else "none",
            )
        return self
