"""Words of the set-up page: key -> (Chinese, English)."""

from collections.abc import Mapping
from types import MappingProxyType

from service.sitefile import MAKERS

__all__ = ["SET_UP_WORDS"]

SET_UP_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {f"maker.{maker}": words for maker, words in MAKERS.items()}
    | {
        "set_up": ("摄像头设置", "Camera set-up"),
        "set_up_off": (
            "未开启：请用 lifelane serve --site-file site.yaml 启动服务，即可在这里设置摄像头。",
            "Off: start the service with lifelane serve --site-file site.yaml to set up here.",
        ),
        "set_up_denied": (
            "只有管理员可以设置摄像头。",
            "Only administrators may set up cameras.",
        ),
        "site_file": ("配置文件", "Site file"),
        "cameras": ("摄像头", "Cameras"),
        "no_cameras": (
            "还没有摄像头。点“添加摄像头”，填写地址并测试。",
            "No camera yet. Add one: type its address and test it.",
        ),
        "add_camera": ("添加摄像头", "Add a camera"),
        "maker": ("品牌", "Maker"),
        "host": ("IP 地址", "IP address"),
        "full_address": (
            "完整地址（不含账号密码）",
            "Full address (without user and password)",
        ),
        "port": ("端口", "Port"),
        "channel": ("通道", "Channel"),
        "substream": ("使用子码流（推荐）", "Use the sub-stream (recommended)"),
        "camera_user": ("摄像头账号", "Camera user"),
        "camera_password": ("摄像头密码", "Camera password"),
        "camera_id": ("编号（字母、数字、-）", "Id (letters, digits, -)"),
        "camera_name": ("名称，如 3号楼 电梯", "Name, such as Building 3 lift"),
        "place": ("场所类型", "Kind of place"),
        "test": ("测试", "Test"),
        "testing": ("正在连接摄像头……", "Connecting to the camera ..."),
        "test_ok": ("连接成功", "The camera answers"),
        "test_failed": ("没有画面：", "No picture: "),
        "save_camera": ("保存摄像头", "Save the camera"),
        "remove_camera": ("删除摄像头", "Remove the camera"),
        "saved": (
            "已保存。正在运行的 lifelane watch 会自动采用新配置。",
            "Saved. A running lifelane watch takes it over by itself.",
        ),
        "not_saved": ("未保存：", "Not saved: "),
        "changed_meanwhile": (
            "未保存：配置文件刚被别人修改。请重新打开本页再改。",
            "Not saved: somebody has edited the site file meanwhile. Open this page again.",
        ),
        "zones": ("区域", "Zones"),
        "zones_of": ("区域：", "Zones of "),
        "get_picture": ("获取画面", "Get the picture"),
        "draw_zone": ("画新区域", "Draw a zone"),
        "draw_hint": (
            "在画面上依次点击角点，点回第一个点完成；拖动角点可修改。",
            "Click the corners one by one, the first one again to finish; drag corners to change.",
        ),
        "undo": ("撤销", "Undo"),
        "delete_zone": ("删除区域", "Delete the zone"),
        "save_zones": ("保存区域", "Save zones"),
        "zone_kind": ("保护对象", "What it protects"),
        "corners": ("角点（占画面宽、高的百分比）", "Corners (per cent of width and height)"),
        "corner": ("角点", "Corner"),
        "delete_corner": ("删除角点", "Delete this corner"),
        "limits": (
            "默认：停留 {raised} 后告警，离开 {cleared} 后解除，置信度不低于 {confidence}。",
            "Default: raised after {raised}, cleared after {cleared}, confidence {confidence} up.",
        ),
        "finds": ("可发现：", "Finds: "),
        "id_wrong": (
            "编号：请用字母、数字、- 和 _，最多 64 个",
            "Id: use letters, digits, - and _, 64 at most",
        ),
        "place.fire_lane": ("消防车道", "Fire lane"),
        "place.climbing_site": ("消防车登高操作场地", "Climbing site"),
        "place.elevator": ("电梯轿厢", "Lift"),
        "place.corridor": ("楼道", "Corridor"),
        "place.stairwell": ("楼梯间", "Stairwell"),
        "place.hall": ("门厅", "Hall"),
        "place.unit_door": ("单元口", "Unit door"),
        "place.overhead_floor": ("架空层", "Overhead floor"),
        "place.exit": ("安全出口", "Safety exit"),
        "place.charging_place": ("批准的充电停放处（允许）", "Approved charging place (allowed)"),
    }
)
