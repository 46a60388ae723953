"""Measures a released (or candidate) detector and writes its report.

    python models/evaluate.py models/lifelane-n.onnx --base <COCO yolo11n.pt>

Real test sets and rendered stills are reported apart. Pictures under lift_ebike/eval-only are
read here and nowhere else.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from measure import (  # noqa: E402
    Labelled,
    Predictor,
    Seen,
    average_precision,
    bootstrap,
    count_matches,
    image_rate,
    labelled_list,
)
from taxonomy import Taxonomy, load_taxonomy  # noqa: E402

__all__ = ["Report", "held_out_stills", "main", "report_text", "sample_photos", "set_figures"]

DATA = HERE.parent / ".cache" / "datasets" / "lifelane"
STILLS = HERE.parent / ".cache" / "synth" / "stills"
# Which classes each test set labels by hand.
HAND = {
    "lift_ebike": ("ebike", "person"),
    "street_bike_car": ("ebike", "car", "bus"),
    "wheelchair": ("wheelchair",),
    "indoor_furniture": ("furniture",),
}
THRESHOLDS = (0.25, 0.35, 0.5)
Report = dict[str, object]


def set_figures(
    data: Sequence[Labelled], seen: Sequence[Seen], taxonomy: Taxonomy, names: Sequence[str]
) -> Report:
    """Return per class: labelled boxes, AP50, recall and precision at 0.25 and 0.5."""
    figures: Report = {}
    precisions = average_precision(data, seen, [taxonomy.id_of(n) for n in names])
    for name in names:
        class_id = taxonomy.id_of(name)
        if class_id not in precisions:
            continue
        low = count_matches(data, seen, [class_id], confidence=0.25)
        high = count_matches(data, seen, [class_id], confidence=0.5)
        figures[name] = {
            "boxes": low.found + low.missed,
            "ap50": round(precisions[class_id], 4),
            "recall_at_25": round(low.recall, 4),
            "precision_at_25": round(low.precision, 4),
            "recall_at_50": round(high.recall, 4),
            "precision_at_50": round(high.precision, 4),
        }
    return figures


def sample_photos(predict: Predictor, taxonomy: Taxonomy) -> Report:
    """Return what is seen above 0.25 on the two photos of the ultralytics package."""
    from ultralytics import ASSETS

    result: Report = {}
    for name in ("bus.jpg", "zidane.jpg"):
        seen = predict(ASSETS / name)
        order = np.argsort(-seen.confidence)
        result[name] = [
            f"{taxonomy.names[int(seen.class_id[i])]} {seen.confidence[i]:.2f}"
            for i in order
            if seen.confidence[i] >= 0.25
        ]
    return result


def held_out_stills(stills: Path) -> list[Path]:
    """Return the rendered stills that are neither trained nor chosen on (every tenth seed)."""
    from train import still_split

    return sorted(p for p in (stills / "images").glob("*") if still_split(p.stem) == "test")


def _negatives(taxonomy: Taxonomy) -> dict[str, list[Path]]:
    sets = {
        name: _paths(f"test_{name}") for name in ("wheelchair", "corridor_clean", "kick_scooter")
    }
    ebike, bicycle = taxonomy.id_of("ebike"), taxonomy.id_of("bicycle")
    riders = labelled_list(_paths("test_two_wheeler_riders"))
    sets["bicycles (riders set without a motorcycle by the base model)"] = [
        r.image for r in riders if r.truth.of([bicycle]).any() and not r.truth.of([ebike]).any()
    ]
    return {k: v for k, v in sets.items() if v}


def _paths(name: str) -> list[Path]:
    path = DATA / f"{name}.txt"
    return (
        [Path(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if path.exists()
        else []
    )


def measure_model(predict: Predictor, taxonomy: Taxonomy, stills: Path, *, is_base: bool) -> Report:
    """Measure one model on every test set."""
    report: Report = {"photos": sample_photos(predict, taxonomy)}
    sets: Report = {}
    for name, classes in HAND.items():
        data = labelled_list(_paths(f"test_{name}"))
        if not data:
            continue
        seen = [predict(d.image) for d in data]
        sets[name] = {"pictures": len(data), "classes": set_figures(data, seen, taxonomy, classes)}
        if name == "street_bike_car":
            vehicles = [taxonomy.id_of("car"), taxonomy.id_of("bus")]
            counts = count_matches(data, seen, vehicles, confidence=0.25)
            per_picture = [
                count_matches([d], [s], vehicles, confidence=0.25).recall
                for d, s in zip(data, seen, strict=True)
                if d.truth.of(vehicles).any()
            ]
            report["vehicle_recall_at_25"] = round(counts.recall, 4)
            report["vehicle_recall_interval"] = [round(v, 3) for v in bootstrap(per_picture)]
            report["vehicle_map50"] = round(
                float(np.mean(list(average_precision(data, seen, vehicles).values()))), 4
            )
        if name == "lift_ebike":
            # The base model has no e-bike: a bicycle or a motorcycle counts for it too.
            either = [taxonomy.id_of("ebike")] + ([taxonomy.id_of("bicycle")] if is_base else [])
            report["lift_image_recall"] = {
                str(t): round(image_rate(seen, either, confidence=t), 4) for t in THRESHOLDS
            }
            report["lift_pictures"] = {
                d.image.stem: round(float(s.confidence[s.of(either)].max(initial=0.0)), 3)
                for d, s in zip(data, seen, strict=True)
            }
    report["sets"] = sets
    false: Report = {}
    either = [taxonomy.id_of("ebike")]
    for name, images in _negatives(taxonomy).items():
        seen = [predict(i) for i in images]
        false[name] = {"pictures": len(images)} | {
            str(t): round(image_rate(seen, either, confidence=t), 4) for t in THRESHOLDS
        }
    report["false_ebike_rate"] = false
    images = held_out_stills(stills)
    if images:
        data = labelled_list(images)
        seen = [predict(d.image) for d in data]
        figures = set_figures(data, seen, taxonomy, taxonomy.names)
        mean = float(np.mean([f["ap50"] for f in figures.values() if isinstance(f, dict)]))
        report["stills"] = {"pictures": len(data), "map50": round(mean, 4), "classes": figures}
    return report


def report_text(name: str, report: Report) -> str:
    """Render the JSON report as Markdown, the base model beside the measured one."""
    lines = [f"# {name}: figures", "", f"Measured through the file at {report['size_px']} px.", ""]
    models = [k for k in ("model", "base") if k in report]
    for key in models:
        body = report[key]
        if not isinstance(body, dict):
            continue
        lines += [f"## {name if key == 'model' else 'COCO base model, classes mapped'}", ""]
        for field in (
            "vehicle_recall_at_25",
            "vehicle_recall_interval",
            "vehicle_map50",
            "lift_image_recall",
        ):
            lines.append(f"- {field}: {body.get(field)}")
        lines += [f"- {photo}: {', '.join(seen)}" for photo, seen in body["photos"].items()]
        lines += [
            "",
            "| set | class | boxes | AP50 | rec. .25 | prec. .25 | rec. .5 | prec. .5 |",
        ]
        lines.append("|---|---|---|---|---|---|---|---|")
        tables = dict(body["sets"]) | (
            {"rendered stills": body["stills"]} if "stills" in body else {}
        )
        for set_name, table in tables.items():
            for class_name, f in table["classes"].items():
                cells = [
                    f[k]
                    for k in (
                        "boxes",
                        "ap50",
                        "recall_at_25",
                        "precision_at_25",
                        "recall_at_50",
                        "precision_at_50",
                    )
                ]
                lines.append(
                    f"| {set_name} ({table['pictures']}) | {class_name} | "
                    + " | ".join(map(str, cells))
                    + " |"
                )
        lines += [
            "",
            "| pictures without an e-bike | number | false ebike .25 | .35 | .5 |",
            "|---|---|---|---|---|",
        ]
        for set_name, f in body["false_ebike_rate"].items():
            lines.append(
                f"| {set_name} | {f['pictures']} | {f['0.25']} | {f['0.35']} | {f['0.5']} |"
            )
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Measure, write models/reports/<name>.json and .md, print the text."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--base", type=Path, help="COCO base checkpoint to compare with")
    parser.add_argument("--size", type=int, default=640)
    parser.add_argument("--stills", type=Path, default=STILLS)
    parser.add_argument("--name", help="name of the report; default: the file's")
    options = parser.parse_args()
    taxonomy = load_taxonomy()
    name = options.name or options.weights.stem
    predict = Predictor(options.weights, size_px=options.size)
    report: Report = {"size_px": options.size}
    report["model"] = measure_model(predict, taxonomy, options.stills, is_base=False)
    if options.base:
        base = Predictor(options.base, size_px=options.size, mapping=taxonomy.coco_mapping())
        report["base"] = measure_model(base, taxonomy, options.stills, is_base=True)
    target = HERE / "reports"
    target.mkdir(exist_ok=True)
    (target / f"{name}.json").write_text(
        json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    text = report_text(name, report)
    (target / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
