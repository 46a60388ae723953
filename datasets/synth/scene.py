"""One Blender scene: reset, lights, instances, the picture and the index pass."""

from __future__ import annotations

import os
from pathlib import Path

import bpy
import cv2
import numpy as np
from mathutils import Matrix

from materials import Materials
from mesh import euler

__all__ = ["UNSEEN_SEEDS", "Scene"]

UNSEEN_SEEDS = range(90_000, 95_000)  # places outside every other seed's ranges: a test of its own


class Scene:
    """Collects background objects and labelled instances, then renders them."""

    def __init__(self, seed):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.seed = seed
        self.unseen = seed in UNSEEN_SEEDS
        self.rng = np.random.default_rng(seed)
        self.m = Materials(self.rng)
        self.instances = []
        self.card = {"seed": seed, "generator": 3, "unseen_place": self.unseen}
        self.view = None
        self.views = []
        self.lamp = None
        self._index_mat = None
        self.hidden_in_index = []
        if bpy.context.scene.world is None:
            bpy.context.scene.world = bpy.data.worlds.new("world")
        self._tune()

    @staticmethod
    def _tune(samples=8, threads=1):
        s = bpy.context.scene
        s.render.engine = "CYCLES"
        c = s.cycles
        c.device, c.samples, c.use_adaptive_sampling = "CPU", samples, False
        c.max_bounces, c.diffuse_bounces, c.glossy_bounces = 2, 1, 2
        c.transmission_bounces, c.transparent_max_bounces = 2, 4
        c.caustics_reflective = c.caustics_refractive = False
        c.sample_clamp_indirect = 3.0
        c.use_denoising = True
        c.denoiser = "OPENIMAGEDENOISE"
        c.denoising_prefilter, c.denoising_quality = "FAST", "FAST"
        c.use_light_tree = False
        s.render.threads_mode, s.render.threads = "FIXED", threads
        s.render.resolution_percentage = 100
        s.render.use_persistent_data = False

    def place(self, build, name, at=(0, 0, 0), rot=None, rz=0.0, index=0, hide_in_index=False):
        """Put a Build into the scene as background (or as part of instance `index`)."""
        obj = build.to_object(name, index)
        m = np.eye(4)
        m[:3, :3] = euler(0, 0, rz) if rot is None else rot
        m[:3, 3] = at
        obj.matrix_world = Matrix(m.tolist())
        if hide_in_index:
            self.hidden_in_index.append(obj)
        return obj

    def add(self, cls, build, at=(0, 0, 0), rz=0.0, note=None):
        """Put a labelled instance into the scene; returns its record."""
        inst = {"id": len(self.instances) + 1, "class": cls, "note": note or cls, "build": build}
        inst["object"] = self.place(
            build,
            f"{cls}{inst['id']}",
            (*at[:2], at[2] if len(at) > 2 else 0),
            None,
            rz,
            inst["id"],
        )
        self.move(inst, at, rz)
        self.instances.append(inst)
        return inst

    @staticmethod
    def move(inst, at, rz):
        """Move an instance (clips do this from picture to picture)."""
        at = np.array([*at[:2], at[2] if len(at) > 2 else 0.0], float)
        m = np.eye(4)
        m[:3, :3], m[:3, 3] = euler(0, 0, rz), at
        inst["object"].matrix_world = Matrix(m.tolist())
        inst["at"], inst["rz"] = at, float(rz)

    def look_through(self, view):
        """Make `view` the scene's camera; the infrared lamp, if there is one, goes with it."""
        self.view = view
        view.install()
        if self.lamp is not None:
            m = np.eye(4)
            m[:3, :3], m[:3, 3] = view.rot, view.eye
            self.lamp.matrix_world = Matrix(m.tolist())

    def world(self, color, strength):
        """Even sky or room light."""
        w = bpy.context.scene.world
        if w.node_tree is None:
            w.use_nodes = True
        bg = w.node_tree.nodes.get("Background") or w.node_tree.nodes.new("ShaderNodeBackground")
        bg.inputs[0].default_value = (*color, 1)
        bg.inputs[1].default_value = strength

    @staticmethod
    def light(kind, at, energy, color=(1, 1, 1), size=(1, 1), rot=None, spread_deg=None):
        """AREA (points down), SUN, POINT or SPOT light."""
        data = bpy.data.lights.new(kind.lower(), kind)
        data.energy, data.color = float(energy), [float(c) for c in color]
        if kind == "AREA":
            data.shape, data.size, data.size_y = "RECTANGLE", float(size[0]), float(size[1])
            if spread_deg:
                data.spread = np.radians(spread_deg)
        elif kind == "SUN":
            data.angle = float(size[0])
        else:
            data.shadow_soft_size = float(size[0])
        obj = bpy.data.objects.new(kind.lower(), data)
        m = np.eye(4)
        m[:3, :3] = np.eye(3) if rot is None else rot
        m[:3, 3] = at
        obj.matrix_world = Matrix(m.tolist())
        bpy.context.scene.collection.objects.link(obj)
        return obj

    def _shoot(self, path, crop=None):
        s = bpy.context.scene
        s.render.use_border = s.render.use_crop_to_border = crop is not None
        if crop is not None:
            x0, y0, x1, y1 = crop
            w, h = self.view.size_px
            # Blender cuts fractions off: a third of a pixel keeps 170.99999 from becoming 170
            s.render.border_min_x, s.render.border_max_x = (x0 + 0.3) / w, (x1 + 0.3) / w
            s.render.border_min_y, s.render.border_max_y = (h - y1 + 0.3) / h, (h - y0 + 0.3) / h
        s.render.image_settings.file_format = "PNG"
        s.render.image_settings.color_mode = "RGB"
        s.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        image = cv2.imread(str(path))
        if image is None:
            raise RuntimeError(f"Blender wrote no picture to {path}: is the disk full?")
        Path(path).unlink()
        return image

    def picture(self, folder, exposure=0.0, samples=8, threads=1, crop=None):
        """The rendered picture (h, w, 3) uint8 BGR, or the part `crop` (x0, y0, x1, y1) of it."""
        s = bpy.context.scene
        self._tune(samples, threads)
        s.view_settings.view_transform = "AgX" if self.card.get("filmic") else "Standard"
        s.view_settings.exposure = exposure
        s.render.dither_intensity = 1.0
        s.cycles.pixel_filter_type, s.cycles.filter_width = "BLACKMAN_HARRIS", 1.5
        s.cycles.seed = int(self.seed) % 2**31
        return self._shoot(_scratch(folder) / f".tmp_{self.seed}_{os.getpid()}.png", crop)

    def index(self, folder, crop=None):
        """(h, w) uint8: which instance every pixel (of `crop`) shows, 0 for background."""
        s, layer = bpy.context.scene, bpy.context.view_layer
        if self._index_mat is None:
            mat = bpy.data.materials.new("index")
            if mat.node_tree is None:
                mat.use_nodes = True
            t = mat.node_tree
            t.nodes.clear()
            info, div = t.nodes.new("ShaderNodeObjectInfo"), t.nodes.new("ShaderNodeMath")
            div.operation = "DIVIDE"
            div.inputs[1].default_value = 255.0
            em, out = t.nodes.new("ShaderNodeEmission"), t.nodes.new("ShaderNodeOutputMaterial")
            t.links.new(info.outputs["Object Index"], div.inputs[0])
            t.links.new(div.outputs[0], em.inputs[0])
            t.links.new(em.outputs[0], out.inputs[0])
            self._index_mat = mat
        bg = s.world.node_tree.nodes["Background"]
        kept = bg.inputs[1].default_value
        lights = [o for o in s.objects if o.type == "LIGHT"]
        hidden = lights + self.hidden_in_index
        try:
            for o in hidden:
                o.hide_render = True
            bg.inputs[1].default_value = 0
            layer.material_override = self._index_mat
            s.cycles.samples, s.cycles.use_denoising, s.cycles.max_bounces = 1, False, 0
            s.cycles.pixel_filter_type, s.cycles.filter_width = "BOX", 0.01
            s.view_settings.view_transform, s.view_settings.exposure = "Raw", 0.0
            s.render.dither_intensity = 0.0
            img = self._shoot(_scratch(folder) / f".tmp_{self.seed}_{os.getpid()}_i.png", crop)
        finally:
            layer.material_override = None
            bg.inputs[1].default_value = kept
            for o in hidden:
                o.hide_render = False
        return img[..., 0]

    def label_instances(self):
        """Instances with world vertices, as `labels.boxes` wants them."""
        out = []
        for i in self.instances:
            v = i["build"].verts() @ euler(0, 0, i["rz"]).T + i["at"]
            out.append(
                {"id": i["id"], "class": i["class"], "verts": v, "faces": i["build"].faces()}
            )
        return out


def _scratch(folder):
    """The scratch folder, made when missing."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path
