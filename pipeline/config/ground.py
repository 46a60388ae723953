"""The calibration of a zone's ground: four points and the metres between them."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from pipeline.config.fields import SiteModel, number, text, wrong
from pipeline.config.problems import describe
from pipeline.geometry import Ground

__all__ = ["GroundConfig"]

_POINTS = "four points [x, y] with x and y from 0 to 1"
_SIDES = "four lengths in metres from 0.1 to 200"


def _numbers(value: Any) -> bool:
    return all(isinstance(x, int | float) and not isinstance(x, bool) for x in value)


def _points(value: Any) -> tuple[tuple[float, float], ...] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise wrong("list the four points", expected=_POINTS, found=describe(value))
    if len(value) != 4:
        raise wrong("a calibration has four points", expected=_POINTS, found=f"{len(value)} points")
    for index, point in enumerate(value):
        fits = isinstance(point, list | tuple) and len(point) == 2 and _numbers(point)
        # A calibration mark may lie a little outside of the picture, where a line is drawn on.
        if not fits or not all(-1.0 <= part <= 2.0 for part in point):
            raise wrong(
                "a point is two numbers in brackets, shares of the picture's width and height",
                expected="[x, y], such as [0.25, 0.6]",
                found=describe(point),
                index=index,
            )
    return tuple((float(x), float(y)) for x, y in value)


def _sides(value: Any) -> tuple[float, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != 4 or not _numbers(value):
        raise wrong("list four lengths", expected=_SIDES, found=describe(value))
    return tuple(float(each) for each in value)


class GroundConfig(SiteModel):
    """Four points on the ground of a zone and the metres between them."""

    points: Annotated[
        tuple[tuple[float, float], ...],
        BeforeValidator(_points),
        text(
            title="Points",
            zh="标定点",
            description="Four points on the ground, in order around, as shares of the picture. "
            "From the first to the second runs across the lane, from the second to the third "
            "along it. Take them far apart: they need not be the zone's corners.",
            unit="share of width and height",
            expected=_POINTS,
            example="[[0.1, 0.9], [0.8, 0.9], [0.6, 0.4], [0.3, 0.4]]",
        ),
    ]
    width_m: Annotated[
        float | None,
        number(
            ge=0.1,
            le=200,
            unit="m",
            what="a number of metres",
            title="Width",
            zh="宽",
            description="From the first point to the second, if the points are the corners of a "
            "rectangle.",
            default_words="none",
        ),
    ] = None
    length_m: Annotated[
        float | None,
        number(
            ge=0.1,
            le=200,
            unit="m",
            what="a number of metres",
            title="Length",
            zh="长",
            description="From the second point to the third, if the points are the corners of a "
            "rectangle.",
            default_words="none",
        ),
    ] = None
    sides_m: Annotated[
        tuple[float, ...] | None,
        BeforeValidator(_sides),
        text(
            title="Sides",
            zh="四边长",
            description="For four points that form no rectangle: the lengths from the first to "
            "the second, second to third, third to fourth, fourth to first.",
            unit="m",
            expected=_SIDES,
            default_words="none",
        ),
    ] = None
    diagonal_m: Annotated[
        float | None,
        number(
            ge=0.1,
            le=400,
            unit="m",
            what="a number of metres",
            title="Diagonal",
            zh="对角线",
            description="From the first point to the third; belongs to `sides_m`.",
            default_words="none",
        ),
    ] = None

    @model_validator(mode="after")
    def _can_be_worked_out(self) -> Self:
        expected = "width_m and length_m, or sides_m and diagonal_m"
        rectangle = (self.width_m is not None, self.length_m is not None)
        taped = (self.sides_m is not None, self.diagonal_m is not None)
        if not ((all(rectangle) and not any(taped)) or (all(taped) and not any(rectangle))):
            named = [
                name
                for name in ("width_m", "length_m", "sides_m", "diagonal_m")
                if getattr(self, name) is not None
            ]
            raise wrong(
                "say how long the sides are, in one of the two ways",
                expected=expected,
                found=" and ".join(named) or "neither",
            )
        try:
            self.to_ground()
        except ValueError as error:
            raise wrong(
                "the calibration cannot be used",
                expected="four corners of a flat piece of ground, with their lengths",
                found=str(error),
            ) from error
        return self

    def to_ground(self) -> Ground:
        """The ground as the rules want it.

        Raises:
            ValueError: The points and lengths are those of no flat piece of ground.
        """
        if self.sides_m is not None and self.diagonal_m is not None:
            return Ground.of_lengths(self.points, sides_m=self.sides_m, diagonal_m=self.diagonal_m)
        return Ground.of_rectangle(
            self.points, width_m=self.width_m or 0.0, length_m=self.length_m or 0.0
        )
