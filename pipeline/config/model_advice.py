"""Whether the chosen model is there and knows the classes that the zones ask for."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.config.camera import Camera
from pipeline.config.model import ModelConfig
from pipeline.config.problems import Loc, Problem, describe, did_you_mean, field_path
from pipeline.config.yaml_tree import Tree
from pipeline.detectors.registry import load_registry
from pipeline.errors import ModelError
from pipeline.rules import missing_names
from pipeline.types import FOREIGN_CLASS

__all__ = ["model_problems"]

# The words of other data sets for what our models call otherwise.
_ALSO_CLASSES: Mapping[str, str] = {
    "bike": "bicycle",
    "box": "carton",
    "e_bike": "ebike",
    "e_scooter": "ebike",
    "electric_bicycle": "ebike",
    "human": "person",
    "lorry": "truck",
    "moped": "ebike",
    "motorbike": "ebike",
    "motorcycle": "ebike",
    "people": "person",
    "scooter": "ebike",
    "stroller": "pram",
    "suitcase": "luggage",
    "van": "truck",
    "vehicle": "car",
    "三轮车": "tricycle",
    "人": "person",
    "小汽车": "car",
    "电动自行车": "ebike",
    "电动车": "ebike",
    "自行车": "bicycle",
    "货车": "truck",
}


def model_problems(
    model: ModelConfig, cameras: Mapping[int, Camera], tree: Tree
) -> Iterator[Problem]:
    """Problems of the model, and of zones that ask it for what it does not know.

    Args:
        model: The model's part of the file, itself in order.
        cameras: Cameras that are in order, by their position in the file.
        tree: The file.
    """
    where: Loc = ("model", "name")
    options = model.detector_options()
    if isinstance(options["model"], Path):
        if not options["model"].is_file():
            yield Problem(
                line=tree.line_of(where),
                field=field_path(where),
                expected="an existing .onnx or .pt file",
                found=f"nothing at {options['model']}",
                message="there are no such weights now: check the path (it is read from the site "
                "file's folder), or copy them there before the start",
                severity="warning",
            )
        return  # the classes of somebody's own weights are known only once they are loaded
    try:
        registry = load_registry()
    except ModelError:
        return  # no fault of the site file; the start and `lifelane models` report it
    name = registry.default if model.name == "default" else model.name
    entry = registry.models.get(name)
    if entry is None:
        known = ("default", *registry.models)
        meant = did_you_mean(model.name, known)
        yield Problem(
            line=tree.line_of(where),
            field=field_path(where),
            expected=f"one of {', '.join(known)}, or a path to an .onnx or .pt file",
            found=describe(model.name),
            message="there is no such model" + (f": did you mean {meant}?" if meant else ""),
        )
        return
    for index, camera in cameras.items():
        for number, zone in enumerate(camera.zones):
            # Foreign matter is seen by comparison, not by the model.
            for each in missing_names((*entry.classes, FOREIGN_CLASS), zone.classes or ()):
                place = (zone.classes or ()).index(each)
                loc = ("cameras", index, "zones", number, "classes", place)
                meant = did_you_mean(each, entry.classes, _ALSO_CLASSES)
                yield Problem(
                    line=tree.line_of(loc),
                    field=field_path(loc),
                    expected=f"classes of {name}: {', '.join(entry.classes)}",
                    found=describe(each),
                    message="the model knows no such class"
                    + (f": did you mean {meant}?" if meant else ": delete it"),
                )
