"""Procedural meshes without Blender: lofts, tubes, bevelled boxes, lathes, gathered in a Build.

Everything is numpy in metres, z up, things look along +x with their origin on the ground.
Only `Build.to_object` touches Blender, so shapes can be tested anywhere.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "Build",
    "box",
    "catmull",
    "ellipsoid",
    "euler",
    "loft",
    "panel",
    "revolve",
    "ring",
    "shell_arc",
    "tube",
]


def euler(rx=0.0, ry=0.0, rz=0.0):
    """Rotation matrix (3, 3) for angles in radians, applied x then y then z."""
    cx, sx, cy, sy, cz, sz = np.cos(rx), np.sin(rx), np.cos(ry), np.sin(ry), np.cos(rz), np.sin(rz)
    mx = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    my = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    mz = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return mz @ my @ mx


def catmull(points, count):
    """Resample a polyline of any width into `count` points on a Catmull-Rom curve."""
    p = np.asarray(points, float)
    if len(p) == 2:
        t = np.linspace(0, 1, count)[:, None]
        return p[0] * (1 - t) + p[1] * t
    p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, len(p) - 3 - 1e-9, count)
    i = t.astype(int)
    f = (t - i)[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    curve = 2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2
    return 0.5 * (curve + (3 * b - a - 3 * c + d) * f**3)


def loft(rings, cap=True):
    """Skin over rings (n, m, 3) of closed loops; ends closed by a fan-free polygon."""
    rings = np.asarray(rings, float)
    n, m = rings.shape[:2]
    i, j = np.meshgrid(np.arange(n - 1), np.arange(m), indexing="ij")
    k = (j + 1) % m
    quads = np.stack([i * m + j, i * m + k, (i + 1) * m + k, (i + 1) * m + j], -1).reshape(-1, 4)
    faces = [tuple(q) for q in quads.tolist()]
    if cap:
        faces += [tuple(range(m))[::-1], tuple(range((n - 1) * m, n * m))]
    return rings.reshape(-1, 3), faces


def ring(center, half_a, half_b, axis="x", power=2.0, sides=16):
    """One superellipse loop; axis x spans (y, z), axis z spans (x, y), axis y spans (x, z)."""
    t = np.linspace(0, 2 * np.pi, sides, endpoint=False) + np.pi / sides
    a = half_a * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power)
    b = half_b * np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power)
    o = np.zeros_like(a)
    cols = {"x": (o, a, b), "y": (a, o, b), "z": (a, b, o)}[axis]
    return np.stack(cols, -1) + np.asarray(center, float)


def tube(points, radius, sides=8, count=None, cap=True):
    """Swept tube; `radius` is one number, one per point, or a (side, up) pair per point."""
    p = np.asarray(points, float)
    count = count or (len(p) if len(p) == 2 else 4 * len(p) - 3)
    r = np.asarray(radius, float)
    if r.ndim == 0:
        r = np.full((len(p), 2), float(r))
    elif r.ndim == 1:
        r = np.stack([r, r], -1)
    path, r = catmull(p, count), np.maximum(catmull(r, count), 1e-4)
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    up = np.array([0.0, 0, 1]) if abs(tangent[0, 2]) < 0.9 else np.array([1.0, 0, 0])
    t = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = []
    for q, d, (ra, rb) in zip(path, tangent, r, strict=True):
        side = np.cross(up, d)
        side /= np.linalg.norm(side) + 1e-12
        up = np.cross(d, side)
        rings.append(q + np.outer(np.cos(t) * ra, side) + np.outer(np.sin(t) * rb, up))
    return loft(rings, cap)


def ellipsoid(center, radii, n=12, zmin=-1.0):
    """Ellipsoid; `zmin` in -1..1 keeps only the cap above that relative height."""
    z = np.sin(np.linspace(np.arcsin(np.clip(zmin, -0.998, 1)), np.pi / 2 * 0.96, n // 2 + 2))
    rx, ry, rz = np.broadcast_to(radii, 3)
    rings = [
        ring((0, 0, h * rz), rx * (1 - h * h) ** 0.5, ry * (1 - h * h) ** 0.5, "z", 2, n) for h in z
    ]
    v, f = loft(rings)
    return v + np.asarray(center, float), f


def box(center, size, bevel=0.01, steps=2, corner=None):
    """Rounded box of full `size`; `corner` rounds the vertical edges more than the rims."""
    hx, hy, hz = np.asarray(size, float) / 2
    bevel = min(bevel, hx * 0.95, hy * 0.95, hz * 0.95)
    corner = min(corner or bevel, hx * 0.95, hy * 0.95)
    ang = np.linspace(0, np.pi / 2, steps + 1)

    def loop(inset, z):
        pts = []
        for q, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
            a = ang + q * np.pi / 2
            r = max(corner - inset, 1e-4)
            cx, cy = sx * (hx - inset - r), sy * (hy - inset - r)
            pts += [(cx + r * np.cos(t), cy + r * np.sin(t), z) for t in a]
        return pts

    low = [(bevel * (1 - np.sin(t)), -hz + bevel * (1 - np.cos(t))) for t in ang]
    rows = low + [(i, -z) for i, z in reversed(low)]
    v, f = loft([loop(i, z) for i, z in rows])
    return v + np.asarray(center, float), f


def panel(width, height, nx=1, ny=1):
    """Flat grid in local x, y about the origin, normal +z."""
    x, y = np.meshgrid(
        np.linspace(-width / 2, width / 2, nx + 1), np.linspace(-height / 2, height / 2, ny + 1)
    )
    v = np.stack([x, y, np.zeros_like(x)], -1).reshape(-1, 3)
    w = nx + 1
    f = [
        (j * w + i, j * w + i + 1, (j + 1) * w + i + 1, (j + 1) * w + i)
        for j in range(ny)
        for i in range(nx)
    ]
    return v, f


def revolve(profile, center=(0, 0, 0), sides=28, closed=True):
    """Lathe (radius, y) profile around the y axis: tyres, rims, drums."""
    prof = np.asarray(profile, float)
    t = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    grid = np.stack(
        [
            np.outer(np.cos(t), prof[:, 0]),
            np.tile(prof[:, 1], (sides, 1)),
            np.outer(np.sin(t), prof[:, 0]),
        ],
        -1,
    )
    m = len(prof)
    f = []
    for i in range(sides):
        k = (i + 1) % sides
        f += [
            (i * m + j, i * m + (j + 1) % m, k * m + (j + 1) % m, k * m + j)
            for j in range(m if closed else m - 1)
        ]
    return grid.reshape(-1, 3) + np.asarray(center, float), f


def shell_arc(center, radius, start, stop, width, depth=0.03, thick=0.006, steps=14):
    """Mudguard: an arc (angles from +x towards +z) with a channel-shaped section."""
    rings = []
    for a in np.linspace(start, stop, steps):
        section = [
            (radius - depth, -width / 2),
            (radius - depth * 0.3, -width / 2 * 0.95),
            (radius, -width / 4),
            (radius, width / 4),
            (radius - depth * 0.3, width / 2 * 0.95),
            (radius - depth, width / 2),
            (radius - depth, width / 2 - thick),
            (radius - thick, 0),
            (radius - depth, -width / 2 + thick),
        ]
        rings.append([(r * np.cos(a), y, r * np.sin(a)) for r, y in section])
    v, f = loft(rings)
    return v + np.asarray(center, float), f


class Build:
    """Parts gathered into one mesh; each part carries a material (any hashable key)."""

    def __init__(self):
        self.parts = []
        self.marks = {}

    def add(self, shape, material, rot=None, at=(0, 0, 0), mirror=False):
        """Add (verts, faces); `mirror` adds the same part again on the other side of y = 0."""
        v, f = shape
        if rot is not None:
            v = v @ np.asarray(rot).T
        v = v + np.asarray(at, float)
        self.parts.append((v, f, material))
        if mirror:
            self.parts.append((v * [1, -1, 1], [tuple(reversed(q)) for q in f], material))
        return self

    def merge(self, other, rot=None, at=(0, 0, 0)):
        """Take the parts of another Build, turned and moved."""
        for v, f, material in other.parts:
            self.add((v, f), material, rot, at)
        return self

    def verts(self):
        """All vertices (n, 3)."""
        return np.vstack([v for v, _, _ in self.parts])

    def faces(self):
        """All faces as index tuples into `verts`."""
        out, base = [], 0
        for v, f, _ in self.parts:
            out += [tuple(i + base for i in q) for q in f]
            base += len(v)
        return out

    def moved(self, rz=0.0, at=(0, 0, 0), scale=1.0):
        """A copy turned about z and moved."""
        out = Build()
        rot = euler(0, 0, rz) * scale
        out.merge(self, rot, at)
        out.marks = {k: rot @ np.asarray(p) + np.asarray(at) for k, p in self.marks.items()}
        return out

    def to_object(self, name, index=0, smooth_deg=38.0):
        """Make one Blender object; pass index 0 is background, others are instances."""
        import bpy

        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(self.verts().tolist(), [], self.faces())
        slots, ids = {}, []
        for _, f, material in self.parts:
            if material not in slots:
                slots[material] = len(slots)
                mesh.materials.append(material)
            ids += [slots[material]] * len(f)
        mesh.polygons.foreach_set("material_index", ids)
        mesh.update()
        mesh.shade_smooth()
        mesh.set_sharp_from_angle(angle=np.radians(smooth_deg))
        obj = bpy.data.objects.new(name, mesh)
        obj.pass_index = index
        bpy.context.scene.collection.objects.link(obj)
        return obj
