"""What is wrong with a site file, told so that an installer can mend it; secrets stay hidden."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.sources.redact import redact_url

__all__ = ["Loc", "Problem", "describe", "did_you_mean", "field_path", "hide_secrets"]

#: Where in the file's tree: keys and list positions, from the top.
Loc = tuple[int | str, ...]

_LONGEST_FOUND = 70

# "rtsp:/admin:..." is broken, and holds a password all the same.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/+")
# An address that was cut short behind the password: what looks like a port may be one.
_NO_PORT = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:/+[^/@:\[\]]*):(?!\d+(?:[/?#]|$))[^/]+")
# Taken out first: a password given as a parameter may hold an @, which ends no user part.
_PARAMETER = re.compile(
    r"(?i)(?<![a-z])((?:pass[a-z]*|pwd|psw|[a-z_]*token|[a-z_]*key|secret|auth[a-z]*|sig[a-z]*)=)"
    r"[^&\s;]+"
)
_API_KEY = re.compile(r"\bllk_\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing in a site file that is wrong, or worth a second look.

    Attributes:
        line: Line in the file, from 1; None if the problem is the file itself.
        field: Path of the field, such as ``cameras[0].zones[1].polygon``; empty for the file.
        expected: What may stand there; empty if the message says it all.
        found: What stands there, secrets hidden; empty if the message says it all.
        message: What is wrong and how to mend it.
        severity: ``error`` stops the start; ``warning`` does not.
    """

    line: int | None
    field: str
    expected: str
    found: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def text(self, file: str) -> str:
        """One line for people: ``file:line: field: message (expected …, found …)``."""
        place = file if self.line is None else f"{file}:{self.line}"
        kind = "warning: " if self.severity == "warning" else ""
        name = f"{self.field}: " if self.field else ""
        both = [
            f"{word} {what}"
            for word, what in (("expected", self.expected), ("found", self.found))
            if what
        ]
        return f"{place}: {kind}{name}{self.message}" + (f" ({', '.join(both)})" if both else "")


def field_path(loc: Loc) -> str:
    """``("cameras", 0, "id")`` as ``cameras[0].id``."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            # A lost colon can turn an address into a field name.
            name = _on_one_line(hide_secrets(part))
            path += f".{name}" if path else name
    return path


def hide_secrets(text: str) -> str:
    """The text with everything that may be a password or a key replaced by ``***``.

    Works on broken addresses too, which no URL parser would take apart.
    """
    text = _PARAMETER.sub(r"\1***", text)
    head, at, tail = text.rpartition("@")
    scheme = _SCHEME.match(head)
    start = scheme.end() if scheme else 0
    if at and ":" in head[start:]:
        text = f"{head[:start]}***@{tail}"
    text = _NO_PORT.sub(r"\1:***", redact_url(text))
    return _API_KEY.sub("llk_***", text)


def _on_one_line(text: str) -> str:
    """The text without line breaks and without anything that would steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def describe(value: Any) -> str:
    """A value of the file in a few words, secrets hidden, never longer than a line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        shown = _on_one_line(hide_secrets(value))
        if len(shown) > _LONGEST_FOUND:
            shown = shown[: _LONGEST_FOUND - 1] + "…"
        return f"'{shown}'"
    if isinstance(value, Mapping):
        keys = ", ".join(_on_one_line(hide_secrets(str(key))) for key in value)
        shown = f"fields {keys}" if keys else "an empty mapping"
        return shown if len(shown) <= _LONGEST_FOUND else shown[: _LONGEST_FOUND - 1] + "…"
    if isinstance(value, list | tuple):
        if not value:
            return "an empty list"
        shown = "[" + ", ".join(describe(item) for item in value) + "]"
        if len(shown) > _LONGEST_FOUND:
            return f"a list of {len(value)}"
        return shown
    return str(value)


def did_you_mean(written: str, known: Iterable[str], also: Mapping[str, str] | None = None) -> str:
    """The known word that was probably meant, or an empty text.

    Args:
        written: The word in the file.
        known: Words that may stand there.
        also: Words that people use for a known one; their answer may be a short phrase.
    """
    plain = re.sub(r"[\s-]+", "_", written.strip()).lower()
    if also and plain in also:
        return also[plain]
    by_plain = {word.lower(): word for word in known}
    if plain in by_plain:
        return by_plain[plain]
    # A field without its unit suffix, or a word cut short, is the commonest slip of all.
    starts = [word for key, word in by_plain.items() if len(plain) > 2 and key.startswith(plain)]
    if len(starts) == 1:
        return starts[0]
    close = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.6)
    return by_plain[close[0]] if close else ""
