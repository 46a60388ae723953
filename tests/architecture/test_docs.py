"""Documentation is true: every command, error and rule is documented; what README shows runs."""

import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pipeline import errors as pipeline_errors
from pipeline.cli.main import app
from pipeline.types import HazardKind, Phase, PlaceKind, ZoneKind


def _commands() -> list[str]:
    return sorted(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", _commands())
def test_every_command_is_in_the_readme(command: str, repo_root: Path) -> None:
    assert f"lifelane {command}" in (repo_root / "README.md").read_text("utf-8")


@pytest.mark.parametrize("command", _commands())
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_readme_names_no_command_that_does_not_exist(repo_root: Path) -> None:
    text = (repo_root / "README.md").read_text("utf-8")
    named = set(re.findall(r"^\s*lifelane ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named
    assert named <= set(_commands())


def test_readme_links_lead_somewhere(repo_root: Path) -> None:
    for page in [repo_root / "README.md", *sorted((repo_root / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target} is not there"


def test_make_targets_of_the_readme_exist(repo_root: Path) -> None:
    makefile = (repo_root / "Makefile").read_text("utf-8")
    pages = (repo_root / "README.md", repo_root / "CONTRIBUTING.md")
    for page in pages:
        for target in re.findall(r"`?make ([a-z-]+)", page.read_text("utf-8")):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page.name}: make {target}"


def test_make_knows_its_targets(repo_root: Path) -> None:
    done = subprocess.run(
        ["make", "help"], cwd=repo_root, capture_output=True, text=True, check=True
    )
    for target in ("setup", "run", "test", "check", "bench", "clean"):
        assert re.search(rf"^{target}\s", done.stdout, re.MULTILINE)


def test_every_word_of_the_wire_is_in_the_glossary_or_the_wire_page(repo_root: Path) -> None:
    pages = "".join(
        (repo_root / "docs" / name).read_text("utf-8") for name in ("glossary.md", "wire.md")
    )
    for vocabulary in (HazardKind, Phase, PlaceKind, ZoneKind):
        for word in vocabulary:
            assert f"{word.value}" in pages


def test_every_error_stands_in_the_tree(repo_root: Path) -> None:
    tree = pipeline_errors.__doc__ or ""
    for name in pipeline_errors.__all__:
        assert name in tree, f"{name} is missing in the tree at the head of pipeline/errors.py"
        assert getattr(pipeline_errors, name).__doc__


def test_the_changelog_has_an_unreleased_part(repo_root: Path) -> None:
    assert "## [Unreleased]" in (repo_root / "CHANGELOG.md").read_text("utf-8")
