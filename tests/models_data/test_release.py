import hashlib
import json
import subprocess
import sys
import tomllib

import numpy as np
import onnxruntime
import pytest

ENTRY_FIELDS = {
    "version": str,
    "file": str,
    "sha256": str,
    "weights_pt": str,
    "weights_pt_sha256": str,
    "classes": list,
    "input_sizes": list,
    "default_input_size": int,
    "stride": int,
    "end_to_end": bool,
    "confidence": float,
    "iou": float,
    "licence": str,
    "card": str,
    "figures": dict,
}


@pytest.fixture
def models(repo_root):
    return repo_root / "models"


@pytest.fixture
def registry(models):
    return tomllib.loads((models / "registry.toml").read_text(encoding="utf-8"))


def test_registry_has_the_agreed_fields_and_types(registry):
    assert registry["schema"] == 1
    assert registry["default"] in registry["models"]
    for name, entry in registry["models"].items():
        assert {k: type(v) for k, v in entry.items()} == ENTRY_FIELDS, name


def test_hashes_are_those_of_the_files(registry, models):
    for entry in registry["models"].values():
        for file, digest in (("file", "sha256"), ("weights_pt", "weights_pt_sha256")):
            data = (models / entry[file]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == entry[digest], entry[file]


def test_released_files_stay_small_and_have_a_card(registry, models):
    for entry in registry["models"].values():
        assert (models / entry["file"]).stat().st_size <= 15_000_000
        assert (models / entry["weights_pt"]).stat().st_size <= 6_000_000
        assert (models / entry["card"]).is_file()


def test_the_graph_takes_any_batch_and_size_of_the_registry(registry, models):
    for entry in registry["models"].values():
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            models / entry["file"], options, providers=["CPUExecutionProvider"]
        )
        meta = session.get_modelmeta().custom_metadata_map
        assert json.loads(meta["names"]) == {str(i): n for i, n in enumerate(entry["classes"])}
        assert meta["version"] == entry["version"]
        for size, batch in zip(entry["input_sizes"], (2, 1, 1), strict=True):
            images = np.full((batch, 3, size, size), 0.45, dtype=np.float32)
            (output,) = session.run(None, {session.get_inputs()[0].name: images})
            cells = sum((size // stride) ** 2 for stride in (8, 16, 32))
            assert output.shape == (batch, 4 + len(entry["classes"]), cells)
            assert 0.0 <= output[:, 4:].min() <= output[:, 4:].max() <= 1.0


def test_nothing_of_the_build_machine_is_in_the_released_files(registry, models):
    for entry in registry["models"].values():
        for file in (entry["file"], entry["weights_pt"]):
            data = (models / file).read_bytes()
            for trace in (b"/root/", b"/work/", b"/home/", b"/tmp/"):
                assert trace not in data, (file, trace)


def test_plain_ultralytics_loads_the_checkpoint_elsewhere(registry, models, wheel_photos, tmp_path):
    """In a process of its own, in another folder, without our trainer's modules."""
    entry = registry["models"][registry["default"]]
    code = f"""
import json, os
os.environ["YOLO_OFFLINE"] = "true"
from ultralytics import YOLO
model = YOLO({str(models / entry["weights_pt"])!r})
found = model.predict({str(wheel_photos["bus"])!r}, conf=0.5, verbose=False, device="cpu")[0].boxes
print(json.dumps([model.names[int(c)] for c in found.cls]))
print(json.dumps(list(model.names.values())))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen, names = (json.loads(line) for line in done.stdout.splitlines()[-2:])
    assert names == entry["classes"]
    assert seen.count("bus") == 1
    assert seen.count("person") == 4
