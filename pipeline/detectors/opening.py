"""From a name or a path to a detector that runs."""

import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.detectors.protocol import Backend, Detector, Padding
from pipeline.detectors.registry import ModelEntry, load_registry
from pipeline.detectors.verify import check_sha256
from pipeline.errors import ModelError

__all__ = ["DEFAULT_CONFIDENCE", "DEFAULT_INPUT_SIZE", "DEFAULT_IOU", "open_detector"]

# For a user's own weights, of which no registry says anything better.
DEFAULT_CONFIDENCE = 0.25
DEFAULT_IOU = 0.7
DEFAULT_INPUT_SIZE = 640
_DEFAULT_STRIDE = 32


def open_detector(
    model: str | Path = "default",
    *,
    backend: Backend = "onnx",
    input_size: int | None = None,
    confidence: float | None = None,
    iou: float | None = None,
    providers: Sequence[str] = ("CPUExecutionProvider",),
    threads: int | None = None,
    padding: Padding = "minimum",
) -> Detector:
    """Open a released model by name, or somebody's own weights by path.

    Args:
        model: A name of the registry, ``default``, or the path of an ``.onnx`` or ``.pt`` file.
        backend: ``onnx``, or ``ultralytics`` (needs the extra ``train``).
        input_size: Side length of the model's input in pixels; None = the model's own.
        confidence: Boxes at or below this are dropped, in [0, 1]; None = the model's own.
        iou: Overlap above which boxes of one class are doubles; None = the model's own.
        providers: Execution providers of onnxruntime in order of preference.
        threads: Threads for one picture; None = the CPUs there are, four at most.
        padding: How much padding a picture gets.

    Raises:
        ModelError: No such model, its file is missing or changed since its release, or it does
            not fit; the message says how to mend it.
    """
    _check_share("confidence", confidence)
    _check_share("iou", iou)
    if backend not in ("onnx", "ultralytics"):
        raise ModelError(f"backend: expected 'onnx' or 'ultralytics', got {backend!r}")
    entry = None if _is_path(model) else load_registry().get(str(model))
    if entry is not None:
        path = _released_file(entry, backend)
        confidence = entry.confidence if confidence is None else confidence
        iou = entry.iou if iou is None else iou
        input_size = input_size or entry.default_input_size
    else:
        path = Path(model).expanduser()
        _check_suffix(path, backend)
        confidence = DEFAULT_CONFIDENCE if confidence is None else confidence
        iou = DEFAULT_IOU if iou is None else iou
    model_version = entry.model_version if entry else f"{path.stem}@unregistered"
    if backend == "ultralytics":
        # Imported here: a machine without the extra `train` never comes this far.
        from pipeline.detectors.ultralytics_detector import UltralyticsDetector  # noqa: PLC0415

        return UltralyticsDetector(
            path,
            classes=entry.classes if entry else None,
            model_version=model_version,
            input_size=input_size or DEFAULT_INPUT_SIZE,
            confidence=confidence,
            iou=iou,
            threads=threads,
            padding=padding,
        )
    # Imported here: reading the registry or a site file needs no onnxruntime.
    from pipeline.detectors.onnx_detector import OnnxDetector  # noqa: PLC0415
    from pipeline.detectors.onnx_model import OnnxModel  # noqa: PLC0415

    opened = OnnxModel(path, providers=providers, threads=threads)
    fixed = opened.fixed_hw[0] if opened.fixed_hw else None
    return OnnxDetector(
        opened,
        classes=entry.classes if entry else _own_classes(path, opened.classes),
        model_version=model_version,
        input_size=input_size or fixed or DEFAULT_INPUT_SIZE,
        stride=entry.stride if entry else opened.stride or _DEFAULT_STRIDE,
        confidence=confidence,
        iou=iou,
        end_to_end=entry.end_to_end if entry else opened.end_to_end,
        padding=padding,
    )


def _is_path(model: str | Path) -> bool:
    if isinstance(model, Path):
        return True
    return model.endswith((".onnx", ".pt")) or "/" in model or os.sep in model


def _check_suffix(path: Path, backend: Backend) -> None:
    expected = ".onnx" if backend == "onnx" else ".pt"
    if path.suffix == expected:
        return
    if path.suffix == ".pt":
        raise ModelError(
            f"{path}: a .pt checkpoint needs the backend 'ultralytics' (--backend ultralytics,"
            " extra 'train'); or export it to .onnx and use that"
        )
    raise ModelError(f"{path}: the backend {backend!r} opens {expected} files")


def _released_file(entry: ModelEntry, backend: Backend) -> Path:
    if backend == "onnx":
        check_sha256(entry.file, entry.sha256)
        return entry.file
    if entry.weights_pt is None or entry.weights_pt_sha256 is None:
        raise ModelError(f"model {entry.name!r} was released without a .pt checkpoint")
    if not entry.weights_pt.is_file():
        raise ModelError(
            f"{entry.weights_pt}: the checkpoint is not part of an installed package; use the"
            " backend 'onnx', or run from a checkout of LifeLane"
        )
    # A checkpoint is code: it is opened only if it is the released one.
    check_sha256(entry.weights_pt, entry.weights_pt_sha256)
    return entry.weights_pt


def _own_classes(path: Path, names: tuple[str, ...] | None) -> tuple[str, ...]:
    if names is None:
        raise ModelError(
            f"{path}: carries no class names. Export it with ultralytics, which writes them"
            " (metadata field 'names'), or add that field yourself: {0: 'person', 1: ...}"
        )
    return names


def _check_share(name: str, value: float | None) -> None:
    if value is not None and not 0 <= value <= 1:
        raise ModelError(f"{name}: expected a number from 0 to 1, got {value}")
