"""Which camera shows what when, and whether the incidents tell the same story."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.bench.clips import BenchPlace

__all__ = ["BenchCamera", "Score", "Seen", "TrueEvent", "plan_cameras", "score"]

#: The true beginning is where a person says so; a hazard may well be seen a little before.
_EARLY_S = 3.0
_LATE_S = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchCamera:
    """One camera of the benchmark.

    Attributes:
        id: Its id.
        place: What it looks at.
        busy_at_s: When its busy recording begins, in seconds of the server's time line.
    """

    id: str
    place: BenchPlace
    busy_at_s: tuple[float, ...]

    def segments(self, total_s: float) -> list[tuple[str, float]]:
        """``quiet`` and ``busy`` with their lengths in seconds, covering the whole run."""
        segments: list[tuple[str, float]] = []
        at_s = 0.0
        for begin_s in self.busy_at_s:
            segments += [("quiet", begin_s - at_s), ("busy", self.place.busy_s)]
            at_s = begin_s + self.place.busy_s
        return [*segments, ("quiet", max(total_s - at_s, 0.0) + 600.0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueEvent:
    """Something that really happened; seconds of the server's time line."""

    camera_id: str
    kind: str
    place: str
    begins_s: float
    ends_s: float
    raise_after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An incident that the API holds; seconds of the same time line."""

    camera_id: str
    kind: str
    first_seen_s: float
    stored_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well the incidents match.

    Attributes:
        expected: True events that lasted long enough to be raised in time.
        found: Of those, the ones that have an incident.
        missed: Ids of the cameras of the others.
        false_starts: Incidents to which no true event belongs, or a second one of the same.
        alert_s: From the moment each event should be raised (its beginning and the dwell that
            its zone asks for) to the incident stored, in seconds, by kind of place.
        sight_s: From the event's beginning to where the incident dates it, likewise.
    """

    expected: int
    found: int
    missed: tuple[str, ...]
    false_starts: tuple[str, ...]
    alert_s: Mapping[str, tuple[float, ...]]
    sight_s: Mapping[str, tuple[float, ...]]


def plan_cameras(
    places: Sequence[BenchPlace], *, cameras: int, seconds: float, warm_up_s: float, busy: float
) -> list[BenchCamera]:
    """Cameras of every kind in turn, a share of them busy at any time.

    Args:
        places: What there is to show.
        cameras: How many cameras.
        seconds: How long is measured.
        warm_up_s: Nothing happens before.
        busy: Share of the cameras that are busy at any time, in [0, 1].
    """
    kinds = sorted({place.clip.place for place in places})
    by_kind = {kind: [p for p in places if p.clip.place == kind] for kind in kinds}
    chosen = [
        by_kind[kinds[number % len(kinds)]][number // len(kinds) % len(by_kind[kinds[0]])]
        for number in range(cameras)
    ]
    begins: list[list[float]] = [[] for _ in range(cameras)]
    mean_busy_s = sum(place.busy_s for place in places) / len(places)
    wanted = max(min(len(kinds), cameras), round(busy * cameras * seconds / mean_busy_s))
    for number in range(wanted):
        # Neighbours in time are far apart in number, so that no process has them all.
        camera = number * 7 % cameras if cameras % 7 else number * 5 % cameras
        place = chosen[camera]
        room_s = max(seconds - place.busy_s, 0.0)
        at_s = warm_up_s + room_s * number / max(wanted - 1, 1)
        # Quiet recordings are played whole, from the end of the last busy one.
        free_s = begins[camera][-1] + place.busy_s if begins[camera] else 0.0
        at_s = free_s + round((at_s - free_s) / place.quiet_s) * place.quiet_s
        if at_s >= free_s + (20.0 if begins[camera] else 0.0):
            begins[camera].append(at_s)
    return [
        BenchCamera(
            id=f"{chosen[number].clip.place}-{number:03d}",
            place=chosen[number],
            busy_at_s=tuple(begins[number]),
        )
        for number in range(cameras)
    ]


def score(
    truth: Sequence[TrueEvent], seen: Sequence[Seen], *, from_s: float, until_s: float
) -> Score:
    """Match incidents with what really happened.

    Args:
        truth: All that happened.
        seen: All that was stored.
        from_s: When measuring began; what began before is neither found nor missed.
        until_s: The end of the run; what was not due by then is neither found nor missed.
    """
    unused = list(seen)
    missed: list[str] = []
    alert_s: dict[str, list[float]] = {}
    sight_s: dict[str, list[float]] = {}
    expected = found = 0
    for event in sorted(truth, key=lambda each: each.begins_s):
        due_s = event.begins_s + event.raise_after_s
        is_due = event.begins_s >= from_s and due_s + _LATE_S <= min(event.ends_s, until_s)
        match = next((each for each in unused if _belongs(each, event)), None)
        if match is not None:
            unused.remove(match)
        if not is_due:
            continue
        expected += 1
        if match is None:
            missed.append(f"{event.camera_id} at {event.begins_s:.0f} s")
            continue
        found += 1
        alert_s.setdefault(event.place, []).append(match.stored_s - due_s)
        sight_s.setdefault(event.place, []).append(match.first_seen_s - event.begins_s)
    return Score(
        expected=expected,
        found=found,
        missed=tuple(missed),
        false_starts=tuple(
            f"{each.camera_id} {each.kind} at {each.first_seen_s:.0f} s" for each in unused
        ),
        alert_s={place: tuple(values) for place, values in alert_s.items()},
        sight_s={place: tuple(values) for place, values in sight_s.items()},
    )


def _belongs(seen: Seen, event: TrueEvent) -> bool:
    return (
        seen.camera_id == event.camera_id
        and seen.kind == event.kind
        and event.begins_s - _EARLY_S <= seen.first_seen_s <= event.ends_s + _LATE_S
    )
