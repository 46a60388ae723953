"""Recordings made of a photo: a camera that looks at one scene."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np


def make_photo_video(
    photo: Path, target: Path, *, seconds: float, fps: int = 5, width_px: int = 540
) -> Path:
    """Encode the photo as a still scene with sensor noise, H.264 without B-frames."""
    image = cv2.imread(str(photo))
    assert image is not None, photo
    height_px = round(image.shape[0] * width_px / image.shape[1] / 2) * 2
    image = cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(7)
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.time_base = Fraction(1, fps)
        stream.options = {"preset": "ultrafast", "g": str(2 * fps), "bf": "0", "crf": "20"}
        for _ in range(round(seconds * fps)):
            grain = noise.integers(-4, 5, image.shape, dtype=np.int16)
            noisy = np.clip(image.astype(np.int16) + grain, 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, format="bgr24")))
        container.mux(stream.encode(None))
    return target
