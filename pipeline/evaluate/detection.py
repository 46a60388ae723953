"""What a detector sees on a suite of labelled pictures, set by set, as plain figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.detectors import Detector
from pipeline.errors import PhotoError
from pipeline.evaluate.boxes import (
    Matches,
    average_precisions,
    bootstrap_interval,
    calibration_error,
    confusion,
    match_class,
    resampled_precision,
)
from pipeline.evaluate.pictures import Labelled, PictureSet, PictureSuite, read_labelled
from pipeline.sources.photos import load_photo
from pipeline.types import Detections

__all__ = ["THRESHOLDS", "Outcome", "SeenSet", "evaluate_pictures", "set_figures"]

#: Confidences at which image-level rates are told beside the model's own threshold.
THRESHOLDS = (0.25, 0.35, 0.5)
#: Two-wheelers, and what must not be taken for one.
ALIKE = ("bicycle", "ebike", "tricycle", "wheelchair", "pram", "trolley")
_FALSE_RATE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSet:
    """A set, its pictures, and what was seen on each (class ids are the suite's)."""

    part: PictureSet
    pictures: tuple[Labelled, ...]
    seen: tuple[Detections, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A suite that was looked at.

    Attributes:
        model: Name and version of the weights.
        names: The suite's classes.
        sets: Those that could be read.
        failures: Name and reason of those that could not.
        confidence: The working threshold.
    """

    model: str
    names: tuple[str, ...]
    sets: tuple[SeenSet, ...]
    failures: tuple[tuple[str, str], ...]
    confidence: float

    def to_json(self, *, rounds: int = 300) -> dict[str, Any]:
        """All figures; ``rounds`` of the bootstrap."""
        return {
            "model": self.model,
            "confidence": self.confidence,
            "sets": {
                each.part.name: set_figures(
                    each, self.names, confidence=self.confidence, rounds=rounds
                )
                for each in self.sets
            },
            "lift": _lift_figures(self.sets, self.names, self.confidence, rounds),
            "failures": [{"set": name, "error": why} for name, why in self.failures],
        }


def evaluate_pictures(
    suite: PictureSuite,
    *,
    root: Path,
    detector: Detector,
    confidence: float,
    advance: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Look at every picture of a suite; a set that cannot be read is named and left out.

    Args:
        suite: The sets.
        root: Folder that the sets' paths are relative to.
        detector: Reports boxes far below the working threshold.
        confidence: The working threshold.
        advance: Told how many pictures of how many are done.
    """
    renamed = _renamed(detector.classes, suite)
    sets, failures = [], []
    for part in suite.sets:
        try:
            pictures = tuple(read_labelled(part, suite.names, root=root))
        except PhotoError as error:
            failures.append((part.name, str(error)))
            continue
        sets.append((part, pictures))
    total = sum(len(pictures) for _, pictures in sets)
    done = 0
    looked = []
    for part, pictures in sets:
        seen = []
        for picture in pictures:
            found = detector.detect([load_photo(picture.image).image])[0]
            class_id = renamed[found.class_id]
            seen.append(replace(found, class_id=class_id)[class_id >= 0])
            done += 1
            if advance is not None:
                advance(done, total)
        looked.append(SeenSet(part=part, pictures=pictures, seen=tuple(seen)))
    return Outcome(
        model=detector.model_version,
        names=suite.names,
        sets=tuple(looked),
        failures=tuple(failures),
        confidence=confidence,
    )


def _renamed(classes: Sequence[str], suite: PictureSuite) -> NDArray[np.int64]:
    """Return the suite's class id of each of the model's classes; -1 = none."""
    names = [suite.aliases.get(name, name) for name in classes]
    return np.array([suite.names.index(n) if n in suite.names else -1 for n in names], np.int64)


def set_figures(
    seen: SeenSet, names: Sequence[str], *, confidence: float, rounds: int
) -> dict[str, Any]:
    """Figures of one set: per class, per place, per condition, false alarms, calibration."""
    part = seen.part
    truth = [p.truth for p in seen.pictures]
    classes = [names.index(n) for n in part.classes]
    figures: dict[str, Any] = {"origin": part.origin, "pictures": len(truth)}
    matches = {
        c: [match_class(t, s, c) for t, s in zip(truth, seen.seen, strict=True)] for c in classes
    }
    precisions = average_precisions(truth, seen.seen, classes)
    if precisions:
        figures["map50"] = _mean([v[0] for v in precisions.values()])
        figures["map50_95"] = _mean([v[1] for v in precisions.values()])
        figures["map50_interval"] = bootstrap_interval(
            len(truth),
            lambda picks: float(
                np.nanmean([resampled_precision(matches[c], picks) for c in precisions])
            ),
            rounds=rounds,
        )
        figures["classes"] = {
            names[c]: {
                "boxes": sum(len(m.found_at) for m in matches[c]),
                "ap50": round(precisions[c][0], 4),
                "ap50_95": round(precisions[c][1], 4),
                **_rates(matches[c], confidence),
            }
            for c in precisions
        }
        figures["calibration_error"] = _calibration(matches)
        figures["confusion"] = confusion(
            truth,
            seen.seen,
            [names.index(n) for n in ALIKE if n in names],
            names,
            confidence=confidence,
        )
        figures["places"] = _by_word(seen, matches, confidence, lambda p: (p.place,))
        figures["conditions"] = _by_word(seen, matches, confidence, lambda p: p.conditions)
        figures["things"] = _by_thing(seen, matches, names, confidence)
    for name in part.free_of:
        at = np.array([_best(s, names.index(name)) for s in seen.seen])
        figures.setdefault("false_alarm_rate", {})[name] = _share_above(at, confidence) | {
            "interval": bootstrap_interval(len(at), _share_of(at, confidence), rounds=rounds)
        }
    return figures


def _lift_figures(
    sets: Sequence[SeenSet], names: Sequence[str], confidence: float, rounds: int
) -> dict[str, Any]:
    """E-bike in a lift, picture by picture: recall, and false alarms on what has none."""
    ebike = names.index("ebike") if "ebike" in names else -1
    result: dict[str, Any] = {}
    for origin in ("real", "rendered", "all"):
        positive, negative = [], []
        for each in sets:
            if origin not in {each.part.origin, "all"}:
                continue
            for picture, seen in zip(each.pictures, each.seen, strict=True):
                has = bool((picture.truth.class_id == ebike).any())
                if each.part.lift and has:
                    positive.append(_best(seen, ebike))
                elif "ebike" in each.part.free_of or (each.part.lift and not has):
                    negative.append(_best(seen, ebike))
        if not positive and not negative:
            continue
        yes, no = np.array(positive), np.array(negative)
        figures: dict[str, Any] = {"pictures": len(yes), "negatives": len(no)}
        if len(yes):
            figures["recall"] = _share_above(yes, confidence) | {
                "interval": bootstrap_interval(len(yes), _share_of(yes, confidence), rounds=rounds)
            }
        if len(no):
            figures["false_alarm_rate"] = _share_above(no, confidence) | {
                "interval": bootstrap_interval(len(no), _share_of(no, confidence), rounds=rounds)
            }
        if len(yes) and len(no):
            # The threshold that leaves 1 % of the negatives, and what is still seen above it.
            allowed = int(_FALSE_RATE * len(no))
            limit = float(np.sort(no)[::-1][allowed]) if allowed < len(no) else 0.0
            figures["recall_at_1_percent"] = round(float((yes > limit).mean()), 4)
            figures["confidence_at_1_percent"] = round(limit, 4)
        result[origin] = figures
    return result


def _best(seen: Detections, class_id: int) -> float:
    return float(seen.confidence[seen.class_id == class_id].max(initial=0.0))


def _share_of(best: NDArray[np.float64], confidence: float) -> Callable[[NDArray[np.int64]], float]:
    return lambda picks: float((best[picks] > confidence).mean())


def _share_above(best: NDArray[np.float64], confidence: float) -> dict[str, float]:
    levels = sorted({*THRESHOLDS, confidence})
    return {f"{level:g}": round(float((best > level).mean()), 4) for level in levels}


def _rates(matches: Sequence[Matches], confidence: float) -> dict[str, float | None]:
    found = sum(int((m.found_at > confidence).sum()) for m in matches)
    things = sum(len(m.found_at) for m in matches)
    strong = sum(int((m.confidence > confidence).sum()) for m in matches)
    right = sum(int((m.right & (m.confidence > confidence)).sum()) for m in matches)
    return {
        "recall": round(found / things, 4) if things else None,
        "precision": round(right / strong, 4) if strong else None,
    }


def _calibration(matches: Mapping[int, Sequence[Matches]]) -> float | None:
    flat = [m for each in matches.values() for m in each]
    confidence = np.concatenate([m.confidence for m in flat])
    right = np.concatenate([m.right for m in flat])
    told = confidence >= 0.05  # what no threshold would ever let through says nothing
    return calibration_error(confidence[told], right[told])


def _by_word(
    seen: SeenSet,
    matches: Mapping[int, Sequence[Matches]],
    confidence: float,
    words_of: Callable[[Labelled], Sequence[str]],
) -> dict[str, Any]:
    words = sorted({w for p in seen.pictures for w in words_of(p)})
    result = {}
    for word in words:
        picks = np.array([i for i, p in enumerate(seen.pictures) if word in words_of(p)])
        values = [resampled_precision(m, picks) for m in matches.values()]
        known = [v for v in values if not np.isnan(v)]
        some = [m[i] for m in matches.values() for i in picks]
        result[word] = {
            "pictures": len(picks),
            "map50": _mean(known) if known else None,
            **_rates(some, confidence),
        }
    return result


def _by_thing(
    seen: SeenSet,
    matches: Mapping[int, Sequence[Matches]],
    names: Sequence[str],
    confidence: float,
) -> dict[str, Any]:
    """Recall of things by their own condition; of e-bikes apart, for they are the point."""
    found: dict[str, list[bool]] = {}
    for class_id, each in matches.items():
        for picture, match in zip(seen.pictures, each, strict=True):
            mine = np.flatnonzero(picture.truth.class_id == class_id)
            for index, at in zip(mine, match.found_at, strict=True):
                for word in picture.thing_conditions[index]:
                    found.setdefault(word, []).append(bool(at > confidence))
                    if names[class_id] == "ebike":
                        found.setdefault(f"ebike {word}", []).append(bool(at > confidence))
    return {
        word: {"boxes": len(hits), "recall": _mean([float(h) for h in hits])}
        for word, hits in sorted(found.items())
    }


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)
