"""Releases a checkpoint, unless it is worse than what is released: `make release-model`.

    make release-model CANDIDATE=models/runs/lifelane-n-v1/round-3/mixed.pt VERSION=0.2.0

Exports the candidate (float32 and INT8), measures both and the released model on the pictures of
datasets/evaluation.yaml, and compares the figures of guarded.yaml. A candidate that is worse on any
of them is refused with exit code 1 and nothing is written. Else files, registry and reports are.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

__all__ = ["GateError", "Guarded", "compare", "figure_at", "main", "read_guarded"]

SUITE = HERE.parent / "datasets" / "evaluation.yaml"
REPORTS = HERE / "reports"
INT8_LOSS = 0.01  # that INT8 may cost, on each of these:
INT8_GUARDED = (
    "sets.street_vehicles.map50",
    "sets.rendered.map50",
    "lift.real.recall.working",
)


class GateError(ValueError):
    """The list of guarded figures is wrong; the message names the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """One figure of the gate; `tolerance` is how far a candidate may fall behind."""

    figure: str
    higher: bool
    tolerance: float


def read_guarded(path: Path) -> list[Guarded]:
    """Read guarded.yaml; raises GateError naming the entry that is wrong."""
    guarded = []
    for number, body in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))["guarded"], 1):
        if set(body) != {"figure", "better", "tolerance"}:
            raise GateError(f"{path.name}: entry {number}: expected figure, better and tolerance")
        if body["better"] not in {"higher", "lower"} or float(body["tolerance"]) < 0:
            raise GateError(
                f"{path.name}: {body['figure']}: better is higher or lower, tolerance 0 or more;"
                f" found {body['better']!r} and {body['tolerance']!r}"
            )
        guarded.append(
            Guarded(
                figure=body["figure"],
                higher=body["better"] == "higher",
                tolerance=float(body["tolerance"]),
            )
        )
    return guarded


def figure_at(figures: Mapping[str, Any], path: str) -> float:
    """Return the figure at a dotted path; `working` is the report's working threshold."""
    value: Any = figures
    for word in path.split("."):
        key = f"{figures['confidence']:g}" if word == "working" else word
        if key not in value:
            raise GateError(
                f"the figures have no {path!r}: {key!r} is missing; was every set built?"
            )
        value = value[key]
    return float(value)


def compare(
    candidate: Mapping[str, Any], released: Mapping[str, Any], guarded: Sequence[Guarded]
) -> list[str]:
    """Return one line for each guarded figure on which the candidate is worse."""
    worse = []
    for each in guarded:
        new, old = figure_at(candidate, each.figure), figure_at(released, each.figure)
        behind = (old - new) if each.higher else (new - old)
        if behind > each.tolerance + 1e-9:
            worse.append(
                f"{each.figure}: {new:g}, released {old:g}; may fall behind by {each.tolerance:g}"
            )
    return worse


def measure(weights: Path, *, size_px: int, confidence: float, rounds: int = 300) -> dict[str, Any]:
    """Return the figures of `lifelane evaluate detect` for one exported file."""
    from pipeline.detectors import open_detector
    from pipeline.evaluate.detection import evaluate_pictures
    from pipeline.evaluate.pictures import load_picture_suite

    detector = open_detector(weights, input_size=size_px, confidence=0.01, iou=0.5)
    outcome = evaluate_pictures(
        load_picture_suite(SUITE), root=SUITE.parent, detector=detector, confidence=confidence
    )
    if outcome.failures:
        raise GateError("; ".join(why for _, why in outcome.failures))
    return outcome.to_json(rounds=rounds)


def int8_loss(plain: Mapping[str, Any], int8: Mapping[str, Any]) -> list[str]:
    """Return one line for each guarded figure that INT8 lowers by more than a point."""
    lost = []
    for path in INT8_GUARDED:
        new, old = figure_at(int8, path), figure_at(plain, path)
        if old - new > INT8_LOSS:
            lost.append(f"INT8 {path}: {new:g}, float32 {old:g}; may fall behind by {INT8_LOSS:g}")
    return lost


def main() -> int:
    """Export, measure, compare; release or refuse."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--name", default="lifelane-n")
    parser.add_argument("--version", required=True)
    parser.add_argument("--size", type=int, default=640, help="default input size, px")
    parser.add_argument("--confidence", type=float, default=0.35)
    parser.add_argument("--check-only", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    from export import export_onnx
    from head_surgery import load_detector, save_checkpoint
    from quantize import calibration_pictures, quantize, speed_gain
    from registry import describe_release, headline_figures, write_registry
    from taxonomy import load_taxonomy

    registry_file = HERE / "registry.toml"
    registry = tomllib.loads(registry_file.read_text(encoding="utf-8"))
    released = registry["models"].get(options.name)
    with tempfile.TemporaryDirectory() as scratch:
        stem = Path(scratch) / options.name
        pt, plain, int8 = (stem.with_suffix(s) for s in (".pt", ".onnx", ".int8.onnx"))
        note = f"{options.name} {options.version}"
        save_checkpoint(load_detector(options.checkpoint), pt, note=note)
        export_onnx(pt, plain, version=options.version)
        quantize(plain, int8, calibration_pictures(128))
        print("measuring the candidate, its INT8 twin, and what is released ...", flush=True)
        wanted = {"size_px": options.size, "confidence": options.confidence}
        figures = {"float32": measure(plain, **wanted), "int8": measure(int8, **wanted)}
        figures["int8"]["times_as_fast"] = speed_gain(plain, int8)
        print(f"INT8 is {figures['int8']['times_as_fast']:g} times as fast on this machine")
        lost = int8_loss(figures["float32"], figures["int8"])
        for line in lost:
            print(f"{line}: no INT8 twin is released")
        worse = []
        if released is not None:
            old = measure(
                HERE / released["file"],
                size_px=released["default_input_size"],
                confidence=released["confidence"],
                rounds=1,
            )
            figures["released"] = old
            worse = compare(figures["float32"], old, read_guarded(HERE / "guarded.yaml"))
        for line in worse:
            print(f"worse: {line}")
        if worse:
            print(f"{options.checkpoint.name} is refused.")
            return 1
        if options.check_only:
            print(f"{options.checkpoint.name} may be released.")
            return 0
        for file in (pt, plain) if lost else (pt, plain, int8):
            shutil.copyfile(file, HERE / file.name)
    entries: dict[str, Any] = {}
    twins = [(options.name, plain, "float32"), (f"{options.name}-int8", int8, "int8")]
    for name, file, key in twins[:1] if lost else twins:
        entries[name] = describe_release(
            name=options.name,
            version=options.version,
            onnx_file=HERE / file.name,
            weights_pt=HERE / pt.name,
            classes=load_taxonomy().names,
            confidence=options.confidence,
            default_input_size=options.size,
            figures=headline_figures(figures[key]),
        )
    write_registry(registry_file, {**registry["models"], **entries}, default=options.name)
    REPORTS.mkdir(exist_ok=True)
    report = REPORTS / f"{options.name}-{options.version}.json"
    report.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(
        f"released {options.name} {options.version}; figures in {report.relative_to(HERE.parent)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
