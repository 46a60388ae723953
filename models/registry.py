"""Writes models/registry.toml, the list of released weights (read by pipeline.detectors).

    python models/registry.py lifelane-n models/reports/lifelane-n-v0.json

puts the figures of a report into the entry of a model; everything else stays.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["describe_release", "main", "report_figures", "sha256_of", "write_registry"]

Value = str | int | float | bool | list[str] | list[int]
HEADER = "# Released weights. Written by models/export.py; figures come from models/reports/.\n"


def sha256_of(path: Path) -> str:
    """Return the file's SHA-256 in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def describe_release(
    *,
    name: str,
    version: str,
    onnx_file: Path,
    weights_pt: Path,
    classes: Sequence[str],
    confidence: float,
    figures: Mapping[str, float],
) -> dict[str, Value | Mapping[str, float]]:
    """Return one registry entry; hashes are taken from the files as they are now."""
    return {
        "version": version,
        "file": onnx_file.name,
        "sha256": sha256_of(onnx_file),
        "weights_pt": weights_pt.name,
        "weights_pt_sha256": sha256_of(weights_pt),
        "classes": list(classes),
        "input_sizes": [320, 416, 640],
        "default_input_size": 640,
        "stride": 32,
        "end_to_end": False,
        "confidence": confidence,
        "iou": 0.5,
        "licence": "AGPL-3.0-or-later",
        "card": f"{name}.md",
        "figures": dict(figures),
    }


def write_registry(
    path: Path, models: Mapping[str, Mapping[str, Value | Mapping[str, float]]], *, default: str
) -> None:
    """Write the registry; JSON literals of plain values and lists are TOML ones too."""
    lines = [HEADER, "schema = 1", f"default = {json.dumps(default)}"]
    for name, entry in models.items():
        lines += ["", f"[models.{name}]"]
        tables = {k: v for k, v in entry.items() if isinstance(v, Mapping)}
        lines += [f"{k} = {json.dumps(v)}" for k, v in entry.items() if k not in tables]
        for table, figures in tables.items():
            lines += ["", f"[models.{name}.{table}]"]
            lines += [f"{k} = {json.dumps(v)}" for k, v in figures.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def report_figures(report: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures of a report of models/evaluate.py that a registry entry carries."""
    figures: dict[str, float] = {}
    for key, prefix in (("model", ""), ("base", "coco_base_")):
        if key not in report:
            continue
        body = report[key]
        figures[f"{prefix}vehicle_recall_at_25"] = body["vehicle_recall_at_25"]
        figures[f"{prefix}vehicle_map50"] = body["vehicle_map50"]
        for threshold in ("0.35", "0.5"):
            figures[f"{prefix}lift_image_recall_at_{threshold[2:]:0<2}"] = body[
                "lift_image_recall"
            ][threshold]
        rates = body["false_ebike_rate"].values()
        pictures = sum(r["pictures"] for r in rates)
        for threshold in ("0.35", "0.5"):
            share = sum(r[threshold] * r["pictures"] for r in rates) / pictures
            figures[f"{prefix}false_ebike_rate_at_{threshold[2:]:0<2}"] = round(share, 4)
        if "stills" in body:
            figures[f"{prefix}rendered_map50"] = body["stills"]["map50"]
    return figures


def main() -> int:
    """Put a report's figures into the registry."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name")
    parser.add_argument("report", type=Path)
    options = parser.parse_args()
    path = Path(__file__).resolve().with_name("registry.toml")
    registry = tomllib.loads(path.read_text(encoding="utf-8"))
    report = json.loads(options.report.read_text(encoding="utf-8"))
    registry["models"][options.name]["figures"] = report_figures(report)
    write_registry(path, registry["models"], default=registry["default"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
