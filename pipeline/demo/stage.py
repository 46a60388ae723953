"""What the demo plays: the clips with their zones, and the site file made from them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import ConfigError

__all__ = ["DemoClip", "find_clips", "write_site_file"]

# Seconds that suit a clip of half a minute; a real lane waits three minutes.
_RAISE_AFTER_S = {"fire_lane": 8, "elevator": 0, "corridor": 8}
_CLEAR_AFTER_S = {"fire_lane": 4, "elevator": 4, "corridor": 4}
_NAMES = {"fire_lane": "东门 消防车道", "elevator": "3号楼 电梯", "corridor": "5号楼 2层楼道"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClip:
    """One clip of `datasets/clips/events.json`.

    Attributes:
        file: The video file.
        camera_id: Id that the demo gives its camera.
        name: Chinese name shown on the desk.
        place: Kind of place, which is also the kind of its zone.
        polygon_norm: The zone, corner points as shares of width and height.
    """

    file: Path
    camera_id: str
    name: str
    place: str
    polygon_norm: tuple[tuple[float, float], ...]


def find_clips(folder: Path | None = None) -> list[DemoClip]:
    """Read the clips that are ours to ship.

    Args:
        folder: A folder with `events.json` and its clips; `datasets/clips` of the checkout
            that this package lies in, if not given.

    Raises:
        ConfigError: There is no such folder, or its `events.json` names a missing clip.
    """
    place = folder or Path(__file__).resolve().parents[2] / "datasets" / "clips"
    index = place / "events.json"
    if not index.is_file():
        raise ConfigError(
            f"{index}: no demo clips here; run the demo inside a checkout of LifeLane, "
            "or name a folder with clips: lifelane demo --clips DIR"
        )
    try:
        listed: list[dict[str, Any]] = json.loads(index.read_text("utf-8"))["clips"]
        clips = [
            DemoClip(
                file=place / clip["file"],
                camera_id=clip["camera"],
                name=clip.get("name") or _NAMES[clip["place"]],
                place=clip["place"],
                polygon_norm=tuple((float(x), float(y)) for x, y in clip["zone"]),
            )
            for clip in listed
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{index}: not a list of clips ({error})") from error
    missing = [clip.file.name for clip in clips if not clip.file.is_file()]
    if missing or not clips:
        raise ConfigError(f"{index}: these clips are missing: {', '.join(missing) or 'all'}")
    return clips


def write_site_file(
    target: Path, *, clips: Sequence[DemoClip], urls: Mapping[str, str], api_url: str
) -> None:
    """Write the demo's site file.

    Args:
        target: File to write.
        clips: The clips, each of which becomes a camera.
        urls: RTSP address by camera id; a camera that has none plays its file in a loop.
        api_url: Address of the incident API.
    """
    site = {
        "site": "demo",
        "incident_api": {"url": api_url, "key_env": "LIFELANE_API_KEY"},
        "state_dir": str(target.parent / "watch"),
        "cameras": [
            {
                "id": clip.camera_id,
                "name": clip.name,
                "source": urls.get(clip.camera_id, str(clip.file)),
                "place": clip.place,
                "loop": clip.camera_id not in urls,
                "zones": [
                    {
                        "id": clip.place,
                        "kind": clip.place,
                        "polygon": [list(point) for point in clip.polygon_norm],
                        "raise_after_s": _RAISE_AFTER_S[clip.place],
                        "clear_after_s": _CLEAR_AFTER_S[clip.place],
                    }
                ],
            }
            for clip in clips
        ],
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(site, allow_unicode=True, sort_keys=False), "utf-8")
