"""Every word of the desk, Chinese first, English second."""

from collections.abc import Mapping
from types import MappingProxyType

from service.desk.set_up_words import SET_UP_WORDS
from service.tables import ACTION_WORDS, HAZARDS, ROLE_WORDS, SOURCE_WORDS, STATUS_WORDS

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
        )
        for word, (zh, en) in words.items()
    }
    | {f"done.{word}": (f"{zh}：已记录", f"Done: {en}") for word, (zh, en) in ACTION_WORDS.items()}
)

# key -> (Chinese, English). Keys with a dot are words of the wire or of a table.
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    dict(SET_UP_WORDS)
    | {
        "title": ("生命通道 · 值班台", "LifeLane · Desk"),
        "product": ("生命通道", "LifeLane"),
        "desk": ("值班台", "Desk"),
        "sign_in": ("登录", "Sign in"),
        "sign_out": ("退出", "Sign out"),
        "name": ("账号", "Account"),
        "password": ("密码", "Password"),
        "sign_in_hint": (
            "首次启动 lifelane serve 时会显示一次账号和密码",
            "`lifelane serve` shows account and password once, on its first start",
        ),
        "wrong_sign_in": ("账号或密码不正确", "Account or password is wrong"),
        "too_many": ("尝试次数过多，请一分钟后再试", "Too many tries; wait a minute"),
        "no_answer": ("服务没有响应，请稍后再试", "No answer; try again"),
        "language": ("语言", "Language"),
        "light_dark": ("明暗切换", "Light or dark"),
        "sound": ("声音提醒", "Sound"),
        "open": ("待处理", "To do"),
        "acknowledged": ("已确认", "Confirmed"),
        "false_alarm": ("误报", "False"),
        "all": ("全部", "All"),
        "nothing_here": ("没有事件，一切正常", "Nothing here: all clear"),
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
        "refused": ("操作未执行：", "Not done: "),
        "number": ("编号", "Number"),
        "source": ("来源", "Source"),
        "camera": ("摄像头", "Camera"),
        "zone": ("区域", "Zone"),
        "site": ("项目点", "Site"),
        "first_seen": ("首次发现", "First seen"),
        "last_seen": ("最近看到", "Last seen"),
        "raised_at": ("告警时间", "Raised"),
        "ended_at": ("清除时间", "Seen clear at"),
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
        "keys_hint": (
            "键盘：↑ ↓ 选择 · A 确认 · F 误报 · Z 撤销误报",
            "Keys: ↑ ↓ choose · A acknowledge · F false alarm · Z undo",
        ),
        "new_incident": ("新事件", "New incident"),
    }
)


class Texts:
    """The words in one language; an unknown language speaks Chinese."""

    def __init__(self, language: str | None) -> None:
        self.language = language if language is not None and language in LANGUAGES else "zh"
        self._column = list(LANGUAGES).index(self.language)

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
        return f"{seconds / 3600:.1f} {self('unit.h')}"

    def keys(self) -> tuple[str, ...]:
        """All keys there are, for the test that no language lacks one."""
        return (*_WORDS, *_LEDGER)
