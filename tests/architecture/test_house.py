"""The house rules that a linter does not know."""

import ast
import importlib
import pkgutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import pipeline
import service

LINES_MOST = 400


def _modules() -> list[str]:
    names = []
    for package in (pipeline, service):
        names.append(package.__name__)
        names += [
            found.name
            for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
            # Migrations are scripts of Alembic; rtsp_server runs in the system's Python.
            if ".migrations" not in found.name and not found.name.endswith("rtsp_server")
        ]
    return names


@pytest.mark.parametrize("name", _modules())
def test_all_is_exact(name: str) -> None:
    module = importlib.import_module(name)
    assert hasattr(module, "__all__"), f"{name} has no __all__"
    exported = list(module.__all__)
    assert len(exported) == len(set(exported)), f"{name}: a name stands twice in __all__"
    assert not [each for each in exported if not hasattr(module, each)]
    file = Path(str(module.__file__))
    # What hangs on a router or a command group is reached through it, never by import.
    if file.name == "__init__.py" or (
        exported and all(name.endswith(("router", "_app")) for name in exported)
    ):
        return
    tree = ast.parse(file.read_text("utf-8"))
    public = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
    }
    assert public <= set(exported), f"{name}: public but not in __all__: {public - set(exported)}"


def _tracked(repo_root: Path, *patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--", *patterns],
        cwd=repo_root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [repo_root / line for line in listed.stdout.splitlines() if (repo_root / line).is_file()]


def test_files_stay_short(repo_root: Path) -> None:
    long = {
        str(file.relative_to(repo_root)): count
        for file in _tracked(repo_root, "*.py")
        if (count := len(file.read_text("utf-8").splitlines())) > LINES_MOST
    }
    assert not long, f"over {LINES_MOST} lines: {long}"


def test_top_level_has_its_rooms(repo_root: Path) -> None:
    for name in ("models", "pipeline", "datasets", "service", "notebooks", "tests"):
        assert (repo_root / name).is_dir(), f"no {name}/"
    for name in ("models", "datasets", "notebooks"):
        assert not (repo_root / name / "__init__.py").exists(), f"{name}/ would shadow a library"
    assert not list((repo_root / "tests").rglob("__init__.py"))
    assert not list(repo_root.glob("*/utils*"))


def test_the_eight_libraries_are_used(repo_root: Path) -> None:
    """Each package that the project was asked to use is a dependency and is imported."""
    project = tomllib.loads((repo_root / "pyproject.toml").read_text("utf-8"))["project"]
    declared = " ".join(project["dependencies"] + project["optional-dependencies"]["train"])
    sources = "\n".join(
        file.read_text("utf-8")
        for file in _tracked(repo_root, "pipeline/*.py", "service/*.py", "models/*.py")
    )
    for distribution, module in {
        "ultralytics": "ultralytics",
        "opencv-python": "cv2",
        "torch": "torch",
        "numpy": "numpy",
        "fastapi": "fastapi",
        "onnxruntime": "onnxruntime",
    }.items():
        assert distribution in declared
        assert f"import {module}" in sources or f"from {module}" in sources, f"{module}: unused"


def test_nothing_names_this_checkout(repo_root: Path) -> None:
    guilty = [
        str(file.relative_to(repo_root))
        for file in _tracked(repo_root, "*.py", "*.md", "*.toml", "*.yaml", "*.json", "Makefile")
        if str(repo_root) in file.read_text("utf-8", "ignore")
    ]
    assert not guilty
