"""What the benchmark's cameras show: a quiet and a busy recording of each kind of place."""

import json
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from pipeline.demo import DemoClip, find_clips

__all__ = ["BenchPlace", "Happening", "bench_places"]

_FPS = 15
_GOP = 30
_QUIET_FRAMES = 60
_NOISE_LEVELS = 3.0
_VERSION = 2
_ENCODERS = {
    "h264": ("libx264", {"preset": "veryfast", "tune": "zerolatency", "bf": "0", "crf": "26"}),
    "hevc": (
        "libx265",
        {"preset": "ultrafast", "crf": "28", "x265-params": "bframes=0:log-level=none"},
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One true event of a busy recording; seconds of its own time.

    Attributes:
        kind: Kind of hazard.
        begins_s: From when it is there.
        ends_s: Until when; the recording's end where it lasts to the end.
    """

    kind: str
    begins_s: float
    ends_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPlace:
    """A kind of place in one coding.

    Attributes:
        clip: Zone, kind of place, and the original recording.
        codec: ``h264`` or ``hevc``.
        quiet: Nothing but sensor noise, ``quiet_s`` long.
        busy: The recording in which something happens, ``busy_s`` long.
        happenings: What happens in it.
    """

    clip: DemoClip
    codec: str
    quiet: Path
    quiet_s: float
    busy: Path
    busy_s: float
    happenings: tuple[Happening, ...]


def bench_places(folder: Path | None = None, *, codecs: tuple[str, ...]) -> list[BenchPlace]:
    """Encode what is not encoded yet; kept for the next run.

    Args:
        folder: Clips with their `events.json`; those of the checkout, if not given.
        codecs: Of ``h264`` and ``hevc``.

    Raises:
        ConfigError: There are no clips.
    """
    clips = find_clips(folder)
    store = _store()
    index = clips[0].file.parent / "events.json"
    listed: list[dict[str, Any]] = json.loads(index.read_text("utf-8"))["clips"]
    truth = {item["file"]: item for item in listed}
    places = []
    for clip in clips:
        item = truth[clip.file.name]
        busy_s = float(item["duration_s"])
        happenings = tuple(
            Happening(
                kind=event["kind"],
                begins_s=float(event["begins_s"]),
                ends_s=float(busy_s if event["ends_s"] is None else event["ends_s"]),
            )
            for event in item["events"]
        )
        for codec in codecs:
            stem = f"{clip.file.stem}-{clip.file.stat().st_size}-{codec}-v{_VERSION}"
            quiet, busy = store / f"{stem}-quiet.mp4", store / f"{stem}-busy.mp4"
            if not quiet.is_file():
                _encode(quiet, codec, _quiet_pictures(clip.file))
            if not busy.is_file():
                _encode(busy, codec, _pictures(clip.file))
            places.append(
                BenchPlace(
                    clip=clip,
                    codec=codec,
                    quiet=quiet,
                    quiet_s=_QUIET_FRAMES / _FPS,
                    busy=busy,
                    busy_s=busy_s,
                    happenings=happenings,
                )
            )
    return places


def _store() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "lifelane" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _pictures(file: Path) -> Any:
    with av.open(str(file)) as container:
        for picture in container.decode(video=0):
            yield picture.to_ndarray(format="bgr24")


def _quiet_pictures(file: Path) -> Any:
    """The first picture of the recording again and again, with fresh sensor noise each time."""
    first = next(_pictures(file)).astype(np.float32)
    noise = np.random.default_rng(1)
    for _ in range(_QUIET_FRAMES):
        grain = noise.normal(0.0, _NOISE_LEVELS, first.shape[:2]).astype(np.float32)
        yield np.clip(first + grain[:, :, None], 0, 255).astype(np.uint8)


def _encode(target: Path, codec: str, pictures: Any) -> None:
    name, options = _ENCODERS[codec]
    part = target.with_suffix(".part")
    with av.open(str(part), "w", format="mp4") as container:
        stream: Any = container.add_stream(name, rate=_FPS, options=options)
        stream.pix_fmt = "yuv420p"
        stream.gop_size = _GOP
        stream.time_base = Fraction(1, _FPS)
        if codec == "hevc":
            stream.codec_tag = "hvc1"
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    part.replace(target)
