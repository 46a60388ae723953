"""Values of a zone's fields that are more than a number or a word."""

from collections.abc import Sequence
from typing import Any, Final

from pipeline.config.fields import wrong
from pipeline.config.problems import describe
from pipeline.config.words import one_of
from pipeline.types import Connection

__all__ = ["MOST_FRAMES", "read_allowed", "read_classes", "read_connected_to", "read_k_of_n"]

MOST_FRAMES: Final = 1000
_ALSO_CONNECTIONS = {
    "门厅": "hall",
    "大厅": "hall",
    "lobby": "hall",
    "走道": "corridor",
    "疏散走道": "corridor",
    "楼道": "corridor",
    "楼梯间": "stairwell",
    "安全出口": "exit",
    "采光井": "light_well",
    "天井": "courtyard",
    "atrium": "courtyard",
}


def read_k_of_n(value: Any) -> tuple[int, int] | None:
    """``[K, N]``, or nothing."""
    if value is None:
        return None
    expected = f"[K, N] with 1 <= K <= N <= {MOST_FRAMES}"
    whole = isinstance(value, Sequence) and not isinstance(value, str)
    if (
        not whole
        or len(value) != 2
        or not all(isinstance(part, int) and not isinstance(part, bool) for part in value)
    ):
        raise wrong(
            "write two whole numbers: [3, 5] means in 3 of the last 5 frames",
            expected=expected,
            found=describe(value),
        )
    hits, window = value
    if hits > window:
        raise wrong(
            f"{hits} of {window} frames can never be: the smaller number comes first",
            expected=expected,
            found=describe(value),
        )
    if not 1 <= hits <= window <= MOST_FRAMES:
        raise wrong("out of range", expected=expected, found=describe(value))
    return hits, window


def read_classes(value: Any) -> tuple[str, ...] | None:
    """A list of class names, or nothing."""
    if value is None:
        return None
    expected = "a list of class names, such as [car, truck]"
    if not isinstance(value, list | tuple):
        raise wrong("write a list, even of one class", expected=expected, found=describe(value))
    if not value:
        raise wrong(
            "an empty list would watch for nothing: name classes, or delete the line",
            expected=expected,
            found="an empty list",
        )
    for index, name in enumerate(value):
        if not isinstance(name, str) or not name.strip():
            raise wrong("a class is a name", expected=expected, found=describe(name), index=index)
        if name in value[:index]:
            raise wrong(
                "stands twice: delete one",
                expected="each class once",
                found=describe(name),
                index=index,
            )
    return tuple(value)


def read_allowed(value: Any) -> tuple[str, ...]:
    """A list of class names, possibly empty."""
    return () if value is None or value == [] else read_classes(value) or ()


def read_connected_to(value: Any) -> tuple[Connection, ...]:
    """What an overhead floor is open to; one word may stand without a list."""
    if value is None:
        return ()
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple):
        raise wrong(
            "write a list, such as [hall, stairwell]",
            expected=f"a list of {', '.join(Connection)}",
            found=describe(value),
        )
    words = [
        one_of(each, list(Connection), what="connection", also=_ALSO_CONNECTIONS) for each in given
    ]
    return tuple(Connection(word) for word in dict.fromkeys(words))
