"""A zone of the site file."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator

from pipeline.config.fields import SiteModel, fraction, number, text, wrong
from pipeline.config.polygon import polygon_norm
from pipeline.config.problems import describe
from pipeline.config.words import Identifier, Label, ZoneWord
from pipeline.rules import defaults_for
from pipeline.zones import Zone

__all__ = ["ZoneConfig"]

_SECONDS_A_WEEK = 7 * 24 * 3600
_MOST_FRAMES = 1000
_BY_KIND = "by kind of zone, see below"


def _k_of_n(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    expected = f"[K, N] with 1 <= K <= N <= {_MOST_FRAMES}"
    whole = isinstance(value, Sequence) and not isinstance(value, str)
    if (
        not whole
        or len(value) != 2
        or not all(isinstance(part, int) and not isinstance(part, bool) for part in value)
    ):
        raise wrong(
            "write two whole numbers: [3, 5] means in 3 of the last 5 frames",
            expected=expected,
            found=describe(value),
        )
    hits, window = value
    if hits > window:
        raise wrong(
            f"{hits} of {window} frames can never be: the smaller number comes first",
            expected=expected,
            found=describe(value),
        )
    if not 1 <= hits <= window <= _MOST_FRAMES:
        raise wrong("out of range", expected=expected, found=describe(value))
    return hits, window


def _classes(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    expected = "a list of class names, such as [car, truck]"
    if not isinstance(value, list | tuple):
        raise wrong("write a list, even of one class", expected=expected, found=describe(value))
    if not value:
        raise wrong(
            "an empty list would watch for nothing: name classes, or delete the line",
            expected=expected,
            found="an empty list",
        )
    for index, name in enumerate(value):
        if not isinstance(name, str) or not name.strip():
            raise wrong("a class is a name", expected=expected, found=describe(name), index=index)
        if name in value[:index]:
            raise wrong(
                "stands twice: delete one",
                expected="each class once",
                found=describe(name),
                index=index,
            )
    return tuple(value)


class ZoneConfig(SiteModel):
    """A part of a camera's picture that must stay clear."""

    id: Annotated[
        Identifier,
        text(
            title="Id",
            zh="编号",
            description="Name of the zone, unique within its camera. Incidents carry it.",
            expected="1 to 64 of the characters A-Z a-z 0-9 _ . -",
            example="lane",
        ),
    ]
    name: Annotated[
        Label,
        text(
            title="Name",
            zh="名称",
            description="Name for people, such as 东门消防车道.",
            expected="text of at most 80 characters",
        ),
    ] = None
    kind: Annotated[
        ZoneWord,
        text(
            title="Kind",
            zh="类型",
            description="What the zone protects; it chooses the rules. `lift` is read as "
            "`elevator`.",
            expected="one of fire_lane, elevator, corridor",
            example="fire_lane",
        ),
    ]
    polygon: Annotated[
        tuple[tuple[float, float], ...],
        BeforeValidator(polygon_norm),
        text(
            title="Outline",
            zh="区域轮廓",
            description="Corner points [x, y] as shares of the picture's width and height, origin "
            "top left, in the order in which one would walk around the zone. For a fire lane draw "
            "the ground, not the air above it.",
            unit="share of width and height",
            expected="at least 3 points [x, y] with x and y from 0 to 1",
            example="[[0.1, 0.3], [0.9, 0.3], [0.9, 0.95], [0.1, 0.95]]",
        ),
    ]
    raise_after_s: Annotated[
        float | None,
        number(
            ge=0,
            le=_SECONDS_A_WEEK,
            unit="s",
            what="a number of seconds",
            title="Raise after",
            zh="报警延时",
            description="How long something must stand in the zone before an incident is raised. "
            "0 raises as soon as the rule is sure.",
            default_words=_BY_KIND,
        ),
    ] = None
    clear_after_s: Annotated[
        float | None,
        number(
            ge=0,
            le=_SECONDS_A_WEEK,
            unit="s",
            what="a number of seconds",
            title="Clear after",
            zh="解除延时",
            description="How long the zone must be seen clear before the incident's phase is end.",
            default_words=_BY_KIND,
        ),
    ] = None
    update_every_s: Annotated[
        float | None,
        number(
            ge=1,
            le=_SECONDS_A_WEEK,
            unit="s",
            what="a number of seconds",
            title="Update every",
            zh="更新间隔",
            description="How often an incident that goes on reports again, with a new picture.",
            default_words=_BY_KIND,
        ),
    ] = None
    k_of_n: Annotated[
        tuple[int, int] | None,
        BeforeValidator(_k_of_n),
        text(
            title="K of N",
            zh="N 帧中 K 帧",
            description="For rules that count frames: the hazard must be seen in K of the last N "
            "sampled frames.",
            unit="frames",
            expected=f"[K, N] with 1 <= K <= N <= {_MOST_FRAMES}",
            default_words=_BY_KIND,
        ),
    ] = None
    min_confidence: Annotated[
        float | None,
        fraction(
            title="Minimum confidence",
            zh="最低置信度",
            description="Weaker detections start no incident.",
            default_words=_BY_KIND,
        ),
    ] = None
    classes: Annotated[
        tuple[str, ...] | None,
        BeforeValidator(_classes),
        text(
            title="Classes",
            zh="目标类别",
            description="Class names of the model that count in this zone, in place of the rule's "
            "own.",
            expected="a list of class names",
            default_words="the rule's own",
        ),
    ] = None

    def to_zone(self) -> Zone:
        """The zone as the rules want it, the kind's defaults filled in."""
        usual = defaults_for(self.kind)

        def chosen(given: Any, default: Any) -> Any:
            return default if given is None else given

        return Zone(
            id=self.id,
            kind=self.kind,
            polygon_norm=self.polygon,
            raise_after_s=chosen(self.raise_after_s, usual.raise_after_s),
            clear_after_s=chosen(self.clear_after_s, usual.clear_after_s),
            update_every_s=chosen(self.update_every_s, usual.update_every_s),
            k_of_n=chosen(self.k_of_n, usual.k_of_n),
            min_confidence=chosen(self.min_confidence, usual.min_confidence),
            classes=self.classes,
        )
