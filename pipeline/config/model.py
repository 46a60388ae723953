"""The detector's part of a site file."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from pipeline.config.addresses import resolve_path
from pipeline.config.fields import SiteModel, fraction, text, whole, wrong
from pipeline.config.problems import describe, did_you_mean
from pipeline.config.words import one_of

__all__ = ["ModelConfig", "in_steps"]

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
_ROUTINE_PX = 416


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


def in_steps(value: int | None) -> int | None:
    """Refuse an input size that the model cannot take."""
    if value is not None and value % _STEP_PX:
        near = max(_STEP_PX, round(value / _STEP_PX) * _STEP_PX)
        raise wrong(
            f"the model works in steps of {_STEP_PX} pixels: write {near}",
            expected=f"a multiple of {_STEP_PX}",
            found=str(value),
        )
    return value


class ModelConfig(SiteModel):
    """The detector, and how it runs."""

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
        AfterValidator(in_steps),
    ] = None
    routine_input_size: Annotated[
        int | None,
        whole(
            ge=64,
            le=2048,
            unit="px",
            what=f"a multiple of {_STEP_PX}",
            title="Input size of routine looks",
            zh="静态复检输入尺寸",
            description="Longest side of the picture when nothing has changed and nothing stands "
            "in a zone. What shows up is looked at again in full.",
            default_words=f"{_ROUTINE_PX} with a released model, else the model's own",
        ),
        AfterValidator(in_steps),
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

    @property
    def effective_routine_size(self) -> int | None:
        """Input size of routine looks in pixels; None is the model's own."""
        if self.routine_input_size is not None:
            return self.routine_input_size
        is_released = self.backend == "onnx" and not self.name.endswith(_WEIGHTS)
        is_smaller = self.input_size is None or self.input_size > _ROUTINE_PX
        return _ROUTINE_PX if is_released and is_smaller else None

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
