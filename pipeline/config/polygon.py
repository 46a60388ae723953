"""A zone's outline: from what stands in the file to corner points that enclose something."""

from typing import Any

from pydantic_core import PydanticCustomError
from shapely.geometry import Polygon
from shapely.validation import explain_validity

from pipeline.config.fields import wrong
from pipeline.config.problems import describe
from pipeline.geometry import Polygon as GroundPolygon

__all__ = ["MIN_AREA", "OUTLINES", "Outline", "outlines", "polygon_norm"]

#: Smallest outline, as a share of the picture: at 640x360 this is 15 by 15 pixels.
MIN_AREA = 0.001
#: Corner points of one outline, in shares of width and height.
Outline = tuple[tuple[float, float], ...]
#: What a list of outlines looks like.
OUTLINES = "a list of outlines, each of at least 3 points [x, y] with x and y from 0 to 1"
_FEWEST, _MOST = 3, 64
_EXPECTED = "at least 3 points [x, y] with x and y from 0 to 1"


def polygon_norm(value: Any) -> tuple[tuple[float, float], ...]:
    """Corner points as shares of the picture's width and height, origin top left.

    They are rounded to a millionth. A last point that repeats the first one is dropped.

    Raises:
        PydanticCustomError: It is no outline; the message names the point.
    """
    if not isinstance(value, list | tuple):
        raise wrong(
            "draw the zone as a list of corner points: [[0.1, 0.3], [0.9, 0.3], [0.9, 0.9]]",
            expected=_EXPECTED,
            found=describe(value),
        )
    if value and all(_is_number(item) for item in value):
        raise wrong(
            "put each corner point in brackets of its own: [[0.1, 0.3], [0.9, 0.3], [0.9, 0.9]]",
            expected=_EXPECTED,
            found=describe(value),
        )
    points = [_point(item, index) for index, item in enumerate(value)]
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    if len(points) < _FEWEST:
        raise wrong("too few corner points", expected=_EXPECTED, found=_count(len(points)))
    if len(points) > _MOST:
        raise wrong(
            "too many corner points: draw it coarser",
            expected=f"at most {_MOST} points",
            found=_count(len(points)),
        )
    _check_range(points)
    outline = Polygon(points)
    # A bow tie has no area of its own: what it stretches over tells it from a dot.
    if not outline.is_valid and outline.convex_hull.area >= MIN_AREA:
        where = ", ".join(
            f"{float(part):.3g}"
            for part in explain_validity(outline).partition("[")[2].rstrip("]").split()
        )
        raise wrong(
            "the outline crosses itself: list the corners in the order in which you would walk "
            "around the zone",
            expected="an outline that does not cross itself",
            found=f"a crossing near [{where}]" if where else "a crossing",
        )
    if outline.area < MIN_AREA:
        raise wrong(
            "the zone is too small to hold anything: check the points",
            expected=f"at least {MIN_AREA:g} of the picture",
            found=f"{outline.area:.2g} of the picture",
        )
    try:
        GroundPolygon(points)
    except ValueError as error:
        # What the rules cannot work with must not wait for the start to be found out.
        raise wrong("the outline cannot be used", expected=_EXPECTED, found=str(error)) from error
    return tuple(points)


def outlines(value: Any) -> tuple[Outline, ...]:
    """Several outlines, each as `polygon_norm` has it; nothing is an empty list.

    Raises:
        PydanticCustomError: One of them is no outline; the message numbers it, from 1.
    """
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise wrong(
            "draw each outline as a list of corner points, and list the outlines: "
            "[[[0.1, 0.3], [0.2, 0.3], [0.2, 0.9]]]",
            expected=OUTLINES,
            found=describe(value),
        )
    if value and all(isinstance(item, list | tuple) and len(item) == 2 for item in value):
        # One outline without the outer brackets: the commonest slip.
        raise wrong(
            "put the outline into brackets of its own, even if it is the only one: "
            "[[[0.1, 0.3], [0.2, 0.3], [0.2, 0.9]]]",
            expected=OUTLINES,
            found=_count(len(value)),
        )
    read = []
    for index, item in enumerate(value):
        try:
            read.append(polygon_norm(item))
        except PydanticCustomError as error:
            said = error.context or {}
            raise wrong(
                f"outline {index + 1}: {said.get('message', 'does not fit')}",
                expected=str(said.get("expected", OUTLINES)),
                found=str(said.get("found", describe(item))),
                index=index,
            ) from error
    return tuple(read)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(points: int) -> str:
    return f"{points} point" + ("" if points == 1 else "s")


def _point(item: Any, index: int) -> tuple[float, float]:
    if isinstance(item, list | tuple) and len(item) == 2 and all(_is_number(x) for x in item):
        # A millionth of the picture is far below a pixel; it keeps 1.0000000002 inside.
        return round(float(item[0]), 6), round(float(item[1]), 6)
    raise wrong(
        "a corner point is two numbers in brackets",
        expected="[x, y], such as [0.25, 0.6]",
        found=describe(item),
        index=index,
    )


def _check_range(points: list[tuple[float, float]]) -> None:
    for index, point in enumerate(points):
        # Written so that NaN is out of range as well.
        if all(0.0 <= part <= 1.0 for part in point):
            continue
        message = "the point lies outside the picture"
        largest = max(max(each) for each in points)
        if 2 < largest <= 100:
            message = "looks like percent: divide by 100 (50 % is 0.5)"
        elif largest > 100:
            message = (
                "looks like pixels: divide x by the picture's width and y by its height "
                "(960 of 1920 is 0.5)"
            )
        raise wrong(
            message,
            expected="x and y from 0 to 1",
            found=f"[{point[0]:g}, {point[1]:g}]",
            index=index,
        )
