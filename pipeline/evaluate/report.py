"""Precision, recall, false alarms per camera-day and delays, from what was matched."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.evaluate.truth import Matching
from pipeline.types import HazardKind

__all__ = ["EventReport", "Judged", "figures", "percentile"]

_DAY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One clip that was played.

    Attributes:
        name: The clip's name.
        conditions: Words such as ``night``; each gets a row of its own.
        duration_s: How long the camera watched.
        raise_after_s: Dwell limit by zone id.
        matching: What came of it.
    """

    name: str
    conditions: tuple[str, ...]
    duration_s: float
    raise_after_s: dict[str, float]
    matching: Matching


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReport:
    """The outcome of a suite.

    Attributes:
        suite: Name of the suite.
        model: Name and version of the weights.
        judged: The clips that were played.
        failures: Clip name and reason of those that could not be.
    """

    suite: str
    model: str
    judged: tuple[Judged, ...]
    failures: tuple[tuple[str, str], ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """All figures; those of the whole suite on the first level."""
        kinds = [
            kind
            for kind in HazardKind
            if any(_of_kind(each.matching, kind) for each in self.judged)
        ]
        words = sorted({word for each in self.judged for word in each.conditions})
        return {
            "suite": self.suite,
            **figures(self.judged),
            "model": self.model,
            "by_kind": {kind.value: figures(self.judged, kind=kind) for kind in kinds},
            "by_condition": {
                word: figures([each for each in self.judged if word in each.conditions])
                for word in words
            },
            "clips": [_clip_line(each) for each in self.judged],
            "failures": [{"clip": name, "error": error} for name, error in self.failures],
        }


def figures(judged: Sequence[Judged], *, kind: HazardKind | None = None) -> dict[str, Any]:
    """The figures of some clips, of all kinds of hazard or of one.

    A figure that rests on nothing (precision where nothing was claimed) is ``None``.
    """
    delays: dict[str, list[float]] = defaultdict(list)
    hits = missed = false = duplicates = 0
    for each in judged:
        matching = each.matching
        missed += sum(kind in (None, truth.kind) for truth in matching.missed)
        false += sum(kind in (None, claim.kind) for claim in matching.false)
        duplicates += sum(kind in (None, claim.kind) for claim in matching.duplicates)
        for match in matching.matches:
            if kind not in (None, match.truth.kind):
                continue
            hits += 1
            delays["raise"].append(match.time_to_raise_s)
            limit_s = each.raise_after_s.get(match.truth.zone_id, 0.0)
            delays["beyond"].append(max(match.time_to_raise_s - limit_s, 0.0))
            if match.time_to_clear_s is not None:
                delays["clear"].append(match.time_to_clear_s)
            if match.width_error_m is not None:
                delays["width"].append(abs(match.width_error_m))
    wrong = false + duplicates
    watched_s = sum(each.duration_s for each in judged)
    precision = hits / (hits + wrong) if hits + wrong else None
    recall = hits / (hits + missed) if hits + missed else None
    f1 = 2 * hits / (2 * hits + wrong + missed) if hits + wrong + missed else None
    found: dict[str, Any] = {
        "precision": _round(precision, 4),
        "recall": _round(recall, 4),
        "f1": _round(f1, 4),
        "false_alarms_per_camera_day": _round(wrong / watched_s * _DAY_S if watched_s else None, 3),
        "time_to_raise_p95_s": percentile(delays["raise"], 95),
        "time_to_raise_p50_s": percentile(delays["raise"], 50),
        "beyond_dwell_p95_s": percentile(delays["beyond"], 95),
        "time_to_clear_p50_s": percentile(delays["clear"], 50),
        "time_to_clear_p95_s": percentile(delays["clear"], 95),
        "events": hits + missed,
        "found": hits,
        "missed": missed,
        "false_alarms": false,
        "duplicates": duplicates,
        "camera_hours": round(watched_s / 3600, 3),
    }
    if delays["width"]:
        found["clear_width_error_p50_m"] = percentile(delays["width"], 50)
        found["clear_width_error_p95_m"] = percentile(delays["width"], 95)
    return found


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that ``share`` percent of all do not exceed; ``None`` of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return _round(ordered[max(math.ceil(share / 100 * len(ordered)) - 1, 0)], 3)


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _of_kind(matching: Matching, kind: HazardKind) -> bool:
    return any(
        kind is each
        for each in (
            *(match.truth.kind for match in matching.matches),
            *(truth.kind for truth in matching.missed),
            *(claim.kind for claim in (*matching.false, *matching.duplicates)),
        )
    )


def _clip_line(each: Judged) -> dict[str, Any]:
    matching = each.matching
    return {
        "clip": each.name,
        "conditions": list(each.conditions),
        "found": [
            {
                "kind": match.truth.kind.value,
                "zone": match.truth.zone_id,
                "begins_s": match.truth.begins_s,
                "raised_at_s": round(match.claim.raised_at_s, 2),
                "clear_width_error_m": _round(match.width_error_m, 3),
            }
            for match in matching.matches
        ],
        "missed": [
            {"kind": truth.kind.value, "zone": truth.zone_id, "begins_s": truth.begins_s}
            for truth in matching.missed
        ],
        "false_alarms": [
            {
                "kind": claim.kind.value,
                "zone": claim.zone_id,
                "raised_at_s": round(claim.raised_at_s, 2),
                "duplicate": claim in matching.duplicates,
            }
            for claim in (*matching.false, *matching.duplicates)
        ],
    }
