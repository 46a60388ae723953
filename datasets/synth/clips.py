"""Render and compose the demo clips: python datasets/synth/clips.py [--out datasets/clips].

Each clip is one fixed camera and a timeline. Only states that differ are rendered (and kept in
the cache, so an interrupted run goes on); the film is composed at 15 fps with sensor noise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import cv2
import numpy as np

from clip_scenes import CLIPS
from film import FPS, film_writer
from render import _quiet

__all__ = ["compose", "main", "render_states"]

SIZE_PX = (640, 360)


def _crop_of(stage, shown):
    """Pixels that the movers and their shadows may change, or None for the whole picture."""
    w, h = SIZE_PX
    if stage.whole_frame or not shown:
        return None
    rows = []
    for verts in shown:
        low = verts.copy()
        low[:, 2] = 0
        spread = np.vstack([verts, low + (0.5, 0.5, 0), low - (0.5, 0.5, 0)])
        uv, ok = stage.s.view.project(spread)
        rows.append(uv[ok])
    uv = np.vstack(rows)
    x0, y0 = np.floor(uv.min(0) - 6).astype(int)
    x1, y1 = np.ceil(uv.max(0) + 6).astype(int)
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(w, x1), min(h, y1)
    return (int(x0), int(y0), int(x1), int(y1)) if x1 - x0 > 8 and y1 - y0 > 8 else (0, 0, 16, 16)


def _key(state, version):
    return hashlib.sha256(json.dumps([state, version], sort_keys=True).encode()).hexdigest()[:16]


def render_states(clip, cache, samples):
    """Render every state of the clip that is not in `cache`; returns tick -> picture path."""
    ticks = [i / clip.rate for i in range(round(clip.duration_s * clip.rate))]
    states = {_key(clip.state(t), clip.version): clip.state(t) for t in ticks}
    cache.mkdir(parents=True, exist_ok=True)
    missing = [k for k in states if not (cache / f"{k}.png").exists()]
    plate_path = cache / f"plate-{clip.version}.png"
    if missing:
        stage = clip.build()
        if not plate_path.exists():
            stage.apply({})
            cv2.imwrite(str(plate_path), stage.s.picture(cache, clip.exposure, samples * 2))
        plate = cv2.imread(str(plate_path))
        for n, key in enumerate(missing):
            shown = stage.apply(states[key])
            crop = _crop_of(stage, shown)
            if not shown and not states[key].get("door"):
                picture = plate
            elif crop is None:
                picture = stage.s.picture(cache, clip.exposure, samples)
            else:
                part = stage.s.picture(cache, clip.exposure, samples, crop=crop)
                ph, pw = part.shape[:2]
                soft = np.zeros((ph, pw), np.float32)
                soft[4:-4, 4:-4] = 1
                edge = (crop[0] == 0, crop[1] == 0, crop[2] == SIZE_PX[0], crop[3] == SIZE_PX[1])
                soft[:, :4] = max(soft[0, 0], float(edge[0]))
                soft[:4] = max(0.0, float(edge[1]))
                soft[:, -4:] = float(edge[2])
                soft[-4:] = float(edge[3])
                soft = cv2.GaussianBlur(soft, (0, 0), 1.5)[..., None]
                picture = plate.copy()
                area = picture[crop[1] : crop[1] + ph, crop[0] : crop[0] + pw]
                area[:] = (part * soft + area * (1 - soft)).astype(np.uint8)
            tmp = cache / f".{key}.tmp.png"
            cv2.imwrite(str(tmp), picture)
            tmp.replace(cache / f"{key}.png")
            print(f"{clip.name}: state {n + 1} of {len(missing)}", flush=True)
    return [cache / f"{_key(clip.state(t), clip.version)}.png" for t in ticks]


def compose(paths, rate, duration_s, out, seed, crf):
    """Write the film: states held until the next, noise per frame."""
    rng = np.random.default_rng(seed)
    pictures = {p: cv2.imread(str(p)).astype(np.float32) for p in set(paths)}
    fixed = rng.normal(0, 1.2, (SIZE_PX[1], SIZE_PX[0], 1)).astype(np.float32)

    def frames():
        for i in range(round(duration_s * FPS)):
            base = pictures[paths[min(len(paths) - 1, int(i / FPS * rate + 1e-6))]]
            noise = rng.normal(0, 1.1, (SIZE_PX[1], SIZE_PX[0], 1)).astype(np.float32)
            yield np.clip(base + fixed + noise, 0, 255).astype(np.uint8)

    film_writer(frames(), out, SIZE_PX, crf)


def main(argv=None):
    here = Path(__file__).resolve()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=here.parents[1] / "clips")
    parser.add_argument(
        "--cache", type=Path, default=here.parents[2] / ".cache" / "synth" / "clips"
    )
    parser.add_argument("--only", choices=[c.name for c in CLIPS])
    parser.add_argument("--samples", type=int, default=7)
    parser.add_argument("--crf", type=int, default=27)
    parser.add_argument("--plate-only", action="store_true", help="render the empty scene and stop")
    args = parser.parse_args(argv)
    _quiet()
    args.out.mkdir(parents=True, exist_ok=True)
    for n, clip in enumerate(CLIPS):
        if args.only and clip.name != args.only:
            continue
        if args.plate_only:
            stage = clip.build()
            stage.apply(clip.state(clip.preview_s))
            args.cache.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(
                str(args.cache / f"preview-{clip.name}.png"),
                stage.s.picture(args.cache, clip.exposure, 4),
            )
            continue
        paths = render_states(clip, args.cache / clip.name, args.samples)
        compose(paths, clip.rate, clip.duration_s, args.out / f"{clip.name}.mp4", n, args.crf)
    if not args.plate_only and not args.only:
        films = [
            {
                "file": f"{c.name}.mp4",
                "place": c.place,
                "camera": c.camera,
                "size_px": list(SIZE_PX),
                "fps": FPS,
                "duration_s": c.duration_s,
                "zone": c.zone(),
                "events": c.events(),
            }
            for c in CLIPS
        ]
        text = json.dumps({"clips": films}, ensure_ascii=False, indent=1)
        (args.out / "events.json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
