"""Whole scenes in Blender: same seed same boxes, resuming, broken seeds (needs .venv-synth)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLENDER = ROOT / ".venv-synth" / "bin" / "python"
pytestmark = pytest.mark.skipif(
    not BLENDER.exists(), reason="Blender is not set up: run `make synth` once"
)
sys.path.append(str(ROOT / "models"))

BOXES = """
import json, sys
sys.path.insert(0, "datasets/synth")
import render
from labels import boxes
render._quiet()
out = {}
for place in render.PLACES:
    rows = []
    s, _ = render.build_still(8, place)
    for n, view in enumerate(s.views):
        if n:
            s.look_through(view)
        rows.append(boxes(s.index(sys.argv[1]), s.label_instances(), view))
    out[place] = rows
print(json.dumps(out))
"""

BROKEN = """
import sys
sys.path.insert(0, "datasets/synth")
import render
whole = render.PLACES["lift"]
def lift(s):
    if s.seed == 41:
        raise ValueError("no lift fits")
    return whole(s)
render.PLACES["lift"] = lift
raise SystemExit(render.main(sys.argv[1:]))
"""


def _blender(code: str, *args: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV_"))}
    return subprocess.run(
        [str(BLENDER), "-c", code, *args],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_same_seed_gives_the_same_boxes_in_every_place(tmp_path: Path) -> None:
    runs: list[dict[str, Any]] = []
    for n in range(2):
        done = _blender(BOXES, str(tmp_path / str(n)))
        assert done.returncode == 0, done.stderr[-2000:]
        runs.append(json.loads(done.stdout))
    assert runs[0] == runs[1]
    assert len(runs[0]["lift"]) == 2
    assert sum(len(rows) for views in runs[0].values() for rows in views) > 20


def test_broken_seed_is_reported_and_the_rest_resumes(tmp_path: Path) -> None:
    from train import still_split

    call = [
        "--out",
        str(tmp_path),
        "--place",
        "lift",
        "--seed-from",
        "40",
        "--count",
        "3",
        "--samples",
        "1",
        "--json",
    ]
    done = _blender(BROKEN, *call)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1] | {"seconds": 0} == {"made": 2, "skipped": 0, "failed": 1, "seconds": 0}
    assert "lift_0000041" in (tmp_path / "failed.txt").read_text(encoding="utf-8")
    names = sorted(p.stem for p in (tmp_path / "images").glob("*.jpg"))
    assert names == ["lift_0000040a", "lift_0000040b", "lift_0000042a", "lift_0000042b"]
    assert [still_split(n) for n in names] == ["test", "test", "train", "train"]
    for name in names:
        card = json.loads((tmp_path / "cards" / f"{name}.json").read_text(encoding="utf-8"))
        assert card["size_px"] == [
            2 * round(n * k / 2)
            for n, k in zip(card["camera"]["size_px"], card["camera"]["stretch"], strict=True)
        ]
        assert (tmp_path / "labels" / f"{name}.txt").exists()
    again = _blender(
        "import sys; sys.path.insert(0, 'datasets/synth'); import render; "
        "raise SystemExit(render.main(sys.argv[1:]))",
        *call,
    )
    last = json.loads(again.stdout.splitlines()[-1])
    assert (last["made"], last["skipped"]) == (1, 2)
