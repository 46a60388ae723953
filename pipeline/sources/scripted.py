"""A source whose frames and failures are written down beforehand, against a manual clock."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceError, SourceStalled
from pipeline.gate import Pace
from pipeline.sources.spec import SourceState, SourceStatus
from pipeline.types import Frame

__all__ = ["ManualClock", "ScriptedSource"]


class ManualClock:
    """A clock that moves only when told to.

    Args:
        start_at: Wall clock of second 0, aware.
    """

    def __init__(self, start_at: datetime) -> None:
        if start_at.tzinfo is None:
            raise ValueError("start_at: expected a timezone-aware time, got a naive one")
        self._start_at = start_at
        self._passed_s = 0.0

    @property
    def passed_s(self) -> float:
        """Seconds since the start."""
        return self._passed_s

    @property
    def now(self) -> datetime:
        """Wall clock, aware."""
        return self._start_at + timedelta(seconds=self._passed_s)

    def advance(self, seconds_s: float) -> None:
        """Let time pass.

        Raises:
            ValueError: Time would run backwards.
        """
        if seconds_s < 0:
            raise ValueError(f"seconds_s: expected 0 or more, got {seconds_s}")
        self._passed_s += seconds_s


Step = NDArray[np.uint8] | SourceError | None
Script = Iterable[Step] | Callable[[int], Step]


class ScriptedSource:
    """The surface of `CameraSource`, playing a script instead of a camera.

    Each call of ``get`` takes one step of the script. A step is an image, a `SourceError` (the
    source goes stalled or offline, ``get`` returns None) or None (nothing came in time). The
    clock advances by ``timeout_s`` where nothing came, and by ``1 / sample_fps`` before each
    frame but the first. The end of the script is the end of the recording.

    Args:
        camera_id: The camera's id.
        script: Steps in order, or a callable from the step's number to the step, which ends
            the script by raising `StopIteration`.
        clock: The manual clock; share one among sources that run side by side.
        sample_fps: Frames a second.
    """

    def __init__(
        self, *, camera_id: str, script: Script, clock: ManualClock, sample_fps: float = 1.0
    ) -> None:
        self._camera_id = camera_id
        self._clock = clock
        self._interval_s = 1.0 / sample_fps
        self._steps = _steps(script)
        self._ahead: deque[Step] = deque()
        self._first_s: float | None = None
        self._status = SourceStatus(state=SourceState.CONNECTING)
        self._look_ahead()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def status(self) -> SourceStatus:
        """How it is doing now; ``since_monotonic_s`` counts on the manual clock."""
        return self._status

    @property
    def ended(self) -> bool:
        """Whether the script has been played to its end."""
        return self._status.state is SourceState.ENDED

    def start(self) -> None:
        """Nothing to do; there for the shared surface."""

    def close(self) -> None:
        """End the script."""
        self._ahead.clear()
        self._set(SourceState.ENDED, self._status.error)

    def set_pace(self, pace: Pace) -> None:
        """A script keeps its own pace; there for the shared surface."""

    def get(self, timeout_s: float) -> Frame | None:
        """Play one step; see the class.

        Args:
            timeout_s: How far the clock advances where the step gives no frame.
        """
        if self.ended:
            return None
        step = self._ahead.popleft()
        frame = None
        if step is None:
            self._clock.advance(timeout_s)
        elif isinstance(step, SourceError):
            self._clock.advance(timeout_s)
            stalled = isinstance(step, SourceStalled)
            self._set(SourceState.STALLED if stalled else SourceState.OFFLINE, step)
        else:
            frame = self._frame(step)
        self._look_ahead()
        return frame

    def _frame(self, image: NDArray[np.uint8]) -> Frame:
        if self._first_s is None:
            self._first_s = self._clock.passed_s
        else:
            self._clock.advance(self._interval_s)
        status = self._status
        if status.error is not None:
            status = replace(status, reconnects=status.reconnects + int(status.frames > 0))
        self._status = replace(status, frames=status.frames + 1)
        self._set(SourceState.ONLINE, None)
        return Frame(
            camera_id=self._camera_id,
            index=self._status.frames - 1,
            captured_at=self._clock.now,
            media_time_s=self._clock.passed_s - self._first_s,
            image=image,
        )

    def _look_ahead(self) -> None:
        """`CameraSource` knows its end as soon as the last frame is taken; so does this."""
        try:
            self._ahead.append(next(self._steps))
        except StopIteration:
            self._set(SourceState.ENDED, self._status.error)

    def _set(self, state: SourceState, error: SourceError | None) -> None:
        since_s = self._status.since_monotonic_s
        if state is not self._status.state:
            since_s = self._clock.passed_s
        self._status = replace(self._status, state=state, error=error, since_monotonic_s=since_s)


def _steps(script: Script) -> Iterator[Step]:
    if not callable(script):
        return iter(script)
    return _called(script)


def _called(script: Callable[[int], Step]) -> Iterator[Step]:
    number = 0
    while True:
        try:
            step = script(number)
        except StopIteration:
            return
        yield step
        number += 1
