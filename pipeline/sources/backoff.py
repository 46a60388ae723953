"""How long to wait before the next attempt."""

import random
from collections.abc import Callable

__all__ = ["Backoff"]


class Backoff:
    """Exponential pauses with full jitter.

    The jitter keeps fifty cameras behind one switch that comes back from being asked all in the
    same second.

    Args:
        min_s: Shortest pause.
        max_s: Longest pause.
        healthy_after_s: After frames have come for so long, counting starts afresh.
        uniform: Source of randomness, ``uniform(low, high)``.
    """

    def __init__(
        self,
        *,
        min_s: float,
        max_s: float,
        healthy_after_s: float = 60.0,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._min_s = min_s
        self._max_s = max_s
        self._healthy_after_s = healthy_after_s
        self._uniform = uniform
        self._failures = 0

    def next_s(self, *, healthy_s: float) -> float:
        """The pause after one more failure.

        Args:
            healthy_s: How long frames had come before it, 0 where none came at all.

        Returns:
            Between ``min_s`` and ``min(max_s, min_s * 2 ** failures)``.
        """
        if healthy_s >= self._healthy_after_s:
            self._failures = 0
        self._failures += 1
        # The exponent is bounded because a camera may stay away for a year.
        ceiling_s = min(self._max_s, self._min_s * 2.0 ** min(self._failures, 32))
        return self._uniform(self._min_s, ceiling_s)
