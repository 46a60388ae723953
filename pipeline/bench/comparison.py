"""Our figures beside the base lines'."""

import os
from collections.abc import Callable
from typing import Any

from pipeline.bench.baselines import bare_bound, opencv_loops, ultralytics_streams
from pipeline.bench.clips import bench_places
from pipeline.bench.streams import StreamsBench
from pipeline.detectors import load_registry, open_detector

__all__ = ["bench_baselines"]

_CAMERAS = 3
_SECONDS = 20.0


def bench_baselines(
    asked: StreamsBench,
    ours: dict[str, Any],
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure the three base lines and set our figures in relation to them.

    Args:
        asked: What our own run was asked for.
        ours: What it gave.
        progress: Told what is being measured.
    """
    places = bench_places(codecs=asked.codecs)
    chosen = dict(asked.model or {})
    name = chosen.pop("name", "default")
    detector = open_detector(
        name, input_size=chosen.get("input_size"), threads=chosen.get("threads") or 1
    )
    progress("the bare bound")
    bare = bare_bound(places, detector, busy=asked.busy)
    progress("an OpenCV loop a camera")
    loops = opencv_loops(places, detector, cameras=_CAMERAS, seconds=_SECONDS)
    progress("ultralytics track")
    entry = None if name.endswith((".onnx", ".pt")) else load_registry().get(name)
    if entry is None or entry.weights_pt is None or not entry.weights_pt.is_file():
        theirs: dict[str, Any] = {"skipped": "these weights have no .pt checkpoint here"}
    else:
        theirs = ultralytics_streams(places, entry.weights_pt, cameras=_CAMERAS, seconds=_SECONDS)
    own_cost = ours["cpu_s_per_camera_s"]
    ours_on_this_machine = len(os.sched_getaffinity(0)) / own_cost if own_cost else None
    rows: dict[str, Any] = {"bare": bare, "opencv": loops, "ultralytics": theirs}
    rows["ours_to_bare"] = round(own_cost / bare["cpu_s_per_camera_s"], 3)
    for word, row in (("opencv", loops), ("ultralytics", theirs)):
        carried = row.get("cameras_on_this_machine")
        if carried and ours_on_this_machine:
            rows[f"cameras_ours_to_{word}"] = round(ours_on_this_machine / carried, 2)
    return rows
