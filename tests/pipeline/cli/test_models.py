"""`lifelane models list` and `verify`."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from pipeline.detectors import load_registry
from pipeline.errors import ModelError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["models", *map(str, arguments)])


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The registry and its ONNX file somewhere else, as a wheel has them."""
    loaded = load_registry()
    shutil.copy(loaded.path, tmp_path)
    shutil.copy(loaded.get().file, tmp_path)
    return tmp_path / loaded.path.name


def test_list_names_the_default_and_its_classes() -> None:
    result = run("list")
    assert result.exit_code == 0
    assert "lifelane-n@" in result.stdout
    assert "(default)" in result.stdout
    document = json.loads(run("list", "--json").stdout)
    assert document["default"] == "lifelane-n"
    (model,) = document["models"]
    assert model["installed"] is True
    assert model["classes"][2] == "ebike"
    assert model["model"] == f"lifelane-n@{model['version']}"
    assert Path(model["file"]).is_file()


def test_verify_passes_on_the_release() -> None:
    result = run("verify")
    assert result.exit_code == 0, result.stdout
    assert "FAIL" not in result.stdout
    document = json.loads(run("verify", "--json").stdout)
    assert document["ok"] is True
    assert {check["check"] for check in document["checks"]} == {"sha256", "classes", "input_size"}


def test_verify_passes_without_the_checkpoint(copied: Path) -> None:
    result = run("verify", "--registry", copied)
    assert result.exit_code == 0, result.stdout
    assert "not installed (only a checkout has it)" in result.stdout


def test_verify_fails_on_a_changed_file(copied: Path) -> None:
    file = load_registry(copied).get().file
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    result = run("verify", "--registry", copied)
    assert result.exit_code == 1
    assert "FAIL lifelane-n sha256 lifelane-n.onnx" in result.stdout
    document = json.loads(run("verify", "--json", "--registry", copied).stdout)
    assert document["ok"] is False


def test_verify_fails_on_a_missing_file(copied: Path) -> None:
    load_registry(copied).get().file.unlink()
    result = run("verify", "--registry", copied)
    assert result.exit_code == 1
    assert "is missing; fetch it again" in result.stdout
    assert "(missing)" in run("list", "--registry", copied).stdout


def test_a_registry_that_is_not_there(tmp_path: Path) -> None:
    result = run("list", "--registry", tmp_path / "registry.toml")
    assert isinstance(result.exception, ModelError)
