"""Films of the event suite from plates and sprites, and the truth that goes with them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from cameras import View
from film import FPS, film_writer
from suite_library import Library
from suite_scenes import SCENES, SIZE_PX
from suite_scripts import CLIPS, RAISE_S

__all__ = ["clear_width", "compose_suite", "film_frames", "pose_at", "truth"]

ZONE_ID = {"fire_lane": "lane", "climbing_site": "site", "elevator": "car", "exit": "door"}


def value_at(keys, t):
    """Linear between (t, value) keys, held outside them."""
    ts, vs = zip(*keys, strict=True)
    return float(np.interp(t, ts, vs))


def shown(track, t):
    """Whether a track is to be seen at `t`."""
    last = track.keys[-1][0]
    return track.keys[0][0] <= t and (track.stays or t < last)


def pose_at(path, u):
    """(x, y, rz) a share `u` along a path."""
    p = np.asarray(path, float)
    at = np.clip(u, 0, 1) * (len(p) - 1)
    k = min(int(at), len(p) - 2) if len(p) > 1 else 0
    if len(p) == 1:
        return p[0]
    f = at - k
    return p[k] * (1 - f) + p[k + 1] * f


def _project(about, point):
    view = about["view"]
    v = View(
        eye=np.asarray(view["eye_m"]),
        rot=np.asarray(view["camera_to_world"]),
        fov_deg=view["fov_deg"],
        size_px=tuple(view["size_px"]),
        fisheye=view["fisheye"],
        span=view["span"],
    )
    uv, ok = v.project(np.asarray([point], float))
    return uv[0] if ok[0] else None


def _layer(library, mover, u):
    """The nearest sprite, moved and scaled to where the mover is; (crop, colour, cover, light)."""
    path = library.scene.movers[mover].path
    step = round(float(np.clip(u, 0, 1)) * (len(path) - 1))
    meta, color, cover, light = library.sprite(mover, step)
    if color is None:
        return None
    x0, y0, x1, y1 = meta["crop"]
    now, then = pose_at(path, u), np.asarray(path[step], float)
    w, h = SIZE_PX
    # what the frame cuts off has nothing beyond the edge to bring in: it stays where it was seen
    cut = x0 <= 0 or y0 <= 0 or x1 >= w or y1 >= h
    if cut or library.scene.movers[mover].whole or np.allclose(now[:2], then[:2], atol=1e-3):
        return meta["crop"], color, cover, light
    a, b = (_project(library.about, (*p[:2], 0.4)) for p in (then, now))
    if a is None or b is None:
        return meta["crop"], color, cover, light
    k = float(
        np.linalg.norm(library.eye - (*then[:2], 0.4))
        / max(0.3, np.linalg.norm(library.eye - (*now[:2], 0.4)))
    )
    k = float(np.clip(k, 0.8, 1.25))
    nx0, ny0 = b[0] + (x0 - a[0]) * k, b[1] + (y0 - a[1]) * k
    nx1, ny1 = b[0] + (x1 - a[0]) * k, b[1] + (y1 - a[1]) * k
    crop = (
        int(np.clip(np.floor(nx0), 0, w)),
        int(np.clip(np.floor(ny0), 0, h)),
        int(np.clip(np.ceil(nx1), 0, w)),
        int(np.clip(np.ceil(ny1), 0, h)),
    )
    if crop[2] - crop[0] < 4 or crop[3] - crop[1] < 4:
        return None
    shift = np.float32([[k, 0, nx0 - crop[0]], [0, k, ny0 - crop[1]]])
    size = (crop[2] - crop[0], crop[3] - crop[1])
    out = [
        cv2.warpAffine(q, shift, size, flags=cv2.INTER_LINEAR, borderMode=mode)
        for q, mode in (
            (color, cv2.BORDER_REPLICATE),
            (cover, cv2.BORDER_REPLICATE),
            (light, cv2.BORDER_CONSTANT),
        )
    ]
    return crop, out[0], out[1].reshape(size[1], size[0], 1), out[2]


def _ramp(crop):
    """1 inside a crop, falling to 0 at edges that are not the picture's own."""
    x0, y0, x1, y1 = crop
    w, h = SIZE_PX
    fade = 10
    rx = np.minimum(
        np.arange(x1 - x0) / fade if x0 > 0 else 1.0,
        np.arange(x1 - x0)[::-1] / fade if x1 < w else 1.0,
    )
    ry = np.minimum(
        np.arange(y1 - y0) / fade if y0 > 0 else 1.0,
        np.arange(y1 - y0)[::-1] / fade if y1 < h else 1.0,
    )
    full = np.minimum(
        np.broadcast_to(ry, (y1 - y0,))[:, None], np.broadcast_to(rx, (x1 - x0,))[None]
    )
    return np.clip(full, 0, 1).astype(np.float32)[..., None]


def picture_at(library, clip, t):
    """The clean picture (h, w, 3) float32 of a clip at a moment."""
    scene = library.scene
    base = library.plate(value_at(clip.door, t) if clip.door else 1.0).copy()
    layers = []
    for track in clip.tracks:
        if not shown(track, t):
            continue
        u = value_at(track.keys, t)
        layer = _layer(library, track.mover, u)
        if layer is not None:
            at = pose_at(scene.movers[track.mover].path, u)
            far = float(np.linalg.norm(library.eye - (at[0], at[1], 0.6)))
            layers.append((far, layer))
    for _, (crop, _, cover, light) in layers:
        x0, y0, x1, y1 = crop
        base[y0:y1, x0:x1] += light * (1 - cover) * _ramp(crop)
    np.clip(base, 0, 255, out=base)
    for _, (crop, color, cover, _) in sorted(layers, key=lambda q: -q[0]):
        x0, y0, x1, y1 = crop
        part = base[y0:y1, x0:x1]
        part += (color - part) * cover
    return base


def _infrared(image):
    """Grey with the hot spot of a lamp beside the lens."""
    h, w = image.shape[:2]
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    r2 = ((xx - w / 2) / (w / 2)) ** 2 + ((yy - h / 2) / (h / 2)) ** 2
    grey = image @ np.array([0.2, 0.45, 0.35], np.float32)
    return np.repeat((grey * (0.75 + 0.35 * np.exp(-r2)))[..., None], 3, 2)


def film_frames(library, clip, seed):
    """Frames (h, w, 3) uint8 of a clip with sensor noise and, on some cameras, a running clock."""
    rng = np.random.default_rng(seed)
    mode = library.scene.mode
    grain = {"day": 1.3, "night": 2.6, "infrared": 3.2}[mode]
    shape = (SIZE_PX[1], SIZE_PX[0], 1)
    fixed = rng.normal(0, grain * 0.8, shape).astype(np.float32)
    pool = [
        np.repeat(np.round(rng.normal(0, grain, shape)).astype(np.int16), 3, 2) for _ in range(12)
    ]
    clock = clip.scene[-1] in "bd"
    last, state = None, None
    for i in range(round(clip.duration_s * FPS)):
        t = i / FPS
        now = (
            round(value_at(clip.door, t), 2) if clip.door else 1.0,
            tuple(
                (n, round(value_at(k.keys, t), 4)) for n, k in enumerate(clip.tracks) if shown(k, t)
            ),
        )
        if now != state:
            last, state = picture_at(library, clip, t), now
            last = _infrared(last) if mode == "infrared" else last
            last = np.clip(last + fixed, 0, 255).astype(np.uint8)
        noise = pool[int(rng.integers(0, len(pool)))]
        frame = cv2.add(last, noise, dtype=cv2.CV_8U)
        if clock:
            text = f"2026-03-0{1 + seed % 9} {8 + seed % 12:02d}:{seed % 60:02d}:{int(t) % 60:02d}"
            for color, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
                cv2.putText(
                    frame, text, (8, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.55, color, thick, cv2.LINE_AA
                )
        yield frame


def clear_width(feet, floor, cell_m=0.05):
    """Widest free gap across a zone at its narrowest cross-section, in metres.

    Args:
        feet: Outlines (n, 2) on the ground, metres; x along the zone, y across it.
        floor: The zone (x0, x1, y0, y1) in metres.
        cell_m: Raster of the ground.
    """
    x0, x1, y0, y1 = floor
    nx, ny = round((x1 - x0) / cell_m), round((y1 - y0) / cell_m)
    taken = np.zeros((nx, ny), np.uint8)  # row = cross-section
    for foot in feet:
        if len(foot) > 2:
            p = (np.asarray(foot, float) - (x0, y0)) / cell_m
            cv2.fillPoly(taken, [np.round(p[:, ::-1] * 16).astype(np.int32)], 1, shift=4)
    best = y1 - y0
    for row in taken:
        edge = np.flatnonzero(np.diff(np.concatenate([[1], row, [1]])))
        gaps = np.diff(edge)[::2] if len(edge) else np.array([0])
        best = min(best, float(gaps.max(initial=0)) * cell_m)
    return round(best, 2)


def _feet(library, clip, t):
    out = []
    for track in clip.tracks:
        people = ("walker", "crosser", "passer", "comer", "carrier", "free", "leaver", "rider")
        if shown(track, t) and track.mover not in people:
            u = value_at(track.keys, t)
            path = library.scene.movers[track.mover].path
            step = round(float(np.clip(u, 0, 1)) * (len(path) - 1))
            foot = np.asarray(library.sprite(track.mover, step)[0]["foot"], float)
            if len(foot):
                now, then = pose_at(path, u), np.asarray(path[step], float)
                out.append(foot + (now - then)[:2])
    return out


def truth(library, clip):
    """The clip's entry of events.json but its file."""
    scene = library.scene
    zone = {
        "id": ZONE_ID.get(scene.kind, "floor"),
        "kind": scene.kind,
        "polygon": library.about["hull"],
    }
    zone["raise_after_s"], zone["clear_after_s"] = RAISE_S.get(scene.kind, (8.0, 4.0))
    if scene.kind == "overhead_floor":
        zone["connected_to"] = ["hall"]
    ground = library.about["ground"]
    measured = ground is not None and scene.kind in ("fire_lane", "corridor", "exit")
    if measured:
        zone["ground"] = ground
    events = []
    for event in clip.events:
        begins, ends = event.begins_s, event.ends_s
        if event.inside:
            (track,) = [k for k in clip.tracks if k.mover == event.inside]
            path = scene.movers[event.inside].path
            ts = [i / FPS for i in range(round(clip.duration_s * FPS))]
            into = [
                t for t in ts if shown(track, t) and pose_at(path, value_at(track.keys, t))[1] > 0
            ]
            begins, ends = into[0], into[-1] if into[-1] < ts[-1] - 0.5 else None
        row = {"kind": event.kind, "zone": zone["id"], "begins_s": round(begins, 2)}
        row["ends_s"] = None if ends is None else round(ends, 2)
        if measured:
            feet = _feet(library, clip, begins + 1.0)
            row["clear_width_m"] = clear_width(feet, scene.floor)
        events.append(row)
    entry = {
        "place": scene.place,
        "camera": scene.name,
        "scene": scene.name,
        "script": clip.name,
        "duration_s": clip.duration_s,
        "size_px": list(SIZE_PX),
        "fps": FPS,
        "conditions": sorted({scene.mode, *clip.conditions}),
        "zones": [zone],
        "events": events,
    }
    if measured:
        steps, width = [], None
        for t in np.arange(0, clip.duration_s, 0.5):
            now = clear_width(_feet(library, clip, float(t)), scene.floor)
            if now != width:
                steps.append([float(t), now])
                width = now
        entry["clear_width"] = steps
    return entry


def compose_suite(out: Path, cache: Path, cameras, say, crf=26):
    """Write every clip of `cameras` that is rendered; returns their entries of events.json."""
    (out / "reference").mkdir(parents=True, exist_ok=True)
    libraries, clips = {}, []
    for n, clip in enumerate(CLIPS):
        if clip.scene not in cameras or not (cache / clip.scene / "scene.json").exists():
            continue
        library = libraries.setdefault(clip.scene, Library(SCENES[clip.scene], cache))
        try:
            entry = {"file": f"{clip.name}.mp4"} | truth(library, clip)
            film = out / entry["file"]
            if not film.exists():
                film_writer(film_frames(library, clip, n), film, SIZE_PX, crf, "superfast")
                say(f"{clip.name} written")
        except FileNotFoundError as missing:
            say(f"{clip.name}: left out, {missing.filename} is not rendered")
            continue
        mode = "infrared" if library.scene.mode == "infrared" else "day"
        if clip.reference:
            name = f"reference/{clip.scene}-{mode}.png"
            if not (out / name).exists():
                clean = library.plate()
                clean = _infrared(clean) if mode == "infrared" else clean
                cv2.imwrite(str(out / name), np.clip(clean, 0, 255).astype(np.uint8))
            entry["reference"] = {mode: name}
        clips.append(entry)
    return clips
