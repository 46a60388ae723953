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

__all__ = ["LightSurface", "enlarged"]

_TILES_ACROSS: Final = 16
_ROUNDS: Final = 4
_FEWEST_TILES: Final = 12
# A tile counts when this share of its pixels may be used.
_TILE_SHARE: Final = 0.25
_COARSE_HW: Final = (12, 20)
_RIDGE: Final = np.diag(np.array([1, 20, 20, 100, 100, 100], np.float32) * np.float32(1e-3))


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
        self._full_basis = _basis(
            np.linspace(0, 1, _COARSE_HW[0]), np.linspace(0, 1, _COARSE_HW[1])
        ).reshape(-1, 6)

    def fit(
        self, planes: NDArray[np.float32], usable: NDArray[np.bool_]
    ) -> NDArray[np.float32] | None:
        """The smooth part of each plane.

        Args:
            planes: ``(k, h, w)`` float32, such as the logarithm of a brightness ratio.
            usable: ``(h, w)`` bool: pixels that may be believed, the same in all planes.

        Returns:
            ``(k, 12, 20)`` float32: the surfaces on a coarse grid over the whole picture, to be
            enlarged to any size with `enlarged`; None where too little may be used.
        """
        rows, columns = self._grid_hw
        tile, number = self._tile_px, len(planes)
        cut = np.where(
            usable[: rows * tile, : columns * tile],
            planes[:, : rows * tile, : columns * tile],
            np.float32(np.inf),
        )
        stacked = cut.reshape(number, rows, tile, columns, tile).transpose(0, 1, 3, 2, 4)
        values = stacked.reshape(number, rows * columns, tile * tile)
        counts = np.isfinite(values[0]).sum(axis=1)
        good = np.flatnonzero(counts >= _TILE_SHARE * tile * tile)
        if len(good) < _FEWEST_TILES:
            return None
        values = np.sort(values[:, good], axis=2)
        target = values[:, np.arange(len(good)), counts[good] // 2]
        basis = self._basis[good]
        weight = np.ones(target.shape, np.float32)
        factors = np.zeros((number, 6), np.float32)
        # Bending is doubted more than tilting and tilting more than a constant: a big thing
        # must not buy itself a curved light.
        for turn in range(_ROUNDS):
            if turn == 0:
                # The first round believes the median of all tiles, not their mean.
                factors[:, 0] = _medians(target)
            else:
                weighted = basis[None] * weight[..., None]
                square = np.matmul(basis.T[None], weighted) + _RIDGE
                wanted = np.matmul(target[:, None, :], weighted)[:, 0, :, None]
                factors = np.linalg.solve(square, wanted)[..., 0]
            residual = np.abs(target - np.matmul(factors, basis.T))
            scale = np.maximum(_medians(residual) * 1.4826, 1e-3)
            share = np.minimum(residual / (4.0 * scale[:, None]), 1.0)
            weight = np.square(1 - np.square(share)).astype(np.float32)
        coarse = np.matmul(factors, self._full_basis.T).astype(np.float32)
        return np.asarray(coarse.reshape(number, *_COARSE_HW), np.float32)


def enlarged(coarse: NDArray[np.float32], shape_hw: tuple[int, int]) -> NDArray[np.float32]:
    """A surface on the coarse grid, ``(12, 20)``, at full size."""
    height, width = shape_hw
    return np.asarray(
        cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _medians(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The upper median of each row; numpy's own costs more than all the rest of a fit."""
    middle = values.shape[1] // 2
    return np.asarray(np.partition(values, middle, axis=1)[:, middle], np.float32)


def _basis(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float32]:
    across, down = np.meshgrid(x - 0.5, y - 0.5)
    parts = [np.ones_like(across), across, down, across * across, across * down, down * down]
    return np.stack(parts, axis=-1).astype(np.float32)
