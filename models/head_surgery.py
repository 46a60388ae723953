"""A COCO-pretrained YOLO becomes a fourteen-class one without throwing its class branch away.

Ultralytics rebuilds the class branch with other channel widths when the number of classes
changes, so all that it knows of cars and people is lost. Here only the last 1x1 convolution of
each scale is replaced: its fourteen rows are copied (or averaged) from the COCO rows that come
nearest. The result is a usable detector before any training, and training starts from it.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from quiet_ultralytics import quiet
from torch import nn

__all__ = [
    "HEAD_SEEDS",
    "HeadSeed",
    "graft_head",
    "load_detector",
    "mix_weights",
    "save_checkpoint",
    "shift_confidence",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSeed:
    """COCO names whose rows are averaged, and what is added to the bias (logits)."""

    coco: tuple[str, ...]
    bias_shift: float = 0.0


# A shift of -3 leaves a class at a twentieth of the odds: it hardly ever speaks before it is
# trained, but its filters start from something that looks alike.
HEAD_SEEDS: dict[str, HeadSeed] = {
    "person": HeadSeed(coco=("person",)),
    "bicycle": HeadSeed(coco=("bicycle",)),
    "ebike": HeadSeed(coco=("motorcycle",)),
    "tricycle": HeadSeed(coco=("motorcycle", "truck"), bias_shift=-3.0),
    "car": HeadSeed(coco=("car",)),
    "truck": HeadSeed(coco=("truck",)),
    "bus": HeadSeed(coco=("bus",)),
    "wheelchair": HeadSeed(coco=("bicycle", "chair"), bias_shift=-2.0),
    "pram": HeadSeed(coco=("bicycle", "chair", "suitcase"), bias_shift=-3.0),
    "trolley": HeadSeed(coco=("suitcase", "chair", "truck"), bias_shift=-3.0),
    "luggage": HeadSeed(coco=("suitcase",)),
    "carton": HeadSeed(coco=("suitcase", "book", "refrigerator"), bias_shift=-2.0),
    "furniture": HeadSeed(coco=("chair", "couch")),
    "bundle": HeadSeed(coco=("backpack", "handbag")),
}


def load_detector(path: Path) -> nn.Module:
    """Load a checkpoint's detection model in float32, ready for training or export."""
    with quiet():
        from ultralytics import YOLO

        model: nn.Module = YOLO(str(path), task="detect").model
    return model.float()


def graft_head(base: nn.Module, names: tuple[str, ...]) -> nn.Module:
    """Return a copy of `base` (a COCO detection model) whose head speaks `names`.

    Everything but the last class convolution of each scale is bit for bit the base's. Raises
    ValueError where a name has no entry in HEAD_SEEDS or the base lacks a COCO name.
    """
    model: Any = copy.deepcopy(base).float()
    coco = {name: i for i, name in model.names.items()}
    rows: list[tuple[list[int], float]] = []
    for name in names:
        if name not in HEAD_SEEDS:
            raise ValueError(
                f"class {name!r} has no entry in HEAD_SEEDS; add the COCO rows it starts from"
            )
        seed = HEAD_SEEDS[name]
        missing = [c for c in seed.coco if c not in coco]
        if missing:
            raise ValueError(
                f"the base model has no class {missing[0]!r}: COCO weights are expected"
            )
        rows.append(([coco[c] for c in seed.coco], seed.bias_shift))
    head = model.model[-1]
    for branch in head.cv3:
        old = branch[-1]
        new = nn.Conv2d(old.in_channels, len(names), kernel_size=1)
        with torch.no_grad():
            for row, (sources, shift) in enumerate(rows):
                new.weight[row] = old.weight[sources].mean(dim=0)
                new.bias[row] = old.bias[sources].mean() + shift
        branch[-1] = new
    head.nc = len(names)
    head.no = head.nc + head.reg_max * 4
    head.shape = None  # anchors are rebuilt for the first picture
    model.nc = len(names)
    model.names = dict(enumerate(names))
    model.yaml = {**model.yaml, "nc": len(names)}
    return model


def mix_weights(
    base: nn.Module, tuned: nn.Module, alpha: float, *, learnt: Collection[int] = ()
) -> nn.Module:
    """Return base + alpha * (tuned - base), the WiSE-FT interpolation; alpha in [0, 1].

    Both must have the same shape. Integer buffers (counters) are the tuned model's, and so are
    the class rows of the `learnt` class ids: the base knew nothing of them that is worth keeping.
    """
    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"alpha is {alpha}; expected a number from 0 (base) to 1 (tuned)")
    mixed = copy.deepcopy(tuned).float()
    start = base.float().state_dict()
    state = mixed.state_dict()
    if start.keys() != state.keys():
        raise ValueError("base and tuned model differ in shape: both must come from the same graft")
    for key, value in state.items():
        if value.dtype.is_floating_point:
            state[key] = torch.lerp(start[key], value, alpha)
    mixed.load_state_dict(state)
    own: Any = tuned
    target: Any = mixed
    with torch.no_grad():
        for ours, theirs in zip(target.model[-1].cv3, own.model[-1].cv3, strict=True):
            for row in learnt:
                ours[-1].weight[row] = theirs[-1].weight[row].float()
                ours[-1].bias[row] = theirs[-1].bias[row].float()
    return mixed


def shift_confidence(model: nn.Module, shifts: Mapping[int, float]) -> nn.Module:
    """Return a copy whose scores of the given class ids move by so many logits, boxes unchanged."""
    moved: Any = copy.deepcopy(model)
    with torch.no_grad():
        for branch in moved.model[-1].cv3:
            for class_id, logits in shifts.items():
                branch[-1].bias[class_id] += logits
    return moved


def save_checkpoint(model: nn.Module, path: Path, *, note: str) -> None:
    """Write a float16 checkpoint that plain `ultralytics.YOLO(path)` loads."""
    with quiet():
        from ultralytics import __version__
    slim: Any = copy.deepcopy(model).half()
    for name in ("criterion", "args", "class_weights", "pt_path", "yaml_file"):
        if hasattr(slim, name):
            delattr(slim, name)
    slim.args = {"task": "detect", "imgsz": 640}  # all that loading asks for; no paths of a machine
    for parameter in slim.parameters():
        parameter.requires_grad_(False)
    slim.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(
        {
            "model": slim,
            "ema": None,
            "epoch": -1,
            "train_args": {"task": "detect", "imgsz": 640},
            "version": __version__,
            "license": "AGPL-3.0-or-later",
            "note": note,
        },
        path,
    )
