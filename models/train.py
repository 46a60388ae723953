"""Fine-tunes a grafted detector by a recipe, in stages that resume where they were cut off.

    python models/train.py models/recipes/lifelane-n-v1.yaml --base <COCO yolo11n.pt>

A recipe names stages; each starts from the stage before it (`from:` overrides), or part of the
way there from the grafted base (`start_alpha:`), mixes lists of pictures with repeats, and writes
models/runs/<recipe>/<stage>/weights/last.pt. A finished stage is skipped, a cut-off one resumes.
Pictures reach the network through training_pictures.py. Nothing is validated in between:
models/mix.py measures them on the validation pictures.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from head_surgery import graft_head, load_detector, mix_weights, save_checkpoint  # noqa: E402
from paste import read_cut_outs  # noqa: E402
from quiet_ultralytics import quiet  # noqa: E402
from set_readers import read_yolo_labels  # noqa: E402
from taxonomy import load_taxonomy  # noqa: E402
from training_pictures import (  # noqa: E402
    Entry,
    Policy,
    TrainingPictures,
    label_path,
    looks_down,
)

with quiet():
    import torch
    from torch import nn
    from ultralytics.models.yolo.detect import DetectionTrainer
    from ultralytics.nn.tasks import BaseModel

__all__ = [
    "RecipeError",
    "Stage",
    "half_is_faster",
    "main",
    "read_recipe",
    "rehearsal_loss",
    "stage_entries",
    "still_split",
]

DATA = HERE.parent / ".cache" / "datasets" / "lifelane"
STILLS = HERE.parent / ".cache" / "synth" / "stills"
REHEARSED = ("person", "car", "truck", "bus")
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png"}


class RecipeError(ValueError):
    """A recipe cannot be followed; the message names stage and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One run of the trainer. `sizes_px` gives each input size its share of the batches.

    `rehearsal` weighs how closely the stage keeps what the base says of people and vehicles.
    """

    name: str
    start: str | None
    start_alpha: float
    rehearsal: float
    lists: tuple[dict[str, Any], ...]
    val: tuple[str, ...]
    sizes_px: dict[int, float]
    policy: dict[str, Any]
    settings: dict[str, Any]


def read_recipe(path: Path) -> list[Stage]:
    """Read the stages of a recipe; raises RecipeError naming what is missing."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    stages = []
    for body in raw["stages"]:
        missing = [key for key in ("name", "lists", "settings") if key not in body]
        if missing:
            raise RecipeError(f"{path.name}: stage {body.get('name', '?')!r} lacks {missing[0]!r}")
        stages.append(
            Stage(
                name=body["name"],
                start=body.get("from"),
                start_alpha=float(body.get("start_alpha", 1.0)),
                rehearsal=float(body.get("rehearsal", 0.0)),
                lists=tuple(body["lists"]),
                val=tuple(raw["val"]),
                sizes_px={int(k): float(v) for k, v in raw["sizes_px"].items()},
                policy={**raw.get("policy", {}), **body.get("policy", {})},
                settings={**raw.get("settings", {}), **body["settings"]},
            )
        )
    return stages


def stage_entries(
    stage: Stage, *, data: Path = DATA, stills: Path = STILLS, seed: int = 0
) -> list[Entry]:
    """Return the stage's pictures, repeats included; raises RecipeError for an empty list.

    An item is {list: name of a built list} or {stills: name of a place, or all}, each with
    `having` (only pictures with a box of this class), `repeat`, `at_most`, and how the
    picture is shown (`turn`, `paste`, `bend`, `cut`; see Entry).
    A still whose camera looks down has no upright and is turned by any angle. Of the rendered
    stills one tenth, by seed, is kept for choosing and one tenth for testing.
    """
    entries: list[Entry] = []
    for item in stage.lists:
        if "stills" in item:
            found = sorted(
                p
                for p in (stills / "images").glob("*")
                if p.suffix.lower() in IMAGE_SUFFIXES
                and item["stills"] in {"all", p.stem.rpartition("_")[0]}
                and still_split(p.stem) == "train"
                and (stills / "labels" / f"{p.stem}.txt").exists()
            )
        else:
            path = data / f"{item['list']}.txt"
            if not path.exists():
                raise RecipeError(
                    f"stage {stage.name!r}: {path.name} is not built; run datasets/build.py"
                )
            found = [Path(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if "having" in item:
            wanted = load_taxonomy().names.index(item["having"])
            found = [p for p in found if wanted in {c for c, _ in read_yolo_labels(label_path(p))}]
        if not found:
            raise RecipeError(f"stage {stage.name!r}: {item} has no pictures")
        if "at_most" in item:
            draw = random.Random(f"{seed}:{stage.name}")  # every stage draws its own
            found = draw.sample(found, min(int(item["at_most"]), len(found)))
        shown = {key: item[key] for key in ("turn", "paste", "bend", "cut") if key in item}
        for image in found:
            down = "stills" in item and looks_down(stills / "cards" / f"{image.stem}.json")
            entry = Entry(image=image, **(shown | ({"turn": "any"} if down else {})))
            entries += [entry] * int(item.get("repeat", 1))
    return entries


def still_split(stem: str) -> str:
    """Return the split of a rendered still: by the last digit of its seed (the name's digits)."""
    digits = "".join(c for c in stem if c.isdigit())
    return {0: "test", 1: "val"}.get(int(digits or 0) % 10, "train")


class GraftTrainer(DetectionTrainer):  # type: ignore[misc]
    """Keeps the grafted model's shape and draws the input size of each batch."""

    sizes_px: ClassVar[dict[int, float]] = {}
    pictures: ClassVar[TrainingPictures | None] = None
    threads = 2

    def build_dataset(
        self, img_path: str, mode: str = "train", batch: int | None = None
    ) -> TrainingPictures:
        """Return the stage's pictures; the loader of mode "val" is never read."""
        del img_path, mode, batch
        if self.pictures is None:
            raise RecipeError("a stage gives its pictures before it is trained")
        return self.pictures

    def get_model(
        self, cfg: Any = None, weights: nn.Module | None = None, verbose: bool = True
    ) -> nn.Module:
        """Return the loaded model itself instead of rebuilding it from its YAML."""
        del cfg, verbose
        if weights is None:
            raise RecipeError("a stage starts from a checkpoint, never from scratch")
        # The CPU's convolutions are a fifth faster on channels-last tensors.
        model = weights.float().train().to(memory_format=torch.channels_last)
        for parameter in model.parameters():
            parameter.requires_grad_(True)
        return model

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Scale the batch to one of the sizes by their shares."""
        batch = super().preprocess_batch(batch)
        torch.set_num_threads(self.threads)  # the trainer's own choice leaves a core idle
        size = random.choices(list(self.sizes_px), weights=list(self.sizes_px.values()))[0]
        if size != batch["img"].shape[-1]:
            batch["img"] = nn.functional.interpolate(
                batch["img"],
                size=(size, size),
                mode="bilinear",
                align_corners=False,
                antialias=True,
            )
        batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
        return batch

    def validate(self) -> tuple[dict[str, float], float]:
        """Leave measuring to models/mix.py."""
        return {}, 0.0

    def final_eval(self) -> None:
        """Keep last.pt with its optimiser, so that a longer schedule can resume."""


def rehearsal_loss(
    student: torch.Tensor, teacher: torch.Tensor, rows: Sequence[int]
) -> torch.Tensor:
    """Return how far the student's scores fall short of the teacher's on the given class rows.

    Both (B, classes, N) in logits. Each place counts by the teacher's confidence, so the student
    keeps seeing what the teacher saw and stays free where the teacher saw nothing.
    """
    wanted = teacher[:, list(rows)].sigmoid()
    loss = nn.functional.binary_cross_entropy_with_logits(
        student[:, list(rows)], wanted, reduction="none"
    )
    # Entropy of the target is no error: an equal student has loss 0.
    floor = nn.functional.binary_cross_entropy(wanted, wanted, reduction="none")
    return ((loss - floor) * wanted).sum() / wanted.sum().clamp(min=1.0)


def half_is_faster() -> bool:
    """Whether this CPU multiplies bfloat16 itself; without that it takes ten times as long."""
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return "avx512_bf16" in words or "amx_bf16" in words


@contextmanager
def half_forward(teacher: nn.Module | None = None, weight: float = 0.0) -> Iterator[None]:
    """Run the network in bfloat16, where that pays, and the loss in float32 while this is open.

    With a teacher, `weight` times the batch size of rehearsal_loss is added to the loss.

    On CPUs with bfloat16 instructions a pass costs half as much; ultralytics refuses it there.
    Other CPUs stay with float32.
    The loss stays in float32 because box coordinates lose whole pixels in bfloat16.
    """
    plain = BaseModel.loss
    rows = [i for i, name in enumerate(load_taxonomy().names) if name in REHEARSED]
    half = half_is_faster()
    if teacher is not None:
        teacher = teacher.float().to(memory_format=torch.channels_last).train()
        for module in teacher.modules():  # training output, but frozen statistics
            if isinstance(module, nn.BatchNorm2d):
                module.eval()

    def loss(self: Any, batch: dict[str, Any], preds: Any = None) -> Any:
        if preds is None:
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                preds = self.forward(batch["img"])
        if self.training:
            preds = {
                key: [v.float() for v in value] if isinstance(value, list) else value.float()
                for key, value in preds.items()
            }
        total, items = plain(self, batch, preds)
        if self.training and teacher is not None and weight > 0:
            with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                wanted = teacher(batch["img"])["scores"].float()
            kept = rehearsal_loss(preds["scores"], wanted, rows)
            total = total + weight * len(batch["img"]) * kept / len(total)
            items = {**items, "keep_loss": kept.detach()}
        return total, items

    BaseModel.loss = loss
    try:
        yield
    finally:
        BaseModel.loss = plain


def run_stage(stage: Stage, *, start: Path, folder: Path, seed: int) -> Path:
    """Train one stage and return its weights; a finished stage is returned as it is."""
    run = folder / stage.name
    last = run / "weights" / "last.pt"
    if (run / "done").exists():
        print(f"stage {stage.name}: done before")
        return last
    run.mkdir(parents=True, exist_ok=True)
    names = load_taxonomy().names
    entries = stage_entries(stage, seed=seed)
    (run / "train.txt").write_text("".join(f"{e.image}\n" for e in entries), encoding="utf-8")
    val = [
        line
        for name in stage.val
        for line in (DATA / f"{name}.txt").read_text(encoding="utf-8").split()
    ]
    (run / "val.txt").write_text("".join(f"{f}\n" for f in val), encoding="utf-8")
    data_file = run / "data.yaml"
    data_file.write_text(
        yaml.safe_dump(
            {
                "path": str(run),
                "train": "train.txt",
                "val": "val.txt",
                "names": dict(enumerate(names)),
            }
        ),
        encoding="utf-8",
    )
    print(
        f"stage {stage.name}: {len(entries)} pictures, {stage.settings.get('epochs')} epochs",
        flush=True,
    )
    if stage.start_alpha < 1.0 and not last.exists():
        part = mix_weights(
            load_detector(folder / "graft.pt"), load_detector(start), stage.start_alpha
        )
        start = run / "start.pt"
        save_checkpoint(part, start, note=f"{stage.start_alpha} of the way from the base")
    overrides: dict[str, Any] = {
        "data": str(data_file),
        "project": str(folder),
        "name": stage.name,
        "exist_ok": True,
        "device": "cpu",
        "amp": False,
        "plots": False,
        "val": False,
        "seed": seed,
        "pretrained": True,
        **stage.settings,
        "model": str(last if last.exists() else start),
    }
    if last.exists():
        overrides["resume"] = str(last)
    GraftTrainer.sizes_px = stage.sizes_px
    GraftTrainer.pictures = TrainingPictures(
        entries,
        names,
        size_px=int(stage.settings["imgsz"]),
        cut_outs=read_cut_outs(DATA / "cut_outs", names),
        policy=Policy(**stage.policy),
    )
    teacher = load_detector(folder / "graft.pt") if stage.rehearsal > 0 else None
    with half_forward(teacher, stage.rehearsal):
        GraftTrainer(overrides=overrides).train()
    (run / "done").write_text("", encoding="utf-8")
    return last


def main() -> int:
    """Follow the recipe, or the stages that `--only` names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--base", type=Path, required=True, help="COCO-pretrained checkpoint")
    parser.add_argument("--start", type=Path, help="checkpoint of the first stage; default: base")
    parser.add_argument("--only", nargs="*", help="names of stages; default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--threads",
        type=int,
        default=2,
        help="of the network; 1 where other programs share the cores",
    )
    options = parser.parse_args()
    GraftTrainer.threads = options.threads
    folder = HERE / "runs" / options.recipe.stem
    graft = folder / "graft.pt"
    if not graft.exists():
        grafted = graft_head(load_detector(options.base), load_taxonomy().names)
        save_checkpoint(grafted, graft, note="COCO weights, class rows grafted, not trained")
    start = options.start or graft
    for stage in read_recipe(options.recipe):
        if stage.start is not None:
            start = (
                graft if stage.start == "graft" else folder / stage.start / "weights" / "last.pt"
            )
        last = folder / stage.name / "weights" / "last.pt"
        if options.only and stage.name not in options.only:
            start = last if last.exists() else start
            continue
        start = run_stage(stage, start=start, folder=folder, seed=options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
