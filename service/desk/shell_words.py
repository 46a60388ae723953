"""Words of what every page of the desk shares: the header, its links, messages."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["SHELL_WORDS"]

#: key -> (Chinese, English).
SHELL_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title": ("生命通道 · 值班台", "LifeLane · Desk"),
        "product": ("生命通道", "LifeLane"),
        "desk": ("值班台", "Desk"),
        "menu": ("菜单", "Menu"),
        "skip": ("跳到正文", "Skip to the content"),
        "account": ("账号", "Account"),
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
        "change_password": ("修改密码", "Change the password"),
        "old_password": ("现在的密码", "Password now"),
        "new_password": ("新密码（至少8位）", "New password (8 or more)"),
        "password_given": (
            "密码由他人设置，请先换成自己的",
            "The password was given by somebody else: choose your own first",
        ),
        "wrong_old": ("现在的密码不正确", "The password as it is now is wrong"),
        "bad_new": (
            "新密码须至少8位，且与现在的不同",
            "The new password needs 8 or more characters and must differ from the old one",
        ),
        "save": ("保存", "Save"),
        "cancel": ("取消", "Cancel"),
        "close": ("关闭", "Close"),
        "confirm": ("确定", "OK"),
        "needed": ("必填", "Needed"),
        "too_long": ("太长了，最多字数", "Too long, at most"),
        "not_a_number": ("请填数字", "Expected a number"),
        "not_a_day": ("请选日期，如 2026-12-31", "Expected a day such as 2026-12-31"),
        "choose_one": ("请选择", "Choose one"),
        "language": ("语言", "Language"),
        "light_dark": ("明暗切换", "Light or dark"),
        "refused": ("操作未执行：", "Not done: "),
        "not_for_you": (
            "当前账号没有这个页面的权限，请联系管理员",
            "This account may not see this page; ask an administrator",
        ),
        "lost_meanwhile": (
            "别人刚刚改过，请看一眼最新情况再操作",
            "Somebody has just changed it: look at it again, then act",
        ),
    }
)
