"""A camera of the site file."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator

from pipeline.config.addresses import source_address
from pipeline.config.fields import SiteModel, number, switch, text, whole
from pipeline.config.lift import LiftConfig
from pipeline.config.model import in_steps
from pipeline.config.polygon import OUTLINES, Outline, outlines
from pipeline.config.problems import hide_secrets
from pipeline.config.words import Identifier, Label, Place, one_of
from pipeline.config.zone import ZoneConfig
from pipeline.sources.spec import SourceSpec
from pipeline.types import PlaceKind

__all__ = ["Camera", "profile_fps"]

_LIFT_FPS: Final = 5.0
_USUAL_FPS: Final = 1.0
_LIFT_HEARTBEAT_S: Final = 8.0
_USUAL_HEARTBEAT_S: Final = 15.0


def profile_fps(place: PlaceKind) -> float:
    """Frames a second that a kind of place needs: a lift ride is short, a blocked lane is not."""
    return _LIFT_FPS if place is PlaceKind.ELEVATOR else _USUAL_FPS


def _decode(value: Any) -> Any:
    return one_of(value, ("auto", "all", "keys"), what="way to decode", also={"key": "keys"})


def _hwaccel(value: Any) -> Any:
    known = ("cuda", "qsv", "vaapi", "videotoolbox", "d3d11va")
    return one_of(value, known, what="hardware decoder", also={"nvdec": "cuda", "nvidia": "cuda"})


def _nothing_is_an_empty_list(value: Any) -> Any:
    return [] if value is None else value


class Camera(SiteModel):
    """A camera, or a recording that stands for one."""

    id: Annotated[
        Identifier,
        text(
            title="Id",
            zh="编号",
            description="Name of the camera, unique in the file. Incidents, state on disk and "
            "metrics carry it: do not change it while incidents are open.",
            expected="1 to 64 of the characters A-Z a-z 0-9 _ . -",
            example="lane-1",
        ),
    ]
    name: Annotated[
        Label,
        text(
            title="Name",
            zh="名称",
            description="Name for people, such as 3 号楼北侧消防车道.",
            expected="text of at most 80 characters",
        ),
    ] = None
    compound: Annotated[
        Label,
        text(
            title="Compound",
            zh="小区",
            description="Residential compound that the camera belongs to.",
            expected="text of at most 80 characters",
        ),
    ] = None
    building: Annotated[
        Label,
        text(
            title="Building",
            zh="楼栋",
            description="Building or stretch of road, such as 3 号楼 2 单元.",
            expected="text of at most 80 characters",
        ),
    ] = None
    enabled: Annotated[
        bool,
        switch(
            title="Enabled",
            zh="启用",
            description="false keeps the camera in the file without watching it.",
        ),
    ] = True
    source: Annotated[
        str,
        BeforeValidator(source_address),
        text(
            title="Source",
            zh="视频源",
            description="Where pictures come from: a video file (relative to the site file), "
            "`rtsp://`, `rtsps://`, `http://`, `https://` or `webcam:0`. `${NAME}` is filled in "
            "from the environment, or from site.secrets beside site.yaml (lines NAME=value, mode "
            "0600), so that a password can stay out of the file. Percent-encode "
            "special characters in a password: @ is %40, / is %2F, # is %23, ? is %3F, : is %3A, "
            "% is %25. Take the camera's sub-stream: it is enough, and costs far less.",
            expected="a file path, rtsp://…, http://…, https://… or webcam:0",
            example='"rtsp://admin:${LANE_PASSWORD}@192.168.1.64:554/Streaming/Channels/102"',
            repr=False,
        ),
    ]
    place: Annotated[
        Place,
        text(
            title="Place",
            zh="场所类型",
            description="What kind of place the camera looks at; it chooses the sampling rate. "
            "`lift` is read as `elevator`.",
            expected=f"one of {', '.join(kind.value for kind in PlaceKind)}",
            example="fire_lane",
        ),
    ]
    sample_fps: Annotated[
        float | None,
        number(
            ge=0.05,
            le=30,
            unit="frames/s",
            what="a number of frames a second",
            mend="to switch a camera off write enabled: false",
            title="Sampling rate",
            zh="抽帧率",
            description="How many frames a second are judged.",
            default_words=f"{_LIFT_FPS:g} in an elevator, {_USUAL_FPS:g} elsewhere",
        ),
    ] = None
    loop: Annotated[
        bool,
        switch(
            title="Loop",
            zh="循环播放",
            description="Play a recording again and again, as a camera for trials.",
        ),
    ] = False
    connect_timeout_s: Annotated[
        float,
        number(
            ge=1,
            le=300,
            unit="s",
            what="a number of seconds",
            title="Connect timeout",
            zh="连接超时",
            description="How long to wait for the stream to open before trying again.",
        ),
    ] = 10.0
    stall_timeout_s: Annotated[
        float,
        number(
            ge=1,
            le=600,
            unit="s",
            what="a number of seconds",
            title="Stall timeout",
            zh="断流超时",
            description="How long a stream may stay without a picture before it is opened anew.",
        ),
    ] = 20.0
    heartbeat_s: Annotated[
        float | None,
        number(
            ge=0.2,
            le=300,
            unit="s",
            what="a number of seconds",
            title="Heartbeat",
            zh="静态复检间隔",
            description="How often the detector looks although nothing changes in the zones. "
            "What the change gate overlooked is found at the next heartbeat.",
            default_words=f"{_LIFT_HEARTBEAT_S:g} s in an elevator, "
            f"{_USUAL_HEARTBEAT_S:g} s elsewhere",
        ),
    ] = None
    decode: Annotated[
        Literal["auto", "all", "keys"] | None,
        BeforeValidator(_decode),
        text(
            title="Decoding",
            zh="解码策略",
            description="`auto` decodes key frames only while nothing changes, where the stream "
            "has them at least every 4 s; `all` decodes every frame; `keys` never decodes more "
            "than key frames.",
            expected="auto, all or keys",
            default_words="all in an elevator, auto elsewhere",
        ),
    ] = None
    hwaccel: Annotated[
        Literal["cuda", "qsv", "vaapi", "videotoolbox", "d3d11va"] | None,
        BeforeValidator(_hwaccel),
        text(
            title="Hardware decoder",
            zh="硬件解码",
            description="Decoder of the machine that is tried first; software decoding takes "
            "over where it is not there.",
            expected="one of cuda, qsv, vaapi, videotoolbox, d3d11va",
            default_words="software",
        ),
    ] = None
    input_size: Annotated[
        int | None,
        whole(
            ge=64,
            le=2048,
            unit="px",
            what="a multiple of 32",
            title="Input size",
            zh="输入尺寸",
            description="Longest side of the picture that the model sees of this camera.",
            default_words="the site's `model.input_size`",
        ),
        AfterValidator(in_steps),
    ] = None
    zones: Annotated[
        tuple[ZoneConfig, ...],
        BeforeValidator(_nothing_is_an_empty_list),
        text(
            title="Zones",
            zh="区域",
            description="The parts of the picture that must stay clear. Without one the camera "
            "raises nothing.",
            expected="a list of zones, each beginning with '- id: …'",
            default_words="none",
        ),
    ] = ()

    may_change: Annotated[
        tuple[Outline, ...],
        BeforeValidator(outlines),
        text(
            title="May change",
            zh="允许变化的区域",
            description="Outlines of doors that open, screens, windows and the like: there a "
            "difference from the clean reference (`lifelane reference`) means nothing.",
            unit="share of width and height",
            expected=OUTLINES,
            default_words="none",
        ),
    ] = ()
    privacy_masks: Annotated[
        tuple[Outline, ...],
        BeforeValidator(outlines),
        text(
            title="Privacy masks",
            zh="隐私遮挡",
            description="Outlines that are blacked out in every picture that is kept or sent, "
            "such as a neighbour's door or window. Zones under them are still judged.",
            unit="share of width and height",
            expected=OUTLINES,
            default_words="none",
        ),
    ] = ()

    lift: Annotated[
        LiftConfig | None,
        text(
            title="Lift",
            zh="电梯接口",
            description="What the lift itself hears of an e-bike; off unless it is written here. "
            "WARNING 警告: only the licensed maintenance firm wires it.",
            expected="the fields of a lift",
            default_words="off",
        ),
    ] = None

    @property
    def effective_sample_fps(self) -> float:
        """Frames a second that are judged: the file's figure, else the place's profile."""
        return profile_fps(self.place) if self.sample_fps is None else self.sample_fps

    @property
    def effective_heartbeat_s(self) -> float:
        """Seconds between two looks at a place where nothing changes."""
        if self.heartbeat_s is not None:
            return self.heartbeat_s
        return _LIFT_HEARTBEAT_S if self.place is PlaceKind.ELEVATOR else _USUAL_HEARTBEAT_S

    @property
    def effective_decode(self) -> Literal["auto", "all", "keys"]:
        """How much of the stream is decoded; a lift cannot wait for a key frame."""
        if self.decode is not None:
            return self.decode
        return "all" if self.place is PlaceKind.ELEVATOR else "auto"

    @property
    def place_name(self) -> str:
        """Where it looks, in people's words: compound, building and name; may be empty."""
        named = (self.compound, self.building, self.name)
        return " ".join(part for part in named if part)[:200]

    @property
    def redacted_source(self) -> str:
        """The source without user name, password or token; fit for people and logs."""
        return hide_secrets(self.source)

    def to_source_spec(
        self,
        *,
        source: str | None = None,
        pace: Literal["live", "fast"] = "live",
        start_at: datetime | None = None,
    ) -> SourceSpec:
        """What `pipeline.sources` needs to open this camera.

        Args:
            source: A recording to play in place of the camera's own source; it plays once.
            pace: See `SourceSpec`.
            start_at: Wall clock of media time 0 in fast pace, aware.

        Raises:
            ConfigError: Pace and source do not go together.
        """
        return SourceSpec(
            camera_id=self.id,
            url=self.source if source is None else source,
            sample_fps=self.effective_sample_fps,
            loop=self.loop and source is None and pace == "live",
            pace=pace,
            start_at=start_at,
            connect_timeout_s=self.connect_timeout_s,
            stall_timeout_s=self.stall_timeout_s,
            hwaccel=self.hwaccel,
        )
