"""Which cells of the tiny picture matter to a camera's zones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["zone_cells"]


def zone_cells(
    polygons_norm: Sequence[Sequence[tuple[float, float]]],
    *,
    size_wh: tuple[int, int],
    margin_cells: int = 2,
) -> NDArray[np.bool_] | None:
    """Cells under or close to any of the polygons.

    The margin takes in what stands on the edge of a zone, and the error of a hand-drawn line.

    Args:
        polygons_norm: Corner points as shares of width and height, in [0, 1].
        size_wh: Width and height of the tiny picture in cells.
        margin_cells: How far around a polygon cells still count.

    Returns:
        ``(H, W)`` bool; None without polygons, which means every cell.
    """
    if not polygons_norm:
        return None
    width, height = size_wh
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    inside = np.zeros((height, width), np.bool_)
    for polygon in polygons_norm:
        inside |= _inside(polygon, x, y)
        for corner_x, corner_y in polygon:
            column = min(int(corner_x * width), width - 1)
            inside[min(int(corner_y * height), height - 1), column] = True
    return _grown(inside, margin_cells)


def _inside(
    polygon: Sequence[tuple[float, float]], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Even-odd rule, side by side."""
    odd = np.zeros(x.shape, np.bool_)
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if y1 == y2:
            continue
        odd ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return odd


def _grown(cells: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    height, width = cells.shape
    padded = np.pad(cells, by)
    grown = np.zeros_like(cells)
    for dy in range(2 * by + 1):
        for dx in range(2 * by + 1):
            grown |= padded[dy : dy + height, dx : dx + width]
    return grown
