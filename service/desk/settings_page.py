"""The settings: accounts, keys, channels, policies, mutes and messages, each by permission.

What is changed goes through the API in the tab itself: one place checks it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from service.desk.ask import Ask, Field
from service.desk.queue import local_time
from service.desk.settings_fields import channel_fields, key_fields, policy_fields, user_fields
from service.desk.shell import Visitor, begin_sheet
from service.repository import (
    RESOURCES,
    Channel,
    Delivery,
    KeyInfo,
    Mute,
    Operator,
    list_channels,
    list_deliveries,
    list_keys,
    list_master,
    list_mutes,
    list_operators,
    list_policies,
)
from service.tables import PERMISSIONS, Permission

__all__ = ["SettingsPage", "mount_settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    users: list[Operator]
    keys: list[KeyInfo]
    channels: list[Channel]
    policies: list[dict[str, Any]]
    mutes: list[Mute]
    dead: list[Delivery]
    compounds: Mapping[int, str]


def mount_settings(*, visit: Callable[[Request], Visitor | RedirectResponse]) -> None:
    """Add the page ``/settings``."""

    @ui.page("/settings", title="生命通道 LifeLane")
    def settings(request: Request) -> Response | None:
        visitor = visit(request)
        if not isinstance(visitor, Visitor):
            return visitor
        SettingsPage(visitor).build()
        return None


class SettingsPage:
    """One browser tab of the settings.

    Args:
        visitor: Whose tab it is.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._texts = visitor.texts

    def build(self) -> None:
        """Lay out the tab."""
        sheet = begin_sheet(self._visitor, current="/settings")
        if sheet is None:
            return
        with sheet:
            ui.label(self._texts("settings")).classes("text-h6")
            self._body = ui.column().classes("w-full gap-3")
        self._ask = Ask(self._texts, ui.element("div"))
        ui.timer(0.01, self._read, once=True)

    async def _read(self) -> None:
        database = self._visitor.database

        def work(operator: Operator) -> _Read:
            allowed = PERMISSIONS[operator.role]
            compounds = list_master(
                database, RESOURCES["compounds"], scope=operator.scope, narrowed={}, limit=1000
            )
            return _Read(
                users=list_operators(database) if Permission.USERS_EDIT in allowed else [],
                keys=list_keys(database) if Permission.KEYS_EDIT in allowed else [],
                channels=list_channels(database),
                policies=list_policies(database),
                mutes=list_mutes(database, now=datetime.now(UTC), scope=operator.scope),
                dead=list_deliveries(database, state="dead", limit=50),
                compounds={int(row["id"]): str(row["name"]) for row in compounds.items},
            )

        found = await self._visitor.ask(work, permission=Permission.NOTIFICATIONS_EDIT)
        if found is None:
            return
        self._body.clear()
        with self._body:
            if self._visitor.may(Permission.USERS_EDIT):
                self._users(found)
            if self._visitor.may(Permission.KEYS_EDIT):
                self._keys(found)
            self._channels(found)
            self._policies(found)
            self._mutes(found)
            self._messages(found)

    def _section(
        self,
        word: str,
        button: str = "",
        on_click: Callable[[], Any] | None = None,
        *,
        hint: str = "",
    ) -> None:
        """The heading of a section, inside of the section's container."""
        texts = self._texts
        with ui.row().classes("items-center w-full gap-3"):
            ui.label(texts(word)).classes("text-subtitle1")
            if hint:
                ui.label(texts(hint)).classes("quiet")
            ui.space()
            if on_click is not None:
                ui.button(texts(button), icon="add", on_click=on_click).props(
                    "no-caps unelevated dense"
                ).classes("step").mark(button)

    def _line(
        self, words: str, quiet: str, buttons: Mapping[str, tuple[str, Callable[[], Any]]]
    ) -> None:
        with ui.row().classes("items-center w-full gap-2 line"):
            ui.label(words).classes("text-weight-medium")
            ui.label(quiet).classes("quiet")
            ui.space()
            for mark, (word, do) in buttons.items():
                ui.button(self._texts(word), on_click=do).props("flat dense no-caps").mark(mark)

    def _users(self, found: _Read) -> None:
        texts = self._texts
        with ui.column().classes("w-full gap-1 figure"):
            self._section("users", "add_user", partial(self._add_user, found), hint="users.hint")
            for user in found.users:
                seen = user.scope.compounds
                sees = texts("sees_all")
                if seen is not None:
                    sees = texts("sees_some").format(count=len(seen))
                words = f"{user.name} {user.display_name}"
                quiet = f"{texts(f'role.{user.role}')} · {sees}"
                path = f"/users/{user.id}"
                is_over = user.disabled_at is not None
                if is_over:
                    quiet += f" · {texts('disabled')}"
                change = partial(self._change, "PATCH", path, {"disabled": not is_over})
                buttons: dict[str, tuple[str, Callable[[], Any]]] = {
                    f"end-{user.name}": ("enable" if is_over else "disable", change),
                    f"password-{user.name}": (
                        "new_password_for",
                        partial(self._new_password, user),
                    ),
                }
                self._line(words, quiet, buttons)

    def _keys(self, found: _Read) -> None:
        texts = self._texts
        with ui.column().classes("w-full gap-1 figure"):
            self._section("keys_of_sites", "add_key", self._add_key, hint="keys_of_sites.hint")
            for key in found.keys:
                used = texts("never_used")
                if key.last_used_at is not None:
                    used = texts("last_used").format(time=local_time(key.last_used_at))
                buttons: dict[str, tuple[str, Callable[[], Any]]] = {}
                if key.revoked_at is None:
                    sure = partial(
                        self._sure, "revoke", f"{key.id} {key.site or ''}", f"/keys/{key.id}"
                    )
                    buttons[f"revoke-{key.id}"] = ("revoke", sure)
                else:
                    used = texts("revoked")
                role = texts(f"role.{key.role}")
                self._line(f"{key.id} · {key.site or '—'}", f"{role} · {used}", buttons)

    def _channels(self, found: _Read) -> None:
        with ui.column().classes("w-full gap-1 figure"):
            self._section("channels", "add_channel", self._add_channel, hint="channels.hint")
            self._none(found.channels)
            for each in found.channels:
                path = f"/alert-channels/{each.id}"
                self._line(
                    each.name,
                    f"{each.kind} · {each.scheme}://…",
                    {
                        f"test-{each.name}": ("test_channel", partial(self._test, path)),
                        f"drop-{each.name}": (
                            "delete",
                            partial(self._sure, "delete", each.name, path),
                        ),
                    },
                )

    def _policies(self, found: _Read) -> None:
        texts = self._texts
        with ui.column().classes("w-full gap-1 figure"):
            self._section(
                "policies", "put_policy", partial(self._put_policy, found), hint="policies.hint"
            )
            self._none(found.policies)
            for each in found.policies:
                kind = texts(f"kind.{each['kind']}") if each["kind"] else texts("all_kinds")
                where = found.compounds.get(each["compound_id"], texts("sees_all"))
                notice = f"{texts('policy.ack_within_s')} {each['ack_within_s']:g}"
                report = f"{texts('policy.report_after_attempts')} {each['report_after_attempts']}"
                self._line(f"{where} · {kind}", f"{notice} · {report}", {})

    def _mutes(self, found: _Read) -> None:
        texts = self._texts
        with ui.column().classes("w-full gap-1 figure"):
            self._section("mutes")
            self._none(found.mutes)
            for each in found.mutes:
                kind = texts(f"kind.{each.kind}") if each.kind else texts("all_kinds")
                where = found.compounds.get(each.compound_id, "")
                words = " · ".join(filter(None, (where, each.camera_id, each.zone_id, kind)))
                until = texts("muted_until").format(
                    until=local_time(each.until), reason=f"{each.reason} ({each.created_by})"
                )
                end = partial(self._change, "DELETE", f"/mutes/{each.id}", None)
                self._line(words, until, {f"unmute-{each.id}": ("unmute", end)})

    def _messages(self, found: _Read) -> None:
        with ui.column().classes("w-full gap-1 figure"):
            self._section("messages")
            self._none(found.dead)
            for each in found.dead:
                again = partial(self._change, "POST", f"/deliveries/{each.id}/retry", None)
                quiet = f"{local_time(each.created_at)} · {each.last_reason}"
                self._line(f"{each.channel}: {each.title}", quiet, {"retry": ("retry", again)})

    def _none(self, found: list[Any]) -> None:
        if not found:
            ui.label(self._texts("nothing_kept")).classes("quiet")

    async def _change(self, method: str, path: str, body: Mapping[str, Any] | None) -> str | None:
        """Change something through the API, say what came of it, and show it."""
        fault, _ = await self._visitor.call(method, path, body)
        if fault is None:
            self._visitor.say(self._texts("saved"), "positive")
            await self._read()
        else:
            self._visitor.say(fault, "warning")
        return fault

    async def _test(self, path: str) -> None:
        fault, _ = await self._visitor.call("POST", f"{path}/test")
        if fault is None:
            self._visitor.say(self._texts("test_sent"), "positive")
        else:
            self._visitor.say(fault, "warning")

    def _sure(self, word: str, what: str, path: str) -> None:
        texts = self._texts

        async def finish(_values: dict[str, Any]) -> str | None:
            return await self._change("DELETE", path, None)

        hint = texts("revoke_sure" if word == "revoke" else "delete_sure")
        self._ask.show(f"{texts(word)}: {what}", [], finish, ok_word=texts(word), hint=hint)

    def _once(self, secret: str) -> None:
        """Show a secret that is shown this once, after the dialog that made it has gone."""
        texts = self._texts

        def body(_close: Callable[[], None]) -> None:
            ui.input(value=secret).props("readonly outlined").classes("w-full").mark("secret")

        with self._visitor.client:
            ui.timer(0.05, lambda: self._ask.open(texts("shown_once"), body), once=True)

    def _add_user(self, found: _Read) -> None:
        async def finish(values: dict[str, Any]) -> str | None:
            compounds = values.pop("compounds") or []
            body = {name: value for name, value in values.items() if value is not None}
            body["scope"] = {"everything": not compounds, "compounds": compounds}
            fault, made = await self._visitor.call("POST", "/users", body)
            if fault is None:
                await self._read()
                self._once(str(made["password"]))
            return fault

        fields = user_fields(self._texts, found.compounds)
        self._ask.show(self._texts("add_user"), fields, finish)

    def _new_password(self, user: Operator) -> None:
        texts = self._texts

        async def finish(values: dict[str, Any]) -> str | None:
            body = {"password": values["password"]}
            return await self._change("PATCH", f"/users/{user.id}", body)

        field = Field(
            name="password", label=texts("new_password"), kind="password", needed=True, most=1000
        )
        title = f"{texts('new_password_for')}: {user.name}"
        self._ask.show(title, [field], finish, hint=texts("users.hint"))

    def _add_key(self) -> None:
        async def finish(values: dict[str, Any]) -> str | None:
            body = {name: value for name, value in values.items() if value is not None}
            fault, made = await self._visitor.call("POST", "/keys", body)
            if fault is None:
                await self._read()
                self._once(str(made["key"]))
            return fault

        self._ask.show(self._texts("add_key"), key_fields(self._texts), finish)

    def _add_channel(self) -> None:
        async def finish(values: dict[str, Any]) -> str | None:
            body = {name: value for name, value in values.items() if value is not None}
            return await self._change("POST", "/alert-channels", body)

        self._ask.show(self._texts("add_channel"), channel_fields(self._texts), finish)

    def _put_policy(self, found: _Read) -> None:
        kept = {(each["compound_id"], each["kind"]): each for each in found.policies}

        async def finish(values: dict[str, Any]) -> str | None:
            place = (values.pop("compound_id") or 0, values.pop("kind") or "")
            # What the dialog does not show stays as it was kept.
            body = dict(kept.get(place, {}))
            body |= {name: value for name, value in values.items() if value is not None}
            body |= {"compound_id": place[0] or None, "kind": place[1] or None}
            return await self._change("PUT", "/alert-policies", body)

        names = [each.name for each in found.channels]
        fields = policy_fields(self._texts, found.compounds, names)
        self._ask.show(self._texts("put_policy"), fields, finish, hint=self._texts("policies.hint"))
