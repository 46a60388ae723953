"""The cost of a patrol's photo, beside decoding and inference alone."""

import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pipeline.demo import find_clips
from pipeline.detectors import Detector, open_detector
from pipeline.detectors.onnx_model import default_threads
from pipeline.errors import ConfigError
from pipeline.evidence import encode_jpeg
from pipeline.review import Journal, Patrol, PlaceFinder, list_items
from pipeline.sources.photos import load_photo

__all__ = ["bench_review"]

_SIZE_WH = (1920, 1080)
_NOISE_LEVELS = 4.0


def bench_review(
    *, photos: int = 200, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Review photos made of the demo's clips, and decode and detect the same ones alone.

    Args:
        photos: How many 1920x1080 JPEG photos, each with grain of its own.
        progress: Told what is being measured.

    Returns:
        Photos a second of both, their ratio, and the most memory that this process took.

    Raises:
        ConfigError: The demo's clips are not there.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        progress("making photos")
        files = _make_photos(folder / "photos", photos)
        detector = open_detector(threads=1)
        progress("decoding and inference alone")
        alone = len(files) / _alone_s(files)
        progress("the review")
        out = folder / "out"
        out.mkdir()
        journal = Journal(out)
        patrol = Patrol(
            out,
            journal,
            detector=detector,
            places=PlaceFinder(),
            settings="bench",
            processes=default_threads(),
            timezone=UTC,
        )
        begun_s = time.perf_counter()
        records = list(patrol.run(list_items([folder / "photos"])))
        took_s = time.perf_counter() - begun_s
        sums = journal.counts()
        journal.close()
    ours = len(records) / took_s
    return {
        "bench": "review",
        "model": detector.model_version,
        "cpus": len(os.sched_getaffinity(0)),
        "photos": len(records),
        "outcomes": sums,
        "photos_a_second": round(ours, 1),
        "alone_a_second": round(alone, 1),
        "times_alone": round(alone / ours, 2),
        "most_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _make_photos(folder: Path, count: int) -> Sequence[Path]:
    folder.mkdir()
    random = np.random.default_rng(7)
    files = []
    for number, frame in enumerate(_frames(count)):
        # Each shows another part, or the review would pass them over as duplicates.
        height, width = (int(side * random.uniform(0.5, 0.95)) for side in frame.shape[:2])
        top = int(random.integers(frame.shape[0] - height))
        left = int(random.integers(frame.shape[1] - width))
        part = frame[top : top + height, left : left + width]
        large = cv2.resize(part, _SIZE_WH, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        grain = random.normal(0.0, _NOISE_LEVELS, large.shape).astype(np.float32)
        path = folder / f"{number:05}.jpg"
        path.write_bytes(encode_jpeg(np.clip(large + grain, 0, 255).astype(np.uint8)))
        files.append(path)
    return files


def _frames(count: int) -> Iterator[Any]:
    clips = [clip.file for clip in find_clips()]
    each = -(-count // len(clips))
    given = 0
    for clip in clips:
        capture = cv2.VideoCapture(str(clip))
        length = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        for number in range(each):
            capture.set(cv2.CAP_PROP_POS_FRAMES, number * length // each)
            is_read, frame = capture.read()
            if not is_read:
                raise ConfigError(f"{clip}: cannot be read; run this from a checkout of LifeLane")
            if given < count:
                given += 1
                yield frame
        capture.release()


def _alone_s(files: Sequence[Path]) -> float:
    """Seconds for nothing but decoding whole pictures and running the model, on all CPUs."""
    own = threading.local()

    def work(path: Path) -> None:
        if not hasattr(own, "detector"):
            own.detector = open_detector(threads=1)
        detector: Detector = own.detector
        detector.detect([load_photo(path).image])

    with ThreadPoolExecutor(default_threads()) as pool:
        list(pool.map(work, files[: default_threads() * 2]))  # the model is loaded, caches warm
        begun_s = time.perf_counter()
        list(pool.map(work, files))
        return time.perf_counter() - begun_s
