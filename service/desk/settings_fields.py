"""What the dialogs of the settings ask for."""

from collections.abc import Mapping, Sequence

from service.desk.ask import Field
from service.desk.texts import Texts
from service.tables import HazardKind, Role
from service.workflow import DEFAULT_POLICIES

__all__ = ["channel_fields", "key_fields", "policy_fields", "user_fields"]

_CHANNEL_KINDS = ("apprise", "mqtt", "webhook")


def _roles(texts: Texts, *, people: bool) -> dict[str, str]:
    return {
        role.value: texts(f"role.{role}") for role in Role if not people or role is not Role.CAMERA
    }


def user_fields(texts: Texts, compounds: Mapping[int, str]) -> list[Field]:
    """Of a new account."""
    return [
        Field(name="name", label=texts("user_name"), needed=True, most=64),
        Field(name="display_name", label=texts("display_name")),
        Field(
            name="role",
            label=texts("user_role"),
            kind="choice",
            needed=True,
            value=Role.DUTY.value,
            options=_roles(texts, people=True),
        ),
        Field(name="compounds", label=texts("sees"), kind="several", options=compounds),
    ]


def key_fields(texts: Texts) -> list[Field]:
    """Of a new API key."""
    return [
        Field(name="site", label=texts("site"), needed=True),
        Field(
            name="role",
            label=texts("user_role"),
            kind="choice",
            needed=True,
            value=Role.CAMERA.value,
            options=_roles(texts, people=False),
        ),
    ]


def channel_fields(texts: Texts) -> list[Field]:
    """Of a new channel."""
    return [
        Field(name="name", label=texts("filter_name"), needed=True, most=64),
        Field(
            name="kind",
            label=texts("channel_kind"),
            kind="choice",
            needed=True,
            value=_CHANNEL_KINDS[0],
            options={kind: kind for kind in _CHANNEL_KINDS},
        ),
        Field(name="url", label=texts("channel_url"), needed=True, most=2000),
        Field(name="secret", label=texts("channel_secret"), kind="password", most=200),
    ]


def policy_fields(
    texts: Texts, compounds: Mapping[int, str], channels: Sequence[str]
) -> list[Field]:
    """Of a policy; the figures at first are those of the general default."""
    default = DEFAULT_POLICIES[""]
    figures = [
        Field(
            name=name,
            label=texts(f"policy.{name}"),
            kind="number",
            needed=True,
            value=getattr(default, name),
        )
        for name in (
            "ack_within_s",
            "repeat_every_s",
            "most_repeats",
            "report_after_attempts",
            "report_after_s",
        )
    ]
    return [
        Field(
            name="compound_id",
            label=texts("compound"),
            kind="choice",
            value=0,
            options={0: texts("sees_all"), **compounds},
        ),
        Field(
            name="kind",
            label=texts("column.kind"),
            kind="choice",
            value="",
            options={"": texts("all_kinds")} | {k.value: texts(f"kind.{k}") for k in HazardKind},
        ),
        *figures,
        Field(name="quiet_from", label=texts("policy.quiet_from"), kind="clock"),
        Field(name="quiet_to", label=texts("policy.quiet_to"), kind="clock"),
        Field(
            name="channels",
            label=texts("channels"),
            kind="several",
            options={name: name for name in channels},
        ),
    ]
