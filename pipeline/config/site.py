"""A whole site file: who, where events go, which model, which cameras."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from pipeline.config.addresses import api_url, resolve_path
from pipeline.config.camera import Camera
from pipeline.config.fields import SiteModel, fraction, number, text, whole, wrong
from pipeline.config.problems import describe, did_you_mean
from pipeline.config.words import Identifier, Label, one_of
from pipeline.errors import ConfigError

__all__ = ["IncidentApi", "ModelConfig", "Site"]

_KEY_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_PROVIDERS = (
    "CPUExecutionProvider",
    "CUDAExecutionProvider",
    "TensorrtExecutionProvider",
    "OpenVINOExecutionProvider",
    "CANNExecutionProvider",
    "DmlExecutionProvider",
    "CoreMLExecutionProvider",
    "ROCMExecutionProvider",
    "MIGraphXExecutionProvider",
    "QNNExecutionProvider",
    "RknpuExecutionProvider",
    "ACLExecutionProvider",
    "ArmNNExecutionProvider",
    "DnnlExecutionProvider",
    "XnnpackExecutionProvider",
)
_WEIGHTS = (".onnx", ".pt")
_STEP_PX = 32


def _key_env(value: Any) -> str:
    # An API key pasted here by mistake must not be shown: only its length is.
    if not isinstance(value, str) or not _KEY_NAME.fullmatch(value):
        raise wrong(
            "name the environment variable that holds the key, never the key itself",
            expected="a name in capitals, such as LIFELANE_API_KEY",
            found=f"a text of {len(value)} characters (not shown)"
            if isinstance(value, str)
            else describe(value),
        )
    return value


def _backend(value: Any) -> str:
    return one_of(
        value,
        ("onnx", "ultralytics"),
        what="backend",
        also={
            "torch": "ultralytics",
            "pt": "ultralytics",
            "onnxruntime": "onnx",
            "yolo": "ultralytics",
        },
    )


def _providers(value: Any) -> tuple[str, ...]:
    expected = "a list of onnxruntime's execution providers, best first"
    if not isinstance(value, list | tuple) or not value:
        raise wrong(
            "write a list, even of one: [CPUExecutionProvider]",
            expected=expected,
            found=describe(value),
        )
    for index, name in enumerate(value):
        if not isinstance(name, str) or name not in _PROVIDERS:
            short = {each.removesuffix("ExecutionProvider").lower(): each for each in _PROVIDERS}
            meant = did_you_mean(name, _PROVIDERS, short) if isinstance(name, str) else ""
            raise wrong(
                "unknown execution provider" + (f": did you mean {meant}?" if meant else ""),
                expected=expected,
                found=describe(name),
                index=index,
            )
    return tuple(value)


def _model_name(value: Any, info: ValidationInfo) -> str:
    expected = "default, a name that `lifelane models` lists, or a path to an .onnx or .pt file"
    if not isinstance(value, str) or not value.strip():
        raise wrong("name the model", expected=expected, found=describe(value))
    name = value.strip()
    if name.endswith(_WEIGHTS):
        return str(resolve_path(name, info))
    if "/" in name or "\\" in name:
        raise wrong("weights end in .onnx or .pt", expected=expected, found=describe(value))
    return name


def _input_size(value: int | None) -> int | None:
    if value is not None and value % _STEP_PX:
        near = max(_STEP_PX, round(value / _STEP_PX) * _STEP_PX)
        raise wrong(
            f"the model works in steps of {_STEP_PX} pixels: write {near}",
            expected=f"a multiple of {_STEP_PX}",
            found=str(value),
        )
    return value


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
        BeforeValidator(_key_env),
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


class ModelConfig(SiteModel):
    """Which detector looks at the pictures."""

    name: Annotated[
        str,
        BeforeValidator(_model_name),
        text(
            title="Model",
            zh="模型",
            description="`default`, a name that `lifelane models` lists, or a path to your own "
            "weights (.onnx or .pt, relative to the site file).",
            expected="a model's name or a path",
        ),
    ] = "default"
    backend: Annotated[
        Literal["onnx", "ultralytics"],
        BeforeValidator(_backend),
        text(
            title="Backend",
            zh="推理后端",
            description="`onnx` runs everywhere; `ultralytics` needs the extra `train`.",
            expected="onnx or ultralytics",
        ),
    ] = "onnx"
    input_size: Annotated[
        int | None,
        whole(
            ge=64,
            le=2048,
            unit="px",
            what=f"a multiple of {_STEP_PX}",
            title="Input size",
            zh="输入尺寸",
            description="Longest side of the picture that the model sees.",
            default_words="the model's own",
        ),
        AfterValidator(_input_size),
    ] = None
    confidence: Annotated[
        float | None,
        fraction(
            title="Confidence",
            zh="置信度",
            description="Detections below this are dropped before tracking.",
            default_words="the model's own",
        ),
    ] = None
    iou: Annotated[
        float | None,
        fraction(
            title="Overlap",
            zh="重叠阈值",
            description="Two boxes of one class that overlap more than this count as one.",
            default_words="the model's own",
        ),
    ] = None
    providers: Annotated[
        tuple[str, ...],
        BeforeValidator(_providers),
        text(
            title="Execution providers",
            zh="执行后端",
            description="onnxruntime's execution providers, best first.",
            expected="a list of onnxruntime's execution providers",
        ),
    ] = ("CPUExecutionProvider",)
    threads: Annotated[
        int | None,
        whole(
            ge=1,
            le=256,
            unit="threads",
            what="a whole number",
            title="Threads",
            zh="线程数",
            description="Threads for one picture.",
            default_words="the CPUs there are, four at most",
        ),
    ] = None

    def detector_options(self) -> dict[str, Any]:
        """The arguments of `pipeline.detectors.open_detector`."""
        is_path = self.name.endswith(_WEIGHTS)
        return {
            "model": Path(self.name) if is_path else self.name,
            "backend": self.backend,
            "input_size": self.input_size,
            "confidence": self.confidence,
            "iou": self.iou,
            "providers": self.providers,
            "threads": self.threads,
        }


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
            default_words="none",
        ),
    ] = None
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
