"""The registry: reading, refusing, verifying, opening by name."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.detectors import ModelEntry, load_registry, open_detector, registry
from pipeline.errors import ModelError

GOOD = {
    "version": '"1.2.3"',
    "file": '"m.onnx"',
    "sha256": f'"{"0" * 64}"',
    "classes": '["car", "ebike"]',
    "input_sizes": "[320, 640]",
    "default_input_size": "640",
    "stride": "32",
    "end_to_end": "false",
    "confidence": "0.35",
    "iou": "0.5",
    "licence": '"AGPL-3.0-or-later"',
}


def write(folder: Path, fields: dict[str, str], *, top: str = 'schema = 1\ndefault = "m"') -> Path:
    path = folder / "registry.toml"
    body = "\n".join(f"{key} = {value}" for key, value in fields.items())
    path.write_text(f"{top}\n[models.m]\n{body}\n", encoding="utf-8")
    return path


def entry_fields(entry: ModelEntry) -> dict[str, str]:
    """The released entry as TOML values, for a registry somewhere else."""
    return GOOD | {
        "file": f'"{entry.file.name}"',
        "sha256": f'"{entry.sha256}"',
        "classes": str(list(entry.classes)),
        "input_sizes": "[64, 96]",
        "default_input_size": "96",
    }


def test_the_released_registry_holds() -> None:
    loaded = load_registry()
    assert loaded.default == "lifelane-n"
    checks = loaded.verify()
    assert [check for check in checks if not check.ok] == []
    assert {check.check for check in checks} == {"sha256", "classes", "input_size"}


def test_the_released_entry(released: ModelEntry) -> None:
    assert released.classes[:3] == ("person", "bicycle", "ebike")
    assert released.model_version == f"lifelane-n@{released.version}"
    assert released.card is not None
    assert released.card.is_file()


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    fields = GOOD | {"weights_pt": '"m.pt"', "weights_pt_sha256": f'"{"1" * 64}"'}
    entry = load_registry(write(tmp_path, fields)).get("m")
    assert entry.file == tmp_path / "m.onnx"
    assert entry.weights_pt == tmp_path / "m.pt"
    assert entry.figures == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": None}, "models.m.version: expected a text, found nothing"),
        ({"version": "1.0"}, "models.m.version: expected a text, found 1.0"),
        ({"file": '""'}, "models.m.file: expected a text, found ''"),
        ({"sha256": '"abc"'}, "models.m.sha256: expected 64 hexadecimal digits, found 'abc'"),
        ({"classes": "[]"}, "models.m.classes: expected a list of different names, found []"),
        (
            {"classes": '["a", "a"]'},
            "models.m.classes: expected a list of different names, found ['a', 'a']",
        ),
        (
            {"input_sizes": "[320, 630]"},
            "models.m.input_sizes: expected a list of multiples of 32, found [320, 630]",
        ),
        (
            {"default_input_size": "416"},
            "models.m.default_input_size: expected one of input_sizes [320, 640], found 416",
        ),
        ({"stride": "0"}, "models.m.stride: expected a whole number, 1 or more, found 0"),
        ({"stride": "true"}, "models.m.stride: expected a whole number, 1 or more, found True"),
        ({"end_to_end": '"no"'}, "models.m.end_to_end: expected true or false, found 'no'"),
        ({"confidence": "35"}, "models.m.confidence: expected a number from 0 to 1, found 35"),
        ({"iou": '"0.5"'}, "models.m.iou: expected a number from 0 to 1, found '0.5'"),
        ({"figures": "1"}, "models.m.figures: expected a table, found 1"),
        ({"weights_pt": '"m.pt"'}, "models.m.weights_pt_sha256: expected a text, found nothing"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, changes: dict[str, str | None], message: str
) -> None:
    merged = GOOD | changes
    path = write(tmp_path, {key: value for key, value in merged.items() if value is not None})
    with pytest.raises(ModelError) as caught:
        load_registry(path)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize(
    ("top", "words"),
    [
        ('schema = 2\ndefault = "m"', "schema: expected 1, found 2"),
        ('default = "m"', "schema: expected a whole number, 1 or more, found nothing"),
        ('schema = 1\ndefault = "n"', "default: expected one of m, found 'n'"),
        ("schema = = 1", "is not a TOML file"),
    ],
)
def test_what_is_wrong_at_the_top_is_named(tmp_path: Path, top: str, words: str) -> None:
    with pytest.raises(ModelError) as caught:
        load_registry(write(tmp_path, GOOD, top=top))
    assert words in str(caught.value)


def test_a_registry_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"registry\.toml: cannot be read: No such file"):
        load_registry(tmp_path / "registry.toml")


def test_an_installed_wheel_has_no_checkpoint_and_is_whole(
    tmp_path: Path, released: ModelEntry
) -> None:
    shutil.copy(released.file, tmp_path)
    fields = entry_fields(released) | {
        "weights_pt": '"lifelane-n.pt"',
        "weights_pt_sha256": f'"{"1" * 64}"',
    }
    checks = load_registry(write(tmp_path, fields)).verify()
    assert all(check.ok for check in checks)
    assert any("not installed" in check.message for check in checks)


def test_verify_finds_a_changed_byte_and_goes_on(tmp_path: Path, released: ModelEntry) -> None:
    content = bytearray(released.file.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / released.file.name).write_bytes(content)
    checks = load_registry(write(tmp_path, entry_fields(released))).verify()
    (wrong,) = [check for check in checks if check.check == "sha256"]
    assert not wrong.ok
    assert hashlib.sha256(content).hexdigest() in wrong.message
    assert [check.check for check in checks] == ["sha256", "classes", "input_size", "input_size"]


def test_verify_finds_a_missing_file(tmp_path: Path) -> None:
    (check,) = load_registry(write(tmp_path, GOOD)).verify()
    assert not check.ok
    assert "is missing; fetch it again" in check.message


def test_verify_finds_other_classes(tmp_path: Path, released: ModelEntry) -> None:
    shutil.copy(released.file, tmp_path)
    fields = entry_fields(released) | {"classes": '["car", "ebike"]'}
    failed = [c for c in load_registry(write(tmp_path, fields)).verify() if not c.ok]
    assert [check.check for check in failed] == ["classes", "input_size", "input_size"]
    assert "expected ['car', 'ebike']" in failed[0].message
    assert "expected [batch, 6, anchors]" in failed[1].message


def test_a_changed_file_is_not_opened_by_name(
    tmp_path: Path, released: ModelEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / released.file.name).write_bytes(released.file.read_bytes() + b"\n")
    path = write(tmp_path, entry_fields(released))
    monkeypatch.setattr(registry, "find_registry", lambda: path)
    with pytest.raises(ModelError, match="has changed since its release: expected sha256"):
        open_detector("m")


def test_a_changed_checkpoint_is_never_unpickled(
    tmp_path: Path, released: ModelEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.pt").write_bytes(b"something else")
    fields = entry_fields(released) | {
        "weights_pt": '"m.pt"',
        "weights_pt_sha256": f'"{"1" * 64}"',
    }
    path = write(tmp_path, fields)
    monkeypatch.setattr(registry, "find_registry", lambda: path)
    with pytest.raises(ModelError, match=r"m\.pt: has changed since its release"):
        open_detector("m", backend="ultralytics")


def test_a_checkout_goes_before_the_wheel_and_strangers_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "pipeline"
    (package / "_models").mkdir(parents=True)
    monkeypatch.setattr(registry.pipeline, "__file__", str(package / "__init__.py"))
    with pytest.raises(ModelError, match="no model registry: expected"):
        registry.find_registry()
    inside = write(package / "_models", GOOD)
    # A folder called models that happens to lie beside an installed package.
    (tmp_path / "models").mkdir()
    beside = write(tmp_path / "models", GOOD)
    assert registry.find_registry() == inside
    (tmp_path / "pyproject.toml").touch()
    assert registry.find_registry() == beside


def test_opening_by_name_takes_the_entrys_settings(
    build_onnx: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    rows = np.array([[0, 0, 9, 9, 0.9, 0], [20, 0, 29, 9, 0.4, 1]], np.float32)
    model = build_onnx(rows)
    fields = GOOD | {
        "file": f'"{model.name}"',
        "sha256": f'"{hashlib.sha256(model.read_bytes()).hexdigest()}"',
        "end_to_end": "true",
        "confidence": "0.5",
    }
    monkeypatch.setattr(registry, "find_registry", lambda: write(tmp_path, fields))
    image = np.zeros((640, 640, 3), np.uint8)
    detector = open_detector()
    assert (detector.model_version, detector.classes) == ("m@1.2.3", ("car", "ebike"))
    assert len(detector.detect([image])[0]) == 1
    assert len(open_detector("m", confidence=0.1).detect([image])[0]) == 2
