"""What PyYAML complains about, in words that help somebody who does not know YAML."""

import yaml

from pipeline.config.problems import Problem

__all__ = ["explain_undecodable", "explain_yaml_error", "full_width_hint"]

# Chinese input methods produce these; YAML takes them for ordinary letters.
_FULL_WIDTH = {
    "：": ":",
    "，": ",",
    "［": "[",
    "］": "]",
    "【": "[",
    "】": "]",
    "｛": "{",
    "｝": "}",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "－": "-",
    "＃": "#",
    "\u3000": "a space",
    "\u00a0": "a space",
}

# Part of PyYAML's problem text -> what to do about it. The first that fits is taken.
_HINTS = (
    (
        "found character '\\t'",
        "a tab stands where YAML wants spaces: replace every tab by two spaces",
    ),
    (
        "mapping values are not allowed",
        (
            "a colon stands where none may: check that this line is indented like its neighbours, "
            "and put text that holds ': ' in quotes"
        ),
    ),
    (
        "could not find expected ':'",
        "a line has no 'name: value' form: write a colon and a space after the field name",
    ),
    (
        "unknown escape character",
        (
            "a backslash in double quotes is special: put the path in 'single quotes' or write / "
            "instead of \\"
        ),
    ),
    (
        "expected ',' or",
        "a comma or a closing bracket is missing, here or on a line above",
    ),
    (
        "expected <block end>",
        (
            "the indentation does not fit the lines above: fields of one camera stand in one "
            "column, and each list item begins with '- '"
        ),
    ),
    (
        "found unexpected end of stream",
        "a quote is opened and never closed",
    ),
    (
        "cannot start any token",
        "this character cannot begin a value: put the value in quotes",
    ),
    (
        "another document",
        "a line '---' begins a second document: a site file holds one only, delete the line",
    ),
    (
        "found undefined alias",
        "a value that begins with * is an alias in YAML: put it in quotes",
    ),
    (
        "nested too deeply",
        "brackets or indentation go deeper than any site file does",
    ),
    (
        "while scanning a tag",
        "a value that begins with ! is a tag in YAML: put it in quotes",
    ),
)


def full_width_hint(text: str) -> str:
    """A sentence about full-width punctuation in the text, or an empty text."""
    for wide, plain in _FULL_WIDTH.items():
        if wide in text:
            name = f"U+{ord(wide):04X}" if plain == "a space" else f"'{wide}'"
            what = plain if plain == "a space" else f"'{plain}'"
            return f"full-width {name} (全角) must be {what}: switch the input method to 半角"
    return ""


def explain_yaml_error(error: yaml.MarkedYAMLError, text: str) -> Problem:
    """The one thing that made PyYAML give up."""
    # The name of an alias is left out: it may be the first half of a password.
    before, alias, _ = (error.problem or "cannot be read").partition("undefined alias")
    said = before + alias
    mark = error.problem_mark or error.context_mark
    # An unclosed quote is noticed at the end of the file, but it was opened elsewhere.
    if error.context_mark is not None and "end of stream" in said:
        mark = error.context_mark
    line = mark.line + 1 if mark is not None else 1
    lines = text.splitlines()
    hint = ""
    # YAML often notices only on the next line that a colon was none.
    for near in (line, line - 1):
        if not hint and 1 <= near <= len(lines):
            hint = full_width_hint(_without_comment(lines[near - 1]))
            line = near if hint else line
    if not hint:
        hint = next((what for part, what in _HINTS if part in f"{error.context} {said}"), "")
    column = ""
    if mark is not None:
        elsewhere = f", line {mark.line + 1}" if mark.line + 1 != line else ""
        column = f"{elsewhere}, column {mark.column + 1}"
    opened = ""
    if error.context_mark is not None and error.context and "flow" in error.context:
        opened = f"; the bracket was opened on line {error.context_mark.line + 1}"
    return Problem(
        line=line,
        field="",
        expected="",
        found="",
        message=f"not valid YAML: {hint or said}{opened} (YAML says: {said}{column})",
    )


def explain_undecodable(raw: bytes, error: UnicodeDecodeError) -> Problem:
    """Which encoding the file seems to have, and how to save it as UTF-8."""
    line = raw.count(b"\n", 0, error.start) + 1
    how = "save it again as UTF-8 (记事本: 另存为 → 编码 UTF-8)"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        found, line = "UTF-16", 1
    else:
        try:
            raw.decode("gb18030")
            found = "bytes that look like GBK, the usual encoding of Chinese Windows"
        except UnicodeDecodeError:
            found = f"byte 0x{raw[error.start]:02X}"
    return Problem(
        line=line,
        field="",
        expected="UTF-8",
        found=found,
        message=f"the file is not saved as UTF-8: {how}",
    )


def _without_comment(line: str) -> str:
    return "" if line.lstrip().startswith("#") else line.split(" #", 1)[0]
