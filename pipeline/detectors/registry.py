"""The list of released weights, `models/registry.toml`, read and checked.

A checkout reads its own `models/`; an installed wheel carries the list and the default ONNX
file inside the package, without the training checkpoint.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pipeline
from pipeline.detectors.fields import FieldReader
from pipeline.errors import ModelError

if TYPE_CHECKING:
    from pipeline.detectors.verify import ModelCheck

__all__ = ["ModelEntry", "Registry", "find_registry", "load_registry"]

_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """One released model.

    Attributes:
        name: Name in the registry, such as ``lifelane-n``.
        version: Version of these weights, such as ``0.1.0``.
        file: The ONNX file.
        sha256: Hex digest that the ONNX file must have.
        weights_pt: The checkpoint that it was exported from; not part of an installed wheel.
        weights_pt_sha256: Hex digest that the checkpoint must have.
        classes: Names in the order of the model's output.
        input_sizes: Side lengths in pixels that were measured at release.
        default_input_size: Side length in pixels where nobody asks for another.
        stride: Every side length is a multiple of it, in pixels.
        end_to_end: The head gives final boxes, no suppression of doubles is needed.
        confidence: Recommended threshold, in [0, 1].
        iou: Recommended overlap above which boxes of one class are doubles, in [0, 1].
        licence: SPDX expression of the weights.
        card: The model card.
        figures: Figures measured at release, free.
    """

    name: str
    version: str
    file: Path
    sha256: str
    weights_pt: Path | None
    weights_pt_sha256: str | None
    classes: tuple[str, ...]
    input_sizes: tuple[int, ...]
    default_input_size: int
    stride: int
    end_to_end: bool
    confidence: float
    iou: float
    licence: str
    card: Path | None
    figures: Mapping[str, Any]

    @property
    def model_version(self) -> str:
        """Name and version, such as ``lifelane-n@0.1.0``."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """All released models.

    Attributes:
        path: The file that was read.
        default: Name of the model that is used where nobody asks for another.
        models: By name, in the order of the file.
    """

    path: Path
    default: str
    models: Mapping[str, ModelEntry]

    def get(self, name: str = "default") -> ModelEntry:
        """Return the entry called ``name``; ``default`` is the default one.

        Raises:
            ModelError: There is no such model; the message lists those there are.
        """
        wanted = self.default if name == "default" else name
        try:
            return self.models[wanted]
        except KeyError:
            raise ModelError(
                f"model {name!r} is not in {self.path}; it has: {', '.join(self.models)}."
                " Give one of these names, or the path of an .onnx file."
            ) from None

    def verify(self) -> "list[ModelCheck]":
        """Check files, classes and input sizes; see ``pipeline.detectors.verify``."""
        # Imported here: verify builds on this module.
        from pipeline.detectors.verify import verify_registry  # noqa: PLC0415

        return verify_registry(self)


def find_registry() -> Path:
    """Return the registry of the checkout, or else the one inside the installed package.

    Raises:
        ModelError: Neither is there.
    """
    package = Path(pipeline.__file__).resolve().parent
    checkout = package.parent
    candidates = [package / "_models" / "registry.toml"]
    # Without this test a folder called models beside an installed package would be taken.
    if (checkout / "pyproject.toml").is_file():
        candidates.insert(0, checkout / "models" / "registry.toml")
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ModelError(
        f"no model registry: expected {' or '.join(map(str, candidates))}."
        " Install LifeLane again, or give the path of an .onnx file as the model."
    )


def load_registry(path: Path | None = None) -> Registry:
    """Read a registry; None = the one of this installation.

    Raises:
        ModelError: The file is missing, no TOML, or an entry is wrong; the message names the
            file, the field, what was expected and what was found.
    """
    source = path or find_registry()
    try:
        content = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{source}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{source}: is not a TOML file: {error}") from error
    top = FieldReader(source, "", content)
    schema = top.whole("schema", at_least=1)
    if schema != _SCHEMA:
        raise ModelError(
            f"{source}: schema: expected {_SCHEMA}, found {schema};"
            " this registry belongs to another version of LifeLane"
        )
    tables = top.table("models")
    models = {name: _read_entry(source, name, table) for name, table in tables.items()}
    default = top.text("default")
    if default not in models:
        raise ModelError(
            f"{source}: default: expected one of {', '.join(models) or '(no models)'},"
            f" found {default!r}"
        )
    return Registry(path=source, default=default, models=models)


def _read_entry(source: Path, name: str, table: object) -> ModelEntry:
    fields = FieldReader(source, f"models.{name}", table)
    folder = source.parent
    weights_pt = fields.optional_text("weights_pt")
    card = fields.optional_text("card")
    stride = fields.whole("stride", at_least=1)
    sizes = fields.wholes("input_sizes", multiple_of=stride)
    default_size = fields.whole("default_input_size", at_least=1)
    if default_size not in sizes:
        raise fields.wrong("default_input_size", f"one of input_sizes {list(sizes)}", default_size)
    return ModelEntry(
        name=name,
        version=fields.text("version"),
        file=folder / fields.text("file"),
        sha256=fields.sha256("sha256"),
        weights_pt=folder / weights_pt if weights_pt else None,
        weights_pt_sha256=fields.sha256("weights_pt_sha256") if weights_pt else None,
        classes=fields.names("classes"),
        input_sizes=sizes,
        default_input_size=default_size,
        stride=stride,
        end_to_end=fields.flag("end_to_end"),
        confidence=fields.share("confidence"),
        iou=fields.share("iou"),
        licence=fields.text("licence"),
        card=folder / card if card else None,
        figures=fields.table("figures", required=False),
    )
