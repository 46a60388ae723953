"""Other systems that get the events too: a city's platform, a chat robot, a data lake."""

import re
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ValidationInfo, model_validator

from pipeline.config.addresses import fill_in
from pipeline.config.fields import SiteModel, number, switch, text, wrong
from pipeline.config.problems import describe
from pipeline.config.words import Identifier
from pipeline.publish.foreign_body import PLACEHOLDERS, unknown_names

__all__ = ["SinkConfig", "variable_name"]

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_ADDRESS = "http://HOST/PATH or https://HOST/PATH"


def variable_name(value: Any) -> str:
    """The name of an environment variable; a secret pasted in its place is not shown.

    Raises:
        PydanticCustomError: It is no such name.
    """
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
        raise wrong(
            "name the environment variable that holds the key, never the key itself",
            expected="a name in capitals, such as LIFELANE_API_KEY",
            found=f"a text of {len(value)} characters (not shown)"
            if isinstance(value, str)
            else describe(value),
        )
    return value


def _optional_variable(value: Any) -> str | None:
    return None if value is None else variable_name(value)


def _url(value: Any, info: ValidationInfo) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong("say where the other system is", expected=_ADDRESS, found=describe(value))
    url = fill_in(value, info).strip()
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme.lower() not in ("http", "https"):
        raise wrong("write a whole web address", expected=_ADDRESS, found=describe(value))
    if "@" in parts.netloc:
        raise wrong(
            "no user or password in the address: name a variable with token_env",
            expected=_ADDRESS,
            found=describe(value),
        )
    return url


def _template(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    expected = "a mapping whose texts hold {names} of the event"
    if not isinstance(value, dict) or not value:
        raise wrong("write the body's fields", expected=expected, found=describe(value))
    unknown = unknown_names(value)
    if unknown:
        raise wrong(
            f"an event has no {{{unknown[0]}}}",
            expected=f"{', '.join(PLACEHOLDERS)} or measures.NAME",
            found=describe(unknown[0]),
        )
    return value


def _success(value: Any) -> str | int | bool:
    if not isinstance(value, str | int | bool):
        raise wrong(
            "write the value as the platform sends it",
            expected="text, a whole number, true or false",
            found=describe(value),
        )
    return value


class SinkConfig(SiteModel):
    """Another system that gets every event, under the same guarantee as the incident API."""

    id: Annotated[
        Identifier,
        text(
            title="Id",
            zh="编号",
            description="Name of this receiver; its queue in the outbox goes by it.",
            expected="1 to 64 of the characters A-Z a-z 0-9 _ . -",
            example="city-platform",
        ),
    ]
    url: Annotated[
        str,
        BeforeValidator(_url),
        text(
            title="Address",
            zh="地址",
            description="Where events are posted. `${NAME}` is filled in from the environment; a "
            "robot's key in the query belongs there.",
            expected=_ADDRESS,
            example='"https://platform.example/hazards"',
        ),
    ]
    template: Annotated[
        dict[str, Any] | None,
        BeforeValidator(_template),
        text(
            title="Body",
            zh="报文模板",
            description="JSON body to post instead of CloudEvents: texts hold `{kind_zh}` and the "
            "like; a text that is one name alone keeps the value's own type.",
            expected="a mapping whose texts hold {names} of the event",
            default_words="CloudEvents 1.0, structured JSON",
        ),
    ] = None
    token_env: Annotated[
        str | None,
        BeforeValidator(_optional_variable),
        text(
            title="Variable with the token",
            zh="令牌环境变量",
            description="Name of the environment variable whose value is sent as a bearer token.",
            expected="a name in capitals",
        ),
    ] = None
    secret_env: Annotated[
        str | None,
        BeforeValidator(_optional_variable),
        text(
            title="Variable with the signing key",
            zh="签名密钥环境变量",
            description="Name of the environment variable whose value signs each post "
            "(HMAC-SHA256, `webhook-signature`).",
            expected="a name in capitals",
        ),
    ] = None
    pictures: Annotated[
        bool,
        switch(
            title="Pictures inside",
            zh="附带图片",
            description="Whether a CloudEvent carries the pictures (base64). They show the place "
            "as the evidence does: switch it on only where they may be seen.",
        ),
    ] = False
    success_field: Annotated[
        str,
        text(
            title="Field of success",
            zh="成功标志字段",
            description="Field of the JSON answer that says whether it was taken, such as "
            "`errcode`; for platforms that answer 200 to everything.",
            expected="the name of a field",
            default_words="the status code decides",
        ),
    ] = ""
    success_value: Annotated[
        str | int | bool,
        BeforeValidator(_success),
        text(
            title="Value of success",
            zh="成功标志值",
            description="What that field holds when the event was taken.",
            expected="text, a whole number, true or false",
        ),
    ] = 0
    timeout_s: Annotated[
        float,
        number(
            ge=1,
            le=120,
            unit="s",
            what="a number of seconds",
            title="Timeout",
            zh="超时",
            description="How long to wait for an answer; after that the event is sent again.",
        ),
    ] = 10.0

    @model_validator(mode="after")
    def _name_is_free(self) -> Self:
        if self.id == "incident_api":
            raise wrong(
                "this name is taken by LifeLane's own incident API",
                expected="another id",
                found=describe(self.id),
            )
        return self
