"""The state of one place under one rule: footprints, and the incident they make."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from pipeline.geometry import pairwise_iou
from pipeline.incidents.clock import Tick, reached
from pipeline.incidents.incident import Departed, Incident, Speaker, incident_key
from pipeline.incidents.matching import MIN_IOU, likeness, match_boxes, most_covered
from pipeline.incidents.occupancy import Occupancy
from pipeline.rules import Candidate, HazardRule, Presence, Scene
from pipeline.types import FOREIGN_CLASS, HazardEvent, Phase
from pipeline.zones import Zone

__all__ = ["PlaceState", "Sighting"]

_HIDDEN_SHARE = 0.5
_MAX_FOOTPRINTS = 64
_WINDOW_GAP_S = 10.0
_LOOK_AGAIN_S = 10.0
_RETURNS_S = 3600.0
_USUAL_ASPECT = 16 / 9
#: Below this patience, in seconds, a queue could look like one vehicle that stands.
_QUEUE_S = 30.0
#: A box that overlaps a footprint by this much is on its way over it; below, it stands beside,
#: above, it is the thing itself.
_STIR_IOU = (0.1, 0.7)

Sighting = tuple[datetime, float]
"""A frame in which the zone was occupied: wall clock and place time."""


def _forget_after_s(zone: Zone) -> float:
    """Unpaid absence after which something that was never raised is forgotten."""
    return min(max(zone.raise_after_s / 2, 8.0), 15.0)


@dataclass(slots=True, kw_only=True)
class PlaceState:
    """One zone under one rule.

    ``idle`` is no footprints; ``pending`` is footprints that have not stood long enough;
    ``raised`` is an incident. It ends only by watching the place empty.

    Attributes:
        zone: What is watched.
        rule: What judges it.
        speaker: Fields of the events.
        occupancies: Footprints, oldest first.
        window: For zone-wise presence, the last n frames: a sighting or nothing.
        next_serial: Serial of the next footprint.
        incident: The open incident, if any.
        departed: The incident before, for the hour in which its vehicle may come back.
        armed_s: Place time since which the zone's hours hold; ``None`` outside of them.
        aspect: Width over height of the newest frame. Not part of the state on disk.
    """

    zone: Zone
    rule: HazardRule
    speaker: Speaker
    occupancies: list[Occupancy] = field(default_factory=list)
    window: deque[Sighting | None]
    next_serial: int = 1
    incident: Incident | None = None
    departed: Departed | None = None
    armed_s: float | None = 0.0
    aspect: float = _USUAL_ASPECT

    @property
    def is_pending(self) -> bool:
        """Whether the next frames decide something: a footprint that is new or seems to leave."""
        if self.incident is None:
            return bool(self.occupancies) or any(entry is not None for entry in self.window)
        return not self.occupancies or any(
            not (thing.qualified and thing.seen_now) for thing in self.occupancies
        )

    def observe(self, scene: Scene, tick: Tick) -> list[HazardEvent]:
        """Judge one frame that was seen clearly; at most one event comes of it."""
        if tick.gap:
            self._forget_pending()
        self._arm(tick)
        width_px, height_px = scene.frame_size_wh
        self.aspect = width_px / height_px
        candidates = self.rule.candidates(scene, self.zone)
        if self.rule.presence is Presence.ZONE:
            self._observe_zone(candidates, scene, tick)
        else:
            self._observe_footprints(candidates, scene, tick)
        for thing in self.occupancies:
            # Only a frame that shows it well may raise it: that frame becomes the evidence.
            ready = thing.seen_now and thing.last.firm and not (thing.qualified or thing.is_stirred)
            if ready and self._long_enough(thing, tick) and self._confirmed(thing, tick):
                thing.qualified = True
        event = self._speak(tick)
        return [] if event is None else [event]

    def lose_sight(
        self, *, at: datetime, media_time_s: float, now_s: float, reason: str
    ) -> list[HazardEvent]:
        """Nothing can be seen: say so once for an open incident, and decide nothing."""
        if self.incident is None or self.incident.unknown:
            return []
        self._look(self.incident)
        return [
            self.incident.say(
                Phase.UNKNOWN,
                self.speaker,
                at=at,
                media_time_s=media_time_s,
                now_s=now_s,
                reason=reason,
            )
        ]

    def finish(self, *, at: datetime, media_time_s: float, now_s: float) -> list[HazardEvent]:
        """The recording is over: a last word on an open incident that can be seen."""
        if self.incident is None or self.incident.unknown:
            return []
        self._look(self.incident)
        return [
            self.incident.say(
                Phase.UPDATE, self.speaker, at=at, media_time_s=media_time_s, now_s=now_s
            )
        ]

    def _forget_pending(self) -> None:
        qualified = [thing for thing in self.occupancies if thing.qualified]
        # An incident that only a newcomer keeps open is not ended by a gap either.
        if self.incident is None or qualified:
            self.occupancies = qualified

    def _arm(self, tick: Tick) -> None:
        """Outside of the zone's hours nothing is raised, and no dwell counts towards it."""
        if not self.zone.is_active(tick.at):
            self.armed_s = None
        elif self.armed_s is None:
            self.armed_s = tick.now_s

    def _confirmed(self, thing: Occupancy, tick: Tick) -> bool:
        """Take the rule's closer look, not more often than its cost allows."""
        if thing.denied_s is not None and tick.now_s - thing.denied_s < _LOOK_AGAIN_S:
            return False
        confirmed = self.rule.confirms(self.zone, thing.last, aspect=self.aspect)
        thing.denied_s = None if confirmed else tick.now_s
        return confirmed

    def _observe_footprints(self, candidates: list[Candidate], scene: Scene, tick: Tick) -> None:
        scores = likeness(
            [thing.anchor for thing in self.occupancies], [found.box for found in candidates]
        )
        matched = dict(match_boxes(scores))
        missed = [thing for row, thing in enumerate(self.occupancies) if row not in matched]
        hidden = self._hidden(missed, scene, tick)
        for row, thing in enumerate(self.occupancies):
            if row in matched:
                column = matched[row]
                score = float(scores[row, column])
                thing.hit(candidates[column], tick, iou=score if score >= MIN_IOU else None)
            elif thing.leans_on_reference and not scene.speaks_of_foreign(self.zone.id):
                thing.pause()
            else:
                thing.miss(tick, hidden=thing.serial in hidden)
        if self.rule.queues and self.zone.raise_after_s < _QUEUE_S:
            self._stir(candidates, tick)
        for column, found in enumerate(candidates):
            # A second box on a known footprint is the same thing seen twice.
            if found.firm and not scores[:, column].any():
                self._begin(found, tick, first_seen=tick.at, first_s=tick.now_s)
        self._keep(lambda thing: not self._gone(thing))

    def _stir(self, candidates: list[Candidate], tick: Tick) -> None:
        """Tell traffic that queues from what stands, where the patience is short.

        With a long patience it is not asked: there a vehicle that moves on is found out by its
        dwell, and one that stands behind passing traffic must not begin again and again.
        """
        # Foreign matter only grows while it settles, and takes turns with the box that names it.
        pending = [
            thing
            for thing in self.occupancies
            if not (thing.qualified or FOREIGN_CLASS in thing.votes)
        ]
        if not pending or not candidates:
            return
        best = pairwise_iou(
            np.array([thing.anchor for thing in pending], np.float64),
            np.array([found.box for found in candidates], np.float64),
        ).max(axis=1)
        for thing, iou in zip(pending, best.tolist(), strict=True):
            if iou >= _STIR_IOU[0]:
                thing.stir(moving=iou < _STIR_IOU[1], tick=tick)

    def _observe_zone(self, candidates: list[Candidate], scene: Scene, tick: Tick) -> None:
        if tick.dt_s > _WINDOW_GAP_S:
            self.window.clear()
        firm = next((found for found in candidates if found.firm), None)
        counts = firm is not None and self.armed_s is not None
        self.window.append((tick.at, tick.now_s) if counts else None)
        best = firm or next(iter(candidates), None)
        hidden = set() if best is not None else self._hidden(self.occupancies, scene, tick)
        for thing in self.occupancies:
            if best is not None:
                thing.hit(best, tick)
            else:
                thing.miss(tick, hidden=thing.serial in hidden)
        hits = [sighting for sighting in self.window if sighting is not None]
        if not self.occupancies and firm is not None and len(hits) >= self.zone.k_of_n[0]:
            self._begin(firm, tick, first_seen=hits[0][0], first_s=hits[0][1])
        self._keep(lambda thing: not self._gone(thing) if thing.qualified else bool(hits))

    def _keep(self, stays: Callable[[Occupancy], bool]) -> None:
        kept = [thing for thing in self.occupancies if stays(thing)]
        if self.incident is not None and len(kept) < len(self.occupancies):
            # What leaves is remembered as last seen, for the end that may follow.
            self._look(self.incident)
        self.occupancies = kept

    def _look(self, incident: Incident) -> None:
        qualified = [thing for thing in self.occupancies if thing.qualified]
        if qualified:
            measures = self.rule.measures(
                self.zone, [thing.last for thing in qualified], aspect=self.aspect
            )
            incident.see(qualified, measures)

    def _begin(self, found: Candidate, tick: Tick, *, first_seen: datetime, first_s: float) -> None:
        if len(self.occupancies) >= _MAX_FOOTPRINTS:
            return
        thing = Occupancy.begin(
            found, serial=self.next_serial, first_seen=first_seen, first_s=first_s
        )
        self.next_serial += 1
        thing.hit(found, tick)
        self.occupancies.append(thing)

    def _hidden(self, missed: list[Occupancy], scene: Scene, tick: Tick) -> set[int]:
        """Serials of what is not seen because something stands in front of it."""
        hold_s = self.rule.hold_s
        may_hide = [each for each in missed if not reached(each.held_s + tick.seen_s, hold_s)]
        if not may_hide or not len(scene.boxes):
            return set()
        shares = most_covered([thing.last.box for thing in may_hide], scene.boxes)
        return {
            thing.serial
            for thing, share in zip(may_hide, shares.tolist(), strict=True)
            if share >= _HIDDEN_SHARE
        }

    def _gone(self, thing: Occupancy) -> bool:
        limit_s = self.zone.clear_after_s if thing.qualified else _forget_after_s(self.zone)
        missed = not (thing.seen_now or thing.hidden_now or thing.paused_now)
        return missed and reached(thing.absent_s, limit_s)

    def _armed_dwell_s(self, thing: Occupancy) -> float:
        """How long it has stood here within the zone's hours; below 0 outside of them."""
        if self.armed_s is None:
            return -1.0
        return thing.last_s - max(thing.first_s, self.armed_s)

    def _long_enough(self, thing: Occupancy, tick: Tick) -> bool:
        limit_s = self.zone.raise_limit_s(tick.at)
        if self.zone.warn_after_s is not None:
            limit_s = min(limit_s, self.zone.warn_after_s)
        if not reached(self._armed_dwell_s(thing), limit_s):
            return False
        # Zone-wise presence has already been sworn to by k of n frames.
        return self.rule.presence is Presence.ZONE or thing.settled

    def _replaced(self) -> bool:
        """Whether something newly standing there keeps the incident open.

        Half of the clearing time is enough: what replaces a vehicle, or is the same vehicle
        shifted by a length, is always a little younger than the other's absence.
        """
        return any(
            thing.settled and reached(thing.dwell_s, self.zone.clear_after_s / 2)
            for thing in self.occupancies
        )

    def _cannot_tell(self, qualified: list[Occupancy], tick: Tick) -> bool:
        """Whether all that keeps the incident open could not be compared for a while."""
        return all(thing.paused_now for thing in qualified) and reached(
            tick.now_s - max(thing.last_s for thing in qualified), self.rule.hold_s
        )

    def _speak(self, tick: Tick) -> HazardEvent | None:
        qualified = [thing for thing in self.occupancies if thing.qualified]
        incident = self.incident
        if incident is None:
            return self._raise(qualified, tick) if qualified else None
        if not qualified:
            if self._replaced():
                return None
            self.incident = None
            self.departed = Departed(
                key=incident.key, ended_s=tick.now_s, subjects=incident.subjects
            )
            return self._say(incident, Phase.END, tick, reason="clear")
        if self._cannot_tell(qualified, tick) and not incident.unknown:
            return self._say(incident, Phase.UNKNOWN, tick, reason="no_reference")
        serials = tuple(thing.serial for thing in qualified)
        seen = any(thing.seen_now for thing in qualified)
        due = reached(tick.now_s - incident.spoke_s, self.zone.update_every_s)
        changed = serials != incident.reported or self._escalates(qualified, tick)
        if (seen and (due or changed or incident.unknown)) or (changed and not incident.unknown):
            incident.reported = serials
            if self._escalates(qualified, tick):
                incident.stage = 2
            self._look(incident)
            return self._say(incident, Phase.UPDATE, tick)
        return None

    def _escalates(self, qualified: list[Occupancy], tick: Tick) -> bool:
        """Whether what was only announced has now stood long enough to be raised."""
        if self.incident is not None and self.incident.stage == 2:
            return False
        limit_s = self.zone.raise_limit_s(tick.at)
        return any(
            thing.seen_now and reached(self._armed_dwell_s(thing), limit_s) for thing in qualified
        )

    def _raise(self, qualified: list[Occupancy], tick: Tick) -> HazardEvent:
        first = min(qualified, key=lambda thing: (thing.first_s, thing.serial))
        incident = Incident(
            key=incident_key(
                site=self.speaker.site,
                camera_id=self.speaker.camera_id,
                zone_id=self.speaker.zone_id,
                kind=self.speaker.kind,
                first_seen=first.first_seen,
            ),
            first_seen=first.first_seen,
            last_seen=first.last_seen,
            # A wall clock set back since must not date the raising before the thing itself.
            raised_at=max(tick.at, first.first_seen),
            first_s=first.first_s,
            last_s=first.last_s,
            spoke_s=tick.now_s,
            reported=tuple(thing.serial for thing in qualified),
            stage=2 if self._escalates(qualified, tick) else 1,
            previous_key=self._previous_key(qualified, tick),
        )
        self._look(incident)
        self.incident = incident
        return self._say(incident, Phase.START, tick)

    def _previous_key(self, qualified: list[Occupancy], tick: Tick) -> str:
        """The incident before, if the same class stands on the same footprint again."""
        before, self.departed = self.departed, None
        if before is None or tick.now_s - before.ended_s > _RETURNS_S:
            return ""
        # In a lift the next e-bike stands where the last one stood: that means nothing.
        if self.rule.presence is Presence.ZONE:
            return ""
        scores = likeness(
            [thing.anchor for thing in qualified],
            [subject.xyxy_norm for subject in before.subjects],
        )
        came_back = any(
            thing.class_name == subject.class_name and scores[row, column] >= MIN_IOU
            for row, thing in enumerate(qualified)
            for column, subject in enumerate(before.subjects)
        )
        return before.key if came_back else ""

    def _say(
        self, incident: Incident, phase: Phase, tick: Tick, *, reason: str = ""
    ) -> HazardEvent:
        return incident.say(
            phase,
            self.speaker,
            at=tick.at,
            media_time_s=tick.media_time_s,
            now_s=tick.now_s,
            reason=reason,
        )
