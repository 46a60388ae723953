"""The rewritten end of the graph gives the box sides that the softmax gave."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

BINS = 16


def head(*, perm: tuple[int, ...] = (0, 2, 1, 3)) -> Any:
    """The end of a YOLO head as ultralytics exports it: 64 logits a place to four distances."""
    nodes = [
        helper.make_node("Reshape", ["logits", "split"], ["a"], name="/model.23/dfl/Reshape"),
        helper.make_node("Transpose", ["a"], ["b"], name="/model.23/dfl/Transpose", perm=perm),
        helper.make_node("Softmax", ["b"], ["c"], name="/model.23/dfl/Softmax", axis=1),
        helper.make_node("Conv", ["c", "bins"], ["d"], name="/model.23/dfl/conv/Conv"),
        helper.make_node("Reshape", ["d", "join"], ["sides"], name="/model.23/dfl/Reshape_1"),
    ]
    weights = {
        "split": np.array([0, 4, BINS, -1], np.int64),
        "bins": np.arange(BINS, dtype=np.float32).reshape(1, BINS, 1, 1),
        "join": np.array([0, 4, -1], np.int64),
    }
    graph = helper.make_graph(
        nodes,
        "head",
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 4 * BINS, "n"])],
        [helper.make_tensor_value_info("sides", TensorProto.FLOAT, ["batch", 4, "n"])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def run(model: Any, logits: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, {"logits": logits})[0])


def test_distances_are_the_same_and_the_softmax_is_gone(script):
    logits = np.random.default_rng(3).normal(0, 6, (2, 4 * BINS, 77)).astype(np.float32)
    logits[0, 5, 3] = 60.0  # surer than any trained head is
    parts = logits.astype(np.float64).reshape(2, 4, BINS, -1)
    parts = np.exp(parts - parts.max(axis=2, keepdims=True))
    expected = (parts * np.arange(BINS)[:, None]).sum(axis=2) / parts.sum(axis=2)
    model = head()
    assert script("models/lean_graph.py").lean_box_sides(model)
    assert "Softmax" not in {node.op_type for node in model.graph.node}
    np.testing.assert_allclose(run(model, logits), expected, atol=2e-4)
    onnx.checker.check_model(model)


def test_a_graph_without_such_an_end_is_left_alone_and_an_unknown_one_is_named(script):
    lean_box_sides = script("models/lean_graph.py").lean_box_sides
    model = head()
    assert lean_box_sides(model)
    before = model.SerializeToString()
    assert not lean_box_sides(model)
    assert model.SerializeToString() == before
    strange = head()
    strange.graph.node[1].op_type = "Identity"
    with pytest.raises(ValueError, match="expected the box sides of a YOLO head"):
        lean_box_sides(strange)
