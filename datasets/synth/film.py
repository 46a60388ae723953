"""Films as a CCTV camera sends them: H.264 without B-frames."""

from __future__ import annotations

import av

__all__ = ["FPS", "film_writer"]

FPS = 15


def film_writer(frames, out, size_px, crf, preset="slow"):
    """Write frames (h, w, 3) uint8 BGR as H.264 at 15 fps without B-frames, in one step."""
    tmp = out.with_suffix(".tmp.mp4")
    with av.open(str(tmp), "w", format="mp4", options={"movflags": "+faststart"}) as film:
        stream = film.add_stream(
            "libx264",
            rate=FPS,
            options={
                "crf": str(crf),
                "preset": preset,
                "bf": "0",
                "g": "30",
                "sc_threshold": "0",
                "threads": "1",
            },
        )
        stream.width, stream.height, stream.pix_fmt = *size_px, "yuv420p"
        for frame in frames:
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")):
                film.mux(packet)
        for packet in stream.encode():
            film.mux(packet)
    tmp.replace(out)
