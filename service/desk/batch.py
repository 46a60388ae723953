"""One step for many cases: done one by one, each with an answer of its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nicegui import run, ui

from service.desk.ask import Ask, Field
from service.desk.shell import Visitor, reason_of
from service.desk.steps import LOOKS, fields_for, step_from
from service.errors import ServiceError
from service.repository import Incident, Operator, Step
from service.tables import Action
from service.workflow import act, allowed_actions

__all__ = ["Answer", "batch_fields", "begin_batch", "common_actions", "do_batch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one case; ``reason`` is empty where it is done."""

    incident_id: int
    reason: str


def common_actions(cases: Sequence[Incident], visitor: Visitor) -> list[Action]:
    """The steps that at least one of the cases allows, in the order of ``Action``."""
    found = {
        action for case in cases for action in allowed_actions(case.status, visitor.operator.role)
    }
    return [action for action in Action if action in found]


def batch_fields(visitor: Visitor, action: Action, cases: Sequence[Incident]) -> list[Field]:
    """What a step asks for when it is done for many: nothing that is one case's own."""
    if action is Action.REGISTER:
        # Content, kind and place stay each case's own.
        return []
    blank = replace(
        cases[0],
        responsible_name=None,
        responsible_unit=None,
        measure=None,
        measure_kind=None,
        deadline=None,
    )
    return fields_for(visitor.texts, action, blank)


def do_batch(
    visitor: Visitor, action: Action, ids: Sequence[int], step: Step, operator: Operator
) -> list[Answer]:
    """Do the step for each; a refusal of one does not hold up the others."""
    answers = []
    for number in ids:
        try:
            act(
                visitor.database,
                number,
                action=action,
                actor=operator.actor,
                step=step,
                scope=operator.scope,
            )
        except ServiceError as error:
            answers.append(Answer(incident_id=number, reason=reason_of(error, visitor.texts)))
        else:
            answers.append(Answer(incident_id=number, reason=""))
    return answers


def begin_batch(
    visitor: Visitor,
    ask: Ask,
    action: Action,
    cases: Sequence[Incident],
    *,
    on_done: Callable[[], Awaitable[None]],
) -> None:
    """Ask once, do it for all, and show what became of each.

    Args:
        visitor: Whose tab it is.
        ask: The tab's dialogs.
        action: The step.
        cases: For whom; not empty.
        on_done: Called afterwards.
    """
    texts = visitor.texts
    ids = [case.id for case in cases]

    async def finish(values: dict[str, Any]) -> str | None:
        if not await visitor.still_here():
            return ""
        step = step_from(action, values)
        answers = await run.io_bound(do_batch, visitor, action, ids, step, visitor.operator)
        await on_done()
        show_answers(answers or [])
        return None

    def show_answers(answers: Sequence[Answer]) -> None:
        failed = sum(bool(answer.reason) for answer in answers)

        def body(_close: Callable[[], None]) -> None:
            with ui.element("ul").classes("answers").mark("batch-answers"):
                for answer in answers:
                    with ui.element("li"):
                        ui.icon("error" if answer.reason else "check_circle", size="18px")
                        ui.label(f"#{answer.incident_id} {answer.reason or texts('done')}")

        title = texts("batch_done").format(done=len(answers) - failed, failed=failed)
        # After the dialog that asked has gone.
        with visitor.client:
            ui.timer(0.05, lambda: ask.open(title, body), once=True)

    ask.show(
        f"{texts('batch')}: {texts(f'action.{action}')}",
        batch_fields(visitor, action, cases),
        finish,
        ok_word=texts(f"action.{action}"),
        colour=LOOKS[action].colour,
        hint=texts("batch_hint").format(count=len(ids)),
        quick="note" if action is Action.FALSE_ALARM else "",
    )
