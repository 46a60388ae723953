"""A dialog that asks for a few fields and stays open until what was asked for is done."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from nicegui import ui
from nicegui.element import Element

from service.desk.texts import Texts

__all__ = ["Ask", "Field"]

_NUMBER_MOST = 1e9
# What a database or a Word document refuses; line breaks stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Kind = Literal["text", "long", "day", "number", "choice", "several", "switch", "password", "clock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing to fill in.

    Attributes:
        name: Its key in what is handed over.
        label: In the tab's language.
        kind: What can be filled in; a ``choice`` is one of ``options``.
        needed: Whether it may not be left empty.
        value: What stands in it at first.
        options: Value -> words, for a choice; suggestions for a text.
        hint: Small words below it.
        most: Longest text; None is what its kind takes.
    """

    name: str
    label: str
    kind: Kind = "text"
    needed: bool = False
    value: Any = None
    options: Mapping[Any, str] = field(default_factory=dict)
    hint: str = ""
    most: int | None = None

    @property
    def longest(self) -> int:
        """How many characters it takes at most."""
        return self.most or (2000 if self.kind == "long" else 100)


class Ask:
    """The dialogs of one tab; while one is open, the page's keys rest.

    Args:
        texts: The tab's language.
        host: A container that is never drawn anew.
    """

    def __init__(self, texts: Texts, host: Element) -> None:
        self._texts = texts
        self._host = host
        self._open: ui.dialog | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody is filling in something."""
        return self._open is not None and bool(self._open.value)

    def show(
        self,
        title: str,
        fields: Sequence[Field],
        on_ok: Callable[[dict[str, Any]], Awaitable[str | None]],
        *,
        ok_word: str = "",
        hint: str = "",
        colour: str = "primary",
        quick: str = "",
    ) -> None:
        """Open a dialog.

        Args:
            title: Above it.
            fields: What to fill in; none asks for a confirmation alone.
            on_ok: Called with the values; gives back why it was refused, or None to close.
            ok_word: On the button; empty says OK.
            hint: A sentence below the title.
            colour: Of the button.
            quick: Name of a choice that is shown as buttons: one click (or its number key)
                chooses and is OK at once.
        """
        texts = self._texts
        if self._open is not None:
            self._open.delete()
        with self._host, ui.dialog() as dialog:
            self._open = dialog
            dialog.props(f'aria-label="{title}"')
            with ui.card().classes("ask gap-3").props("role=document"):
                ui.label(title).classes("text-h6").mark("ask-title")
                if hint:
                    ui.label(hint).classes("quiet").style("white-space: pre-line")
                inputs: dict[str, Any] = {}
                wrong = ui.label().classes("wrong").props("role=alert").mark("ask-wrong")
                wrong.set_visibility(False)

                async def finish(chosen: Mapping[str, Any] | None = None) -> None:
                    values, fault = self._read(fields, inputs)
                    values |= chosen or {}
                    if chosen is not None:
                        fault = ""
                    if not fault:
                        answer = await on_ok(values)
                        if answer is None:
                            dialog.close()
                            return
                        fault = answer
                    wrong.set_text(fault)
                    wrong.set_visibility(True)

                async def finish_now() -> None:
                    await finish()

                for each in fields:
                    if each.name == quick:
                        self._quick(dialog, each, finish)
                    else:
                        inputs[each.name] = self._input(each)
                with ui.row().classes("w-full justify-end gap-2"):
                    ui.button(texts("cancel"), on_click=dialog.close).props("flat no-caps")
                    if not quick:
                        ui.button(
                            ok_word or texts("confirm"), color=colour, on_click=finish_now
                        ).props("no-caps unelevated").mark("ask-ok")
        dialog.open()

    def open(self, title: str, body: Callable[[Callable[[], None]], None]) -> None:
        """Open a dialog with a body of its own, which gets what closes the dialog."""

        def shut() -> None:
            dialog.close()

        if self._open is not None:
            self._open.delete()
        with self._host, ui.dialog() as dialog:
            self._open = dialog
            dialog.props(f'aria-label="{title}"')
            with ui.card().classes("ask gap-3"):
                ui.label(title).classes("text-h6")
                body(shut)
                with ui.row().classes("w-full justify-end"):
                    ui.button(self._texts("close"), on_click=dialog.close).props("flat no-caps")
        dialog.open()

    def _quick(
        self,
        dialog: ui.dialog,
        each: Field,
        finish: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        numbered = list(each.options.items())
        with ui.column().classes("w-full gap-1"):
            for number, (value, words) in enumerate(numbered, start=1):
                ui.button(
                    f"{number}  {words}",
                    on_click=lambda value=value: finish({each.name: value}),
                ).props("no-caps outline align=left").classes("w-full").mark(
                    f"quick-{each.name}-{value}"
                )

        async def on_key(event: Any) -> None:
            digit = str(event.key.name)
            if event.action.keydown and digit.isdigit() and 1 <= int(digit) <= len(numbered):
                await finish({each.name: numbered[int(digit) - 1][0]})

        with dialog:
            ui.keyboard(on_key=on_key, ignore=["input", "select", "textarea"])

    def _input(self, each: Field) -> Any:
        texts = self._texts
        label = each.label + (" *" if each.needed else "")
        made: Any
        if each.kind == "choice":
            made = ui.select(dict(each.options), value=each.value, label=label)
        elif each.kind == "several":
            made = ui.select(
                dict(each.options), value=list(each.value or []), label=label, multiple=True
            ).props("use-chips")
        elif each.kind == "switch":
            made = ui.switch(each.label, value=bool(each.value))
        elif each.kind == "number":
            made = ui.number(label, value=each.value, min=0, max=_NUMBER_MOST)
        elif each.kind == "long":
            made = ui.textarea(label, value=each.value or "").props("autogrow")
            made.props(f"maxlength={each.longest}")
        else:
            value = each.value.isoformat() if isinstance(each.value, date) else each.value or ""
            made = ui.input(
                label,
                value=value,
                password=each.kind == "password",
                autocomplete=list(each.options.values()) or None,
            )
            made.props(f"maxlength={each.longest}")
            if each.kind == "day":
                made.props("type=date stack-label")
            elif each.kind == "clock":
                made.props("type=time stack-label")
        made.classes("w-full").mark(f"ask-{each.name}")
        if each.kind != "switch":
            made.props("outlined dense")
        if each.hint:
            made.props["hint"] = each.hint
        if each.needed and each.kind == "choice" and each.value is None:
            made.props["hint"] = each.hint or texts("choose_one")
        return made

    def _read(
        self, fields: Sequence[Field], inputs: Mapping[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """The values as they stand, and what is wrong with them."""
        texts = self._texts
        values: dict[str, Any] = {}
        for each in fields:
            if each.name not in inputs:
                continue
            value = inputs[each.name].value
            if isinstance(value, str):
                value = _CONTROL.sub(" ", value).strip()
                if each.kind in ("text", "long") and len(value) > each.longest:
                    return values, f"{each.label}: {texts('too_long')} ({each.longest})"
            if each.kind == "number" and value is not None and not 0 <= value <= _NUMBER_MOST:
                return values, f"{each.label}: {texts('not_a_number')}"
            if each.kind == "day" and value:
                try:
                    value = date.fromisoformat(value)
                except ValueError:
                    return values, f"{each.label}: {texts('not_a_day')}"
            if each.needed and value in (None, "", []):
                return values, f"{each.label}: {texts('needed')}"
            values[each.name] = None if value == "" else value
        return values, ""
