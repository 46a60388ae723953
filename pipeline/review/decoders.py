"""A few decoder processes that work ahead; one that crashes or hangs costs one photo."""

import os
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import pipeline
from pipeline.errors import StateError
from pipeline.review.decoding import Decoded, DecodeJob, Refused

__all__ = ["DecoderPool"]

_BOOT = (
    "import sys; sys.path.insert(0, {root!r}); from pipeline.review.decoding import main;"
    " main({descriptor})"
)
_Tag = TypeVar("_Tag")
_Result = tuple[_Tag, Decoded | Refused | None]
# One that is decoded and one that waits: a decoder never waits for its parent.
_JOBS_EACH = 2
_AHEAD_EACH = 4
# For its imports, on a machine that has much else to do.
_START_S = 180.0


class _Decoder:
    """One process. Started with `subprocess`: `multiprocessing` would import the caller's main."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        root = str(Path(pipeline.__file__).parent.parent)
        try:
            self.process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
                [sys.executable, "-P", "-c", _BOOT.format(root=root, descriptor=theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                # What C libraries write there is nothing for the user, nor for our JSON lines.
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                # Ctrl-C belongs to the parent.
                process_group=0,
            )
        finally:
            theirs.close()
        self.connection = Connection(ours.detach())
        self.jobs: deque[tuple[int, DecodeJob]] = deque()
        self.head_since_s = time.monotonic()
        self.is_ready = False

    def give(self, number: int, job: DecodeJob) -> None:
        if self.is_ready and not self.jobs:
            self.head_since_s = time.monotonic()
        self.jobs.append((number, job))
        self.connection.send(job)

    def take(self) -> tuple[int, Decoded | Refused] | None:
        """Take what it says: a result, or None when it has only now got ready."""
        answer: Decoded | Refused | None = self.connection.recv()
        if answer is None:
            self.is_ready, self.head_since_s = True, time.monotonic()
            return None
        number, _ = self.jobs.popleft()
        self.head_since_s = time.monotonic()
        return number, answer

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.wait()


class DecoderPool:
    """Decodes photos in processes of its own, in order, a few ahead of the one that is asked for.

    Args:
        processes: How many.
        patience_s: A photo that takes longer is refused, and its decoder replaced.
    """

    def __init__(self, processes: int, *, patience_s: float = 60.0) -> None:
        self._count = processes
        self._patience_s = patience_s
        self._decoders: list[_Decoder] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for decoder in self._decoders:
            decoder.end()
        self._decoders.clear()

    def map(self, jobs: Iterator[tuple[_Tag, DecodeJob | None]]) -> Iterator[_Result[_Tag]]:
        """Give the result of each job, in the order of the jobs.

        Args:
            jobs: Each with whatever the caller knows it by; None needs no decoding and keeps
                its place in the order.

        Yields:
            The caller's own word and the result, None for None. At most four photos for each
            process are in memory.

        Raises:
            StateError: The decoders do not start at all.
        """
        while len(self._decoders) < self._count:
            self._decoders.append(_Decoder())
        tags: deque[_Tag] = deque()
        done: dict[int, Decoded | Refused | None] = {}
        again: deque[tuple[int, DecodeJob]] = deque()
        given, wanted, more = 0, 0, True
        while True:
            while more or again:
                free = min(self._decoders, key=lambda decoder: len(decoder.jobs))
                if len(free.jobs) >= _JOBS_EACH:
                    break
                if again:
                    self._give(free, *again.popleft(), again)
                    continue
                if given - wanted >= self._count * _AHEAD_EACH:
                    break
                following = next(jobs, None)
                if following is None:
                    more = False
                    continue
                tag, job = following
                tags.append(tag)
                if job is None:
                    done[given] = None
                else:
                    self._give(free, given, job, again)
                given += 1
            if wanted in done:
                yield tags.popleft(), done.pop(wanted)
                wanted += 1
            elif wanted == given:
                return
            else:
                self._collect(done, again)

    def _give(
        self,
        decoder: _Decoder,
        number: int,
        job: DecodeJob,
        again: deque[tuple[int, DecodeJob]],
    ) -> None:
        try:
            decoder.give(number, job)
        except OSError:  # it died while idle
            again.extendleft(reversed(decoder.jobs))
            self._replace(decoder)

    def _collect(
        self, done: dict[int, Decoded | Refused | None], again: deque[tuple[int, DecodeJob]]
    ) -> None:
        busy = {decoder.connection: decoder for decoder in self._decoders if decoder.jobs}
        ready = wait(list(busy), timeout=1.0)
        for connection in ready:
            decoder = busy[connection]  # type: ignore[index]
            try:
                if (result := decoder.take()) is not None:
                    done[result[0]] = result[1]
            except (EOFError, OSError):
                self._blame_head(decoder, "the decoder crashed on it; it is damaged", done, again)
        if not ready:
            now_s = time.monotonic()
            for decoder in busy.values():
                patience_s = self._patience_s if decoder.is_ready else _START_S
                if now_s - decoder.head_since_s > patience_s:
                    reason = f"not decoded within {self._patience_s:.0f} s; it is damaged"
                    self._blame_head(decoder, reason, done, again)

    def _blame_head(
        self,
        decoder: _Decoder,
        reason: str,
        done: dict[int, Decoded | Refused | None],
        again: deque[tuple[int, DecodeJob]],
    ) -> None:
        if not decoder.is_ready:
            raise StateError(
                "the photo decoder does not start; `python -c 'import pipeline.review.decoding'`"
                " in the same environment shows why"
            )
        number, _ = decoder.jobs.popleft()
        done[number] = Refused(reason=reason)
        again.extendleft(reversed(decoder.jobs))
        self._replace(decoder)

    def _replace(self, decoder: _Decoder) -> None:
        decoder.end()
        self._decoders[self._decoders.index(decoder)] = _Decoder()
