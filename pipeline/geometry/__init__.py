"""Boxes and polygons in the picture, footprints on the ground: nothing about hazards."""

from pipeline.geometry.boxes import (
    Box,
    box_areas,
    footprints,
    intersection_areas,
    normalise_boxes,
    pairwise_iou,
)
from pipeline.geometry.footprint import Footprint, Solid, fit_footprint
from pipeline.geometry.ground import Ground, Pinhole
from pipeline.geometry.lane import ClearWay, clear_way, overlap_area
from pipeline.geometry.polygon import Polygon

__all__ = [
    "Box",
    "ClearWay",
    "Footprint",
    "Ground",
    "Pinhole",
    "Polygon",
    "Solid",
    "box_areas",
    "clear_way",
    "fit_footprint",
    "footprints",
    "intersection_areas",
    "normalise_boxes",
    "overlap_area",
    "pairwise_iou",
]
