"""Words of the dialogs in which a case is moved on, and of their fields."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["STEP_WORDS"]

#: key -> (Chinese, English).
STEP_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "reason.shadow": ("影子、反光、光线变化", "Shadow, reflection, light"),
        "reason.person": ("有人经过或短暂停留", "Somebody passing or stopping briefly"),
        "reason.permitted": ("允许停放（消防车、救护车等）", "Permitted (fire engine, ambulance)"),
        "reason.not_it": ("认错了东西", "Taken for something else"),
        "reason.fixture": ("固定设施，本来就在", "A fixture that belongs there"),
        "reason.camera": ("摄像头移位、遮挡或模糊", "Camera moved, covered or blurred"),
        "reason.test": ("演练或测试", "A drill or a test"),
        "reason.other": ("其他", "Something else"),
        "false_alarm_why": (
            "选一个原因即记为误报，可以撤销；原因会用来改进识别。",
            "Choosing a reason marks it, and can be undone; reasons improve the model.",
        ),
        "field.note": ("说明", "Note"),
        "field.reason": ("理由", "Reason"),
        "field.content": ("隐患内容", "What is wrong"),
        "field.kind": ("隐患类别", "Kind of hazard"),
        "field.location": ("楼栋、部位", "Building and place"),
        "field.building": ("楼栋", "Building"),
        "field.private": (
            "属居民私有财产（如防盗窗，只能劝导）",
            "A resident's own property (only to be persuaded)",
        ),
        "field.method": ("方式", "How"),
        "field.person": ("劝阻对象", "Who was dissuaded"),
        "field.sent": ("派谁去", "Who is sent"),
        "field.result": ("结果", "What came of it"),
        "field.done": ("现场如何处置", "What was done on the spot"),
        "field.responsible": ("整改责任人", "Responsible person"),
        "field.unit": ("责任单位", "Responsible unit"),
        "field.measure_kind": ("措施类别", "Kind of measure"),
        "field.measure": ("整改措施", "Measure"),
        "field.deadline": ("整改期限（含当日）", "Deadline (included)"),
        "field.outcome": ("整改结果", "Outcome"),
        "field.outcome_by": ("由谁完成", "Done by"),
        "field.weight": ("清运重量（公斤）", "Carried away (kg)"),
        "field.volume": ("清运体积（立方米）", "Carried away (m³)"),
        "field.transferred_to": ("移交给", "Transferred to"),
        "field.recheck_note": ("复查结论", "Conclusion"),
        "field.still_wrong": ("仍存在的问题", "What is still wrong"),
        "field.rebound": ("反弹情况", "How it has come back"),
        "field.recipient": ("发给", "To"),
        "field.reply_by": ("期限", "Deadline"),
        "field.demand": ("要求", "Demand"),
        "field.for_how_long": ("静音多久", "For how long"),
        "field.covers": ("范围", "What is muted"),
        "field.report_text": ("报告内容", "Text"),
        "field.channels": ("同时发送到", "Also send to"),
        "field.role": ("照片内容", "What it shows"),
        "way.in_person": ("当面劝阻", "in person"),
        "way.phone": ("电话", "by phone"),
        "way.loudspeaker": ("广播喊话", "by loudspeaker"),
        "way.slip": ("张贴提示单", "by a slip on the vehicle or door"),
        "by.owner": ("业主", "owner"),
        "by.property": ("物业", "property firm"),
        "by.authority": ("有权机关", "authority"),
        "office.street": ("街道办事处（镇人民政府）", "街道办事处（镇人民政府）"),
        "office.fire": ("消防救援机构", "消防救援机构"),
        "office.police": ("派出所", "派出所"),
        "office.urban": ("综合行政执法局", "综合行政执法局"),
        "respond.warn": ("警示", "Warn"),
        "respond.dispatch": ("派员", "Dispatch"),
        "respond.arrive": ("到场", "Arrived"),
        "done.warn": ("警示已记录", "Warning noted"),
        "done.dispatch": ("派员已记录", "Dispatch noted"),
        "done.arrive": ("到场已记录", "Arrival noted"),
        "attempt": ("第 {count} 次劝阻", "Attempt {count}"),
        "release_lift": ("放行电梯", "Let the lift go"),
        "lift_released": ("电梯已放行", "The lift was let go"),
        "mute": ("静音", "Mute"),
        "mute_why": (
            "静音期间不再提醒；事件照样记录，超时仍会起草报告。",
            (
                "Nothing is told meanwhile; incidents are kept, and the report is drafted all the"
                " same."
            ),
        ),
        "muted": ("已静音", "Muted"),
        "muted_until": ("静音至 {until}：{reason}", "Muted until {until}: {reason}"),
        "unmute": ("结束静音", "End the mute"),
        "covers.zone": ("本区域的同类事件", "This kind in this zone"),
        "covers.camera": ("本摄像头的全部事件", "All of this camera"),
        "covers.kind": ("本小区的同类事件", "This kind in the compound"),
        "hours": ("{count} 小时", "{count} h"),
        "report": ("报告街道", "Report"),
        "report_why": (
            "劝阻无效时按规定报告。由人报送，系统只起草。",
            (
                "Where dissuasion fails the authority is told. A person sends it; only the draft is"
                " the machine's."
            ),
        ),
        "report_sent": ("已报送：{to}", "Reported to {to}"),
        "report_drafted": ("报告已起草，待报送：{to}", "A report is drafted for {to}"),
        "send_report": ("报送", "Send"),
        "paper": ("开单", "Papers"),
        "paper.rectification_notice": ("整改通知书", "Rectification notice"),
        "paper.dissuasion_slip": ("劝阻提示单", "Dissuasion slip"),
        "paper.assignment_list": ("交办清单", "Assignment list"),
        "paper_issued": ("已开出 {number}", "Issued {number}"),
        "issue": ("开出", "Issue"),
        "download": ("下载", "Download"),
        "add_picture": ("加照片", "Add a picture"),
        "picture_added": ("照片已保存", "Picture saved"),
        "picture_wrong": (
            "不是能用的照片：请选 JPEG、PNG 或 WebP，不超过10 MB",
            "Not a usable picture: choose JPEG, PNG or WebP of at most 10 MB",
        ),
        "choose_picture": ("选择照片或拍照", "Choose or take a picture"),
        "no_after_picture": (
            "还没有整改后照片：销号前先加一张。",
            "No picture of afterwards yet: add one before closing.",
        ),
        "close_hint": (
            "复查合格即销号，隐患结案。若再次出现，用“反弹”。",
            "Passing the recheck closes the case. If it comes back, report a rebound.",
        ),
        "private_hint": (
            "该设施属居民私有财产：只能劝导，不能下达拆除。",
            "A resident's own property: persuade, never order it removed.",
        ),
        "passed_on": ("接收后由你方处理", "From here on it is yours"),
    }
)
