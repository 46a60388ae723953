"""Words of the settings: accounts, keys, channels, policies, mutes, messages."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["SETTINGS_WORDS"]

#: key -> (Chinese, English).
SETTINGS_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "settings": ("设置", "Settings"),
        "users": ("账号", "Accounts"),
        "users.hint": (
            "新账号的密码只显示一次，首次登录须自己换掉。",
            "A new account's password is shown once and changed at the first sign-in.",
        ),
        "add_user": ("新建账号", "New account"),
        "user_name": ("登录名", "Sign-in name"),
        "display_name": ("姓名", "Name"),
        "user_role": ("角色", "Role"),
        "sees": ("可见小区（不选则看全部）", "Compounds it sees (none chosen: all)"),
        "sees_all": ("全部小区", "everything"),
        "sees_some": ("{count} 个小区", "{count} compounds"),
        "disable": ("停用", "End"),
        "enable": ("恢复", "Restore"),
        "disabled": ("已停用", "ended"),
        "new_password_for": ("重设密码", "New password"),
        "shown_once": (
            "请现在抄下，之后不再显示：",
            "Write it down now, it is not shown again:",
        ),
        "keys_of_sites": ("接口密钥", "API keys"),
        "keys_of_sites.hint": (
            "摄像头用角色“摄像头”的密钥；密钥只显示一次。",
            "Cameras use a key with the role camera; a key is shown once.",
        ),
        "add_key": ("新建密钥", "New key"),
        "revoke": ("吊销", "Revoke"),
        "revoke_sure": ("吊销后用它的摄像头立即不能上报。", "Whoever uses it is refused at once."),
        "revoked": ("已吊销", "revoked"),
        "last_used": ("最近使用 {time}", "last used {time}"),
        "never_used": ("从未使用", "never used"),
        "channels": ("提醒通道", "Channels"),
        "channels.hint": (
            "企业微信、钉钉、飞书、邮件用 apprise 地址；地址和密文保存后不再显示。",
            (
                "WeCom, DingTalk, Feishu and mail by their apprise URLs; URL and secret are never"
                " shown again."
            ),
        ),
        "add_channel": ("添加通道", "Add a channel"),
        "channel_kind": ("类型", "Kind"),
        "channel_url": ("地址", "URL"),
        "channel_secret": ("签名密文（可选）", "Signing secret (optional)"),
        "test_channel": ("发测试消息", "Send a test"),
        "test_sent": ("测试消息已排队，结果见下方", "A test is on its way, see below"),
        "delete": ("删除", "Delete"),
        "delete_sure": ("删除后不能恢复。", "It cannot be brought back."),
        "policies": ("提醒规则", "Policies"),
        "policies.hint": (
            "没有设置的类别用默认值；数字都是建议值。",
            "Where none is kept, defaults hold; all figures are proposals.",
        ),
        "put_policy": ("设置规则", "Set a policy"),
        "all_kinds": ("全部类别", "All kinds"),
        "policy.ack_within_s": ("须在几秒内确认", "Notice within (s)"),
        "policy.repeat_every_s": ("每隔几秒重复", "Repeat every (s)"),
        "policy.most_repeats": ("最多重复几次", "Repeats at most"),
        "policy.report_after_attempts": ("劝阻几次后报告", "Report after dissuasions"),
        "policy.report_after_s": ("几秒后报告", "Report after (s)"),
        "policy.quiet_from": ("免打扰自", "Quiet from"),
        "policy.quiet_to": ("免打扰至", "Quiet until"),
        "mutes": ("正在静音", "Mutes"),
        "messages": ("未送达的消息", "Messages that no channel took"),
        "retry": ("重发", "Send again"),
        "nothing_kept": ("没有", "None"),
        "action.campaign_created": ("新建专项", "Began a campaign"),
        "action.clock_ahead": ("摄像头时钟超前", "A camera's clock was ahead"),
        "action.draft_report": ("起草月报", "Drafted the monthly report"),
        "action.send_report": ("报送月报", "Sent the monthly report"),
        "action.key_bound": ("密钥绑定站点", "A key was bound to its site"),
        "action.key_created": ("新建密钥", "Made a key"),
        "action.key_revoked": ("吊销密钥", "Revoked a key"),
        "action.looked_back": ("回头看", "Looked back"),
        "action.operator_changed": ("修改账号", "Changed an account"),
        "action.operator_created": ("新建账号", "Made an account"),
        "action.pictures_removed": ("按期删除图片", "Removed old pictures"),
        "action.retry_message": ("重发消息", "Sent a message again"),
        "action.issue_rectification_notice": ("开出整改通知书", "Issued a notice"),
        "action.issue_dissuasion_slip": ("开出劝阻提示单", "Issued a slip"),
        "action.issue_assignment_list": ("开出交办清单", "Issued an assignment list"),
        "action.task": ("任务进展", "A task moved on"),
    }
)
