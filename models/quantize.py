"""Makes the INT8 twin of an exported model: <name>.onnx -> <name>.int8.onnx.

    python models/quantize.py models/lifelane-n.onnx

Static quantisation by onnxruntime: weights per channel, activations by the pictures of the
training lists (never a test or validation picture), as QuantizeLinear/DequantizeLinear pairs, so
that any runtime can read it. The first three blocks and what turns class scores and box distances
into the output stay in float32. Weights have seven bits: CPUs without VNNI would overflow with
eight.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

__all__ = ["calibration_pictures", "main", "quantize", "speed_gain"]

DATA = HERE.parent / ".cache" / "datasets" / "lifelane"
STILLS = HERE.parent / ".cache" / "synth" / "stills"
SIZE_PX = 416
# Operators that gain most of the speed; the rest follows them in INT8 or stays as it is.
OPERATORS = ("Conv", "Concat", "MaxPool", "Resize", "Add", "Mul", "Sigmoid", "Split")
# Patterns of node names. In the first blocks (large maps, few channels) INT8 gains next to nothing
# and loses the most (models/experiments/README.md). Of the head only the last convolution of each
# branch has to stay, with all that turns its numbers into boxes.
KEEP = (r"^/model\.[012]/", r"^/model\.23/(?!cv[23]\.\d/cv[23]\.\d\.[01]/)")
_TIMED_RUNS = 15


def calibration_pictures(count: int, *, seed: int = 0) -> list[Path]:
    """Return training pictures, half of them rendered, all sets and places among them."""
    from train import still_split

    draw = random.Random(seed)
    lists = sorted(DATA.glob("train_*.txt"))
    real = [Path(p) for part in lists for p in part.read_text(encoding="utf-8").splitlines()]
    rendered = [p for p in sorted((STILLS / "images").glob("*")) if still_split(p.stem) == "train"]
    half = min(len(rendered), count // 2)
    return draw.sample(rendered, half) + draw.sample(real, min(len(real), count - half))


def _input(path: Path) -> NDArray[np.float32]:
    from pipeline.detectors.letterbox import fit_letterbox

    image = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
    box = fit_letterbox(image.shape[:2], size_px=SIZE_PX, stride=32, padding="square")
    rgb = box.apply(image)[:, :, ::-1].transpose(2, 0, 1)
    return (rgb[None].astype(np.float32) / 255).astype(np.float32)


def quantize(
    source: Path,
    target: Path,
    pictures: Sequence[Path],
    *,
    operators: Sequence[str] = OPERATORS,
    keep: Sequence[str] = KEEP,
) -> None:
    """Quantise `source` into `target`; nodes whose name fits a pattern of `keep` stay float32."""
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left: Iterator[Path] = iter(pictures)

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            path = next(self._left, None)
            return None if path is None else {"images": _input(path)}

    with tempfile.TemporaryDirectory() as scratch:
        ready = Path(scratch) / "ready.onnx"
        quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
        graph = onnx.load(ready)
        left_out = [
            n.name for n in graph.graph.node if any(re.search(each, n.name) for each in keep)
        ]
        quantize_static(
            str(ready),
            str(target),
            Reader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(operators),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=left_out,
        )
    finished = onnx.load(target)
    original = onnx.load(source)
    del finished.metadata_props[:]
    for entry in original.metadata_props:
        finished.metadata_props.add(key=entry.key, value=entry.value)
    onnx.save(finished, target)


def speed_gain(source: Path, target: Path, *, hw: tuple[int, int] = (384, 640)) -> float:
    """Return how many times faster `target` is on one thread, the two measured in turns."""
    import onnxruntime

    sessions = []
    for path in (source, target):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        sessions.append(
            onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        )
    images = np.random.default_rng(0).random((1, 3, *hw), np.float32)
    took_s: list[list[float]] = [[], []]
    for _ in range(_TIMED_RUNS):
        for session, times_s in zip(sessions, took_s, strict=True):
            begun_s = time.thread_time()
            session.run(None, {"images": images})
            times_s.append(time.thread_time() - begun_s)
    plain_s, fast_s = (sorted(times_s)[_TIMED_RUNS // 4] for times_s in took_s)
    return round(plain_s / fast_s, 2)


def main() -> int:
    """Quantise one file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("--target", type=Path, help="default: <source>.int8.onnx beside it")
    parser.add_argument("--pictures", type=int, default=128)
    parser.add_argument("--keep", nargs="*", default=list(KEEP))
    options = parser.parse_args()
    target = options.target or options.source.with_suffix(".int8.onnx")
    quantize(options.source, target, calibration_pictures(options.pictures), keep=options.keep)
    gain = speed_gain(options.source, target)
    print(f"{target.name}: {target.stat().st_size} bytes, {gain:g} times as fast")
    return 0


if __name__ == "__main__":
    sys.exit(main())
