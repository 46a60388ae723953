"""Words of the camera wall, the places, the handover and the audit."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ROOM_WORDS"]

#: key -> (Chinese, English).
ROOM_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "cameras_wall": ("摄像头墙", "Cameras"),
        "camera_state.connecting": ("连接中", "Connecting"),
        "camera_state.online": ("正常", "Online"),
        "camera_state.stalled": ("画面停滞", "Stalled"),
        "camera_state.offline": ("离线", "Offline"),
        "camera_state.black": ("黑屏", "Black"),
        "camera_state.covered": ("被遮挡", "Covered"),
        "camera_state.blurred": ("模糊", "Blurred"),
        "camera_state.moved": ("被移动", "Moved"),
        "camera_state.frozen": ("画面冻结", "Frozen"),
        "camera_state.clock_drift": ("时钟不准", "Clock wrong"),
        "camera_state.silent": ("无消息", "Silent"),
        "since": ("自 {time}", "since {time}"),
        "last_picture": ("最近一次事件图 {time}", "Newest picture of an incident, {time}"),
        "no_sight": ("还没有事件图", "No picture of an incident yet"),
        "last_day": ("近24小时", "Last 24 hours"),
        "incidents_a_day": ("{count} 次事件", "{count} incidents"),
        "all_online": ("{total} 个摄像头，全部正常", "{total} cameras, all online"),
        "some_wrong": (
            "{total} 个摄像头，{wrong} 个需要处理",
            "{total} cameras, {wrong} need attention",
        ),
        "only_wrong": ("只看异常", "Only those with trouble"),
        "empty.cameras": ("还没有摄像头报到", "No camera has reported yet"),
        "empty.cameras.hint": (
            "在“摄像头设置”添加摄像头，然后运行 lifelane watch；一分钟内会出现在这里。",
            (
                "Add cameras under Camera set-up, then run `lifelane watch`; they appear within a"
                " minute."
            ),
        ),
        "places": ("地点", "Places"),
        "place.open": ("未销号 {count}", "{count} open"),
        "place.found": ("共 {count}", "{count} in all"),
        "phone": ("手机随手拍", "Page for phones"),
        "phone.codes": ("打印地点二维码", "Print codes of places"),
        "empty.places": ("还没有地点", "No place yet"),
        "empty.places.hint": (
            "第一个摄像头报到后，它的小区会自己出现；楼栋可由管理员通过接口添加。",
            (
                "A compound appears with the first word of its cameras; buildings are added through"
                " the API."
            ),
        ),
        "handover": ("交接班", "Handover"),
        "this_shift": ("本班（自 {time}）", "This shift (since {time})"),
        "shift.found": ("本班发现", "Found"),
        "shift.false_alarms": ("其中误报", "False alarms"),
        "shift.closed": ("本班销号", "Closed"),
        "shift.waiting": ("待处理", "To do"),
        "shift.open": ("未销号", "Open"),
        "open_cases": ("移交的未结事项", "Cases handed over"),
        "no_open_cases": ("没有未结事项", "Nothing is open"),
        "give_shift": ("交班", "Hand over"),
        "give_hint": (
            "会记下此刻的未结事项；接班人登录后点“接班”确认。",
            "What stands open now is written down; who takes over signs in and confirms.",
        ),
        "given_to": ("接班人", "To whom"),
        "handover_note": ("交代事项", "What the next shift should know"),
        "shift_given": ("交班已记录", "Handed over"),
        "take_shift": ("接班", "Take over"),
        "shift_taken": ("接班已记录", "Taken over"),
        "taken_by": ("{name} 已接班，{time}", "Taken by {name}, {time}"),
        "not_taken": ("尚未接班", "Not taken yet"),
        "handover_log": ("交接班记录", "Handovers"),
        "empty.handover": ("还没有交接班记录", "No handover yet"),
        "empty.handover.hint": (
            "下班前点“交班”，写下要交代的事。",
            "Before you leave, hand over and say what matters.",
        ),
        "audit": ("审计", "Audit"),
        "audit.who": ("人员", "Who"),
        "audit.action": ("操作", "Deed"),
        "audit.incident": ("事件号", "Incident"),
        "audit.when": ("时间", "When"),
        "audit.role": ("角色", "Role"),
        "audit.change": ("状态变化", "Status"),
        "audit.note": ("说明", "Note"),
        "audit.older": ("更早的记录", "Older lines"),
        "audit_hint": (
            "只能增加、不能修改的记录；查看不留痕，操作都在这里。",
            "Lines are only ever added, never changed; every deed is here.",
        ),
        "empty.audit": ("没有符合的记录", "No line fits"),
        "empty.audit.hint": ("放宽条件再试。", "Ask for less."),
        "action.signed_in": ("登录", "Signed in"),
        "action.password_changed": ("修改密码", "Changed the password"),
        "action.save_filter": ("保存筛选", "Saved a filter"),
        "action.drop_filter": ("删除筛选", "Deleted a filter"),
        "action.give_shift": ("交班", "Handed over"),
        "action.take_shift": ("接班", "Took over"),
        "action.mute": ("静音", "Muted"),
        "action.unmute": ("结束静音", "Ended a mute"),
        "action.put_policy": ("修改提醒规则", "Changed a policy"),
        "action.add_channel": ("添加通道", "Added a channel"),
        "action.drop_channel": ("删除通道", "Deleted a channel"),
        "action.receive_paper": ("单据签收", "Receipt of a paper"),
        "action.camera_saved": ("保存摄像头", "Saved a camera"),
        "action.camera_removed": ("删除摄像头", "Removed a camera"),
        "action.zones_saved": ("保存区域", "Saved zones"),
        "action.place_created": ("新建地点", "Made a place"),
        "action.place_changed": ("修改地点", "Changed a place"),
        "action.place_deleted": ("删除地点", "Deleted a place"),
    }
)
