"""Render labelled stills: python datasets/synth/render.py --out DIR --count N --seed-from S.

One seed is one scene. Seeds already finished are skipped, so an interrupted run goes on; a seed
that fails is reported in DIR/failed.txt and skipped.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bpy  # noqa: F401  (before numpy users, as Blender's wheel asks)
import cv2
import numpy as np

from labels import boxes, yolo_rows
from look import age, draw_look
from place_climbing import climbing_site
from place_corridor import corridor
from place_entrance import entrance
from place_lane import lane
from place_lift import lift
from place_overhead import overhead_floor
from place_stairwell import stairwell
from place_unit_door import unit_door
from populate import populate
from scene import Scene

__all__ = ["build_still", "main", "make_still", "place_of", "still_names"]

PLACES = {
    "lift": lift,
    "corridor": corridor,
    "fire_lane": lane,
    "stairwell": stairwell,
    "unit_door": unit_door,
    "overhead_floor": overhead_floor,
    "climbing_site": climbing_site,
    "entrance": entrance,
}
MIX = {
    "lift": 0.5,
    "corridor": 0.12,
    "fire_lane": 0.1,
    "stairwell": 0.08,
    "unit_door": 0.06,
    "overhead_floor": 0.06,
    "climbing_site": 0.05,
    "entrance": 0.03,
}
SAMPLES = {"lift": 2}  # light paths a pixel; 3 elsewhere
INFRARED_W = {
    "lift": 10,
    "corridor": 110,
    "stairwell": 70,
    "unit_door": 150,
    "overhead_floor": 300,
    "fire_lane": 2500,
    "climbing_site": 2500,
    "entrance": 2500,
}


def place_of(seed):
    """Half lifts, the rest shared as MIX says."""
    return str(np.random.default_rng([seed, 7]).choice(list(MIX), p=list(MIX.values())))


def build_still(seed, place):
    """Build one scene up to its cameras, the first of them installed; returns (scene, infrared).

    `scene.views` holds the cameras that look at it: two in a lift, one elsewhere.
    """
    s = Scene(seed)
    s.card["place"] = place
    s.card["filmic"] = bool(s.rng.random() < 0.5)
    views, ground, pose = PLACES[place](s)
    s.views = views if isinstance(views, list) else [views]
    populate(s, place, ground, pose)
    night = s.card.get("night") or s.card.get("light") == "night"
    infrared = s.rng.random() < (0.5 if night else 0.1)
    s.lamp = None
    if infrared:  # a lamp beside the lens lights what the eye does not see
        s.lamp = s.light("SPOT", s.views[0].eye, INFRARED_W[place], size=(0.05, 0))
        s.lamp.data.spot_size = 2.0
    s.look_through(s.views[0])
    return s, infrared


def make_still(seed, place, scratch, samples=None):
    """Build one scene and render it; returns [(name, picture, rows, card)], one per camera.

    Rows are in pixels of the rendered picture; picture and card have the size that the camera's
    recorder stores.
    """
    s, infrared = build_still(seed, place)
    notes = {i["id"]: i for i in s.instances}
    out = []
    for n, view in enumerate(s.views):
        if n:
            s.look_through(view)
        shot = s.picture(
            scratch, 0.6 if s.card["filmic"] else 0.0, samples or SAMPLES.get(place, 3)
        )
        rows = boxes(s.index(scratch), s.label_instances(), view)
        look = draw_look(s.rng, infrared, view.fisheye)
        sx, sy = (a / b for a, b in zip(view.stored_px, view.size_px, strict=True))
        if view.stored_px != view.size_px:
            shot = cv2.resize(shot, view.stored_px, interpolation=cv2.INTER_CUBIC)
        stored = []
        for r in rows:
            i = notes[r["id"]]
            x0, y0, x1, y1 = r["xyxy"]
            stored.append(
                r
                | {
                    "xyxy": [round(v, 2) for v in (x0 * sx, y0 * sy, x1 * sx, y1 * sy)],
                    "area_px": round(r["area_px"] * sx * sy),
                    "note": i["note"],
                    "at_m": np.round(i["at"], 3).tolist(),
                    "heading_rad": round(i["rz"], 3),
                }
            )
        card = s.card | {
            "view": view.name if len(s.views) > 1 else s.card["view"],
            "camera": view.card(),
            "look": look,
            "size_px": list(view.stored_px),
            "instances": stored,
            "placed": len(s.instances),
        }
        out.append((still_names(seed, place)[n], age(shot, look, s.rng), rows, card))
    return out


def still_names(seed, place):
    """Names of a seed's pictures, without suffix; the cameras of one scene share its digits."""
    name = f"{place}_{seed:07d}"
    return [f"{name}{letter}" for letter in "ab"] if place == "lift" else [name]


def _write(path, data):
    tmp = path.with_name("." + path.name + ".tmp")
    tmp.write_bytes(data)
    tmp.replace(path)


def _quiet():
    """Blender prints a line per picture from C: send them away, keep Python's."""
    keep = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    sys.stdout = os.fdopen(keep, "w", buffering=1)


def _share(text):
    """`1/4` is the second of four shares of the seeds."""
    part, of = (int(v) for v in text.split("/"))
    if not 0 <= part < of:
        raise ValueError(text)
    return part, of


def _side_by_side(jobs, argv):
    """The same call in `jobs` processes of one core each; the worst of their exit codes."""
    call = [sys.executable, str(Path(__file__).resolve()), *argv, "--jobs", "1"]
    running = [subprocess.Popen([*call, "--share", f"{n}/{jobs}"]) for n in range(jobs)]
    return max(abs(process.wait()) for process in running)


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed-from", type=int, default=0)
    parser.add_argument("--place", choices=sorted(PLACES))
    parser.add_argument("--samples", type=int, help="light paths a pixel; else by place")
    parser.add_argument("--jobs", type=int, default=1, help="processes, of one core each")
    parser.add_argument("--share", type=_share, default=(0, 1), help=argparse.SUPPRESS)
    parser.add_argument(
        "--json", action="store_true", help="one JSON object per line instead of text"
    )
    argv = sys.argv[1:] if argv is None else list(argv)
    args = parser.parse_args(argv)
    if args.jobs > 1:
        return _side_by_side(args.jobs, argv)
    _quiet()
    for sub in ("images", "labels", "cards"):
        (args.out / sub).mkdir(parents=True, exist_ok=True)
    made = skipped = failed = 0
    began = time.monotonic()
    part, of = args.share
    seeds = range(args.seed_from + part, args.seed_from + args.count, of)
    for n, seed in enumerate(seeds):
        place = args.place or place_of(seed)
        names = still_names(seed, place)
        if all((args.out / "images" / f"{name}.jpg").exists() for name in names):
            skipped += 1
            continue
        name = names[0]
        started = time.monotonic()
        try:
            stills = make_still(seed, place, args.out / "tmp", args.samples)
        except (
            ValueError,
            RuntimeError,
            IndexError,
            KeyError,
            ArithmeticError,
            np.linalg.LinAlgError,
            cv2.error,
        ) as error:
            failed += 1
            with (args.out / "failed.txt").open("a") as log:
                log.write(f"{name}\t{error}\n{traceback.format_exc()}\n")
            print(
                json.dumps({"seed": seed, "failed": str(error)})
                if args.json
                else f"{name} failed: {error}",
                file=sys.stdout,
            )
            continue
        took = time.monotonic() - started
        for name, image, rows, card in stills:
            card["render_s"] = round(took / len(stills), 2)
            _write(
                args.out / "cards" / f"{name}.json",
                json.dumps(card, ensure_ascii=False, indent=1, default=float).encode(),
            )
            size = card["camera"]["size_px"]
            _write(args.out / "labels" / f"{name}.txt", yolo_rows(rows, size).encode())
            _write(
                args.out / "images" / f"{name}.jpg",
                cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 93])[1].tobytes(),
            )
        made += 1
        rate = made / (time.monotonic() - began)
        left = (len(seeds) - n - 1) / rate
        if args.json:
            print(
                json.dumps(
                    {
                        "seed": seed,
                        "name": name,
                        "boxes": sum(len(s[2]) for s in stills),
                        "seconds": round(took, 2),
                        "left_s": round(left),
                    }
                )
            )
        else:
            print(
                f"{name}  {sum(len(s[2]) for s in stills)} boxes  {took:.1f} s  "
                f"{made} made, {skipped} kept, {failed} failed, {left / 60:.0f} min left"
            )
    total = {
        "made": made,
        "skipped": skipped,
        "failed": failed,
        "seconds": round(time.monotonic() - began, 1),
    }
    print(
        json.dumps(total)
        if args.json
        else f"made {made}, kept {skipped}, failed {failed} in {total['seconds']} s"
    )
    return 1 if failed and not made and not skipped else 0


if __name__ == "__main__":
    raise SystemExit(main())
