"""Turns a checkpoint into the released pair: <name>.onnx and <name>.pt from the same weights.

    python models/export.py models/runs/lifelane-n-v0/mixed.pt --version 0.1.0

The graph takes `images` [B,3,H,W] (RGB, 0..1, H and W multiples of 32, all dynamic) and gives
`output0` [B,4+classes,N]: cx, cy, w, h in input pixels and one score (0..1) a class, before NMS.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from head_surgery import load_detector, save_checkpoint  # noqa: E402
from quiet_ultralytics import quiet  # noqa: E402
from registry import describe_release, write_registry  # noqa: E402
from taxonomy import load_taxonomy  # noqa: E402

__all__ = ["export_onnx", "main"]

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


def main() -> int:
    """Release one checkpoint beside the registry and write its entry."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--name", default="lifelane-n")
    parser.add_argument("--version", required=True)
    parser.add_argument("--confidence", type=float, default=0.35)
    options = parser.parse_args()
    weights_pt, onnx_file = HERE / f"{options.name}.pt", HERE / f"{options.name}.onnx"
    save_checkpoint(
        load_detector(options.checkpoint), weights_pt, note=f"{options.name} {options.version}"
    )
    export_onnx(weights_pt, onnx_file, version=options.version)
    entry = describe_release(
        name=options.name,
        version=options.version,
        onnx_file=onnx_file,
        weights_pt=weights_pt,
        classes=load_taxonomy().names,
        confidence=options.confidence,
        figures={},  # models/registry.py puts them in once the exported file is measured
    )
    write_registry(HERE / "registry.toml", {options.name: entry}, default=options.name)
    print(
        f"{onnx_file.name} {onnx_file.stat().st_size} bytes, "
        f"{weights_pt.name} {weights_pt.stat().st_size} bytes"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
