"""What boxes mean in metres, where a zone's ground is calibrated."""

from collections.abc import Mapping, Sequence

from pipeline.geometry import Footprint, clear_way, fit_footprint, overlap_area
from pipeline.rules.candidate import Candidate
from pipeline.rules.solids import solid_of
from pipeline.zones import Zone

__all__ = ["ground_measures", "ground_share"]


def _footprint(zone: Zone, candidate: Candidate, aspect: float) -> Footprint | None:
    if zone.ground is None:
        return None
    return fit_footprint(candidate.box, solid_of(candidate.class_name), zone.ground, aspect=aspect)


def ground_share(zone: Zone, candidate: Candidate, *, aspect: float) -> float | None:
    """How much of a thing's ground lies in the zone.

    Returns:
        A share in [0, 1]; ``None`` where the zone is not calibrated, or the box does not stand
        on its ground.
    """
    found = _footprint(zone, candidate, aspect)
    if found is None or zone.outline_m is None:
        return None
    return min(overlap_area(zone.outline_m, found.corners) / max(found.area_m2, 1e-9), 1.0)


def ground_measures(
    zone: Zone, occupied: Sequence[Candidate], *, aspect: float
) -> Mapping[str, float]:
    """Metres, or the word that there are none.

    Returns:
        ``calibrated`` 1 with ``clear_width_m`` (widest free gap at the narrowest cross-section),
        ``lane_width_m`` (width of the zone there), ``required_width_m``, ``occupied_m2`` and
        ``clear_share`` (of the zone's ground); or ``calibrated`` 0 and nothing else.
    """
    found = [_footprint(zone, thing, aspect) for thing in occupied]
    things = [each.corners for each in found if each is not None]
    if zone.outline_m is None or not things:
        return {"calibrated": 0}
    way = clear_way(zone.outline_m, zone.real_sides, things)
    return {
        "calibrated": 1,
        "clear_width_m": round(way.clear_width_m, 2),
        "lane_width_m": round(way.lane_width_m, 2),
        "required_width_m": zone.required_width_m,
        "occupied_m2": round(way.occupied_m2, 2),
        "clear_share": round(way.clear_share, 3),
    }
