"""Annex 2, 「老旧小区消防安全专项整治任务清单」: who does what until when, and reminders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from service.forms.sheets import Sheet, workbook_bytes
from service.forms.words import date_text

__all__ = [
    "ANNEX2_HEADINGS",
    "ANNEX2_TITLE",
    "REMIND_DAYS",
    "CampaignTask",
    "TaskReminder",
    "annex2_xlsx",
    "seeded_tasks",
    "task_reminders",
]

ANNEX2_TITLE = "老旧小区消防安全专项整治任务清单"
ANNEX2_HEADINGS = ("工作任务", "具体内容", "责任单位", "完成时限")
#: Days before the deadline on which a reminder is due; after it, every day.
REMIND_DAYS = (7, 3, 1, 0)

_WIDTHS = (18, 62, 34, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignTask:
    """One row of Annex 2.

    Attributes:
        number: From 1, in the order of the list.
        stage: 工作任务, such as 排查摸底阶段.
        content: 具体内容.
        units: 责任单位.
        due: The last good day of 完成时限.
        due_words: 完成时限 as it is printed; empty prints the day.
        case_numbers: Ledger numbers of the cases that belong to it.
        done_on: When it was reported done; None while it has not.
    """

    number: int
    stage: str
    content: str
    units: tuple[str, ...]
    due: date
    due_words: str = ""
    case_numbers: tuple[str, ...] = ()
    done_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReminder:
    """A task that somebody has to be reminded of; ``days_left`` is negative once overdue."""

    task: CampaignTask
    days_left: int

    @property
    def text(self) -> str:
        """For the unit's phone, Chinese first."""
        when = date_text(self.task.due)
        if self.days_left < 0:
            state = f"已逾期{-self.days_left}天"
        elif self.days_left == 0:
            state = "今天到期"
        else:
            state = f"还剩{self.days_left}天"
        return (
            f"【任务提醒】{'、'.join(self.task.units)}：{self.task.content}"
            f"（完成时限{when}，{state}）"
        )


_ALL_UNITS = (
    "各社区",
    "规划建设环保办",
    "派出所",
    "消防救援",
    "应急管理岗",
    "经发办",
)
_SURVEY, _RECTIFY, _CONSOLIDATE = "排查摸底阶段", "集中整治阶段", "巩固提升"
# Stage, content, units, (month, day), the words that the paper prints.
_SEEDS = (
    (
        _SURVEY,
        "逐个小区、逐栋建筑开展摸排，建立消防安全问题清单",
        ("各社区", "规划建设环保办"),
        (4, 10),
        "4月10日前",
    ),
    (_SURVEY, "建立已改造老旧小区基础台账", _ALL_UNITS, (4, 10), "4月10日前"),
    (_SURVEY, "明确每个小区网格员、每栋楼楼栋长", ("各社区",), (4, 10), "4月10日前"),
    (
        _RECTIFY,
        "制定整改计划，逐一明确整改责任、整改措施、整改期限，逐个整改销案",
        _ALL_UNITS,
        (6, 30),
        "6月30日",
    ),
    (
        _RECTIFY,
        "制定镇老旧小区年度整改计划",
        ("应急管理岗", "规划建设环保办"),
        (6, 30),
        "6月30日",
    ),
    (
        _RECTIFY,
        "整治可燃雨棚、突出外墙防护网：拆除、更换或开设应急疏散逃生口",
        ("各社区", "规划建设环保办", "应急管理岗", "消防救援"),
        (12, 25),
        "12月25日",
    ),
    (_CONSOLIDATE, "开展常态化巡查，及时发现、劝阻、报告", _ALL_UNITS, (12, 25), "12月25日"),
)


def seeded_tasks(year: int) -> tuple[CampaignTask, ...]:
    """The seven tasks of the source paper, with their deadlines in ``year``."""
    return tuple(
        CampaignTask(
            number=number,
            stage=stage,
            content=content,
            units=units,
            due=date(year, month, day),
            due_words=words,
        )
        for number, (stage, content, units, (month, day), words) in enumerate(_SEEDS, start=1)
    )


def _merges(tasks: Sequence[CampaignTask]) -> list[tuple[int, int, int]]:
    spans: list[tuple[int, int, int]] = []
    first = 0
    for index in range(1, len(tasks) + 1):
        if index == len(tasks) or tasks[index].stage != tasks[first].stage:
            if index - first > 1:
                spans.append((0, first, index - 1))
            first = index
    return spans


def annex2_xlsx(tasks: Iterable[CampaignTask]) -> bytes:
    """The workbook with the exact title and headings; linked cases stand in the content."""
    ordered = sorted(tasks, key=lambda task: task.number)
    return workbook_bytes(
        Sheet(
            name="任务清单",
            title=ANNEX2_TITLE,
            headings=ANNEX2_HEADINGS,
            widths=_WIDTHS,
            rows=(
                (
                    task.stage,
                    _content(task),
                    "、".join(task.units),
                    task.due_words or date_text(task.due),
                )
                for task in ordered
            ),
            centred=frozenset({0, 3}),
            merges=_merges(ordered),
            row_height_pt=46,
        )
    )


def _content(task: CampaignTask) -> str:
    text = f"{task.number}. {task.content}"
    if task.case_numbers:
        text += f"（关联隐患：{'、'.join(task.case_numbers)}）"
    return text


def task_reminders(tasks: Iterable[CampaignTask], today: date) -> list[TaskReminder]:
    """Whom to remind today: on the days of `REMIND_DAYS`, and every day once overdue.

    Args:
        tasks: All tasks; done ones are passed over.
        today: The day in the offices' zone.
    """
    found = []
    for task in tasks:
        days_left = (task.due - today).days
        if task.done_on is None and (days_left in REMIND_DAYS or days_left < 0):
            found.append(TaskReminder(task=task, days_left=days_left))
    return sorted(found, key=lambda reminder: (reminder.days_left, reminder.task.number))
