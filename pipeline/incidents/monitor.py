"""All places of one camera: tracks in, hazard events out, and a state that survives."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pipeline.errors import StateError
from pipeline.incidents.clock import PlaceClock
from pipeline.incidents.codec import (
    Reader,
    clock_to_json,
    departed_to_json,
    incident_to_json,
    occupancy_to_json,
    read_clock,
    read_departed,
    read_incident,
    read_occupancy,
    read_sighting,
    sighting_to_json,
)
from pipeline.incidents.incident import Incident, Speaker
from pipeline.incidents.place import PlaceState
from pipeline.rules import HazardRule, Scene, rules_for
from pipeline.types import Foreign, HazardEvent, HazardKind, Phase, Tracks, ZoneKind
from pipeline.zones import Zone

__all__ = ["CameraMonitor"]

_SCHEMA = "lifelane.place-state/1"
_STALE_AFTER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Orphan:
    """An open incident whose zone is no longer watched; it is ended at the next chance."""

    speaker: Speaker
    incident: Incident


class CameraMonitor:
    """Keeps the state of every zone of one camera and says what happens there.

    Pure: time comes in with the frames. An incident is keyed on place, so neither track ids
    nor restarts nor lost sight make two of one. Not thread-safe; one instance a camera.

    Args:
        site: Name of the site, part of every event and incident key.
        camera_id: Name of the camera, likewise.
        zones: What to watch; ids must be unique.
        classes: The model's class names, index = class id.
        model: Name and version of the weights, such as ``lifelane-n@0.1.0``.

    Raises:
        ValueError: Two zones have the same id.
    """

    def __init__(
        self,
        *,
        site: str,
        camera_id: str,
        zones: Sequence[Zone],
        classes: tuple[str, ...],
        model: str,
    ) -> None:
        ids = [zone.id for zone in zones]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"zones: expected unique ids, found more than one {', '.join(twice)}")
        self._site = site
        self._camera_id = camera_id
        self._zones = tuple(zones)
        self._allowed = tuple(zone.shape for zone in zones if zone.kind is ZoneKind.CHARGING_PLACE)
        self._classes = tuple(classes)
        self._model = model
        self._clock = PlaceClock()
        self._orphans: list[_Orphan] = []
        self._places = {_key(place): place for place in self._new_places()}
        self._kept: tuple[object, ...] = self._essence()
        self._kept_s = 0.0

    def observe(
        self,
        *,
        tracks: Tracks,
        frame_size_wh: tuple[int, int],
        captured_at: datetime,
        media_time_s: float,
        foreign: Foreign | None = None,
    ) -> list[HazardEvent]:
        """Take in one frame that shows the place clearly.

        Args:
            tracks: All boxes of the frame in pixels; none of the ids has to be right.
            frame_size_wh: Width and height of that frame in pixels; may change at any time.
            captured_at: Wall clock of the frame, aware. May jump; see ``PlaceClock``.
            media_time_s: Stream time of the frame in seconds.
            foreign: What differs from the clean references of this camera's zones; ``None``
                where there is no reference at all.

        Returns:
            What is to be told, in order, without evidence; usually nothing.

        Raises:
            ValueError: ``captured_at`` has no time zone, or the frame has no area.
        """
        if captured_at.tzinfo is None:
            raise ValueError("captured_at: expected a timezone-aware time, got a naive one")
        scene = Scene.of(
            tracks,
            frame_size_wh=frame_size_wh,
            vocabulary=self._classes,
            allowed=self._allowed,
            foreign=foreign,
        )
        tick = self._clock.advance(captured_at, media_time_s)
        events = self._end_orphans(at=captured_at, media_time_s=media_time_s)
        for place in self._places.values():
            events += place.observe(self._beside(place, scene), tick)
        return events

    def _beside(self, place: PlaceState, scene: Scene) -> Scene:
        """The scene for one rule: what another rule of the zone has settled on is no riddle."""
        if scene.foreign is None or not scene.foreign.regions:
            return scene
        taken = tuple(
            thing.anchor
            for other in self._places.values()
            if other is not place and other.zone is place.zone
            for thing in other.occupancies
            if (thing.settled or thing.qualified) and not thing.leans_on_reference
        )
        return replace(scene, taken=taken) if taken else scene

    def lose_sight(self, *, at: datetime, media_time_s: float, reason: str) -> list[HazardEvent]:
        """The camera can show nothing (offline, dark, covered): decide nothing until it can.

        Each open incident becomes ``unknown``, once, however often this is called. Absence
        does not count until the next :meth:`observe`.

        Args:
            at: Wall clock, aware.
            media_time_s: Stream time in seconds.
            reason: A stable word, such as ``camera_offline``.
        """
        self._clock.blind = True
        events = self._end_orphans(at=at, media_time_s=media_time_s)
        for place in self._places.values():
            events += place.lose_sight(
                at=at, media_time_s=media_time_s, now_s=self._clock.now_s, reason=reason
            )
        return events

    def finish(self, *, at: datetime, media_time_s: float) -> list[HazardEvent]:
        """A recording is over: one last update for each open incident that can be seen."""
        events = self._end_orphans(at=at, media_time_s=media_time_s)
        for place in self._places.values():
            events += place.finish(at=at, media_time_s=media_time_s, now_s=self._clock.now_s)
        return events

    @property
    def open_incidents(self) -> int:
        """Incidents that were raised and have not ended."""
        return sum(place.incident is not None for place in self._places.values())

    @property
    def is_pending(self) -> bool:
        """Whether a place is about to be decided, so that the next frames are wanted soon."""
        return any(place.is_pending for place in self._places.values())

    @property
    def occupied(self) -> bool:
        """Whether anything is remembered that stands, or may stand, in a zone."""
        return any(
            place.occupancies or place.incident is not None for place in self._places.values()
        )

    @property
    def changed(self) -> bool:
        """Whether the state is worth writing to disk again.

        True after any event, when a footprint has become more than a stray detection or has
        gone, and whenever there are five more seconds of dwell to remember.
        """
        if self._essence() != self._kept:
            return True
        return any(
            self._clock.now_s - max(self._kept_s, thing.first_s) >= _STALE_AFTER_S
            for place in self._places.values()
            for thing in place.occupancies
        )

    def snapshot(self) -> dict[str, Any]:
        """The whole state as JSON-able data; also the mark from which ``changed`` counts."""
        self._kept = self._essence()
        self._kept_s = self._clock.now_s
        return {
            "schema": _SCHEMA,
            "camera_id": self._camera_id,
            "clock": clock_to_json(self._clock),
            "places": [
                {
                    **_head(place.speaker),
                    "zone_kind": place.zone.kind.value,
                    "rule": place.rule.name,
                    "next_serial": place.next_serial,
                    "armed_s": place.armed_s,
                    "window": [sighting_to_json(entry) for entry in place.window],
                    "occupancies": [occupancy_to_json(thing) for thing in place.occupancies],
                    "incident": place.incident and incident_to_json(place.incident),
                    "departed": place.departed and departed_to_json(place.departed),
                }
                for place in self._places.values()
            ],
            "orphans": [
                {**_head(orphan.speaker), "incident": incident_to_json(orphan.incident)}
                for orphan in self._orphans
            ],
        }

    def restore(self, state: object) -> None:
        """Take over what :meth:`snapshot` gave, in place of the present state.

        Zones may have changed since: a new zone starts empty, a moved or re-tuned zone keeps
        its footprints, and an open incident of a zone that is gone or is of another kind now
        is ended with the reason ``zone_removed`` by the next call that returns events.

        Raises:
            StateError: ``state`` is not what this version wrote, or is another camera's; the
                monitor is as it was before.
        """
        root = Reader.of(state)
        schema = root.text("schema")
        if schema != _SCHEMA:
            raise StateError(
                f"place state: expected schema {_SCHEMA}, found {schema!r:.60}; it was written by"
                " another version of LifeLane: use that version, or move the state folder away"
            )
        if root.text("camera_id") != self._camera_id:
            raise StateError(
                f"place state: expected the state of camera {self._camera_id!r}, found that of"
                f" {root.text('camera_id')!r:.60}; give each camera its own id"
            )
        clock = read_clock(root.part("clock"))
        places = {_key(place): place for place in self._new_places()}
        orphans = [
            self._read_orphan(Reader.of(entry, path)) for path, entry in root.entries("orphans")
        ]
        for part in (Reader.of(entry, path) for path, entry in root.entries("places")):
            place = places.get((part.text("zone_id"), part.text("zone_kind"), part.text("rule")))
            incident = part.maybe("incident", read_incident)
            if place is None:
                if incident is not None:
                    orphans.append(self._read_orphan(part))
                continue
            place.incident = incident
            if "departed" in part.data:
                place.departed = part.maybe("departed", read_departed)
            place.next_serial = part.count("next_serial")
            if "armed_s" in part.data:
                place.armed_s = None if part.data["armed_s"] is None else part.number("armed_s")
            place.window.extend(
                read_sighting(entry, path) for path, entry in part.entries("window")
            )
            place.occupancies = [
                read_occupancy(Reader.of(entry, path))
                for path, entry in part.entries("occupancies")
            ]
        self._clock, self._places, self._orphans = clock, places, orphans
        self._kept, self._kept_s = self._essence(), clock.now_s

    def _new_places(self) -> Iterator[PlaceState]:
        for zone in self._zones:
            for rule in rules_for(zone.kind, zone.connected_to):
                yield PlaceState(
                    zone=zone,
                    rule=rule,
                    speaker=self._speaker(zone.id, rule),
                    window=deque(maxlen=zone.k_of_n[1]),
                )

    def _speaker(self, zone_id: str, rule: HazardRule) -> Speaker:
        return Speaker(
            site=self._site,
            camera_id=self._camera_id,
            zone_id=zone_id,
            kind=rule.kind,
            model=self._model,
            rule_version=rule.version,
        )

    def _read_orphan(self, part: Reader) -> _Orphan:
        word = part.text("kind")
        try:
            kind = HazardKind(word)
        except ValueError:
            raise StateError(
                f"place state: {part.path}.kind: expected one of {', '.join(HazardKind)},"
                f" found {word!r:.60}"
            ) from None
        speaker = Speaker(
            site=self._site,
            camera_id=self._camera_id,
            zone_id=part.text("zone_id"),
            kind=kind,
            model=self._model,
            rule_version=part.text("rule_version"),
        )
        return _Orphan(speaker=speaker, incident=read_incident(part.part("incident")))

    def _end_orphans(self, *, at: datetime, media_time_s: float) -> list[HazardEvent]:
        events = [
            orphan.incident.say(
                Phase.END,
                orphan.speaker,
                at=at,
                media_time_s=media_time_s,
                now_s=self._clock.now_s,
                reason="zone_removed",
            )
            for orphan in self._orphans
        ]
        self._orphans = []
        return events

    def _essence(self) -> tuple[object, ...]:
        """What a restart must not lose; cheap to build and to compare."""
        return (
            len(self._orphans),
            *(
                (
                    place.incident and (place.incident.key, place.incident.sequence),
                    tuple(
                        (thing.serial, thing.qualified)
                        for thing in place.occupancies
                        if thing.settled or thing.qualified
                    ),
                )
                for place in self._places.values()
            ),
        )


def _key(place: PlaceState) -> tuple[str, str, str]:
    return place.zone.id, place.zone.kind.value, place.rule.name


def _head(speaker: Speaker) -> dict[str, str]:
    return {
        "zone_id": speaker.zone_id,
        "kind": speaker.kind.value,
        "rule_version": speaker.rule_version,
    }
