"""A suite: clips, the zones drawn into them, and the events that really happen there."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.clutter import LightMode
from pipeline.config import Camera, ZoneConfig
from pipeline.errors import ConfigError
from pipeline.evaluate.simulated import Simulation
from pipeline.evaluate.truth import TrueEvent
from pipeline.types import HazardKind, PlaceKind, ZoneKind

__all__ = ["Clip", "EventConfig", "Suite", "load_suite"]

#: Patience that suits a clip of half a minute, where the suite names none.
_CLIP_RAISE_S = 8.0
_CLIP_CLEAR_S = 4.0
_INDEX_NAMES = ("suite.yaml", "events.json")


class _Part(BaseModel):
    # What a renderer notes for itself (size, frame rate, seeds) is none of our business.
    model_config = ConfigDict(extra="ignore", frozen=True)


class EventConfig(_Part):
    """One true event of a clip."""

    kind: HazardKind
    zone: str
    begins_s: Annotated[float, Field(ge=0)]
    ends_s: float | None = None
    clear_width_m: float | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.ends_s is not None and self.ends_s <= self.begins_s:
            raise ValueError(
                f"contradictory times: expected ends_s after begins_s {self.begins_s:g},"
                f" found {self.ends_s:g}"
            )
        return self


class Clip(_Part):
    """One clip of a suite.

    ``reference`` names, by light, pictures of the clean place beside the clip: each stands for
    a reference that a person has approved.
    """

    file: str
    place: PlaceKind
    camera: str
    duration_s: Annotated[float, Field(gt=0)]
    conditions: tuple[str, ...] = ()
    sample_fps: float | None = None
    zones: Annotated[tuple[ZoneConfig, ...], Field(min_length=1)]
    events: tuple[EventConfig, ...] = ()
    reference: Annotated[Mapping[LightMode, str], Field(default_factory=dict)]

    @model_validator(mode="before")
    @classmethod
    def _one_zone_of_the_place(cls, data: Any) -> Any:
        """The short form: one outline, of the place's own kind, for the clip and its events."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if "zones" not in data and "zone" in data:
            place = data.get("place")
            data["zones"] = [{"id": place, "kind": place, "polygon": data["zone"]}]
            data["events"] = [{**event, "zone": place} for event in data.get("events", ())]
        data["zones"] = [_patient(zone) for zone in data.get("zones", ())]
        return data

    @model_validator(mode="after")
    def _events_lie_in_zones(self) -> Self:
        known = [zone.id for zone in self.zones]
        for event in self.events:
            if event.zone not in known:
                raise ValueError(
                    f"events: expected a zone of this clip ({', '.join(known)}),"
                    f" found {event.zone!r}"
                )
        return self

    @property
    def truths(self) -> tuple[TrueEvent, ...]:
        """The events as the matching wants them."""
        return tuple(
            TrueEvent(
                kind=event.kind,
                zone_id=event.zone,
                begins_s=event.begins_s,
                ends_s=event.ends_s,
                clear_width_m=event.clear_width_m,
            )
            for event in self.events
        )

    def to_camera(self, video: Path) -> Camera:
        """The camera that might have filmed it."""
        return Camera.model_validate(
            {
                "id": self.camera,
                "source": str(video.absolute()),
                "place": self.place,
                "sample_fps": self.sample_fps,
                "zones": self.zones,
            },
            context={"base_dir": video.parent},
        )


class Suite(_Part):
    """A list of clips under one name.

    ``shared`` names a folder of the collected data beside the checkout (or in
    LIFELANE_SHARED_DATA) in which the clips lie; without it they lie beside the index. A suite
    without clips is ``simulated``: made-up days for the rules alone.
    """

    suite: str = ""
    shared: str | None = None
    clips: tuple[Clip, ...] = ()
    simulated: Simulation | None = None

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if bool(self.clips) == (self.simulated is not None):
            raise ValueError("expected either clips or simulated, found both or neither")
        return self

    def folder(self, index: Path) -> Path:
        """Where the clips lie."""
        if self.shared is None:
            return index.parent
        checkout = Path(__file__).resolve().parents[2]
        shared = Path(os.environ.get("LIFELANE_SHARED_DATA") or checkout.parent / "shared/data")
        return shared / self.shared


def load_suite(place: Path) -> tuple[Suite, Path]:
    """Read a suite.

    Args:
        place: A folder with ``suite.yaml`` or ``events.json``, or such a file.

    Returns:
        The suite, and the file that it was read from.

    Raises:
        ConfigError: There is none, or it does not fit; the message names the field.
    """
    named = [place / name for name in _INDEX_NAMES] if place.is_dir() else [place]
    index = next((file for file in named if file.is_file()), None)
    if index is None:
        raise ConfigError(
            f"{place}: expected a folder with {' or '.join(_INDEX_NAMES)}, found none of them"
        )
    try:
        # JSON is YAML, too.
        data = yaml.safe_load(index.read_text("utf-8"))
        suite = Suite.model_validate(data, context={"base_dir": index.parent})
    except ValidationError as error:
        listed = [_problem(fault) for fault in error.errors(include_url=False)]
        raise ConfigError(f"{index}: not a suite: " + "; ".join(listed[:5])) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{index}: expected JSON or YAML, found neither ({error})") from error
    return suite.model_copy(update={"suite": suite.suite or index.parent.name}), index


def _patient(zone: Any) -> Any:
    if not isinstance(zone, dict):
        return zone
    lift = zone.get("kind") in (ZoneKind.ELEVATOR, "lift")
    usual = {"raise_after_s": 0.0 if lift else _CLIP_RAISE_S, "clear_after_s": _CLIP_CLEAR_S}
    return {**usual, **zone}


def _problem(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "the file"
    context = fault.get("ctx", {})
    if "expected" in context and "found" in context:
        return (
            f"{where}: {context['message']} (expected {context['expected']},"
            f" found {context['found']})"
        )
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}"
