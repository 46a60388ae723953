"""From a site file to a `Site`, or to everything that is wrong with it at once."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.config.advice import (
    camera_warnings,
    evidence_warnings,
    incident_api_warnings,
    same_source_warnings,
    sink_warnings,
)
from pipeline.config.camera import Camera
from pipeline.config.evidence import EvidenceConfig
from pipeline.config.model import ModelConfig
from pipeline.config.model_advice import model_problems
from pipeline.config.problems import Loc, Problem, describe, field_path
from pipeline.config.secrets import read_secrets
from pipeline.config.sink import SinkConfig
from pipeline.config.site import IncidentApi, Site
from pipeline.config.translate import problems_of
from pipeline.config.yaml_errors import full_width_hint
from pipeline.config.yaml_tree import Tree, read_tree
from pipeline.errors import ConfigError

__all__ = ["check_site", "load_site", "load_sound_zones", "read_site"]

_Part = TypeVar("_Part", bound=BaseModel)
_ZONE = re.compile(r"cameras\[(\d+)\]\.zones\[(\d+)\]")
_OCTAL = re.compile(r"[-+]?0[0-7_]+")


def load_site(path: Path) -> Site:
    """Read a site file.

    Raises:
        ConfigError: The file cannot be used; the message lists every problem with its line.
    """
    site, problems = read_site(path)
    if site is None:
        raise _unusable(path, [each for each in problems if each.severity == "error"])
    return site


def load_sound_zones(path: Path) -> tuple[Site, list[Problem]]:
    """Read a site file for watching: a zone that cannot be used is left out, the rest goes on.

    A bad polygon or calibration in one zone must not leave the whole compound unwatched.

    Returns:
        The site without the bad zones, and what was wrong with these; empty if all is well.

    Raises:
        ConfigError: Something else than zones is wrong; the message lists every problem.
    """
    site, problems = read_site(path)
    if site is not None:
        return site, []
    errors = [each for each in problems if each.severity == "error"]
    bad = {tuple(map(int, found.groups())) for each in errors if (found := _ZONE.match(each.field))}
    if any(_ZONE.match(each.field) is None for each in errors):
        raise _unusable(path, errors)
    tree, _ = read_tree(path)
    if tree is None:
        raise _unusable(path, errors)
    cameras = [
        {
            **camera,
            "zones": [
                zone
                for number, zone in enumerate(camera.get("zones") or ())
                if (index, number) not in bad
            ],
        }
        for index, camera in enumerate(tree.data["cameras"])
    ]
    context = {"base_dir": Path(os.path.abspath(path)).parent}  # noqa: PTH100 (keeps links)
    try:
        return Site.model_validate({**tree.data, "cameras": cameras}, context=context), errors
    except ValidationError as error:
        raise _unusable(path, errors) from error


def _unusable(path: Path, errors: list[Problem]) -> ConfigError:
    listed = "\n".join(f"  {each.text(str(path))}" for each in errors)
    count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
    return ConfigError(f"{path}: {count} in the site file\n{listed}")


def check_site(path: Path) -> list[Problem]:
    """Everything that is wrong with a site file, and what is worth a second look.

    Returns:
        Errors and warnings in the order of the file; empty if there is nothing to say.
    """
    return read_site(path)[1]


def read_site(path: Path) -> tuple[Site | None, list[Problem]]:
    """Read a site file and judge it.

    Returns:
        The site, None if there is any error; and all problems in the order of the file.
    """
    tree, problems = read_tree(path)
    if tree is None:
        return None, problems
    site = None
    if isinstance(tree.data, dict):
        environ, secrets_problems = read_secrets(path)
        problems += secrets_problems
        base_dir = Path(os.path.abspath(path)).parent  # noqa: PTH100 (keeps links)
        context = {"base_dir": base_dir, "environ": environ}
        try:
            site = Site.model_validate(tree.data, context=context)
        except ValidationError as error:
            problems += [
                # What is wrong with the site as a whole, equal ids, is looked for below.
                each
                for each in problems_of(error, tree, Site)
                if each.field
            ]
        problems += _duplicate_ids(tree)
        problems += _advice(tree, context)
        taken = {each.field for each in problems}
        problems += [each for each in _octal_numbers(tree) if each.field not in taken]
    else:
        problems.append(_not_a_mapping(tree))
    problems.sort(key=lambda each: each.line or 0)
    if any(each.severity == "error" for each in problems):
        site = None
    return site, problems


def _not_a_mapping(tree: Tree) -> Problem:
    message = "a site file begins with 'site: NAME' and then lists 'cameras:'"
    if isinstance(tree.data, list):
        message += ": put this list under 'cameras:'"
    elif isinstance(tree.data, str):
        hint = full_width_hint(tree.data)
        message += f"; {hint}" if hint else "; write a space after each colon"
    return Problem(
        line=tree.line_of(()),
        field="",
        expected="site: and cameras:",
        found=describe(tree.data),
        message=message,
    )


def _duplicate_ids(tree: Tree) -> Iterator[Problem]:
    """Equal ids, looked for in the raw data: other mistakes must not hide them."""
    cameras = tree.data.get("cameras")
    yield from _duplicates(cameras, ("cameras",), "camera", tree)
    yield from _duplicates(tree.data.get("sinks"), ("sinks",), "sink", tree)
    for index, camera in enumerate(cameras if isinstance(cameras, list) else ()):
        if isinstance(camera, dict):
            at: Loc = ("cameras", index, "zones")
            yield from _duplicates(camera.get("zones"), at, "zone of this camera", tree)


def _duplicates(items: Any, at: Loc, what: str, tree: Tree) -> Iterator[Problem]:
    first: dict[str, Loc] = {}
    for index, item in enumerate(items if isinstance(items, list) else ()):
        written = item.get("id") if isinstance(item, dict) else None
        if not isinstance(written, str):
            continue
        loc = (*at, index, "id")
        other = first.setdefault(written, loc)
        if other is not loc:
            yield Problem(
                line=tree.line_of(loc),
                field=field_path(loc),
                expected="an id of its own",
                found=f"{describe(written)}, as on line {tree.line_of(other)}",
                message=f"another {what} has this id: rename one",
            )


def _advice(tree: Tree, context: Mapping[str, Any]) -> Iterator[Problem]:
    """What goes beyond single fields, for those parts that are in order by themselves."""
    api = _part(IncidentApi, tree.data.get("incident_api"), context)
    if api is not None:
        yield from incident_api_warnings(api, tree)
    sinks = tree.data.get("sinks")
    for index, item in enumerate(sinks if isinstance(sinks, list) else ()):
        sink = _part(SinkConfig, item, context)
        if sink is not None:
            yield from sink_warnings(sink, tree, ("sinks", index))
    evidence = _part(EvidenceConfig, tree.data.get("evidence"), context)
    if evidence is not None:
        yield from evidence_warnings(evidence, tree)
    cameras = tree.data.get("cameras")
    sound: dict[int, Camera] = {}
    for index, item in enumerate(cameras if isinstance(cameras, list) else ()):
        camera = _part(Camera, item, context)
        if camera is not None:
            sound[index] = camera
            yield from camera_warnings(camera, tree, ("cameras", index))
    yield from same_source_warnings(sound, tree)
    model = _part(ModelConfig, tree.data.get("model") or {}, context)
    if model is not None:
        yield from model_problems(model, sound, tree)
    if sound and len(sound) == len(cameras or ()) and not any(c.enabled for c in sound.values()):
        yield Problem(
            line=tree.line_of(("cameras",)),
            field="cameras",
            expected="at least one camera with enabled: true",
            found="none",
            message="every camera is switched off: nothing will be watched",
            severity="warning",
        )


def _part(kind: type[_Part], data: Any, context: Mapping[str, Any]) -> _Part | None:
    """One part of the file, or None where it is wrong (which has been reported by then)."""
    try:
        return kind.model_validate(data, context=dict(context)) if data is not None else None
    except ValidationError:
        return None


def _octal_numbers(tree: Tree) -> Iterator[Problem]:
    """YAML reads 010 as eight: nobody who writes it means that."""
    for loc, written in tree.written.items():
        value: Any = tree.data
        for part in loc:
            value = value[part]
        if isinstance(value, int) and not isinstance(value, bool) and _OCTAL.fullmatch(written):
            yield Problem(
                line=tree.line_of(loc),
                field=field_path(loc),
                expected=written.lstrip("+-0") or "0",
                found=f"{written}, which YAML reads as {value}",
                message="a number must not begin with 0: YAML takes it for octal",
            )
