"""Chooses how far to go from the grafted base to the tuned weights, and where "ebike" begins.

    python models/mix.py models/runs/lifelane-n-v1/graft.pt models/runs/lifelane-n-v1/round-3

WiSE-FT interpolation: every alpha is measured on the pictures of datasets/choosing.yaml, never on a
test set. The winner has the best score among those that keep the base's vehicles. Then the e-bike's
scores are moved by a constant, so that at the working threshold one picture in a hundred without an
e-bike is called one. Saved as <run>/mixed.pt, the table as <run>/mix.json.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from head_surgery import (  # noqa: E402
    load_detector,
    mix_weights,
    save_checkpoint,
    shift_confidence,
)
from taxonomy import load_taxonomy  # noqa: E402

__all__ = ["choose", "ebike_shift", "main", "measure", "score"]

SUITE = HERE.parent / "datasets" / "choosing.yaml"
ALLOWED_LOSS = 0.01  # of the base's mAP50 of vehicles
# COCO has nothing of the kind: these rows are the tuned model's own, whatever alpha is.
LEARNT = ("tricycle", "wheelchair", "pram", "trolley", "carton", "furniture", "bundle")
LARGEST_SHIFT = 1.5  # logits; more would be repairing, not matching


def measure(weights: Path, *, size_px: int, suite: Path = SUITE) -> dict[str, Any]:
    """Return the figures of `lifelane evaluate detect` for a checkpoint on the choosing suite."""
    from pipeline.detectors import open_detector
    from pipeline.evaluate.detection import evaluate_pictures
    from pipeline.evaluate.pictures import load_picture_suite

    backend = "ultralytics" if weights.suffix == ".pt" else "onnx"
    detector = open_detector(weights, backend=backend, input_size=size_px, confidence=0.01, iou=0.5)
    outcome = evaluate_pictures(
        load_picture_suite(suite), root=suite.parent, detector=detector, confidence=0.35
    )
    return outcome.to_json(rounds=1)


def score(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return what a choice rests on: vehicles, two-wheelers, wheelchairs, rendered, lifts."""
    sets, lift = figures["sets"], figures["lift"]["all"]
    parts = {
        "vehicles": sets["street_vehicles"]["map50"],
        "two_wheelers": sets["street_two_wheelers"]["map50"],
        "wheelchair": sets["wheelchair"]["map50"],
        "rendered": sets["rendered"]["map50"],
        "lift_recall": lift["recall_at_1_percent"],
        "confidence_at_1_percent": lift["confidence_at_1_percent"],
    }
    # The lift is the point: it counts twice.
    parts["score"] = round(
        (
            parts["two_wheelers"]
            + parts["wheelchair"]
            + parts["rendered"]
            + parts["vehicles"]
            + 2 * parts["lift_recall"]
        )
        / 6,
        4,
    )
    return parts


def choose(
    rows: Sequence[Mapping[str, float]], *, allowed_loss: float = ALLOWED_LOSS
) -> Mapping[str, float]:
    """Return the row with the best `score` whose `vehicles` are within reach of alpha 0's.

    Where no row keeps the vehicles, the one that keeps most of them wins.
    """
    base = min(rows, key=lambda r: r["alpha"])
    tuned = [r for r in rows if r["alpha"] > 0]
    able = [r for r in tuned if r["vehicles"] >= base["vehicles"] - allowed_loss]
    return max(able, key=lambda r: r["score"]) if able else max(tuned, key=lambda r: r["vehicles"])


def ebike_shift(limit: float, working: float) -> float:
    """Return the logits to add so that what scored `limit` scores `working`, within bounds."""
    logits = [math.log(v / (1 - v)) for v in (max(limit, 0.02), working)]
    return round(min(max(logits[1] - logits[0], -LARGEST_SHIFT), LARGEST_SHIFT), 3)


def main() -> int:
    """Sweep, print the table, save the winner."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path, help="grafted base")
    parser.add_argument("run", type=Path, help="folder of the stage that is the tuned end")
    parser.add_argument("--alphas", type=float, nargs="+", default=[0.6, 0.8, 1.0])
    parser.add_argument("--size", type=int, default=416)
    parser.add_argument("--working", type=float, default=0.35, help="the working threshold")
    options = parser.parse_args()
    taxonomy = load_taxonomy()
    base = load_detector(options.base)
    tuned = load_detector(options.run / "weights" / "last.pt")
    learnt = [taxonomy.id_of(name) for name in LEARNT]
    rows = []
    for alpha in sorted({0.0, *options.alphas}):
        candidate = options.run / "candidate.pt"
        mixed = mix_weights(base, tuned, alpha, learnt=learnt if alpha > 0 else ())
        save_checkpoint(mixed, candidate, note=f"alpha {alpha}")
        rows.append({"alpha": alpha, **score(measure(candidate, size_px=options.size))})
        print(json.dumps(rows[-1]), flush=True)
    best = choose(rows)
    shift = ebike_shift(best["confidence_at_1_percent"], options.working)
    mixed = shift_confidence(
        mix_weights(base, tuned, best["alpha"], learnt=learnt), {taxonomy.id_of("ebike"): shift}
    )
    note = f"alpha {best['alpha']}, ebike {shift:+} logits"
    save_checkpoint(mixed, options.run / "mixed.pt", note=note)
    table = {"size_px": options.size, "rows": rows, "chosen": dict(best), "ebike_shift": shift}
    (options.run / "mix.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print(f"chosen: {note}; saved as {options.run / 'mixed.pt'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
