"""Checks that released weights are what the registry says: bytes, classes, sizes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.detectors.registry import ModelEntry, Registry
from pipeline.errors import ModelError

__all__ = ["ModelCheck", "check_sha256", "verify_registry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCheck:
    """One thing that was checked.

    Attributes:
        model: Name in the registry.
        check: ``sha256``, ``classes`` or ``input_size``.
        file: The file it is about.
        ok: It is as it should be, or it is allowed to be missing.
        message: What was found; where it is wrong also what was expected and the fix.
    """

    model: str
    check: str
    file: Path
    ok: bool
    message: str


def check_sha256(path: Path, expected: str) -> None:
    """Compare a file's SHA-256 with the hex digest ``expected``.

    Raises:
        ModelError: The file is missing, unreadable or has other bytes.
    """
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise ModelError(
            f"{path}: the model file is missing; fetch it again with the checkout or the package"
        ) from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from error
    if found != expected:
        raise ModelError(
            f"{path}: has changed since its release: expected sha256 {expected}, found {found}."
            " Fetch it again; weights of your own are given by path, not by name."
        )


def verify_registry(registry: Registry) -> list[ModelCheck]:
    """Check every model of a registry; nothing that is wrong stops the others."""
    return [check for entry in registry.models.values() for check in _verify_entry(entry)]


def _verify_entry(entry: ModelEntry) -> Iterator[ModelCheck]:
    onnx_sum = _sum_check(entry, entry.file, entry.sha256)
    yield onnx_sum
    if entry.weights_pt is not None and entry.weights_pt_sha256 is not None:
        if entry.weights_pt.is_file():
            yield _sum_check(entry, entry.weights_pt, entry.weights_pt_sha256)
        else:
            yield ModelCheck(
                model=entry.name,
                check="sha256",
                file=entry.weights_pt,
                ok=True,
                message="not installed (only a checkout has it)",
            )
    if entry.file.is_file():
        yield from _output_checks(entry)


def _sum_check(entry: ModelEntry, path: Path, expected: str) -> ModelCheck:
    try:
        check_sha256(path, expected)
    except ModelError as error:
        ok, message = False, str(error)
    else:
        ok, message = True, expected
    return ModelCheck(model=entry.name, check="sha256", file=path, ok=ok, message=message)


def _output_checks(entry: ModelEntry) -> Iterator[ModelCheck]:
    # Imported here: onnxruntime takes its time, and reading a registry does not need it.
    import numpy as np  # noqa: PLC0415

    from pipeline.detectors.heads import find_layout  # noqa: PLC0415
    from pipeline.detectors.onnx_model import OnnxModel  # noqa: PLC0415

    def result(check: str, *, ok: bool, message: str) -> ModelCheck:
        return ModelCheck(model=entry.name, check=check, file=entry.file, ok=ok, message=message)

    count = len(entry.classes)
    try:
        model = OnnxModel(entry.file, providers=("CPUExecutionProvider",))
        named = model.classes
    except ModelError as error:
        yield result("classes", ok=False, message=str(error))
        return
    if named is not None and named != entry.classes:
        message = f"expected {list(entry.classes)}, the file says {list(named)}"
        yield result("classes", ok=False, message=message)
    else:
        yield result("classes", ok=True, message=f"{count}: {', '.join(entry.classes)}")
    for size in entry.input_sizes:
        grey = np.full((model.fixed_batch or 1, 3, size, size), 0.5, np.float32)
        try:
            shape = model.run(grey).shape
            layout = find_layout(shape, class_count=count, end_to_end=entry.end_to_end)
        except ModelError as error:
            yield result("input_size", ok=False, message=f"{size}: {error}")
        else:
            message = f"{size}: output {list(shape)}, {layout}"
            yield result("input_size", ok=True, message=message)
