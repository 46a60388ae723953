"""Chooses how far to go from the grafted base to the tuned weights (WiSE-FT interpolation).

    python models/mix.py models/runs/lifelane-n-v0 mixed --alphas 0.3 0.5 0.7 0.85 1.0

Every alpha is measured on the validation lists and the rendered stills kept for choosing, never
on a test set. The winner has the best mean AP50 among those that keep the base's recall of cars
and people there. Then the scores of the classes that the base knew are moved by a constant each,
so that on the same validation pictures the things both models find get the base's confidence
again (thresholds of sites rest on it). The result is saved as <run>/mixed.pt.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from evaluate import DATA, STILLS, sample_photos  # noqa: E402
from head_surgery import (  # noqa: E402
    load_detector,
    mix_weights,
    save_checkpoint,
    shift_confidence,
)
from measure import (  # noqa: E402
    Labelled,
    Predictor,
    Seen,
    average_precision,
    best_confidence,
    count_matches,
    labelled_list,
)
from taxonomy import load_taxonomy  # noqa: E402
from train import still_split  # noqa: E402

__all__ = ["choose", "confidence_shift", "main"]

# Per validation list the classes that are measured: labelled by hand, or by the base model
# (riders), where the measure says how much of it is kept.
VAL = {
    "val_two_wheeler_riders": ("person", "bicycle", "ebike", "car"),
    "val_street_bike_car": ("ebike", "car", "bus"),
    "val_wheelchair": ("wheelchair", "person"),
    "val_indoor_furniture": ("furniture",),
}
ALLOWED_LOSS = 0.0125
KNOWN = ("person", "bicycle", "car", "truck", "bus")
# COCO has nothing of the kind: these rows are the tuned model's own, whatever alpha is.
LEARNT = ("tricycle", "wheelchair", "pram", "trolley", "carton", "furniture", "bundle")
CAR_SETS = ("val_two_wheeler_riders", "val_street_bike_car")
LARGEST_SHIFT = 0.8  # logits; more would be repairing, not matching
FEWEST_PAIRS = 10


def choose(
    rows: Sequence[dict[str, float]], *, allowed_loss: float = ALLOWED_LOSS
) -> dict[str, float]:
    """Return the row with the best `mean_ap50` whose `kept_recall` is within reach of alpha 0's.

    Rows hold alpha, mean_ap50 and kept_recall (of cars and people); the one with alpha 0 is the
    base. Where no row keeps the recall, the one that keeps most of it wins.
    """
    base = min(rows, key=lambda r: r["alpha"])
    able = [r for r in rows if r["kept_recall"] >= base["kept_recall"] - allowed_loss]
    tuned = [r for r in able if r["alpha"] > 0] or sorted(
        (r for r in rows if r["alpha"] > 0), key=lambda r: -r["kept_recall"]
    )[:1]
    return max(tuned, key=lambda r: r["mean_ap50"])


def confidence_shift(base: NDArray[np.float32], tuned: NDArray[np.float32]) -> float:
    """Return the logits to add so that `tuned` confidences match `base` ones in the median.

    Both (N,) in 0..1 for the same things, 0 where one was not found; such pairs do not count. The
    shift only raises, by at most LARGEST_SHIFT, and is 0 where fewer than FEWEST_PAIRS are left.
    """
    both = (base > 0.05) & (tuned > 0.05)
    if int(both.sum()) < FEWEST_PAIRS:
        return 0.0
    a, b = (np.clip(v[both], 1e-4, 1 - 1e-4) for v in (base, tuned))
    shift = float(np.median(np.log(a / (1 - a)) - np.log(b / (1 - b))))
    return min(max(shift, 0.0), LARGEST_SHIFT)


def main() -> int:
    """Sweep, print the table, save the winner."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("stage", help="stage whose last.pt is the tuned end")
    parser.add_argument("--alphas", type=float, nargs="+", default=[0.3, 0.5, 0.7, 0.85, 1.0])
    parser.add_argument("--stills-at-most", type=int, default=120)
    options = parser.parse_args()
    taxonomy = load_taxonomy()
    base = load_detector(options.run / "graft.pt")
    tuned = load_detector(options.run / options.stage / "weights" / "last.pt")
    data: dict[str, tuple[list[Labelled], tuple[str, ...]]] = {}
    for name, classes in VAL.items():
        paths = [Path(p) for p in (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()]
        data[name] = (labelled_list(paths), classes)
    stills = sorted(p for p in (STILLS / "images").glob("*") if still_split(p.stem) == "val")
    if stills:
        data["stills"] = (labelled_list(stills[: options.stills_at_most]), taxonomy.names)
    guarded = [taxonomy.id_of("car"), taxonomy.id_of("bus"), taxonomy.id_of("person")]
    learnt = [taxonomy.id_of(name) for name in LEARNT]
    rows = []
    kept: dict[float, list[tuple[Labelled, Seen]]] = {}
    for alpha in sorted({0.0, *options.alphas}):
        candidate = options.run / "candidate.pt"
        rows_own = learnt if alpha > 0 else ()
        save_checkpoint(
            mix_weights(base, tuned, alpha, learnt=rows_own), candidate, note=f"alpha {alpha}"
        )
        predict = Predictor(candidate)
        row: dict[str, float] = {"alpha": alpha}
        found = total = 0
        means = []
        for name, (pictures, classes) in data.items():
            seen = [predict(p.image) for p in pictures]
            values = average_precision(pictures, seen, [taxonomy.id_of(c) for c in classes])
            row[name] = round(float(np.mean(list(values.values()))), 4)
            means.append(row[name])
            if name in CAR_SETS:
                kept.setdefault(alpha, []).extend(zip(pictures, seen, strict=True))
                counts = count_matches(pictures, seen, guarded, confidence=0.25)
                found, total = found + counts.found, total + counts.found + counts.missed
        row["kept_recall"] = round(found / total, 4)
        row["mean_ap50"] = round(float(np.mean(means)), 4)
        rows.append(row)
        print(json.dumps(row), sample_photos(predict, taxonomy), flush=True)
    best = choose(rows)
    shifts = {}
    for name in KNOWN:
        class_id = taxonomy.id_of(name)
        before, after = (
            np.concatenate([best_confidence(d, s, class_id) for d, s in kept[alpha]])
            for alpha in (0.0, best["alpha"])
        )
        shifts[name] = round(confidence_shift(before, after), 3)
    mixed = shift_confidence(
        mix_weights(base, tuned, best["alpha"], learnt=learnt),
        {taxonomy.id_of(n): v for n, v in shifts.items()},
    )
    save_checkpoint(mixed, options.run / "mixed.pt", note=f"alpha {best['alpha']}, shifts {shifts}")
    (options.run / "mix.json").write_text(
        json.dumps({"rows": rows, "chosen": best, "shifts": shifts}, indent=1) + "\n",
        encoding="utf-8",
    )
    print(
        f"chosen: alpha {best['alpha']} of stage {options.stage}, logits added {shifts}, "
        f"saved as {options.run / 'mixed.pt'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
