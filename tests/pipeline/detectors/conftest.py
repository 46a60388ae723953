"""Models for the detector tests: the released one, and tiny ones built on the spot."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.detectors import ModelEntry, load_registry

BuildOnnx = Callable[..., Path]


@pytest.fixture(scope="session")
def released() -> ModelEntry:
    """The default model of the registry."""
    return load_registry().get()


@pytest.fixture(scope="session")
def onnx() -> Any:
    return pytest.importorskip("onnx", reason="needs the extra train")


@pytest.fixture
def build_onnx(tmp_path: Path, onnx: Any) -> BuildOnnx:
    """Writes an ONNX file that gives the same output for every picture."""

    def build(
        output: np.ndarray,
        *,
        name: str = "tiny.onnx",
        input_shape: Sequence[int | str] = ("batch", 3, "height", "width"),
        half: bool = False,
        least_height: int = 1,
        metadata: Mapping[str, str] | None = None,
    ) -> Path:
        kind = onnx.TensorProto.FLOAT16 if half else onnx.TensorProto.FLOAT
        constant = output.astype(np.float16 if half else np.float32)
        make = onnx.helper
        nodes = [
            make.make_node("Shape", ["images"], ["batch_size"], start=0, end=1),
            make.make_node("Concat", ["batch_size", "rest"], ["shape"], axis=0),
            make.make_node("Expand", ["constant", "shape"], ["expanded"]),
            # Reads one row of the input, so that a lower picture fails as a real head does.
            make.make_node("Gather", ["images", "row"], ["one_row"], axis=2),
            make.make_node("ReduceSum", ["one_row"], ["sum"], keepdims=0),
            make.make_node("Mul", ["sum", "nothing"], ["zero"]),
            make.make_node("Add", ["expanded", "zero"], ["output0"]),
        ]
        graph = make.make_graph(
            nodes,
            "tiny",
            [make.make_tensor_value_info("images", kind, list(input_shape))],
            [make.make_tensor_value_info("output0", kind, ["batch", *constant.shape])],
            [
                onnx.numpy_helper.from_array(constant[None], "constant"),
                onnx.numpy_helper.from_array(np.array(constant.shape, np.int64), "rest"),
                onnx.numpy_helper.from_array(np.array(least_height - 1, np.int64), "row"),
                onnx.numpy_helper.from_array(np.array(0, constant.dtype), "nothing"),
            ],
        )
        model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
        for key, value in (metadata or {}).items():
            model.metadata_props.add(key=key, value=value)
        path = tmp_path / name
        onnx.save(model, path)
        return path

    return build


@pytest.fixture
def fix_input(tmp_path: Path, onnx: Any) -> Callable[[Path, Sequence[int]], Path]:
    """Writes a copy of a dynamic ONNX file that takes one input shape only."""

    def fix(source: Path, shape: Sequence[int]) -> Path:
        model = onnx.load(source)
        for dimension, size in zip(
            model.graph.input[0].type.tensor_type.shape.dim, shape, strict=True
        ):
            dimension.dim_value = size
        path = tmp_path / f"fixed-{'x'.join(map(str, shape))}.onnx"
        onnx.save(model, path)
        return path

    return fix
