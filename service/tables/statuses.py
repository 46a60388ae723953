"""How far people have come with a hazard, what they may do, and where it was found."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "ACTION_WORDS",
    "MEASURE_WORDS",
    "OPEN_STATUSES",
    "OUTCOME_WORDS",
    "SOURCE_WORDS",
    "STATUS_WORDS",
    "Action",
    "MeasureKind",
    "Outcome",
    "OutcomeBy",
    "Source",
    "Status",
]


class Source(StrEnum):
    """Who found the hazard."""

    CAMERA = "camera"
    PHOTO = "photo"
    PERSON = "person"
    INSPECTION = "inspection"


class Status(StrEnum):
    """What people have done about an incident. No camera ever changes it."""

    FOUND = "found"
    ACKNOWLEDGED = "acknowledged"
    FALSE_ALARM = "false_alarm"
    REGISTERED = "registered"
    HANDLING = "handling"
    RECTIFYING = "rectifying"
    AWAITING_RECHECK = "awaiting_recheck"
    TRANSFERRED = "transferred"
    CLOSED = "closed"


#: An incident in one of these still wants somebody's attention.
OPEN_STATUSES: frozenset[Status] = frozenset(Status) - {Status.FALSE_ALARM, Status.CLOSED}


class Action(StrEnum):
    """What a person may do to an incident."""

    ACKNOWLEDGE = "acknowledge"
    FALSE_ALARM = "false_alarm"
    REOPEN = "reopen"
    REGISTER = "register"
    DISSUADE = "dissuade"
    HANDLE = "handle"
    ASSIGN = "assign"
    RESCHEDULE = "reschedule"
    SUBMIT = "submit"
    PASS_RECHECK = "pass_recheck"  # noqa: S105  (a verb, no secret)
    FAIL_RECHECK = "fail_recheck"
    TRANSFER = "transfer"
    RECEIVE = "receive"
    RETURN = "return"
    REBOUND = "rebound"


class MeasureKind(StrEnum):
    """What kind of measure the rectification is."""

    PERSUADE = "persuade"
    CLEAR = "clear"
    REPAIR = "repair"
    REPLACE = "replace"
    ESCAPE_OPENING = "escape_opening"
    REMOVE = "remove"
    OTHER = "other"


class Outcome(StrEnum):
    """How the rectification ended."""

    CLEARED = "cleared"
    REPAIRED = "repaired"
    REPLACED = "replaced"
    ESCAPE_OPENING = "escape_opening"
    REMOVED = "removed"
    PERSUASION_FAILED = "persuasion_failed"


class OutcomeBy(StrEnum):
    """Whose act the outcome was."""

    OWNER = "owner"
    PROPERTY = "property"
    AUTHORITY = "authority"


def _words(pairs: dict[StrEnum, tuple[str, str]]) -> Mapping[str, tuple[str, str]]:
    return MappingProxyType({word.value: names for word, names in pairs.items()})


#: Value -> (Chinese, English).
STATUS_WORDS = _words(
    {
        Status.FOUND: ("发现", "found"),
        Status.ACKNOWLEDGED: ("已确认", "acknowledged"),
        Status.FALSE_ALARM: ("误报", "false alarm"),
        Status.REGISTERED: ("已登记", "registered"),
        Status.HANDLING: ("劝阻处置中", "being handled"),
        Status.RECTIFYING: ("整改中", "being rectified"),
        Status.AWAITING_RECHECK: ("待复查", "awaiting recheck"),
        Status.TRANSFERRED: ("已移交", "transferred"),
        Status.CLOSED: ("已销号", "closed"),
    }
)
ACTION_WORDS = _words(
    {
        Action.ACKNOWLEDGE: ("确认", "acknowledge"),
        Action.FALSE_ALARM: ("标记误报", "mark as a false alarm"),
        Action.REOPEN: ("撤销误报", "undo the false alarm"),
        Action.REGISTER: ("登记", "register"),
        Action.DISSUADE: ("劝阻", "dissuade"),
        Action.HANDLE: ("现场处置", "handle on the spot"),
        Action.ASSIGN: ("下达整改", "order rectification"),
        Action.RESCHEDULE: ("调整期限", "change the deadline"),
        Action.SUBMIT: ("报请复查", "submit for recheck"),
        Action.PASS_RECHECK: ("复查合格并销号", "pass the recheck and close"),
        Action.FAIL_RECHECK: ("复查不合格", "fail the recheck"),
        Action.TRANSFER: ("移交", "transfer"),
        Action.RECEIVE: ("接收移交", "receive the transfer"),
        Action.RETURN: ("退回", "return"),
        Action.REBOUND: ("反弹", "report a rebound"),
    }
)
SOURCE_WORDS = _words(
    {
        Source.CAMERA: ("摄像头", "camera"),
        Source.PHOTO: ("巡查照片", "patrol photo"),
        Source.PERSON: ("人工上报", "reported by a person"),
        Source.INSPECTION: ("检查", "inspection"),
    }
)
MEASURE_WORDS = _words(
    {
        MeasureKind.PERSUADE: ("劝导", "persuade"),
        MeasureKind.CLEAR: ("清理", "clear"),
        MeasureKind.REPAIR: ("维修", "repair"),
        MeasureKind.REPLACE: ("更换", "replace"),
        MeasureKind.ESCAPE_OPENING: ("开设逃生口", "cut an escape opening"),
        MeasureKind.REMOVE: ("拆除", "remove"),
        MeasureKind.OTHER: ("其他", "other"),
    }
)
OUTCOME_WORDS = _words(
    {
        Outcome.CLEARED: ("已清理", "cleared"),
        Outcome.REPAIRED: ("已修复", "repaired"),
        Outcome.REPLACED: ("已更换", "replaced"),
        Outcome.ESCAPE_OPENING: ("已开设逃生口", "escape opening cut"),
        Outcome.REMOVED: ("已拆除", "removed"),
        Outcome.PERSUASION_FAILED: ("劝导未果", "persuasion failed"),
    }
)
