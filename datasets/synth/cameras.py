"""Cameras as CCTV has them: placed, aimed, rolled; pinhole or equisolid fisheye."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["View", "look_at"]


def look_at(eye, target, roll=0.0):
    """Camera-to-world rotation (3, 3) with Blender's axes (looks along -z, y up)."""
    d = np.asarray(target, float) - np.asarray(eye, float)
    d /= np.linalg.norm(d)
    up = np.array([0, 0, 1.0]) if abs(d[2]) < 0.999 else np.array([0, 1.0, 0])
    x = np.cross(d, up)
    x /= np.linalg.norm(x)
    y = np.cross(x, d)
    c, s = np.cos(roll), np.sin(roll)
    return np.stack([x * c + y * s, y * c - x * s, -d], 1)


@dataclass(slots=True, kw_only=True)
class View:
    """One camera. `fov_deg` is horizontal for pinhole, full circle for fisheye."""

    eye: np.ndarray
    rot: np.ndarray
    fov_deg: float
    size_px: tuple[int, int]
    fisheye: bool = False
    name: str = "camera"
    span: str = "diagonal"  # what of the picture the fisheye's circle spans: or width, height
    stretch: tuple[float, float] = (1.0, 1.0)  # how the recorder resizes the rendered picture

    @property
    def focal_px(self) -> float:
        """Focal length in pixels (equisolid r = 2 f sin(theta / 2) for fisheye)."""
        w = self.size_px[0]
        if self.fisheye:  # a circle over the diagonal leaves no black corners
            h = self.size_px[1]
            radius = 0.5 * {"diagonal": float(np.hypot(w, h)), "width": w, "height": h}[self.span]
            return radius / (2 * np.sin(np.radians(self.fov_deg) / 4))
        return w / 2 / np.tan(np.radians(self.fov_deg) / 2)

    @property
    def stored_px(self) -> tuple[int, int]:
        """Size of the stored picture; even, as video codecs want it."""
        return tuple(2 * round(n * k / 2) for n, k in zip(self.size_px, self.stretch, strict=True))

    @property
    def limit_deg(self) -> float:
        """Full angle beyond which a fisheye's picture is black."""
        return min(360.0, self.fov_deg * (1.15 if self.span == "diagonal" else 1.0))

    def project(self, points):
        """World (n, 3) to pixels (n, 2) and a mask of points that a picture could show."""
        p = (np.asarray(points) - self.eye) @ self.rot
        w, h = self.size_px
        if self.fisheye:
            rho = np.hypot(p[:, 0], p[:, 1])
            theta = np.arctan2(rho, -p[:, 2])
            r = 2 * self.focal_px * np.sin(theta / 2)
            k = r / np.maximum(rho, 1e-9)
            edge = min(self.fov_deg, 178) / 2 + 15
            if self.span != "diagonal":
                edge = min(edge, self.fov_deg / 2)
            ok = theta < np.radians(edge)
            return np.stack([w / 2 + p[:, 0] * k, h / 2 - p[:, 1] * k], -1), ok
        z = np.maximum(-p[:, 2], 1e-6)
        f = self.focal_px
        return np.stack([w / 2 + f * p[:, 0] / z, h / 2 - f * p[:, 1] / z], -1), -p[:, 2] > 0.03

    def install(self):
        """Make it the scene's camera; returns the Blender object."""
        import bpy
        from mathutils import Matrix

        scene = bpy.context.scene
        cam = bpy.data.cameras.new(self.name)
        cam.clip_start, cam.clip_end = 0.02, 400
        cam.sensor_width = 36.0
        w, h = self.size_px
        if self.fisheye:
            cam.type = "PANO"
            cam.panorama_type = "FISHEYE_EQUISOLID"
            cam.fisheye_fov = np.radians(self.limit_deg)
            cam.sensor_fit = "HORIZONTAL"
            cam.fisheye_lens = self.focal_px * 36.0 / w
        else:
            cam.angle = np.radians(self.fov_deg)
            cam.sensor_fit = "HORIZONTAL"
        obj = bpy.data.objects.new(self.name, cam)
        m = np.eye(4)
        m[:3, :3], m[:3, 3] = self.rot, self.eye
        obj.matrix_world = Matrix(m.tolist())
        scene.collection.objects.link(obj)
        scene.camera = obj
        scene.render.resolution_x, scene.render.resolution_y = w, h
        return obj

    def card(self):
        """What a reader needs to project again."""
        return {
            "name": self.name,
            "eye_m": np.round(self.eye, 4).tolist(),
            "camera_to_world": np.round(self.rot, 6).tolist(),
            "fov_deg": round(self.fov_deg, 3),
            "fisheye": self.fisheye,
            "span": self.span,
            "stretch": [round(v, 4) for v in self.stretch],
            "size_px": list(self.size_px),
            "focal_px": round(float(self.focal_px), 3),
        }
