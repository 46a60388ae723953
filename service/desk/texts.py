"""Every word of the desk, Chinese first, English second."""

from collections.abc import Mapping
from types import MappingProxyType

from service.desk.figures_words import FIGURES_WORDS
from service.desk.ledger_words import LEDGER_WORDS
from service.desk.room_words import ROOM_WORDS
from service.desk.set_up_words import SET_UP_WORDS
from service.desk.settings_words import SETTINGS_WORDS
from service.desk.shell_words import SHELL_WORDS
from service.desk.step_words import STEP_WORDS
from service.tables import (
    ACTION_WORDS,
    HAZARDS,
    MEASURE_WORDS,
    OUTCOME_WORDS,
    ROLE_WORDS,
    SOURCE_WORDS,
    STATUS_WORDS,
)

__all__ = ["LANGUAGES", "Texts"]

#: Language code -> its own name, in the order in which the page offers them.
LANGUAGES: Mapping[str, str] = MappingProxyType({"zh": "中文", "en": "English"})

# The ledger's own words.
_LEDGER: Mapping[str, tuple[str, str]] = MappingProxyType(
    {f"kind.{kind.value}": (info.zh, info.en) for kind, info in HAZARDS.items()}
    | {
        f"{group}.{word}": (zh, en[:1].upper() + en[1:])
        for group, words in (
            ("status", STATUS_WORDS),
            ("action", ACTION_WORDS),
            ("source", SOURCE_WORDS),
            ("role", ROLE_WORDS),
            ("measure", MEASURE_WORDS),
            ("outcome", OUTCOME_WORDS),
        )
        for word, (zh, en) in words.items()
    }
    | {f"done.{word}": (f"{zh}：已记录", f"Done: {en}") for word, (zh, en) in ACTION_WORDS.items()}
)

# key -> (Chinese, English). Keys with a dot are words of the wire or of a table.
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    dict(SHELL_WORDS)
    | dict(SET_UP_WORDS)
    | dict(STEP_WORDS)
    | dict(LEDGER_WORDS)
    | dict(FIGURES_WORDS)
    | dict(ROOM_WORDS)
    | dict(SETTINGS_WORDS)
    | {
        "sound": ("声音提醒", "Sound"),
        "open": ("待处理", "To do"),
        "in_hand": ("处理中", "In hand"),
        "over": ("已结束", "Over"),
        "all": ("全部", "All"),
        "empty.open": ("没有待处理事件，一切正常", "Nothing to do: all clear"),
        "empty.open.hint": (
            "新事件会自己出现并响铃。还没有摄像头？到“摄像头设置”添加，或运行 lifelane demo 看看。",
            (
                "New incidents appear by themselves, with a sound. No camera yet? Add one under"
                " Cameras, or run `lifelane demo`."
            ),
        ),
        "empty.in_hand": ("没有处理中的事件", "Nothing is in hand"),
        "empty.in_hand.hint": (
            "确认或登记后的事件会在这里，直到销号。",
            "What was acknowledged or registered stays here until it is closed.",
        ),
        "empty.over": ("还没有已结束的事件", "Nothing is over yet"),
        "empty.over.hint": (
            "销号和误报的事件会在这里。",
            "Closed cases and false alarms come here.",
        ),
        "empty.all": ("台账还是空的", "The ledger is empty"),
        "empty.all.hint": (
            "添加摄像头后，发现的隐患会记在这里。",
            "Once cameras are set up, what they find is kept here.",
        ),
        "choose": ("请选择一条事件", "Choose an incident"),
        "no_picture": ("没有图片", "No picture"),
        "older": ("更早的事件", "Older"),
        "phase.start": ("正在发生", "Going on"),
        "phase.update": ("正在发生", "Going on"),
        "phase.end": ("画面已清除", "Seen clear"),
        "phase.unknown": ("无法判断", "Cannot see"),
        "severity.critical": ("特急", "Critical"),
        "severity.high": ("紧急", "High"),
        "severity.medium": ("一般", "Medium"),
        "done.acknowledge": ("已确认", "Acknowledged"),
        "done.false_alarm": ("已标记为误报", "Marked as a false alarm"),
        "done.reopen": ("已恢复为待处理", "Back in the list"),
        "number": ("编号", "Number"),
        "source": ("来源", "Source"),
        "camera": ("摄像头", "Camera"),
        "zone": ("区域", "Zone"),
        "site": ("项目点", "Site"),
        "first_seen": ("首次发现", "First seen"),
        "last_seen": ("最近看到", "Last seen"),
        "raised_at": ("告警时间", "Raised"),
        "ended_at": ("清除时间", "Seen clear at"),
        "where": ("部位", "Where"),
        "clear_width": ("剩余净宽", "Clear width left"),
        "required": ("要求", "required"),
        "dissuasions": ("劝阻次数", "Dissuasions"),
        "papers": ("单据", "Papers"),
        "seen_clear_hint": (
            "摄像头看到现场已恢复。请到场或看图核实后再结案：摄像头不能销号。",
            "The camera sees the place clear. Check it, then close: a camera never does.",
        ),
        "rebound_of": ("反弹：此前已销号的 #{id}", "A rebound of the closed #{id}"),
        "view.boxes": ("标注图", "Boxes"),
        "view.plain": ("原图", "Plain"),
        "view.free": ("此前", "Before"),
        "view.after": ("整改后", "After"),
        "view.clip": ("录像", "Clip"),
        "view.both": ("前后对比", "Side by side"),
        "dwell": ("滞留时间", "Dwell"),
        "zone_share": ("占用区域比例", "Share of the zone"),
        "footprints": ("占用物数量", "Footprints"),
        "confidence": ("置信度", "Confidence"),
        "model": ("模型 / 规则", "Model / rule"),
        "phase": ("现场状态", "Phase"),
        "status": ("处置状态", "Status"),
        "history": ("经过", "History"),
        "role.snapshot": ("标注图", "annotated"),
        "role.clean": ("原图", "as seen"),
        "role.free": ("此前空置", "free before"),
        "role.clip": ("录像", "clip"),
        "role.before": ("整改前", "before"),
        "role.after": ("整改后", "after"),
        "role.scene": ("现场", "scene"),
        "role.recheck": ("复查", "recheck"),
        "event.start": ("摄像头发现隐患", "camera: hazard starts"),
        "event.update": ("摄像头再次确认", "camera: still there"),
        "event.end": ("画面显示已清除", "camera: seen clear"),
        "event.unknown": ("摄像头无法判断", "camera: cannot see"),
        "unit.s": ("秒", "s"),
        "unit.min": ("分钟", "min"),
        "unit.h": ("小时", "h"),
        "unit.d": ("天", "days"),
        "action.warn": ("警示", "Warned"),
        "action.dispatch": ("派员", "Sent somebody"),
        "action.arrive": ("到场", "Arrived"),
        "action.reported": ("上报", "Reported"),
        "action.edited": ("修改内容", "Edited"),
        "action.picture_added": ("加照片", "Added a picture"),
        "action.draft_escalation": ("起草报告", "Drafted the report"),
        "action.send_escalation": ("报送报告", "Sent the report"),
        "action.receive_escalation": ("报告回执", "Receipt of the report"),
        "action.return_case": ("退回事项", "Returned the case"),
        "action.export": ("导出", "Exported"),
        "help": ("帮助与快捷键", "Help and keys"),
        "welcome": ("第一次使用？", "New here?"),
        "welcome.hint": (
            "一分钟看懂：看图、确认、处置、登记、销号。随时按 ? 再看。",
            "One minute: look, confirm, act, register, close. Press ? to see it again.",
        ),
        "welcome.show": ("看看怎么用", "Show me"),
        "welcome.gone": ("不再显示", "Do not show again"),
        "keys": ("快捷键", "Keys"),
        "key.move": ("上一条、下一条", "Previous, next"),
        "key.boxes": ("标注图／原图", "Boxes on and off"),
        "key.reason": ("选误报原因", "Choose why it is false"),
        "tour.see": (
            "左边是队列，最新的在最上面；红色“特急”先处理。",
            "The queue is on the left, the newest on top; what is critical comes first.",
        ),
        "tour.act": (
            "先看图：是真的就按 A 确认，并警示 W、派员 D 或劝阻 S；不是就按 F 选原因。",
            (
                "Look at the picture: if it is real press A, then warn W, dispatch D or dissuade S;"
                " if not, press F and choose why."
            ),
        ),
        "tour.record": (
            "当场解决不了的按 R 登记入台账，下达整改（责任人、措施、期限）。",
            "What cannot be settled at once is registered with R and ordered rectified.",
        ),
        "tour.close": (
            "整改后加照片 U、报请复查 G，由另一个人复查合格后销号。",
            "Afterwards add a picture U and submit G; somebody else rechecks and closes.",
        ),
        "tour.more": (
            "台账、统计、交接班、摄像头都在顶部菜单。",
            "Ledger, figures, handover and cameras are in the menu above.",
        ),
        "action.lift_released": ("放行电梯", "Released the lift"),
        "action.patrol_created": ("新建巡查", "Began a patrol"),
        "action.photos_uploaded": ("上传巡查照片", "Uploaded photos of a patrol"),
        "new_incident": ("新事件", "New incident"),
    }
)


class Texts:
    """The words in one language; an unknown language speaks Chinese.

    Attributes:
        language: Its code.
    """

    def __init__(self, language: str | None) -> None:
        self.language = language if language is not None and language in LANGUAGES else "zh"
        self._column = list(LANGUAGES).index(self.language)

    @property
    def html_language(self) -> str:
        """The language as a page's ``lang`` has it."""
        return {"zh": "zh-CN"}.get(self.language, self.language)

    def __call__(self, key: str) -> str:
        """The word for ``key``; a word of the wire that is new here stands for itself."""
        words = _WORDS.get(key) or _LEDGER.get(key)
        return key.rpartition(".")[2] if words is None else words[self._column]

    def duration(self, seconds: float) -> str:
        """A length of time as people say it."""
        if seconds < 90:
            return f"{seconds:.0f} {self('unit.s')}"
        if seconds < 5400:
            return f"{seconds / 60:.0f} {self('unit.min')}"
        if seconds < 172_800:
            return f"{seconds / 3600:.1f} {self('unit.h')}"
        return f"{seconds / 86400:.1f} {self('unit.d')}"

    def keys(self) -> tuple[str, ...]:
        """All keys there are, for the test that no language lacks one."""
        return (*_WORDS, *_LEDGER)
