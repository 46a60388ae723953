"""One ONNX file, opened: what it expects, what it says of itself, and how to run it."""

import ast
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pipeline.errors import ModelError

__all__ = ["OnnxModel", "default_threads"]

_log = logging.getLogger(__name__)

_FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}

# More threads than this gain nothing on a nano model and starve the decoders beside it.
_MAX_DEFAULT_THREADS = 4
_ACCELERATOR_BATCH = 8
_CPU = "CPUExecutionProvider"
_OPENVINO = "OpenVINOExecutionProvider"
#: On these a batch is no faster than one picture after the other.
_CPU_LIKE = frozenset({_CPU, _OPENVINO, "DnnlExecutionProvider", "XnnpackExecutionProvider"})


def default_threads() -> int:
    """Return how many threads one picture may use: the CPUs of this process, 4 at most."""
    try:
        available = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        available = os.cpu_count() or 1
    return min(available, _MAX_DEFAULT_THREADS)


class OnnxModel:
    """An ONNX detection model behind onnxruntime.

    Args:
        path: The file.
        providers: Execution providers in order of preference: one that this onnxruntime has
            not, or that does not start here, is passed over with a warning.
        threads: Threads for one picture; None = ``default_threads()``.

    Raises:
        ModelError: The file is missing or no ONNX model, no provider is available, or the
            model does not take pictures.
    """

    def __init__(self, path: Path, *, providers: Sequence[str], threads: int | None = None) -> None:
        self.path = path
        wanted = _available(providers)
        if threads is not None and threads < 1:
            raise ModelError(f"threads: expected 1 or more, or none for the default, got {threads}")
        if not path.is_file():
            raise ModelError(f"{path}: there is no such model file; nothing is ever downloaded")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or default_threads()
        options.inter_op_num_threads = 1
        # A thread that spins while it waits takes the core from the decoders beside it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # its errors come as exceptions and become ours below
        self._session = _start(path, options, wanted)
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type not in _FLOATS:
            found = [(item.name, item.shape, item.type) for item in inputs]
            raise ModelError(
                f"{path}: expected one input [batch, 3, height, width] of float numbers,"
                f" found {found}"
            )
        self._input = inputs[0]
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        task = self.metadata.get("task", "detect")
        if task != "detect":
            raise ModelError(f"{path}: is a model for {task!r}; expected one for 'detect'")

    @property
    def preferred_batch(self) -> int:
        """How many pictures at once are fastest.

        On a CPU a batch is no faster than one picture after the other and takes more memory;
        an accelerator wants to be fed.
        """
        return 1 if self._session.get_providers()[0] in _CPU_LIKE else _ACCELERATOR_BATCH

    @property
    def provider(self) -> str:
        """The execution provider that is at work."""
        return str(self._session.get_providers()[0])

    @property
    def fixed_batch(self) -> int | None:
        """The batch size that the file was exported for; None = any."""
        size = self._input.shape[0]
        return size if isinstance(size, int) else None

    @property
    def fixed_hw(self) -> tuple[int, int] | None:
        """Height and width in pixels that the file was exported for; None = any."""
        height, width = self._input.shape[2:]
        return (height, width) if isinstance(height, int) and isinstance(width, int) else None

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names that the file itself carries; None where it has none.

        Raises:
            ModelError: The names are there but cannot be read.
        """
        text = self.metadata.get("names")
        if text is None:
            return None
        try:
            names = ast.literal_eval(text)
            if isinstance(names, dict):
                names = [names[key] for key in sorted(names, key=int)]
        except (ValueError, SyntaxError, TypeError):
            names = None
        is_list = isinstance(names, list | tuple) and len(names) > 0
        if not is_list or not all(isinstance(name, str) for name in names):
            raise ModelError(
                f"{self.path}: the metadata field 'names' cannot be read: expected"
                f" {{0: 'person', ...}}, found {text[:60]!r}; export the model again"
            )
        return tuple(names)

    @property
    def stride(self) -> int | None:
        """The stride that the file itself gives, in pixels; None where it has none."""
        text = self.metadata.get("stride", "")
        return int(float(text)) if text.replace(".", "", 1).isdigit() else None

    @property
    def end_to_end(self) -> bool | None:
        """Whether the file says that its head needs no suppression; None where it is silent."""
        for key in ("end_to_end", "end2end"):
            if key in self.metadata:
                return self.metadata[key].strip().lower() == "true"
        return None

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run one batch.

        Args:
            batch: ``(B, 3, H, W)`` float32, RGB in [0, 1].

        Returns:
            The first output as float32, batch first.

        Raises:
            ModelError: The model refuses the batch or fails.
        """
        values = batch.astype(_FLOATS[self._input.type], copy=False)
        try:
            output = self._session.run(None, {self._input.name: values})[0]
        except Exception as error:  # onnxruntime's own errors share no base class
            raise ModelError(
                f"{self.path}: fails on an input of {list(batch.shape)}: {_first_line(error)}"
            ) from error
        return np.asarray(output).astype(np.float32, copy=False)


def _available(providers: Sequence[str]) -> list[str]:
    """Those of the wanted providers that the installed onnxruntime has, in the same order."""
    available = onnxruntime.get_available_providers()
    if not providers:
        raise ModelError(f"providers: expected at least one of {', '.join(available)}, got none")
    found = [name for name in providers if name in available]
    for name in providers:
        if name in found:
            continue
        problem = (
            f"providers: {name} is not available in the installed onnxruntime, which has"
            f" {', '.join(available)}."
        )
        if not found:
            raise ModelError(
                f"{problem} Use one of these, or install the onnxruntime package for your"
                " accelerator in its place (docs/acceleration.md)."
            )
        _log.warning("%s %s takes over.", problem, found[0])
    return found


def _start(
    path: Path, options: onnxruntime.SessionOptions, providers: Sequence[str]
) -> onnxruntime.InferenceSession:
    """Open the file with the first provider that starts."""
    for number, name in enumerate(providers):
        try:
            session = onnxruntime.InferenceSession(
                str(path),
                sess_options=options,
                providers=[name],
                provider_options=[_provider_options(name, options.intra_op_num_threads)],
            )
        except Exception as error:  # onnxruntime's own errors share no base class
            reason = _first_line(error)
            # Without a file that can be read no other provider will do better.
            if name == _CPU or number + 1 == len(providers):
                raise ModelError(
                    f"{path}: onnxruntime cannot open it as an ONNX model: {reason}"
                ) from error
        else:
            # onnxruntime itself falls back to the CPU in silence where libraries are missing.
            if name in session.get_providers():
                return session
            reason = "driver or libraries missing"
        if number + 1 < len(providers):
            follower = providers[number + 1]
            _log.warning("providers: %s does not start: %s. %s takes over.", name, reason, follower)
    raise ModelError(
        f"providers: {providers[-1]} is part of this onnxruntime but does not start here"
        f" (driver or libraries missing); mend that, or add {_CPU} to the list"
    )


def _provider_options(name: str, threads: int) -> dict[str, str]:
    """What a provider is told; OpenVINO has threads of its own."""
    if name == _OPENVINO:
        return {"device_type": "CPU", "num_of_threads": str(threads)}
    return {}


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
