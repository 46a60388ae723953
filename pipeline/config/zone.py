"""A zone of the site file."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from pipeline.config.fields import SiteModel, fraction, number, text, wrong
from pipeline.config.polygon import polygon_norm
from pipeline.config.problems import describe
from pipeline.config.words import Identifier, Label, ZoneWord, one_of
from pipeline.rules import defaults_for
from pipeline.types import Connection, ZoneKind
from pipeline.zones import Zone

__all__ = ["ZoneConfig"]

_SECONDS_A_WEEK = 7 * 24 * 3600
_MOST_FRAMES = 1000
_ALSO_CONNECTIONS = {
    "门厅": "hall",
    "大厅": "hall",
    "lobby": "hall",
    "走道": "corridor",
    "疏散走道": "corridor",
    "楼道": "corridor",
    "楼梯间": "stairwell",
    "安全出口": "exit",
    "采光井": "light_well",
    "天井": "courtyard",
    "atrium": "courtyard",
}
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


def _connected_to(value: Any) -> tuple[Connection, ...]:
    if value is None:
        return ()
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple):
        raise wrong(
            "write a list, such as [hall, stairwell]",
            expected=f"a list of {', '.join(Connection)}",
            found=describe(value),
        )
    words = [
        one_of(each, list(Connection), what="connection", also=_ALSO_CONNECTIONS) for each in given
    ]
    return tuple(Connection(word) for word in dict.fromkeys(words))


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
            "`elevator`. A `charging_place` protects nothing: e-bikes may stand there.",
            expected=f"one of {', '.join(kind.value for kind in ZoneKind)}",
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

    connected_to: Annotated[
        tuple[Connection, ...],
        BeforeValidator(_connected_to),
        text(
            title="Connected to",
            zh="连通的公共区域",
            description="What an overhead floor is open to: 门厅 hall, 走道 corridor, 楼梯间 "
            "stairwell, 安全出口 exit, 采光井 light_well, 天井 courtyard. With none of them, "
            "e-bikes there are no hazard and nothing is raised.",
            expected=f"a list of {', '.join(Connection)}",
            default_words="none",
        ),
    ] = ()

    @model_validator(mode="after")
    def _connected_only_overhead(self) -> Self:
        if self.connected_to and self.kind is not ZoneKind.OVERHEAD_FLOOR:
            raise wrong(
                f"connected_to belongs to an overhead_floor: delete it, or write kind:"
                f" {ZoneKind.OVERHEAD_FLOOR}",
                expected="no connected_to",
                found=f"connected_to in a zone of kind {self.kind}",
            )
        return self

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
            connected_to=self.connected_to,
        )
