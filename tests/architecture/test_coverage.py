"""docs/coverage.md names a test for every transition and role, and each test is there."""

import re
from pathlib import Path

from service.tables import Role
from service.workflow import TRANSITIONS


def test_every_transition_has_its_row(repo_root: Path) -> None:
    page = (repo_root / "docs" / "coverage.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \S+ \| `(\w+)` \S+ \| `(\w+)`", page, re.MULTILINE)
    wanted = [(status, action, after) for (status, action), after in TRANSITIONS.items()]
    assert sorted(rows) == sorted(wanted)


def test_every_role_has_its_row(repo_root: Path) -> None:
    page = (repo_root / "docs" / "coverage.md").read_text("utf-8")
    roles = page.split("## Roles")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", roles, re.MULTILINE) == [role.value for role in Role]


def test_every_test_that_is_named_is_there(repo_root: Path) -> None:
    page = (repo_root / "docs" / "coverage.md").read_text("utf-8")
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page))
    assert named
    for file, test in sorted(named):
        assert f"def {test}(" in (repo_root / file).read_text("utf-8"), f"{file}::{test}"
