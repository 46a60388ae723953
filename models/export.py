"""Turns a checkpoint into an ONNX file; models/release.py is what calls it.

The graph takes `images` [B,3,H,W] (RGB, 0..1, H and W multiples of 32, all dynamic) and gives
`output0` [B,4+classes,N]: cx, cy, w, h in input pixels and one score (0..1) a class, before NMS.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from lean_graph import lean_box_sides  # noqa: E402
from quiet_ultralytics import quiet  # noqa: E402
from taxonomy import load_taxonomy  # noqa: E402

__all__ = ["export_onnx"]

OPSET = 17
MAX_BYTES = 15_000_000


def export_onnx(weights_pt: Path, target: Path, *, version: str, size_px: int = 640) -> None:
    """Export `weights_pt` to `target`; raises ValueError unless the taxonomy's classes are its."""
    with quiet():
        import onnx
        from ultralytics import YOLO

    names = load_taxonomy().names
    with tempfile.TemporaryDirectory() as scratch:
        copied = Path(scratch) / f"{target.stem}.pt"
        shutil.copyfile(weights_pt, copied)
        model = YOLO(str(copied), task="detect")
        found = tuple(model.names[i] for i in sorted(model.names))
        if found != names:
            raise ValueError(f"{weights_pt.name} has the classes {found}; the taxonomy has {names}")
        exported = Path(
            model.export(
                format="onnx", imgsz=size_px, opset=OPSET, dynamic=True, simplify=True, device="cpu"
            )
        )
        graph = onnx.load(exported)
    lean_box_sides(graph)
    del graph.metadata_props[:]
    for key, value in {
        "name": target.stem,
        "version": version,
        "names": json.dumps(dict(enumerate(names)), ensure_ascii=False),
        "imgsz": json.dumps([size_px, size_px]),
        "stride": "32",
        "task": "detect",
        "end_to_end": "false",
        "license": "AGPL-3.0-or-later",
    }.items():
        graph.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(graph)
    target.write_bytes(graph.SerializeToString())
    if target.stat().st_size > MAX_BYTES:
        raise ValueError(
            f"{target.name} has {target.stat().st_size} bytes; a release may have {MAX_BYTES}"
        )
