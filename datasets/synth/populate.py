"""Which things stand in a place, and where: the recipe of one still."""

from __future__ import annotations

import numpy as np

import things_carried as tc
import things_objects as to
import things_people as tp
import things_two_wheelers as tw
import things_vehicles as tv
from covers import cover
from mesh import Build

__all__ = ["populate"]

RECIPES = {
    "lift": {
        "ebike": 0.6,
        "bicycle": 0.16,
        "wheelchair": 0.08,
        "pram": 0.1,
        "trolley": 0.09,
        "luggage": 0.1,
        "carton": 0.07,
        "bundle": 0.06,
        "furniture": 0.03,
    },
    "corridor": {
        "ebike": 0.55,
        "bicycle": 0.3,
        "wheelchair": 0.12,
        "pram": 0.16,
        "trolley": 0.14,
        "luggage": 0.14,
        "carton": 0.55,
        "bundle": 0.4,
        "furniture": 0.55,
        "tricycle": 0.02,
    },
    "stairwell": {
        "ebike": 0.8,
        "bicycle": 0.4,
        "carton": 0.5,
        "bundle": 0.4,
        "furniture": 0.45,
        "pram": 0.14,
        "trolley": 0.1,
        "luggage": 0.08,
        "wheelchair": 0.07,
    },
    "unit_door": {
        "ebike": 0.82,
        "bicycle": 0.5,
        "tricycle": 0.1,
        "pram": 0.1,
        "carton": 0.2,
        "bundle": 0.2,
        "trolley": 0.1,
        "wheelchair": 0.08,
        "furniture": 0.1,
    },
    "fire_lane": {
        "ebike": 0.7,
        "bicycle": 0.4,
        "tricycle": 0.3,
        "pram": 0.06,
        "carton": 0.1,
        "bundle": 0.12,
        "trolley": 0.06,
        "wheelchair": 0.05,
    },
}

RECIPES["overhead_floor"] = RECIPES["unit_door"] | {"ebike": 0.9, "carton": 0.3, "furniture": 0.3}
RECIPES["climbing_site"] = RECIPES["fire_lane"] | {"ebike": 0.6, "bundle": 0.5, "stall": 0.35}
RECIPES["entrance"] = RECIPES["fire_lane"] | {"ebike": 0.75, "stall": 0.15, "bundle": 0.25}
OUTDOORS = ("fire_lane", "climbing_site", "entrance")

COVERED = {
    "stairwell": 0.32,
    "unit_door": 0.24,
    "overhead_floor": 0.22,
    "lift": 0.2,
}  # share of parked e-bikes under a sheet
SCOOTER = {"lift": 0.08}  # how often a kick scooter, which is no e-bike, stands there
REPEAT = {"lift": 1, "corridor": 2, "stairwell": 5, "unit_door": 6, "overhead_floor": 12}
REPEAT |= {"fire_lane": 5, "climbing_site": 4, "entrance": 4}
PEOPLE = {  # how often nobody, one, two and so on walk or stand about
    "lift": [0.36, 0.27, 0.17, 0.1, 0.06, 0.04],
    "corridor": [0.55, 0.3, 0.1, 0.05],
    "stairwell": [0.55, 0.3, 0.1, 0.05],
    "unit_door": [0.4, 0.3, 0.2, 0.1],
    "overhead_floor": [0.4, 0.3, 0.2, 0.1],
    "fire_lane": [0.3, 0.3, 0.25, 0.15],
    "climbing_site": [0.3, 0.3, 0.25, 0.15],
    "entrance": [0.2, 0.3, 0.3, 0.2],
}


def _put(s, ground, pose, long, cls, build, companion=None, tries=30, note=None):
    """Try random places until the thing (and who is with it) fits; True when it stands."""
    for _ in range(tries):
        x, y, rz = pose(long)
        builds = [build] + ([companion] if companion else [])
        if ground.try_add(builds, [(x, y, rz)] * len(builds)):
            if cls is None:  # no class of ours: it hides others, and has no box
                s.place(build, note, (x, y, 0), None, rz)
                s.card.setdefault("unlabelled", []).append(note)
            else:
                s.add(cls, build, (x, y, 0), rz, note)
            if companion:
                s.add("person", companion, (x, y, 0), rz, f"with {cls or note}")
            return True
    return False


def _ebike(s, ground, pose, place):
    rng, m = s.rng, s.m
    family, bike = tw.random_ebike(m, rng)
    mode = str(
        rng.choice(
            ["push", "alone", "ride"],
            p={
                "lift": [0.62, 0.26, 0.12],
                "corridor": [0.15, 0.83, 0.02],
                "stairwell": [0.1, 0.89, 0.01],
                "unit_door": [0.16, 0.76, 0.08],
                "overhead_floor": [0.08, 0.88, 0.04],
                "fire_lane": [0.1, 0.7, 0.2],
                "climbing_site": [0.1, 0.8, 0.1],
                "entrance": [0.15, 0.3, 0.55],
            }[place],
        )
    )
    covered = mode == "alone" and rng.random() < COVERED.get(place, 0.16)
    if covered:
        bike = cover(bike, m, rng)
    if rng.random() < 0.2 and not covered and family != "folding":  # something hangs on it
        sack = to.make(m, rng, "bundle")
        small = Build().merge(sack, np.eye(3) * 0.45, bike.marks["foot_l"] + (0.05, -0.1, 0.0))
        bike.merge(small)
    for attempt in range(3):
        side = int(rng.choice([-1, 1]))
        who = {
            "push": lambda side=side: tp.pushing(
                m, rng, bike, side, float(rng.random()) if rng.random() < 0.5 else None
            ),
            "ride": lambda side=side: tp.riding(m, rng, bike),
            "alone": lambda side=side: None,
        }[mode]()
        if _put(
            s,
            ground,
            pose,
            True,
            "ebike",
            bike,
            who,
            45,
            f"{family} {mode}{' covered' if covered else ''}",
        ):
            return True
        if attempt and mode != "alone":  # no room for two
            mode = "alone"
    return False


def populate(s, place, ground, pose):
    """Fill a place after its recipe."""
    rng, m = s.rng, s.m
    recipe = RECIPES[place]
    if rng.random() < 0.05:
        s.card["recipe"] = "empty"
        return
    if place in OUTDOORS:
        for _ in range(int(rng.choice([0, 1, 2, 3, 4, 6], p=[0.1, 0.22, 0.24, 0.2, 0.14, 0.1]))):
            kind = str(rng.choice(["car", "truck", "bus"], p=[0.8, 0.15, 0.05]))
            lights = 6.0 if s.card.get("light") == "night" and rng.random() < 0.4 else 0.0
            _put(
                s,
                ground,
                pose,
                "vehicle",
                kind,
                {"car": tv.car, "truck": tv.truck, "bus": tv.bus}[kind](m, rng, lights=lights),
            )
    if rng.random() < SCOOTER.get(place, 0.03):
        ride = tc.kick_scooter(m, rng)
        who = tp.pushing(m, rng, ride, int(rng.choice([-1, 1]))) if rng.random() < 0.5 else None
        _put(s, ground, pose, False, None, ride, who, note="kick scooter")
    order = list(recipe)
    if place not in ("lift", "fire_lane"):
        rng.shuffle(order)
    for kind in order:
        bikes = kind in ("ebike", "bicycle")
        for _ in range(REPEAT[place] if bikes or place in OUTDOORS else min(2, REPEAT[place])):
            if rng.random() > recipe[kind]:
                break
            if kind == "ebike":
                _ebike(s, ground, pose, place)
            elif kind == "bicycle":
                bike = tw.bicycle(m, rng)
                if rng.random() < 0.15:  # a child's one
                    bike = bike.moved(0, (0, 0, 0), float(rng.uniform(0.55, 0.75)))
                who = (
                    tp.pushing(m, rng, bike, int(rng.choice([-1, 1])))
                    if rng.random() < 0.4
                    else None
                )
                _put(s, ground, pose, True, kind, bike, who)
            else:
                long = kind in ("tricycle",) and place in OUTDOORS
                cls = "furniture" if kind == "stall" else kind
                _put(s, ground, pose, long, cls, to.make(m, rng, kind), note=kind)
    for _ in range(int(rng.choice(len(PEOPLE[place]), p=PEOPLE[place]))):
        walk = float(rng.random()) if rng.random() < (0.2 if place == "lift" else 0.65) else None
        height = float(rng.uniform(1.0, 1.4)) if rng.random() < 0.1 else None
        _someone(s, ground, pose, walk, height)


def _someone(s, ground, pose, walk, height):
    """One person, now and then with an umbrella or a battery pack in one hand."""
    rng, m = s.rng, s.m
    what = str(
        rng.choice(
            ["nothing", "umbrella open", "umbrella folded", "battery"], p=[0.82, 0.02, 0.07, 0.09]
        )
    )
    if what == "nothing" or height:
        _put(s, ground, pose, False, "person", tp.person(m, rng, walk=walk, height=height))
        return
    k, side = float(rng.normal(1.0, 0.04)), int(rng.choice([-1, 1]))
    if what == "umbrella open":
        hand = np.array([0.24, side * 0.1, 1.08]) * k
        thing = tc.umbrella(m, rng).moved(0, hand)
    else:
        hand = np.array([0.08, side * 0.3, 0.74]) * k
        thing = tc.battery(m, rng) if what == "battery" else tc.umbrella(m, rng, False)
        thing = thing.moved(0, hand + (0.02, 0, -0.02))
    hands = (hand, None) if side > 0 else (None, hand)
    who = tp.person(m, rng, hands, walk=walk, height=1.7 * k)
    for _ in range(30):
        x, y, rz = pose(False)
        if ground.try_add([who, thing], [(x, y, rz)] * 2):
            s.add("person", who, (x, y, 0), rz, f"with {what}")
            s.place(thing, what, (x, y, 0), None, rz)
            s.card.setdefault("unlabelled", []).append(what)
            return
