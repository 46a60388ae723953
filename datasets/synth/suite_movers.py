"""Who and what moves in the event suite, each along its own path of poses.

A mover is a maker of Builds and a path of poses (x, y, rz); a static thing has a path of one pose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import things_carried as tc
import things_objects as to
import things_people as tp
import things_two_wheelers as tw
import things_vehicles as tv
import things_yard as ty
import two_wheeler_dress as td
from covers import cover
from mesh import Build, euler

__all__ = [
    "UP",
    "Mover",
    "corridor_movers",
    "indoor_movers",
    "lane_movers",
    "lift_movers",
    "line",
    "site_movers",
]

UP = round(np.pi / 2, 4)


@dataclass(frozen=True)
class Mover:
    """Who or what; `make(m, phase)` gives a Build, `path` poses (n, 3): x, y, rz."""

    make: Callable
    path: tuple
    whole: bool = False  # its mirror image or light reaches far: keep the whole picture


def line(start, stop, n, rz=None):
    p, q = np.asarray(start, float), np.asarray(stop, float)
    turn = float(np.arctan2(*(q - p)[::-1])) if rz is None else rz
    return tuple(
        (round(float(x), 3), round(float(y), 3), round(turn, 4))
        for x, y in (p + (q - p) * t for t in np.linspace(0, 1, n))
    )


def _rng(n):
    return np.random.default_rng([n, 77])


def _bike(family, n, dress=None):
    def make(m):
        rng = _rng(n)
        bike = tw.ebike(m, rng, family, dressed=False)
        if dress == "quilt":
            td.quilt(bike, m, rng)
        elif dress == "canopy":
            td.canopy(bike, m, rng)
        elif dress == "sheet":
            bike = cover(bike, m, rng)
        return bike

    return make


def _pushed(bike, n, side=-1, tail=False):
    """Someone pushing the bike (one mover: they go together)."""

    def make(m, phase):
        shown = bike(m)
        who = tp.pushing(m, _rng(n), shown, side, phase, tail)
        return Build().merge(shown).merge(who)

    return make


def _still(thing):
    def make(m, phase):
        del phase
        return thing(m)

    return make


def _walker(n, hands=None, carry=None, height=None):
    def make(m, phase):
        rng = _rng(n)
        thing = carry(m) if carry else None
        who = tp.person(m, rng, hands, walk=phase, lean=0.05, height=height)
        return Build().merge(who).merge(thing) if thing else who

    return make


def _behind(thing, n, reach=0.75):
    """Someone pushing a wheeled thing that stands before them."""

    def make(m, phase):
        rolled = thing(m)
        back = rolled.verts()[:, 0].min()
        hands = ((0.32, 0.2, 0.95), (0.32, -0.2, 0.95))
        who = tp.person(m, _rng(n), hands, walk=phase, lean=0.12)
        return Build().merge(rolled).merge(who, None, (back - reach * 0.4, 0, 0))

    return make


def lift_movers(which=None, steps=6, whole=False):
    inside, outside = 1.1, -1.5
    path = line((-0.12, outside), (-0.12, inside), steps, UP)
    back = line((-0.12, outside), (-0.12, inside), steps, -UP)
    people = {
        "person_a": (_walker(21), line((0.3, -1.3), (0.45, 0.5), steps)),
        "person_b": (_walker(22), line((-0.2, -1.3), (-0.5, 1.5), steps)),
        "person_c": (_walker(23, height=1.25), line((0.1, -1.3), (0.05, 0.75), steps)),
        "person_d": (_walker(24), line((0.0, -1.3), (0.5, 1.7), steps)),
    }
    hand = np.array([0.08, 0.3, 0.74])
    battery = (
        _walker(25, (hand, None), lambda m: tc.battery(m, _rng(8)).moved(0, hand + (0.02, 0, 0))),
        line((-0.1, -1.3), (-0.1, 1.2), steps),
    )
    high = np.array([0.24, 0.1, 1.08])
    umbrella = (
        _walker(26, (high, None), lambda m: tc.umbrella(m, _rng(9)).moved(0, high * (1, 1, 0.9))),
        line((0.1, -1.3), (0.25, 0.8), steps),
    )
    every = {
        "moped": (_pushed(_bike("moped", 1), 31), path),
        "commuter_quilt": (_pushed(_bike("commuter", 2, "quilt"), 32), path),
        "raincoat": (_pushed(_bike("light", 3, "sheet"), 33), path),
        "canopy": (_pushed(_bike("moped", 4, "canopy"), 34), path),
        "backwards": (_pushed(_bike("moped", 5), 35, 1, True), back),
        "delivery": (_pushed(_bike("delivery", 6), 36), path),
        "bicycle": (_pushed(lambda m: tw.bicycle(m, _rng(7)), 37), path),
        "wheelchair": (_behind(lambda m: to.make(m, _rng(11), "wheelchair"), 41), path),
        "pram": (_behind(lambda m: to.make(m, _rng(12), "pram"), 42), path),
        "trolley": (_behind(lambda m: to.make(m, _rng(13), "trolley"), 43), path),
        "suitcase": (_behind(lambda m: to.make(m, _rng(14), "luggage"), 44, 0.5), path),
        "scooter": (_pushed(lambda m: tc.kick_scooter(m, _rng(15)), 45), path),
        "battery": battery,
        "umbrella": umbrella,
        **people,
    }
    return {
        name: Mover(make, p, whole)
        for name, (make, p) in every.items()
        if not which or name in which
    }


def _stack(m):
    pile = Build().merge(to.carton(m, _rng(51), (0.55, 0.48, 0.42)))
    top = to.carton(m, _rng(52), (0.5, 0.45, 0.36))
    return pile.merge(top, euler(0, 0, 0.12), (0.01, 0.0, 0.42))


def _maker(kind, n):
    return lambda m: kind(m, _rng(n))


HOLD = ((0.36, 0.24, 0.98), (0.36, -0.24, 0.98))


def corridor_movers(w, x_to, far, n=9):
    side = w / 2
    spot = round(-side + 0.34, 2)
    items = {
        "stack": (_stack, (x_to, spot, 0.0)),
        "carton": (lambda m: to.carton(m, _rng(53), (0.6, 0.5, 0.5)), (x_to, spot + 0.55, 0.1)),
        "mattress": (_maker(to.mattress, 54), (x_to + 0.9, side - 0.16, -UP)),
        "cabinet": (_maker(to.cabinet, 55), (x_to + 1.2, spot - 0.06, UP)),
        "sofa": (_maker(to.sofa, 56), (x_to + 0.6, -side + 0.5, UP)),
        "sacks": (_maker(to.bundle, 57), (x_to + 0.2, side - 0.35, 0.2)),
        "planter": (_maker(ty.planter, 58), (x_to, side - 0.32, 0.0)),
        "moped": (_bike("commuter", 59), (x_to + 0.8, -side + 0.36, 0.05)),
        "sheeted": (_bike("moped", 60, "sheet"), (x_to + 0.8, -side + 0.42, 0.0)),
        "parcel": (lambda m: to.carton(m, _rng(61), (0.35, 0.3, 0.22)), (x_to, side - 0.3, 0.3)),
    }
    out = {name: Mover(_still(make), (pose,)) for name, (make, pose) in items.items()}
    walk = line((0.8, 0.25), (far, 0.2), n)
    to_spot = line((0.7, spot + 0.35), (x_to - 0.55, spot), 6, 0.0)
    carry = _walker(
        62, HOLD, lambda m: to.carton(m, _rng(53), (0.5, 0.45, 0.4)).moved(0, (0.55, 0, 0.8))
    )
    push = line((0.9, -side + 0.45), (x_to + 0.8, -side + 0.36), 7, 0.05)
    out |= {
        "passer": Mover(_walker(63), walk),
        "comer": Mover(_walker(64), tuple((x, y - 0.3, np.pi) for x, y, _ in walk[::-1])),
        "carrier": Mover(carry, to_spot),
        "free": Mover(_walker(62), tuple((x, y, round(np.pi, 4)) for x, y, _ in to_spot[::-1])),
        "pusher": Mover(_pushed(_bike("commuter", 59), 65, 1), push),
        "leaver": Mover(
            _walker(65), tuple((x, y + 0.5, round(np.pi, 4)) for x, y, _ in push[::-1])
        ),
        "pram": Mover(_behind(_maker(lambda m, r: to.make(m, r, "pram"), 66), 67), walk[1:]),
    }
    return out


def lane_movers(lights=0.0):
    pi = round(np.pi, 4)

    def car(kind, n):
        return _still(lambda m: tv.car(m, _rng(n), kind, lights=lights))

    def truck(n):
        return _still(lambda m: tv.truck(m, _rng(n), lights=lights))

    def rider(m, phase):
        del phase
        rng = _rng(79)
        bike = tw.ebike(m, rng, "moped", dressed=False)
        return Build().merge(bike).merge(tp.riding(m, rng, bike))

    park = (
        *line((30, -0.9), (15, -0.7), 6, pi),
        *line((13.2, 0.2), (10.2, 1.35), 4, pi - 0.15),
        (9.6, 1.4, pi),
    )
    return {
        "through": Mover(car("suv", 71), line((34, -1.1), (3.2, -1.1), 14, pi)),
        "parks": Mover(car("sedan", 72), park),
        "middle": Mover(car("van", 73), line((30, -0.2), (12.0, -0.1), 9, pi)),
        "second": Mover(car("hatch", 74), line((28, -1.3), (13.5, -1.6), 8, pi)),
        "truck": Mover(truck(75), line((36, 1.2), (6.5, 1.2), 12, pi)),
        "walker": Mover(_walker(76), line((18, 3.7), (7, 3.7), 9)),
        "crosser": Mover(_walker(77), line((8.5, -3.6), (8.5, 3.6), 9)),
        "rider": Mover(rider, line((30, -1.6), (3.5, -1.6), 12, pi)),
        "tricycle": Mover(
            _still(lambda m: to.make(m, _rng(78), "tricycle")),
            line((24, -1.8), (9.0, -1.9), 8, pi),
        ),
    }


def site_movers():
    return {
        "car": Mover(
            _still(lambda m: tv.car(m, _rng(81), "sedan")), line((11, -6.0), (0.8, -5.2), 8)
        ),
        "van": Mover(
            _still(lambda m: tv.car(m, _rng(82), "van")), line((12, -8.2), (3.2, -8.0), 8)
        ),
        "passing": Mover(
            _still(lambda m: tv.car(m, _rng(83), "hatch")), line((13, -11.6), (-12, -11.6), 11)
        ),
        "stall": Mover(_still(_maker(ty.stall, 84)), ((1.5, -4.4, -UP),)),
        "bins": Mover(
            _still(
                lambda m: (
                    Build()
                    .merge(ty.bin_(m, _rng(85)), None, (0, -0.4, 0))
                    .merge(ty.bin_(m, _rng(86)), None, (0, 0.4, 0))
                )
            ),
            ((-1.6, -4.2, UP),),
        ),
        "planters": Mover(
            _still(
                lambda m: (
                    Build()
                    .merge(ty.planter(m, _rng(87)), None, (0, -0.7, 0))
                    .merge(ty.planter(m, _rng(90)), None, (0, 0.6, 0))
                )
            ),
            ((-0.2, -6.4, UP),),
        ),
        "walker": Mover(_walker(89), line((9, -5.0), (-5.5, -4.4), 11)),
    }


def indoor_movers(park, way, walk):
    """Bikes that are pushed in and stay; `park` is two standing poses, `way` leads to the first."""
    return {
        "pusher": Mover(_pushed(_bike("moped", 91), 92, 1), way),
        "parked": Mover(_still(_bike("moped", 91)), (park[0],)),
        "other": Mover(_still(_bike("commuter", 93, "quilt")), (park[1],)),
        "sheeted": Mover(_still(_bike("light", 94, "sheet")), (park[1],)),
        "bicycle": Mover(_still(lambda m: tw.bicycle(m, _rng(95))), (park[1],)),
        "pram": Mover(_still(lambda m: to.make(m, _rng(96), "pram")), (park[1],)),
        "leaver": Mover(_walker(92), tuple((x, y, r + np.pi) for x, y, r in way[::-1])),
        "walker": Mover(_walker(97), walk),
    }
