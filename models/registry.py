"""Writes models/registry.toml, the list of released weights (read by pipeline.detectors)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["describe_release", "headline_figures", "sha256_of", "write_registry"]

Value = str | int | float | bool | list[str] | list[int]
HEADER = "# Released weights. Written by models/release.py; all figures are in models/reports/.\n"


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
    default_input_size: int,
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
        "default_input_size": default_input_size,
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


def headline_figures(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures of `lifelane evaluate detect` that a registry entry carries."""
    sets, lift = figures["sets"], figures["lift"]
    working = f"{figures['confidence']:g}"
    return {
        "vehicle_map50": sets["street_vehicles"]["map50"],
        "two_wheeler_map50": sets["street_two_wheelers"]["map50"],
        "wheelchair_map50": sets["wheelchair"]["map50"],
        "rendered_map50": sets["rendered"]["map50"],
        "lift_image_recall": lift["real"]["recall"][working],
        "false_ebike_rate": lift["real"]["false_alarm_rate"][working],
        "rendered_lift_image_recall": lift["rendered"]["recall"][working],
        "rendered_false_ebike_rate": lift["rendered"]["false_alarm_rate"][working],
    }
