"""Blender materials from a few numbers: paint, cloth, metal, tiles, asphalt, painted pictures."""

from __future__ import annotations

import bpy
import cv2
import numpy as np

__all__ = ["Materials", "facade_picture", "glyphs", "poster_picture"]


def _rgba(color):
    return (*[float(c) for c in color], 1.0)


class Materials:
    """Makes and caches the materials of one scene."""

    def __init__(self, rng):
        self.rng = rng
        self._cache = {}
        self._count = 0

    def _new(self, name):
        self._count += 1
        mat = bpy.data.materials.new(f"{name}{self._count}")
        if mat.node_tree is None:  # before Blender 6 a material starts without nodes
            mat.use_nodes = True
        return mat, mat.node_tree, mat.node_tree.nodes["Principled BSDF"]

    def plain(self, color, rough=0.5, metal=0.0, coat=0.0, emit=0.0, spec=0.5, alpha=1.0):
        """One even surface; colour is linear rgb 0..1, emit is a strength."""
        key = ("plain", tuple(np.round(color, 3)), rough, metal, coat, emit, spec, alpha)
        if key not in self._cache:
            mat, _, b = self._new("plain")
            b.inputs["Base Color"].default_value = _rgba(color)
            mat.diffuse_color = _rgba(color)  # what a drawn picture of the thing uses
            b.inputs["Roughness"].default_value = rough
            b.inputs["Metallic"].default_value = metal
            b.inputs["Coat Weight"].default_value = coat
            b.inputs["Specular IOR Level"].default_value = spec
            b.inputs["Alpha"].default_value = alpha
            if emit:
                b.inputs["Emission Color"].default_value = _rgba(color)
                b.inputs["Emission Strength"].default_value = emit
                mat.cycles.emission_sampling = "NONE"  # lamps beside it do the lighting
            self._cache[key] = mat
        return self._cache[key]

    def mottled(
        self, color, other, scale=4.0, rough=0.7, metal=0.0, bump=0.0, stretch=(1, 1, 1), mix=1.0
    ):
        """Two colours mixed by noise, with optional bump: plaster, asphalt, cloth, dirt, metal."""
        mat, tree, b = self._new("mottled")
        mat.diffuse_color = _rgba(color)
        coord = tree.nodes.new("ShaderNodeTexCoord")
        mapping = tree.nodes.new("ShaderNodeMapping")
        mapping.inputs["Scale"].default_value = stretch
        noise = tree.nodes.new("ShaderNodeTexNoise")
        noise.inputs["Scale"].default_value = scale
        noise.inputs["Detail"].default_value = 2.0
        ramp = tree.nodes.new("ShaderNodeMix")
        ramp.data_type = "RGBA"
        ramp.inputs[6].default_value = _rgba(color)
        ramp.inputs[7].default_value = _rgba(
            np.asarray(color) * (1 - mix) + np.asarray(other) * mix
        )
        tree.links.new(coord.outputs["Object"], mapping.inputs[0])
        tree.links.new(mapping.outputs[0], noise.inputs["Vector"])
        tree.links.new(noise.outputs[0], ramp.inputs[0])
        tree.links.new(ramp.outputs[2], b.inputs["Base Color"])
        b.inputs["Roughness"].default_value = rough
        b.inputs["Metallic"].default_value = metal
        if bump:
            self._bump(tree, b, noise.outputs[0], bump)
        return mat

    @staticmethod
    def _bump(tree, b, height, strength):
        node = tree.nodes.new("ShaderNodeBump")
        node.inputs["Strength"].default_value = strength
        tree.links.new(height, node.inputs["Height"])
        tree.links.new(node.outputs[0], b.inputs["Normal"])

    def brushed(self, tint=(0.6, 0.6, 0.6), rough=0.3, vertical=True):
        """Brushed steel as in lift cars; low roughness gives a mirror."""
        stretch = (40, 1, 1) if vertical else (1, 40, 1)
        dark = np.asarray(tint) * 0.82
        mat = self.mottled(tint, dark, 6.0, rough, 1.0, 0.0, stretch)
        b = mat.node_tree.nodes["Principled BSDF"]
        b.inputs["Anisotropic"].default_value = 0.0 if rough < 0.15 else 0.6
        return mat

    def tiles(
        self, color, joint, width=0.6, height=0.6, rough=0.25, offset=0.0, gap=0.004, vary=0.12
    ):
        """Tiles or bricks in local x, y metres."""
        mat, tree, b = self._new("tiles")
        coord = tree.nodes.new("ShaderNodeTexCoord")
        brick = tree.nodes.new("ShaderNodeTexBrick")
        brick.offset = offset
        brick.inputs["Color1"].default_value = _rgba(color)
        brick.inputs["Color2"].default_value = _rgba(np.asarray(color) * (1 - vary))
        brick.inputs["Mortar"].default_value = _rgba(joint)
        brick.inputs["Scale"].default_value = 1.0
        brick.inputs["Mortar Size"].default_value = gap
        brick.inputs["Brick Width"].default_value = width
        brick.inputs["Row Height"].default_value = height
        tree.links.new(coord.outputs["Object"], brick.inputs["Vector"])
        tree.links.new(brick.outputs[0], b.inputs["Base Color"])
        b.inputs["Roughness"].default_value = rough
        return mat

    def picture(self, image, width, height, rough=0.5, emit=0.0, repeat=False):
        """A painted picture (h, w, 3 uint8 BGR) spread over local x, y of a panel in metres."""
        mat, tree, b = self._new("picture")
        h, w = image.shape[:2]
        img = bpy.data.images.new(mat.name, w, h)
        rgba = np.ones((h, w, 4), np.float32)
        rgba[..., :3] = image[::-1, :, ::-1] / 255.0
        img.pixels.foreach_set(rgba.ravel())
        img.pack()
        coord = tree.nodes.new("ShaderNodeTexCoord")
        mapping = tree.nodes.new("ShaderNodeMapping")
        mapping.inputs["Scale"].default_value = (1 / width, 1 / height, 1)
        mapping.inputs["Location"].default_value = (0.5, 0.5, 0)
        tex = tree.nodes.new("ShaderNodeTexImage")
        tex.image = img
        tex.extension = "REPEAT" if repeat else "EXTEND"
        tree.links.new(coord.outputs["Object"], mapping.inputs[0])
        tree.links.new(mapping.outputs[0], tex.inputs[0])
        tree.links.new(tex.outputs[0], b.inputs["Base Color"])
        b.inputs["Roughness"].default_value = rough
        if emit:
            tree.links.new(tex.outputs[0], b.inputs["Emission Color"])
            b.inputs["Emission Strength"].default_value = emit
            mat.cycles.emission_sampling = "NONE"
        return mat


def glyphs(image, rng, x, y, size, count, color, vertical=False):
    """Strokes that look like Chinese characters from afar; no font needed."""
    for i in range(count):
        gx, gy = (x, y + i * int(size * 1.15)) if vertical else (x + i * int(size * 1.15), y)
        thick = max(1, size // 9)
        for _ in range(int(rng.integers(4, 8))):
            a = rng.uniform(0, size, 2)
            length = rng.uniform(0.4, 0.95) * size
            d = [(length, 0), (0, length), (length * 0.6, length * 0.6)][int(rng.integers(0, 3))]
            p = (int(gx + min(a[0], size - 1)), int(gy + min(a[1], size - 1)))
            q = (int(min(gx + size, p[0] + d[0])), int(min(gy + size, p[1] + d[1])))
            cv2.line(image, p, q, color, thick, cv2.LINE_AA)


def poster_picture(rng, w=150, h=210):
    """An advert or notice: fields of colour, pseudo text, a few shapes."""
    base = rng.integers(40, 255, 3)
    img = np.full((h, w, 3), base, np.uint8)
    for _ in range(int(rng.integers(2, 6))):
        p, q = rng.integers(0, w, 2), rng.integers(0, h, 2)
        color = tuple(int(c) for c in rng.integers(0, 255, 3))
        if rng.random() < 0.5:
            cv2.rectangle(img, (int(p[0]), int(q[0])), (int(p[1]), int(q[1])), color, -1)
        else:
            cv2.ellipse(
                img,
                (int(p[0]), int(q[0])),
                (int(p[1] / 3) + 4, int(q[1] / 4) + 4),
                float(rng.uniform(0, 180)),
                0,
                360,
                color,
                -1,
                cv2.LINE_AA,
            )
    ink = tuple(int(c) for c in (255 - base))
    glyphs(img, rng, w // 10, h // 12, w // 7, 5, ink)
    for row in range(int(rng.integers(2, 7))):
        glyphs(img, rng, w // 10, h // 3 + row * h // 12, w // 17, 11, ink)
    return img


def facade_picture(rng, cols=8, floors=7, px=48):
    """Windows, balconies and air-conditioners of an apartment block."""
    wall = rng.uniform(90, 215) * np.array([rng.uniform(0.72, 1), rng.uniform(0.85, 1), 1.0])
    img = np.full((floors * px, cols * px, 3), wall, np.uint8)
    band = (np.asarray(wall) * rng.uniform(0.6, 1.15)).clip(0, 255)
    frame = rng.uniform(60, 230)
    for f in range(floors):
        y = f * px
        img[y : y + 3] = band
        for c in range(cols):
            x, kind = c * px, (c * 7 + 3) % 5
            glass = rng.uniform(25, 110) * np.array([1.1, 1.0, 0.85])
            if rng.random() < 0.08:
                glass = np.array([150, 210, 240])
            if kind < 3:
                x0, x1, y0, y1 = x + px // 5, x + 4 * px // 5, y + px // 4, y + 3 * px // 4
                img[y0 - 2 : y1 + 2, x0 - 2 : x1 + 2] = frame
                img[y0:y1, x0:x1] = glass
                img[y0:y1, (x0 + x1) // 2 - 1 : (x0 + x1) // 2 + 1] = frame
            else:
                img[y + px // 6 : y + px - 4, x + 3 : x + px - 3] = glass * 0.8
                img[y + px * 6 // 10 : y + px - 4, x + 3 : x + px - 3] = band
            if rng.random() < 0.3:
                img[y + px * 3 // 4 + 2 : y + px - 4, x + px // 3 : x + px * 2 // 3] = rng.uniform(
                    160, 225
                )
    return img
