"""Passwords of cameras, kept beside the site file and out of it."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from pipeline.config.problems import Problem

__all__ = ["read_secrets", "secrets_path"]

_LINE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)")


def secrets_path(site_file: Path) -> Path:
    """Where a site file's passwords lie: ``site.secrets`` beside ``site.yaml``."""
    return site_file.with_suffix(".secrets")


def read_secrets(site_file: Path) -> tuple[Mapping[str, str], list[Problem]]:
    """Read the variables that ``${NAME}`` in a site file may mean.

    The file holds a line ``NAME=value`` for each; empty lines and ``#`` lines are passed over.
    What the environment sets wins.

    Returns:
        The environment with the file's variables, and what is wrong with the file.
    """
    path = secrets_path(site_file)
    found: dict[str, str] = {}
    problems: list[Problem] = []
    try:
        text = path.read_text("utf-8")
        mode = path.stat().st_mode
    except FileNotFoundError:
        return os.environ, []
    except (OSError, UnicodeDecodeError) as error:
        return os.environ, [_problem(path, f"cannot be read: {error}", "error")]
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"others on this machine can read the passwords: chmod 600 {path}"
        problems.append(_problem(path, message, "warning"))
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            # The line itself may be a password: it is not repeated.
            problems.append(_problem(path, f"line {number}: expected NAME=value", "error"))
        else:
            found[match[1]] = match[2].strip()
    return found | dict(os.environ), problems


def _problem(path: Path, message: str, severity: str) -> Problem:
    return Problem(
        line=None,
        field="",
        expected="NAME=value, readable by its owner alone",
        found=path.name,
        message=f"{path}: {message}",
        severity="warning" if severity == "warning" else "error",
    )
