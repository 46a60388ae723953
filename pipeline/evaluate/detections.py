"""The detector of a suite, and detections kept on disk: rules change oftener than weights."""

import hashlib
from collections.abc import Sequence
from copy import copy
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.detectors import Detector, open_detector
from pipeline.evaluate.suite import Suite
from pipeline.rules import hold_confidence
from pipeline.types import Detections

__all__ = ["KeptDetections", "open_suite_detector"]


class KeptDetections:
    """A detector that looks at the same picture only once.

    What it saw is kept under the digest of the pixels, of the model's name and of the
    confidence, so nothing stale is ever believed. Several processes may share the folder.

    Args:
        detector: What looks.
        folder: Where it is kept; made if need be.
        confidence: Lowest confidence that ``detector`` reports, part of the key.
    """

    def __init__(self, detector: Detector, *, folder: Path, confidence: float) -> None:
        self._detector = detector
        self._salt = f"{detector.model_version}|{confidence:g}".encode()
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def classes(self) -> tuple[str, ...]:
        """See ``Detector``."""
        return self._detector.classes

    @property
    def model_version(self) -> str:
        """See ``Detector``."""
        return self._detector.model_version

    @property
    def batch_size(self) -> int:
        """See ``Detector``."""
        return self._detector.batch_size

    def resized(self, input_size: int) -> "KeptDetections":
        """See ``Detector``; what is seen at another size is kept under another key."""
        twin = copy(self)
        twin._detector = self._detector.resized(input_size)  # noqa: SLF001  (a twin of our own)
        twin._salt = self._salt + f"|{input_size}".encode()  # noqa: SLF001  (likewise)
        return twin

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """See ``Detector``."""
        files = [self._file(image) for image in images]
        new = [index for index, file in enumerate(files) if not file.is_file()]
        for index, found in zip(
            new, self._detector.detect([images[index] for index in new]) if new else (), strict=True
        ):
            self._keep(files[index], found)
        return [_read(file) for file in files]

    def _file(self, image: NDArray[np.uint8]) -> Path:
        digest = hashlib.blake2b(self._salt, digest_size=16)
        digest.update(str(image.shape).encode())
        digest.update(np.ascontiguousarray(image).data)
        name = digest.hexdigest()
        return self._folder / name[:2] / f"{name}.npy"

    def _keep(self, file: Path, found: Detections) -> None:
        rows = np.column_stack([found.xyxy, found.confidence, found.class_id]).astype(np.float32)
        file.parent.mkdir(exist_ok=True)
        half = file.with_suffix(f".{id(found)}.part")
        with half.open("wb") as target:
            np.save(target, rows)
        half.replace(file)


def _read(file: Path) -> Detections:
    rows = np.load(file)
    return Detections(
        xyxy=np.ascontiguousarray(rows[:, :4]),
        confidence=np.ascontiguousarray(rows[:, 4]),
        class_id=rows[:, 5].astype(np.int64),
    )


def open_suite_detector(suite: Suite, *, model: str, cache: Path | None) -> Detector:
    """Open the weights, reporting boxes as weak as the suite's most lenient zone can use.

    Raises:
        ModelError: The weights are missing, changed, or do not fit.
    """
    zones = [zone.to_zone() for clip in suite.clips for zone in clip.zones]
    confidence = min(hold_confidence(zone) for zone in zones)
    detector = open_detector(model=model, confidence=confidence)
    if cache is None:
        return detector
    return KeptDetections(detector, folder=cache, confidence=confidence)
