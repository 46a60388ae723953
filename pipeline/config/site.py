"""A whole site file: who, where events go, which model, which cameras."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from pipeline.config.addresses import api_url, resolve_path
from pipeline.config.camera import Camera
from pipeline.config.evidence import EvidenceConfig
from pipeline.config.fields import SiteModel, number, text, wrong
from pipeline.config.model import ModelConfig
from pipeline.config.problems import describe, did_you_mean
from pipeline.config.sink import SinkConfig, variable_name
from pipeline.config.words import Identifier, Label
from pipeline.errors import ConfigError

__all__ = ["IncidentApi", "Site"]


def _state_dir(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, str | Path) or not str(value).strip():
        raise wrong("name a folder", expected="a path", found=describe(value))
    path = resolve_path(value, info)
    if path.exists() and not path.is_dir():
        raise wrong(
            "there is a file in the way: name a folder", expected="a folder", found="a file"
        )
    return path


def _default_state_dir(fields: dict[str, Any]) -> Path:
    return Path("lifelane-data") / str(fields.get("site", "site"))


def _at_least_one(value: Any) -> Any:
    if value is None or value in ([], ()):
        raise wrong(
            "there is no camera to watch: list at least one",
            expected="a list of cameras, each beginning with '- id: …'",
            found=describe(value),
        )
    return value


def _nothing_is_none(value: Any) -> Any:
    return () if value is None else value


def _nothing_is_empty(value: Any) -> Any:
    return {} if value is None else value


class IncidentApi(SiteModel):
    """Where events go."""

    url: Annotated[
        str,
        BeforeValidator(api_url),
        text(
            title="Address",
            zh="地址",
            description="Address of `lifelane serve`, up to the port. `${NAME}` is filled in from "
            "the environment.",
            expected="http://HOST:PORT or https://HOST:PORT",
            example='"http://127.0.0.1:8000"',
        ),
    ]
    key_env: Annotated[
        str,
        BeforeValidator(variable_name),
        text(
            title="Variable with the key",
            zh="密钥环境变量",
            description="Name of the environment variable that holds the API key. The key itself "
            "never stands in this file.",
            expected="a name in capitals, such as LIFELANE_API_KEY",
        ),
    ] = "LIFELANE_API_KEY"
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


class Site(SiteModel):
    """A site: the cameras of one compound and what is done with them."""

    site: Annotated[
        Identifier,
        text(
            title="Site",
            zh="站点编号",
            description="Name of the site. Events carry it, and the API key belongs to it.",
            expected="1 to 64 of the characters A-Z a-z 0-9 _ . -",
            example="demo",
        ),
    ]
    name: Annotated[
        Label,
        text(
            title="Name",
            zh="名称",
            description="Name for people, such as 阳光花园.",
            expected="text of at most 80 characters",
        ),
    ] = None
    incident_api: Annotated[
        IncidentApi | None,
        text(
            title="Incident API",
            zh="事件接口",
            description="Where events go. Without it they stay on disk: `lifelane replay` needs "
            "none.",
            expected="the fields url and key_env",
            example='{url: "http://127.0.0.1:8000"}',
            default_words="none",
        ),
    ] = None
    sinks: Annotated[
        tuple[SinkConfig, ...],
        BeforeValidator(_nothing_is_none),
        text(
            title="Other receivers",
            zh="其他接收方",
            description="Other systems that get every event as well, each with a queue of its own: "
            "one that is down holds up nobody else.",
            expected="a list of receivers, each beginning with '- id: …'",
            default_words="none",
        ),
    ] = ()
    model: Annotated[
        ModelConfig,
        BeforeValidator(_nothing_is_empty),
        text(
            title="Model",
            zh="模型",
            description="Which detector looks at the pictures.",
            expected="the fields of a model",
            default_words="the released model",
        ),
    ] = Field(default_factory=ModelConfig)
    evidence: Annotated[
        EvidenceConfig,
        BeforeValidator(_nothing_is_empty),
        text(
            title="Evidence",
            zh="证据",
            description="What is done with pictures and clips.",
            expected="the fields blur, keep_originals_days and send_clips",
            default_words="blurred, originals 30 days, clips stay",
        ),
    ] = Field(default_factory=EvidenceConfig)
    state_dir: Annotated[
        Path,
        BeforeValidator(_state_dir),
        text(
            title="State folder",
            zh="状态目录",
            description="Where open incidents, undelivered events and their pictures are kept. "
            "A relative path begins at the site file's folder, so that the same file finds the "
            "same state wherever the command is started.",
            expected="a path",
            default_words="lifelane-data/SITE beside the site file",
            validate_default=True,
        ),
    ] = Field(default_factory=_default_state_dir)
    cameras: Annotated[
        tuple[Camera, ...],
        BeforeValidator(_at_least_one),
        text(
            title="Cameras",
            zh="摄像机",
            description="The cameras of this site, at least one.",
            expected="a list of cameras, each beginning with '- id: …'",
            example="[{id: lane-1, source: clips/lane.mp4, place: fire_lane}]",
        ),
    ]

    @property
    def state_path(self) -> Path:
        """The state folder."""
        return self.state_dir

    def camera(self, camera_id: str) -> Camera:
        """The camera with this id.

        Raises:
            ConfigError: There is none; the message lists those there are.
        """
        for each in self.cameras:
            if each.id == camera_id:
                return each
        known = [each.id for each in self.cameras]
        meant = did_you_mean(camera_id, known)
        hint = f"; did you mean {meant}?" if meant else ""
        raise ConfigError(
            f"site {self.site}: there is no camera {camera_id!r}{hint} The file has: "
            f"{', '.join(known)}"
        )

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        # Files are checked camera by camera before; this guards sites that are built in code.
        for what, ids in (
            ("camera", [each.id for each in self.cameras]),
            ("sink", [each.id for each in self.sinks]),
            *(
                (f"zone of camera {each.id}", [zone.id for zone in each.zones])
                for each in self.cameras
            ),
        ):
            for index, each_id in enumerate(ids):
                if each_id in ids[:index]:
                    raise wrong(
                        f"two of {what} have one id",
                        expected="each id once",
                        found=describe(each_id),
                    )
        return self
