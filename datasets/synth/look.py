"""What a cheap camera does to a picture: exposure, infrared, blur, noise, compression, clock."""

from __future__ import annotations

import io

import av
import cv2
import numpy as np

__all__ = ["age", "draw_look", "encode_once"]


def draw_look(rng, infrared, fisheye=False):
    """Parameters of one camera's look, all plain numbers for the card."""
    return {
        "infrared": bool(infrared),
        "gain": float(np.exp(rng.normal(0, 0.18))),
        "gamma": float(np.exp(rng.normal(0, 0.12))),
        "white_balance": [float(x) for x in np.exp(rng.normal(0, 0.035, 3))],
        "saturation": float(rng.uniform(0.7, 1.2)),
        "vignette": float(rng.uniform(0.1, 0.95) if fisheye else rng.uniform(0, 0.35)),
        "defocus_px": float(rng.choice([0, rng.uniform(0.3, 1.1)])),
        "motion_px": float(rng.choice([0, 0, 0, rng.uniform(1.5, 4.5)])),
        "motion_deg": float(rng.uniform(0, 180)),
        "noise": float(np.abs(rng.normal(0, 0.014)) + 0.003) * (1.6 if infrared else 1),
        "sharpen": float(rng.choice([0, rng.uniform(0.3, 1.4)])),
        "crf": int(rng.integers(18, 37)),
        "clock": bool(rng.random() < 0.45),
        "mirror_text": False,
    }


def _clock(img, rng):
    h, w = img.shape[:2]
    from materials import glyphs

    scale = h / 640
    day = f"20{rng.integers(19, 27)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
    text = f"{day} {rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}:{rng.integers(0, 60):02d}"
    at = [(6, int(26 * scale) + 4), (w - int(370 * scale), int(26 * scale) + 4), (6, h - 8)][
        int(rng.integers(0, 3))
    ]
    for color, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(img, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, color, thick, cv2.LINE_AA)
    if rng.random() < 0.5:
        size = max(9, int(24 * scale))
        glyphs(img, rng, w - size * 7, h - size - 6, size, int(rng.integers(3, 6)), (255, 255, 255))


def encode_once(img, crf):
    """The picture after real H.264: an I and a P frame at `crf`, the second decoded again."""
    h, w = img.shape[:2]
    even = img[: h // 2 * 2, : w // 2 * 2]
    buf = io.BytesIO()
    with av.open(buf, "w", format="mp4") as out:
        stream = out.add_stream(
            "libx264", rate=15, options={"crf": str(crf), "preset": "veryfast", "bf": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = even.shape[1], even.shape[0], "yuv420p"
        for _ in range(2):
            for packet in stream.encode(av.VideoFrame.from_ndarray(even, format="bgr24")):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    buf.seek(0)
    with av.open(buf) as src:
        last = list(src.decode(video=0))[-1].to_ndarray(format="bgr24")
    out_img = img.copy()
    out_img[: even.shape[0], : even.shape[1]] = last
    return out_img


def age(image, look, rng, text=True, compress=True):
    """Apply a look to (h, w, 3) uint8 BGR; geometry is untouched, so boxes stay true."""
    h, w = image.shape[:2]
    x = image.astype(np.float32) / 255
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    r2 = ((xx - w / 2) / (w / 2)) ** 2 + ((yy - h / 2) / (h / 2)) ** 2
    if look["infrared"]:
        grey = x @ np.array([0.2, 0.45, 0.35], np.float32)
        hot = np.exp(-r2 * 1.1)[..., None]
        x = np.repeat(grey[..., None], 3, 2) * (0.35 + 1.1 * hot)
    else:
        grey = x.mean(2, keepdims=True)
        x = (grey + (x - grey) * look["saturation"]) * np.asarray(look["white_balance"], np.float32)
    # auto exposure pulls every camera towards a middle grey, though never all the way
    mean = float(np.clip(x.mean(), 0.02, 1))
    pull = float(np.clip((0.42 / mean) ** 0.6, 0.5, 3.0))
    x = np.clip(x * pull * look["gain"], 0, 1.25)
    x = np.where(x > 0.85, 0.85 + (x - 0.85) * 0.5, x)
    x = np.clip(x, 0, 1) ** look["gamma"]
    x *= 1 - look["vignette"] * np.clip(r2 - 0.2, 0, 1)[..., None]
    if look["motion_px"]:
        k = np.zeros((9, 9), np.float32)
        c, s = np.cos(np.radians(look["motion_deg"])), np.sin(np.radians(look["motion_deg"]))
        for t in np.linspace(-0.5, 0.5, 17) * look["motion_px"]:
            k[round(4 + t * s), round(4 + t * c)] += 1
        x = cv2.filter2D(x, -1, k / k.sum())
    if look["defocus_px"]:
        x = cv2.GaussianBlur(x, (0, 0), look["defocus_px"])
    grain = rng.normal(0, look["noise"], (h, w, 1)) + cv2.GaussianBlur(
        rng.normal(0, look["noise"] * 1.5, (h, w, 3)), (0, 0), 1.0
    ) * (0 if look["infrared"] else 1)
    x = x + grain * (1.2 - 0.6 * x)
    if look["sharpen"]:
        x = x + look["sharpen"] * (x - cv2.GaussianBlur(x, (0, 0), 1.2))
    out = (np.clip(x, 0, 1) * 255).astype(np.uint8)
    if text and look["clock"]:
        _clock(out, rng)
    return encode_once(out, look["crf"]) if compress else out
