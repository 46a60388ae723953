"""What can be done around a case besides its steps: mute, report, papers, pictures."""

import hashlib
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments

from service.desk.ask import Ask, Field
from service.desk.case import Case
from service.desk.shell import Visitor
from service.errors import UnsupportedContent
from service.repository import (
    PAPER_KINDS,
    NewPicture,
    Operator,
    PictureStore,
    add_mute,
    attach_pictures,
    draft_escalation,
    end_mute,
    list_channels,
    release_lift,
    send_escalation,
    today_in_shanghai,
)
from service.tables import OPEN_STATUSES, PICTURE_ROLES, HazardKind, Permission, Status

__all__ = ["KEYS", "CaseExtras", "Offer"]

#: Word of a button -> its key.
KEYS = {"release_lift": "L", "mute": "M", "report": "N", "paper": "K", "add_picture": "U"}

_MUTE_HOURS = (1, 4, 12, 24, 72)
_REPLY_DAYS = 7
_OFFICES = ("street", "fire", "police", "urban")
_SIGNS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A button."""

    words: str
    icon: str
    key: str
    mark: str
    do: Callable[[], Awaitable[None]]


def _media_type(content: bytes) -> str:
    for sign, kind in _SIGNS:
        if content.startswith(sign):
            return kind
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    raise UnsupportedContent("expected a JPEG, PNG or WebP picture, got something else")


class CaseExtras:
    """The dialogs around a case in one tab.

    Args:
        visitor: Whose tab it is.
        ask: The tab's dialogs.
        pictures: Where a person's pictures go.
        most_bytes: Limit of one picture.
        on_done: Called after something was done.
    """

    def __init__(
        self,
        visitor: Visitor,
        ask: Ask,
        *,
        pictures: PictureStore,
        most_bytes: int,
        on_done: Callable[[], Awaitable[None]],
    ) -> None:
        self._visitor = visitor
        self._ask = ask
        self._pictures = pictures
        self._most_bytes = most_bytes
        self._on_done = on_done

    def offers(self, case: Case) -> list[Offer]:
        """The buttons that this role has for this case now."""
        visitor, texts = self._visitor, self._visitor.texts
        is_open = case.incident.status in OPEN_STATUSES
        found: list[Offer] = []

        def offer(word: str, icon: str, do: Callable[[], Awaitable[None]]) -> None:
            # The same key ends what it has begun.
            key = KEYS["mute" if word == "unmute" else word]
            found.append(Offer(words=texts(word), icon=icon, key=key, mark=f"do-{word}", do=do))

        is_lift = case.incident.kind == HazardKind.EBIKE_IN_ELEVATOR
        if is_lift and is_open and visitor.may(Permission.LIFTS_RELEASE):
            offer("release_lift", "elevator", partial(self._release_lift, case))
        if visitor.may(Permission.INCIDENTS_ACKNOWLEDGE) and is_open:
            if case.mute is None:
                offer("mute", "notifications_paused", partial(self._mute, case))
            else:
                offer("unmute", "notifications_active", partial(self._unmute, case))
        reported = case.report is not None and case.report.sent_at is not None
        if visitor.may(Permission.REPORTS_SEND) and is_open and not reported:
            offer("report", "outgoing_mail", partial(self._report, case))
        if visitor.may(Permission.FORMS_ISSUE) and case.incident.status is not Status.FALSE_ALARM:
            offer("paper", "description", partial(self._paper, case))
        if visitor.may(Permission.FINDINGS_POST) and is_open:
            offer("add_picture", "add_a_photo", partial(self._picture, case))
        return found

    async def _release_lift(self, case: Case) -> None:
        # No question asked: a release too many harms nobody, a door kept shut might.
        visitor, number = self._visitor, case.incident.id

        def work(operator: Operator) -> None:
            release_lift(visitor.database, number, actor=operator.actor, scope=operator.scope)

        said = f"#{number} {visitor.texts('lift_released')}"
        fault = await self._finish(work, Permission.LIFTS_RELEASE, said)
        if fault:
            visitor.say(fault, "warning")

    async def _mute(self, case: Case) -> None:
        visitor, texts = self._visitor, self._visitor.texts
        incident = case.incident
        covers = ["zone", "camera", "kind"] if incident.camera_id else ["kind"]

        async def finish(values: dict[str, Any]) -> str | None:
            def work(operator: Operator) -> None:
                now = datetime.now(UTC)
                what = values["covers"]
                add_mute(
                    visitor.database,
                    compound_id=incident.compound_id,
                    kind="" if what == "camera" else incident.kind,
                    camera_id="" if what == "kind" else incident.camera_id,
                    zone_id=incident.zone_id if what == "zone" else "",
                    reason=values["reason"],
                    until=now + timedelta(hours=int(values["hours"])),
                    actor=operator.actor,
                    now=now,
                    scope=operator.scope,
                )

            return await self._finish(work, Permission.INCIDENTS_ACKNOWLEDGE, texts("muted"))

        self._ask.show(
            f"#{incident.id} {texts('mute')}",
            [
                Field(
                    name="covers",
                    label=texts("field.covers"),
                    kind="choice",
                    value=covers[0],
                    options={each: texts(f"covers.{each}") for each in covers},
                ),
                Field(
                    name="hours",
                    label=texts("field.for_how_long"),
                    kind="choice",
                    value=_MUTE_HOURS[0],
                    options={each: texts("hours").format(count=each) for each in _MUTE_HOURS},
                ),
                Field(name="reason", label=texts("field.reason"), needed=True, most=500),
            ],
            finish,
            ok_word=texts("mute"),
            hint=texts("mute_why"),
        )

    async def _unmute(self, case: Case) -> None:
        visitor, mute = self._visitor, case.mute
        if mute is None:
            return

        def work(operator: Operator) -> None:
            end_mute(
                visitor.database,
                mute.id,
                actor=operator.actor,
                now=datetime.now(UTC),
                scope=operator.scope,
            )

        fault = await self._finish(work, Permission.INCIDENTS_ACKNOWLEDGE, visitor.texts("unmute"))
        if fault:
            visitor.say(fault, "warning")

    async def _report(self, case: Case) -> None:
        visitor, texts = self._visitor, self._visitor.texts
        incident, report = case.incident, case.report
        channels = await visitor.ask(
            lambda _: [each.name for each in list_channels(visitor.database) if each.enabled],
            permission=Permission.REPORTS_SEND,
        )
        zh = visitor.texts_in("zh")
        where = " ".join(filter(None, (incident.location or incident.camera_name,)))
        text = (
            f"{zh('office.street')}：{where}存在消防安全隐患（{zh(f'kind.{incident.kind}')}），"
            f"已劝阻{incident.dissuasions}次仍未改正，现按规定报告，请依法处理。"
        )

        async def finish(values: dict[str, Any]) -> str | None:
            def work(operator: Operator) -> None:
                now = datetime.now(UTC)
                drafted = draft_escalation(
                    visitor.database,
                    incident.id,
                    recipient=values["recipient"],
                    text=values["text"],
                    actor=operator.actor,
                    now=now,
                    scope=operator.scope,
                )
                send_escalation(
                    visitor.database,
                    drafted.id,
                    channels=values.get("channels") or [],
                    actor=operator.actor,
                    now=now,
                    scope=operator.scope,
                )

            said = texts("report_sent").format(to=values["recipient"])
            return await self._finish(work, Permission.REPORTS_SEND, said)

        fields = [
            Field(
                name="recipient",
                label=texts("field.recipient"),
                needed=True,
                value=zh("office.street") if report is None else report.recipient,
                options={texts(f"office.{each}"): texts(f"office.{each}") for each in _OFFICES},
                most=200,
            ),
            Field(
                name="text",
                label=texts("field.report_text"),
                kind="long",
                needed=True,
                value=text if report is None else report.text,
            ),
        ]
        if channels:
            fields.append(
                Field(
                    name="channels",
                    label=texts("field.channels"),
                    kind="several",
                    options={name: name for name in channels},
                )
            )
        self._ask.show(
            f"#{incident.id} {texts('report')}",
            fields,
            finish,
            ok_word=texts("send_report"),
            hint=texts("report_why"),
        )

    async def _paper(self, case: Case) -> None:
        texts = self._visitor.texts
        incident = case.incident
        deadline = incident.deadline or today_in_shanghai() + timedelta(days=_REPLY_DAYS)
        # Only a slip may go out before the case has its number.
        kinds = [k for k in PAPER_KINDS if incident.number or k == "dissuasion_slip"]

        async def finish(values: dict[str, Any]) -> str | None:
            body: dict[str, Any] = {
                "kind": values["kind"],
                "incident_ids": [incident.id],
                "recipient": values["recipient"] or "",
                "demand": values["demand"] or "",
            }
            if values["deadline"]:
                body["deadline"] = values["deadline"].isoformat()
            return await self._issue(body)

        self._ask.show(
            f"#{incident.id} {texts('paper')}",
            [
                Field(
                    name="kind",
                    label=texts("paper"),
                    kind="choice",
                    value=kinds[0],
                    options={each: texts(f"paper.{each}") for each in kinds},
                ),
                Field(
                    name="recipient",
                    label=texts("field.recipient"),
                    value=incident.responsible_unit or incident.responsible_name,
                    most=200,
                ),
                Field(name="deadline", label=texts("field.reply_by"), kind="day", value=deadline),
                Field(
                    name="demand",
                    label=texts("field.demand"),
                    kind="long",
                    value=incident.measure,
                    most=500,
                ),
            ],
            finish,
            ok_word=texts("issue"),
        )

    async def _issue(self, body: dict[str, Any]) -> str | None:
        """Ask the API, which checks the form before it takes a number."""
        visitor, texts = self._visitor, self._visitor.texts
        fault, paper = await visitor.call("POST", "/papers", body)
        if fault is not None:
            return fault
        visitor.say(texts("paper_issued").format(number=paper["number"]), "positive")
        with visitor.client:
            ui.download.from_url(str(paper["url"]))
        await self._on_done()
        return None

    async def _picture(self, case: Case) -> None:
        texts = self._visitor.texts
        role = {"value": "after" if case.incident.number else "scene"}

        def body(close: Callable[[], None]) -> None:
            ui.toggle(
                {each: texts(f"role.{each}") for each in PICTURE_ROLES},
                value=role["value"],
                on_change=lambda change: role.update(value=str(change.value)),
            ).props("dense no-caps unelevated spread").classes("w-full").mark("picture-role")

            async def take(event: UploadEventArguments) -> None:
                fault = await self._take(case, event, role["value"])
                if fault:
                    self._visitor.say(fault, "warning")
                else:
                    close()

            # Quasar's own box is no use to a keyboard; its file input is.
            upload = ui.upload(
                auto_upload=True,
                max_file_size=self._most_bytes,
                on_upload=take,
                on_rejected=lambda: self._visitor.say(texts("picture_wrong"), "warning"),
            )
            upload.props('accept="image/jpeg,image/png,image/webp"').classes("hidden")
            choose = ui.button(texts("choose_picture"), icon="add_a_photo").classes("w-full")
            choose.props("no-caps unelevated").mark("choose-picture")
            choose.on("click", js_handler=f"() => getElement({upload.id}).pickFiles()")

        self._ask.open(f"#{case.incident.id} {texts('add_picture')}", body)

    async def _take(self, case: Case, event: UploadEventArguments, role: str) -> str | None:
        visitor, texts = self._visitor, self._visitor.texts
        content = await event.file.read()
        try:
            media_type = _media_type(content)
        except UnsupportedContent:
            return texts("picture_wrong")

        def work(operator: Operator) -> None:
            picture = NewPicture(
                role=role,
                sha256=hashlib.sha256(content).hexdigest(),
                media_type=media_type,
                size_bytes=len(content),
                content=io.BytesIO(content),
            )
            attach_pictures(
                visitor.database,
                self._pictures,
                case.incident.id,
                [picture],
                actor=operator.actor,
                scope=operator.scope,
            )

        return await self._finish(work, Permission.FINDINGS_POST, texts("picture_added"))

    async def _finish(
        self, work: Callable[[Operator], Any], permission: Permission, said: str
    ) -> str | None:
        fault = await self._visitor.attempt(work, permission=permission)
        if fault is None:
            self._visitor.say(said, "positive")
            await self._on_done()
        return fault
