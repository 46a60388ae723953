"""The change feed of one process: whoever shows incidents waits here until one has changed."""

import asyncio
import threading

__all__ = ["ChangeFeed"]


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


class ChangeFeed:
    """A counter that grows with every committed change, and can be awaited.

    ``bump`` may be called from any thread, ``wait`` from any event loop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = 0
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def version(self) -> int:
        """How many changes there have been since the process began."""
        return self._version

    def bump(self) -> None:
        """Count one change and wake everybody who waits."""
        with self._lock:
            self._version += 1
            waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            loop = waiter.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, waiter)

    async def wait(self, after: int, *, timeout_s: float | None = None) -> int:
        """Wait until the version is above ``after``; give back the version then.

        Args:
            after: The version whose state the caller has already shown.
            timeout_s: Give up waiting after this many seconds and return the version as it
                is, so that the caller can refresh what ages by itself; None waits for good.
        """
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._version > after:
                return self._version
            self._waiters.add(waiter)
        try:
            await asyncio.wait((waiter,), timeout=timeout_s)
        finally:
            with self._lock:
                self._waiters.discard(waiter)
        return self._version
