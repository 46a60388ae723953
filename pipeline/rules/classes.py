"""Class names of rules against the vocabulary of whatever model is in use."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

__all__ = ["class_ids", "missing_names"]

# What a model trained on COCO calls the nearest thing. Used only where the model lacks our own
# word: our `ebike` is any motorised two-wheeler, and such a model knows only `motorcycle`.
_STAND_INS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ebike": ("motorcycle",),
        "luggage": ("suitcase",),
        "furniture": ("chair", "couch", "bench", "dining table", "bed"),
    }
)


@lru_cache(maxsize=1024)
def class_ids(vocabulary: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[int, ...]:
    """Ids of the model's classes that stand for the wanted names, ascending.

    Args:
        vocabulary: The model's class names; a name's index is its id.
        wanted: Names from a rule or a zone. A name that the model knows in no form is left out.
    """
    found: set[int] = set()
    for name in wanted:
        forms = (name,) if name in vocabulary else _STAND_INS.get(name, ())
        found.update(index for index, known in enumerate(vocabulary) if known in forms)
    return tuple(sorted(found))


def missing_names(vocabulary: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the wanted names that the model knows neither by name nor by a stand-in."""
    return tuple(name for name in wanted if not class_ids(vocabulary, (name,)))
