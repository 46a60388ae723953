"""Loads the scripts of datasets/ and models/, which are no packages."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
for _folder in (ROOT / "datasets", ROOT / "models"):
    if str(_folder) not in sys.path:
        sys.path.append(str(_folder))  # at the end: the scripts shadow nobody


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """Load one script by its path in the checkout, under a name of its own."""
    loaded: dict[str, ModuleType] = {}

    def load(path: str) -> ModuleType:
        if path not in loaded:
            name = f"lifelane_script_{path.replace('/', '_').removesuffix('.py')}"
            spec = importlib.util.spec_from_file_location(name, ROOT / path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module  # dataclasses look their module up
            spec.loader.exec_module(module)
            loaded[path] = module
        return loaded[path]

    return load


@pytest.fixture(scope="session")
def base_weights(shared_data: Path) -> Path:
    """The COCO weights beside the shared data; tests skip where they are absent."""
    weights = shared_data.parent / "weights" / "yolo11n_coco_dequant.pt"
    if not weights.is_file():
        pytest.skip(f"no COCO base weights at {weights}")
    return weights
