"""How the light has changed since the reference: a smooth surface that foreign things cannot bend.

A lamp, the time of day, automatic exposure and white balance change a picture smoothly over its
whole area; a thing that was put down changes a part of it with hard borders. So the change is
fitted, frame by frame, by a surface of second degree over medians of tiles, with the outliers
weighted down (Tukey's biweight, iterated). Nothing is learnt from frame to frame: slow drift
needs no memory, and what was put down can never be taken for light, however long it stays.
"""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["LightSurface"]

_TILES_ACROSS: Final = 16
_ROUNDS: Final = 4
_FEWEST_TILES: Final = 12
# A tile counts when this share of its pixels may be used.
_TILE_SHARE: Final = 0.25


@dataclass(slots=True, kw_only=True)
class LightSurface:
    """Fits smooth surfaces to planes of one size.

    Attributes:
        shape_hw: Height and width of the planes in pixels.
    """

    shape_hw: tuple[int, int]
    _tile_px: int = field(init=False)
    _grid_hw: tuple[int, int] = field(init=False)
    _basis: NDArray[np.float32] = field(init=False)
    _full_basis: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        height, width = self.shape_hw
        self._tile_px = max(width // _TILES_ACROSS, 1)
        self._grid_hw = (max(height // self._tile_px, 1), max(width // self._tile_px, 1))
        rows, columns = self._grid_hw
        self._basis = _basis(
            (np.arange(rows) + 0.5) * self._tile_px / height,
            (np.arange(columns) + 0.5) * self._tile_px / width,
        ).reshape(-1, 6)
        # Evaluated on a coarse grid and enlarged: a surface of second degree loses nothing.
        self._full_basis = _basis(np.linspace(0, 1, 12), np.linspace(0, 1, 20)).reshape(-1, 6)

    def fit(
        self, plane: NDArray[np.float32], usable: NDArray[np.bool_]
    ) -> NDArray[np.float32] | None:
        """The smooth part of a plane.

        Args:
            plane: ``(h, w)`` float32, such as the logarithm of a brightness ratio.
            usable: ``(h, w)`` bool: pixels that may be believed.

        Returns:
            ``(h, w)`` float32; None where too little of the plane may be used.
        """
        rows, columns = self._grid_hw
        tile = self._tile_px
        cut = np.where(
            usable[: rows * tile, : columns * tile], plane[: rows * tile, : columns * tile], np.nan
        )
        stacked = cut.reshape(rows, tile, columns, tile).transpose(0, 2, 1, 3)
        values = np.sort(stacked.reshape(rows * columns, tile * tile), axis=1)
        counts = np.count_nonzero(~np.isnan(values), axis=1)
        good = counts >= _TILE_SHARE * tile * tile
        if int(good.sum()) < _FEWEST_TILES:
            return None
        medians = values[np.arange(len(values)), np.maximum(counts // 2, 0).clip(max=tile**2 - 1)]
        basis, target = self._basis[good], medians[good]
        weight = np.ones(len(target), np.float32)
        factors = np.zeros(6, np.float32)
        ridge = np.eye(6, dtype=np.float32) * 1e-3
        # Bending is doubted more than tilting and tilting more than a constant: a big thing
        # must not buy itself a curved light.
        ridge[1:] *= 20
        ridge[3:] *= 5
        for turn in range(_ROUNDS):
            weighted = basis * weight[:, None]
            factors = np.linalg.solve(basis.T @ weighted + ridge, weighted.T @ target)
            if turn == 0:
                # The first round believes the median of all tiles, not their mean.
                factors = np.zeros(6, np.float32)
                factors[0] = _median(target)
            residual = np.abs(target - basis @ factors)
            scale = max(_median(residual) * 1.4826, 1e-3)
            share = np.minimum(residual / (4.0 * scale), 1.0)
            weight = ((1 - share**2) ** 2).astype(np.float32)
        coarse = (self._full_basis @ factors).astype(np.float32).reshape(12, 20)
        height, width = self.shape_hw
        full = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(full, np.float32)


def _median(values: NDArray[np.float32]) -> float:
    # numpy's own costs more than all the rest of a fit, for values as few as these.
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])


def _basis(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float32]:
    across, down = np.meshgrid(x - 0.5, y - 0.5)
    parts = [np.ones_like(across), across, down, across * across, across * down, down * down]
    return np.stack(parts, axis=-1).astype(np.float32)
