"""The optional detector: ultralytics and torch, for training machines and as a cross-check."""

import os
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.detectors.protocol import MAX_DETECTIONS, Padding, check_images
from pipeline.errors import ModelError
from pipeline.types import Detections

__all__ = ["UltralyticsDetector", "import_quietly"]


def import_quietly() -> ModuleType:
    """Import ultralytics with telemetry, downloads and chatter off.

    Raises:
        ModelError: It is not installed.
    """
    # Read once, when ultralytics is first imported: no events, no crash reports, no update
    # check, no installing of packages, nothing printed to standard output.
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ.setdefault("YOLO_VERBOSE", "false")
    # It replaces PIL's `open` by one that wants another HEIC package and hides PIL's reasons;
    # photos are opened before they come here, by the real one.
    pil_open = Image.open
    try:
        import ultralytics  # noqa: PLC0415  (torch takes seconds; only this backend needs it)
        from ultralytics.utils.events import events  # noqa: PLC0415
    except ImportError as error:
        raise ModelError(
            f"the backend 'ultralytics' cannot start ({error}); install it with"
            " pip install 'lifelane[train]', or use the backend 'onnx'"
        ) from error
    finally:
        Image.open = pil_open
    # Somebody may have imported it before us without those switches.
    events.enabled = False
    if ultralytics.settings.get("sync"):
        ultralytics.settings.update({"sync": False})  # type: ignore[no-untyped-call]
    module: ModuleType = ultralytics
    return module


class UltralyticsDetector:
    """Implements ``Detector`` with a checkpoint and ultralytics.

    Opening a checkpoint runs code that lies in it: open only files whose origin you know.

    Args:
        path: The ``.pt`` file. It must exist; nothing is downloaded.
        classes: Names that the checkpoint must have; None = take its own.
        model_version: Name and version of the weights.
        input_size: Side length of the model's input in pixels, a multiple of its stride.
        confidence: Boxes at or below this are dropped, in [0, 1].
        iou: Overlap above which boxes of one class are doubles, in [0, 1].
        threads: Threads of torch; None = as torch and ultralytics choose.
        padding: How much padding a picture gets.

    Raises:
        ModelError: ultralytics is missing, or the file is missing, no checkpoint of a
            detector, or has other classes.
    """

    def __init__(
        self,
        path: Path,
        *,
        model_version: str,
        input_size: int,
        confidence: float,
        iou: float,
        classes: Sequence[str] | None = None,
        threads: int | None = None,
        padding: Padding = "minimum",
    ) -> None:
        if path.suffix != ".pt":
            raise ModelError(f"{path}: the backend 'ultralytics' opens .pt files only")
        if not path.is_file():
            raise ModelError(f"{path}: there is no such model file; nothing is ever downloaded")
        ultralytics = import_quietly()
        try:
            self._model: Any = ultralytics.YOLO(str(path), task="detect", verbose=False)
            names = self._model.names
        except Exception as error:  # unpickling raises whatever the file makes it raise
            raise ModelError(
                f"{path}: cannot be opened as a checkpoint: {type(error).__name__}: {error}"
            ) from error
        if self._model.task != "detect":
            raise ModelError(f"{path}: is a model for {self._model.task!r}; expected 'detect'")
        self._classes = tuple(str(names[key]) for key in sorted(names))
        if classes is not None and self._classes != tuple(classes):
            raise ModelError(
                f"{path}: expected the classes {list(classes)}, found {list(self._classes)}"
            )
        stride = int(max(self._model.model.stride))
        if input_size < 2 * stride or input_size % stride:
            raise ModelError(
                f"input_size: expected a multiple of the model's stride {stride}, at least"
                f" {2 * stride}, got {input_size}"
            )
        self._model_version = model_version
        self._threads = threads
        self._options = {
            "imgsz": input_size,
            "conf": confidence,
            "iou": iou,
            "max_det": MAX_DETECTIONS,
            "rect": padding == "minimum",
            "verbose": False,
            "save": False,
        }

    @property
    def classes(self) -> tuple[str, ...]:
        """Names that ``Detections.class_id`` indexes."""
        return self._classes

    @property
    def model_version(self) -> str:
        """Name and version of the weights."""
        return self._model_version

    @property
    def batch_size(self) -> int:
        """How many pictures at once are fastest."""
        return 1

    def resized(self, input_size: int) -> "UltralyticsDetector":
        """The same weights looking at pictures of another size; nothing is loaded again."""
        twin = copy(self)
        twin._options = self._options | {"imgsz": input_size}  # noqa: SLF001  (a twin of our own)
        return twin

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """Find the boxes of each picture; see ``Detector.detect``.

        Raises:
            ValueError: A picture is not ``(H, W, 3)`` uint8, or is empty.
        """
        check_images(images)
        # Pictures of several sizes in one call would all be padded to the full square.
        groups: dict[tuple[int, ...], list[int]] = {}
        for index, image in enumerate(images):
            groups.setdefault(image.shape, []).append(index)
        results = [Detections.empty()] * len(images)
        for group in groups.values():
            self._limit_threads()
            batch = [np.ascontiguousarray(images[index]) for index in group]
            for index, result in zip(
                group, self._model.predict(batch, **self._options), strict=True
            ):
                results[index] = _to_detections(result.boxes)
        return results

    def _limit_threads(self) -> None:
        if self._threads is not None:
            import torch  # noqa: PLC0415

            torch.set_num_threads(self._threads)


def _to_detections(boxes: Any) -> Detections:
    confidence = boxes.conf.cpu().numpy().astype(np.float32)
    order = np.argsort(-confidence, kind="stable")
    found = Detections(
        xyxy=boxes.xyxy.cpu().numpy().astype(np.float32).reshape(-1, 4),
        confidence=confidence,
        class_id=boxes.cls.cpu().numpy().astype(np.int64),
    )[order]
    xyxy = found.xyxy
    visible = (xyxy[:, 2] > xyxy[:, 0]) & (xyxy[:, 3] > xyxy[:, 1]) & np.isfinite(xyxy).all(axis=1)
    return found[visible]
