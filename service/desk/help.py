"""The help overlay: every key, and what to do in which order."""

from collections.abc import Callable, Sequence

from nicegui import ui

from service.desk.ask import Ask
from service.desk.case_actions import RESPONSES
from service.desk.case_extras import KEYS
from service.desk.steps import LOOKS
from service.desk.texts import Texts

__all__ = ["show_help"]

_ALWAYS = (("↑ ↓", "key.move"), ("C", "key.boxes"), ("1-8", "key.reason"), ("?", "help"))
_TOUR = ("tour.see", "tour.act", "tour.record", "tour.close", "tour.more")


def show_help(texts: Texts, ask: Ask, usable: Sequence[str]) -> None:
    """Open the overlay.

    Args:
        texts: The tab's language.
        ask: The tab's dialogs.
        usable: Keys that do something for the case that is shown.
    """
    keys = [*_ALWAYS]
    keys += [(look.key, f"action.{action}") for action, look in LOOKS.items()]
    keys += [(key, f"respond.{step}") for step, (_, key) in RESPONSES.items()]
    keys += [(key, word) for word, key in KEYS.items()]

    def body(_close: Callable[[], None]) -> None:
        with ui.element("ol").classes("tour"):
            for each in _TOUR:
                with ui.element("li"):
                    ui.label(texts(each))
        ui.label(texts("keys")).classes("text-subtitle2")
        with ui.element("dl").classes("keys"):
            for key, word in keys:
                with ui.element("div") as line:
                    if key not in usable and (key, word) not in _ALWAYS:
                        line.classes("quiet")
                    with ui.element("dt"):
                        ui.label(key)
                    with ui.element("dd"):
                        ui.label(texts(word))

    ask.open(texts("help"), body)
