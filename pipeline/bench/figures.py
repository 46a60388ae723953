"""Reading the figures of a running `lifelane watch` from its own /metrics."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from pipeline.errors import LifeLaneError

__all__ = ["Figures", "read_figures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One reading.

    Attributes:
        cpu_s: CPU time so far by part (decode, gate, inference, rest), in seconds.
        loop_s: Time of the judging loop so far by what it did (detect, judge, care), in seconds.
        counts: Sums over the cameras by metric and kind of place.
        ages: Pictures judged so far by upper bound of their age in seconds, cumulative.
        states: Cameras by state.
        keys_only_share: Share of the cameras that decode key frames only.
        memory_mb: Of all processes together.
        shortage: How short of time the watcher is.
    """

    cpu_s: Mapping[str, float]
    loop_s: Mapping[str, float]
    counts: Mapping[str, Mapping[str, float]]
    ages: Mapping[float, float]
    states: Mapping[str, int]
    keys_only_share: float
    memory_mb: float
    shortage: int

    @property
    def looked(self) -> int:
        """Pictures that the gates have looked at."""
        return self._sum("looked")

    @property
    def inferences(self) -> int:
        """Pictures that the detector has looked at."""
        return self._sum("inferences")

    @property
    def dropped(self) -> int:
        """Pictures dropped because newer ones waited."""
        return self._sum("dropped") + self._sum("overtaken")

    @property
    def decode_errors(self) -> int:
        """Damaged pictures."""
        return self._sum("decode_errors")

    def _sum(self, name: str) -> int:
        return int(sum(self.counts.get(name, {}).values()))

    def rate_by_place(self, before: "Figures", name: str, passed_s: float) -> dict[str, float]:
        """Counts a second since ``before``, for one camera of each kind of place."""
        cameras = self.counts["cameras"]
        return {
            place: round(
                (count - before.counts[name].get(place, 0.0)) / passed_s / cameras[place], 3
            )
            for place, count in sorted(self.counts[name].items())
        }

    def age_quantile_s(self, before: "Figures", share: float) -> float | None:
        """Age below which a share of the pictures judged since ``before`` were, in seconds.

        Interpolated within the buckets of the histogram, as Prometheus does.
        """
        counts = {bound: count - before.ages.get(bound, 0.0) for bound, count in self.ages.items()}
        bounds = sorted(counts)
        if not bounds or counts[bounds[-1]] <= 0:
            return None
        wanted = share * counts[bounds[-1]]
        low_s = below = 0.0
        for bound in bounds:
            if counts[bound] >= wanted:
                if bound == float("inf"):
                    return low_s
                inside = counts[bound] - below
                part = (wanted - below) / inside if inside else 1.0
                return round(low_s + (bound - low_s) * part, 3)
            low_s, below = bound, counts[bound]
        return low_s


def read_figures(port: int) -> Figures:
    """Ask the watcher that answers at this port of loopback.

    Raises:
        LifeLaneError: It does not answer.
    """
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=30)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise LifeLaneError(f"`lifelane watch` does not tell its figures: {error}") from error
    cpu_s: dict[str, float] = {}
    loop_s: dict[str, float] = {}
    counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    ages: dict[float, float] = defaultdict(float)
    states: dict[str, int] = defaultdict(int)
    keys = memory = shortage = 0.0
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels: dict[str, Any] = sample.labels
            name, value = sample.name, sample.value
            if name == "lifelane_cpu_seconds_total":
                cpu_s[labels["part"]] = value
            elif name == "lifelane_loop_seconds_total":
                loop_s[labels["work"]] = value
            elif name.startswith("lifelane_camera_") and name.endswith("_total"):
                short = name.removeprefix("lifelane_camera_").removesuffix("_total")
                counts[short][labels["place"]] += value
                if short == "looked":
                    counts["cameras"][labels["place"]] += 1
            elif name == "lifelane_frame_age_seconds_bucket":
                ages[float(labels["le"])] += value
            elif name == "lifelane_camera_state" and value:
                states[labels["state"]] += 1
            elif name == "lifelane_camera_keys_only":
                keys += value
            elif name == "lifelane_memory_bytes":
                memory += value / 1e6
            elif name == "lifelane_watch_shortage":
                shortage = value
    return Figures(
        cpu_s=cpu_s,
        loop_s=loop_s,
        counts={name: dict(by_place) for name, by_place in counts.items()},
        ages=dict(ages),
        states=dict(states),
        keys_only_share=round(keys / max(sum(states.values()), 1), 3),
        memory_mb=memory,
        shortage=int(shortage),
    )
