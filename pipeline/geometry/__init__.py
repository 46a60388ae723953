"""Boxes and polygons in normalised coordinates: areas, overlaps, nothing about hazards."""

from pipeline.geometry.boxes import (
    Box,
    box_areas,
    footprints,
    intersection_areas,
    normalise_boxes,
    pairwise_iou,
)
from pipeline.geometry.polygon import Polygon

__all__ = [
    "Box",
    "Polygon",
    "box_areas",
    "footprints",
    "intersection_areas",
    "normalise_boxes",
    "pairwise_iou",
]
