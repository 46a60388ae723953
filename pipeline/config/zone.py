"""A zone of the site file."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from pipeline.config.fields import SiteModel, fraction, number, text, wrong
from pipeline.config.ground import GroundConfig
from pipeline.config.hours import HOURS_EXPECTED, hours_of, hours_text
from pipeline.config.polygon import polygon_norm
from pipeline.config.words import Identifier, Label, ZoneWord
from pipeline.config.zone_values import (
    MOST_FRAMES,
    read_allowed,
    read_classes,
    read_connected_to,
    read_k_of_n,
)
from pipeline.rules import defaults_for
from pipeline.types import Connection, ZoneKind
from pipeline.zones import Zone

__all__ = ["ZoneConfig"]

_SECONDS_A_WEEK = 7 * 24 * 3600
_BY_KIND = "by kind of zone, see below"


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
        BeforeValidator(read_k_of_n),
        text(
            title="K of N",
            zh="N 帧中 K 帧",
            description="For rules that count frames: the hazard must be seen in K of the last N "
            "sampled frames.",
            unit="frames",
            expected=f"[K, N] with 1 <= K <= N <= {MOST_FRAMES}",
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
        BeforeValidator(read_classes),
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
        BeforeValidator(read_connected_to),
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

    allow_classes: Annotated[
        tuple[str, ...],
        BeforeValidator(read_allowed),
        text(
            title="Allowed classes",
            zh="放行类别",
            description="Class names that never count in this zone, such as bus at a stop.",
            expected="a list of class names",
            default_words="none",
        ),
    ] = ()
    warn_after_s: Annotated[
        float | None,
        number(
            ge=0,
            le=_SECONDS_A_WEEK,
            unit="s",
            what="a number of seconds",
            title="Warn after",
            zh="预警延时",
            description="How long something must stand before it is announced as a warning "
            "(stage 1); at `raise_after_s` it is raised (stage 2). Without it there is no "
            "warning.",
            default_words="none",
        ),
    ] = None
    active_hours: Annotated[
        tuple[str, ...] | None,
        BeforeValidator(hours_text),
        text(
            title="Active hours",
            zh="布防时段",
            description="Hours (Beijing time) in which incidents are raised; dwell counts within "
            "them. What was raised before goes on until it has left.",
            expected=HOURS_EXPECTED,
            default_words="always",
        ),
    ] = None
    grace_hours: Annotated[
        tuple[str, ...] | None,
        BeforeValidator(hours_text),
        text(
            title="Grace hours",
            zh="装卸宽限时段",
            description="Hours (Beijing time) in which `grace_raise_after_s` holds in place of "
            "`raise_after_s`: loading and unloading, waste collection.",
            expected=HOURS_EXPECTED,
            default_words="none",
        ),
    ] = None
    grace_raise_after_s: Annotated[
        float,
        number(
            ge=0,
            le=_SECONDS_A_WEEK,
            unit="s",
            what="a number of seconds",
            title="Raise after, in grace hours",
            zh="宽限报警延时",
            description="How long something may stand in the grace hours; never less than "
            "`raise_after_s`.",
        ),
    ] = 1200.0
    min_area_norm: Annotated[
        float,
        fraction(
            title="Smallest box",
            zh="最小目标面积",
            description="Boxes with a smaller share of the picture do not count: things far away.",
        ),
    ] = 0.0
    max_area_norm: Annotated[
        float,
        fraction(
            title="Largest box",
            zh="最大目标面积",
            description="Boxes with a larger share of the picture do not count.",
        ),
    ] = 1.0
    required_width_m: Annotated[
        float | None,
        number(
            ge=0.1,
            le=100,
            unit="m",
            what="a number of metres",
            title="Required clear width",
            zh="要求净宽",
            description="Clear width that must be left; events carry it beside the measured one.",
            default_words=_BY_KIND,
        ),
    ] = None
    ground: Annotated[
        GroundConfig | None,
        text(
            title="Ground",
            zh="地面标定",
            description="Four points and their lengths, so that clear width is measured in "
            "metres. Without it an event says `calibrated` 0 and gives shares of the picture.",
            expected="the fields points, width_m and length_m (or sides_m and diagonal_m)",
            example="{points: [[0.1, 0.9], [0.8, 0.9], [0.6, 0.4], [0.3, 0.4]], width_m: 6, "
            "length_m: 20}",
            default_words="none",
        ),
    ] = None

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        if self.warn_after_s is not None:
            limit_s = self.raise_after_s
            limit_s = defaults_for(self.kind).raise_after_s if limit_s is None else limit_s
            if self.warn_after_s >= limit_s:
                raise wrong(
                    "a warning comes before the raising: make warn_after_s smaller",
                    expected=f"warn_after_s below raise_after_s, {limit_s:g}",
                    found=f"{self.warn_after_s:g}",
                )
        if self.min_area_norm >= self.max_area_norm:
            raise wrong(
                "no box is larger than the smallest and smaller than the largest",
                expected="min_area_norm below max_area_norm",
                found=f"{self.min_area_norm:g} and {self.max_area_norm:g}",
            )
        if self.ground is not None:
            try:
                self.to_zone()
            except ValueError as error:
                raise wrong(
                    "zone and calibration do not go together",
                    expected="a zone that lies on the calibrated ground",
                    found=str(error),
                ) from error
        return self

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
            allow_classes=self.allow_classes,
            warn_after_s=self.warn_after_s,
            active=hours_of(self.active_hours),
            grace=hours_of(self.grace_hours),
            grace_raise_after_s=self.grace_raise_after_s,
            area_norm=(self.min_area_norm, self.max_area_norm),
            ground=None if self.ground is None else self.ground.to_ground(),
            required_width_m=chosen(self.required_width_m, usual.required_width_m),
        )
