"""Reads YAML into plain data while keeping the line of every node.

Safe loading only: no tags but YAML's own. Duplicate keys are errors, aliases are bounded, and
whatever an editor may have done to the file (GBK, UTF-16, tabs, full-width punctuation) gets a
message that says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from pipeline.config.problems import Loc, Problem, describe, field_path
from pipeline.config.yaml_errors import explain_undecodable, explain_yaml_error

__all__ = ["Tree", "read_tree"]

_MAX_BYTES = 1 << 20
_MAX_NODES = 100_000
_MAX_DEPTH = 20
_MERGE = "tag:yaml.org,2002:merge"
_CORE = "tag:yaml.org,2002:"
_SCALARS = {f"{_CORE}{name}" for name in ("null", "bool", "int", "float", "timestamp", "str")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A YAML file as plain data.

    Attributes:
        data: Dicts, lists, text, numbers, booleans, None.
        lines: Line of each node, from 1; for the value of a key the line of the key.
        written: Each scalar as it stands in the file, before YAML read it as a number.
    """

    data: Any
    lines: Mapping[Loc, int] = field(default_factory=dict)
    written: Mapping[Loc, str] = field(default_factory=dict)

    def line_of(self, loc: Loc) -> int | None:
        """The line of a node, or of the nearest node above it."""
        for length in range(len(loc), -1, -1):
            line = self.lines.get(loc[:length])
            if line is not None:
                return line
        return None


def read_tree(path: Path) -> tuple[Tree | None, list[Problem]]:
    """Read a YAML file.

    Returns:
        The tree, or None if the file cannot be read at all; and what is wrong with it.
    """
    text, problem = _read_text(path)
    if problem is not None:
        return None, [problem]
    try:
        loader = _BoundedLoader(text)
        root = loader.get_single_node()
    except ReaderError as error:
        # PyYAML counts characters here, not lines.
        line = text.count("\n", 0, error.position) + 1
        return None, [
            Problem(
                line=line,
                field="",
                expected="text",
                found=f"control character U+{int(error.character):04X}",
                message="the file holds a character that YAML forbids: delete it",
            )
        ]
    except yaml.MarkedYAMLError as error:
        return None, [explain_yaml_error(error, text)]
    if root is None:
        return None, [
            Problem(
                line=1,
                field="",
                expected="site: and cameras:",
                found="an empty file",
                message="nothing stands in this file: copy examples/site.yaml and adapt it",
            )
        ]
    walk = _Walk()
    try:
        data = walk.build(root, ())
    except _UnfitTree as error:
        return None, [error.problem]
    return Tree(data=data, lines=walk.lines, written=walk.written), walk.problems


def _read_text(path: Path) -> tuple[str, Problem | None]:
    def wrong(message: str, expected: str, found: str) -> tuple[str, Problem]:
        return "", Problem(line=None, field="", expected=expected, found=found, message=message)

    try:
        if path.is_dir():
            return wrong("name the site file inside this folder", "a YAML file", "a folder")
        size = path.stat().st_size
        if size > _MAX_BYTES:
            return wrong(
                "this is too large for a site file: is it the right one?",
                f"at most {_MAX_BYTES} bytes",
                f"{size} bytes",
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        return wrong(
            "there is no such file: check the path, or start from examples/site.yaml",
            "a YAML file",
            "nothing",
        )
    except OSError as error:
        return wrong(
            "the file cannot be read: check its permissions",
            "a readable YAML file",
            error.strerror or type(error).__name__,
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "", explain_undecodable(raw, error)
    return text, None


class _UnfitTree(Exception):  # noqa: N818  (never leaves this module)
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _BoundedLoader(yaml.SafeLoader):
    """PyYAML composes by recursion: a depth limit keeps a hostile file from its stack."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._depth += 1
        try:
            if self._depth > _MAX_DEPTH:
                raise ComposerError(None, None, "nested too deeply", self.get_mark())
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


class _Walk:
    """Turns composed nodes into plain data, counting what aliases blow up."""

    def __init__(self) -> None:
        self.lines: dict[Loc, int] = {}
        self.written: dict[Loc, str] = {}
        self.problems: list[Problem] = []
        self._count = 0
        self._open: set[int] = set()
        self._constructor = SafeConstructor()

    def build(self, node: Node, loc: Loc) -> Any:
        self._count += 1
        line = node.start_mark.line + 1
        self.lines.setdefault(loc, line)
        if self._count > _MAX_NODES:
            raise _UnfitTree(
                Problem(
                    line=line,
                    field=field_path(loc[:1]),
                    expected=f"at most {_MAX_NODES} values",
                    found="more, once all aliases (*name) are filled in",
                    message="aliases multiply this file beyond all measure: write it out",
                )
            )
        if id(node) in self._open:
            raise _UnfitTree(
                Problem(
                    line=line,
                    field=field_path(loc),
                    expected="an alias of something above",
                    found="an alias (*name) inside the very part that it names",
                    message="this part contains itself: write it out",
                )
            )
        self._open.add(id(node))
        try:
            if isinstance(node, MappingNode):
                return self._build_mapping(node, loc)
            if isinstance(node, SequenceNode):
                self._refuse_tag(node, f"{_CORE}seq", loc)
                return [self.build(item, (*loc, i)) for i, item in enumerate(node.value)]
            return self._build_scalar(node, loc)
        finally:
            self._open.discard(id(node))

    def _build_mapping(self, node: MappingNode, loc: Loc) -> dict[str, Any]:
        self._refuse_tag(node, f"{_CORE}map", loc)
        first_line: dict[str, int] = {}
        built: dict[str, Any] = {}
        merged: list[MappingNode] = []
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged += self._merge_sources(value_node, loc)
                continue
            key = self._key(key_node, loc)
            line = key_node.start_mark.line + 1
            if key in first_line:
                self.problems.append(
                    Problem(
                        line=line,
                        field=field_path((*loc, key)),
                        expected="each field once",
                        found=f"{describe(key)} on line {first_line[key]} and on line {line}",
                        message="stands twice: delete one of the two",
                    )
                )
                continue
            first_line[key] = line
            self.lines[(*loc, key)] = line
            built[key] = self.build(value_node, (*loc, key))
        for source in merged:
            # What stands in the mapping itself wins over what it merges in.
            before = len(self.problems)
            for key, value in self._build_merged(source, loc).items():
                built.setdefault(key, value)
            del self.problems[before:]
        return built

    def _build_merged(self, source: MappingNode, loc: Loc) -> dict[str, Any]:
        sub = _Walk()
        sub._count, sub._open = self._count, self._open
        data = sub.build(source, loc)
        self._count = sub._count
        for where, line in sub.lines.items():
            self.lines.setdefault(where, line)
        for where, text in sub.written.items():
            self.written.setdefault(where, text)
        return dict(data)

    def _merge_sources(self, node: Node, loc: Loc) -> list[MappingNode]:
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        for each in nodes:
            if not isinstance(each, MappingNode):
                raise _UnfitTree(
                    Problem(
                        line=each.start_mark.line + 1,
                        field=field_path((*loc, "<<")),
                        expected="an alias of a mapping, such as <<: *base",
                        found=describe(each.value),
                        message="only fields can be merged in",
                    )
                )
        return list(nodes)

    def _key(self, node: Node, loc: Loc) -> str:
        if isinstance(node, ScalarNode):
            return str(node.value)
        raise _UnfitTree(
            Problem(
                line=node.start_mark.line + 1,
                field=field_path(loc),
                expected="a field name before the colon",
                found="a list or mapping",
                message="field names are plain words: look for a bracket too many",
            )
        )

    def _build_scalar(self, node: Node, loc: Loc) -> Any:
        text = str(node.value)
        self.written[loc] = text
        if node.tag not in _SCALARS and node.tag != _MERGE:
            self._refuse_tag(node, f"{_CORE}str", loc)
        try:
            return self._constructor.construct_object(node)
        except (ValueError, TypeError, yaml.YAMLError):
            # Looks like a date or a number and is none (2024-13-45): then it is text.
            return text

    def _refuse_tag(self, node: Node, usual: str, loc: Loc) -> None:
        if node.tag == usual:
            return
        raise _UnfitTree(
            Problem(
                line=node.start_mark.line + 1,
                field=field_path(loc),
                expected="plain values",
                found=f"the tag {node.tag.replace(_CORE, '!!')}"
                if node.tag.startswith(_CORE)
                else "a word that begins with !",
                message="YAML takes a word that begins with ! for a tag, and a site file has "
                "none: put the value in quotes, or delete the tag",
            )
        )
