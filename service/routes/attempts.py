"""A light brake on guessing: too many wrong keys or passwords from one address must wait."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from service.errors import TooManyAttempts

__all__ = ["Attempts"]

_WINDOW_S = 60.0
# Bounds the memory that a flood from many addresses can take.
_MAX_ADDRESSES = 10_000
_MAX_TRUSTED = 64


class Attempts:
    """Failures of the last minute, by address.

    What has been right from an address before is let through all the same, so that one
    camera box with an old key does not silence its neighbours behind the same router.

    Args:
        limit: Failures a minute before an address must wait.
        clock: Seconds that only grow; tests bring their own.
    """

    def __init__(self, *, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._trusted: OrderedDict[str, OrderedDict[int, None]] = OrderedDict()

    def check(self, address: str, secret: str) -> None:
        """Whether this address may try now.

        Raises:
            TooManyAttempts: It has failed too often within the last minute.
        """
        with self._lock:
            failures = self._failures.get(address)
            if failures is None:
                return
            horizon = self._clock() - _WINDOW_S
            while failures and failures[0] < horizon:
                failures.popleft()
            if len(failures) < self._limit:
                return
            if hash(secret) in self._trusted.get(address, ()):
                return
        raise TooManyAttempts(
            f"{self._limit} wrong keys or passwords came from {address} within a minute; wait a"
            " minute, then try again with the right one"
        )

    def failed(self, address: str) -> None:
        """Count one failure."""
        with self._lock:
            failures = self._failures.setdefault(address, deque(maxlen=self._limit))
            failures.append(self._clock())
            self._failures.move_to_end(address)
            while len(self._failures) > _MAX_ADDRESSES:
                self._failures.popitem(last=False)

    def succeeded(self, address: str, secret: str) -> None:
        """Remember what was right (a salted hash of it, in this process only)."""
        with self._lock:
            trusted = self._trusted.setdefault(address, OrderedDict())
            trusted[hash(secret)] = None
            trusted.move_to_end(hash(secret))
            while len(trusted) > _MAX_TRUSTED:
                trusted.popitem(last=False)
            self._trusted.move_to_end(address)
            while len(self._trusted) > _MAX_ADDRESSES:
                self._trusted.popitem(last=False)
