"""Usual sizes of the classes, for finding the ground that a box stands on.

Vehicles: typical outer sizes on Chinese roads; limits of GB 1589-2016 (width at most 2.55 m).
E-bikes: GB 17761-2024 (wheelbase at most 1.25 m, front at most 0.45 m, handlebar wider). The
rest is what such things measure in a shop. A spread is the usual deviation of the logarithm:
0.1 is about ten percent.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Solid
from pipeline.types import FOREIGN_CLASS

__all__ = ["solid_of"]

_BLOCK: NDArray[np.float64] = np.array(
    [(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.0, 1.0)]
)
#: Bonnet and boot are lower than the roof, the roof is narrower, the bumpers are off the ground.
_CAR: NDArray[np.float64] = np.array(
    [(x, y, z) for x in (-0.5, 0.5) for y in (-0.42, 0.42) for z in (0.16, 0.5)]
    + [(x, y, z) for x in (-0.44, 0.44) for y in (-0.5, 0.5) for z in (0.14, 0.55)]
    + [(x, y, 0.0) for x in (-0.36, 0.36) for y in (-0.46, 0.46)]
    + [(x, y, 1.0) for x in (-0.34, 0.12) for y in (-0.36, 0.36)]
    + [(x, y, 0.62) for x in (-0.02, 0.1) for y in (-0.56, 0.56)]
)
#: Wheels on the middle line; handlebar and mirrors are the widest, near the front and high up.
_BIKE: NDArray[np.float64] = np.array(
    [(x, y, 0.0) for x in (-0.36, 0.36) for y in (-0.12, 0.12)]
    + [(x, y, 0.3) for x in (-0.5, 0.5) for y in (-0.15, 0.15)]
    + [(0.2, y, 0.85) for y in (-0.5, 0.5)]
    + [(0.18, y, 1.0) for y in (-0.4, 0.4)]
    + [(-0.45, y, 0.65) for y in (-0.2, 0.2)]
)


def _solid(
    length_m: float,
    width_m: float,
    height_m: float,
    spread: float | tuple[float, float, float],
    corners: NDArray[np.float64] = _BLOCK,
) -> Solid:
    spreads = spread if isinstance(spread, tuple) else (spread, spread, spread)
    return Solid(
        length_m=length_m,
        width_m=width_m,
        height_m=height_m,
        spread=spreads,
        corners=corners,
    )


_SOLIDS: Mapping[str, Solid] = MappingProxyType(
    {
        "car": _solid(4.5, 1.82, 1.52, (0.10, 0.05, 0.10), _CAR),
        "truck": _solid(6.0, 2.2, 2.6, (0.25, 0.08, 0.20)),
        "bus": _solid(9.5, 2.5, 3.1, (0.20, 0.04, 0.08)),
        "tricycle": _solid(2.7, 1.15, 1.4, (0.15, 0.12, 0.20)),
        "ebike": _solid(1.75, 0.7, 1.1, (0.10, 0.12, 0.12), _BIKE),
        "bicycle": _solid(1.7, 0.6, 1.05, (0.10, 0.12, 0.12), _BIKE),
        "wheelchair": _solid(1.05, 0.65, 0.95, 0.12),
        "pram": _solid(0.9, 0.55, 1.0, 0.15),
        "trolley": _solid(0.9, 0.6, 1.0, 0.25),
        "luggage": _solid(0.45, 0.28, 0.7, 0.25),
        "carton": _solid(0.5, 0.45, 0.45, 0.45),
        "furniture": _solid(0.9, 0.6, 0.9, 0.5),
        "bundle": _solid(0.7, 0.55, 0.55, 0.5),
        FOREIGN_CLASS: _solid(0.7, 0.6, 0.7, 0.6),
    }
)
_STAND_INS: Mapping[str, str] = MappingProxyType({"motorcycle": "ebike", "suitcase": "luggage"})


def solid_of(class_name: str) -> Solid:
    """The usual shape of a class; of any thing at all where the class is not ours."""
    known = _STAND_INS.get(class_name, class_name)
    return _SOLIDS.get(known, _SOLIDS[FOREIGN_CLASS])
