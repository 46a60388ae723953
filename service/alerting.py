"""The worker behind alerts: what is due is decided, what is decided is sent.

Every process that serves the API runs one. On PostgreSQL they share the work: rows are claimed
with SKIP LOCKED, a decision and the timer's next moment are one transaction, and a unique key
keeps one message from being put on its way twice.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from service.errors import ServiceError
from service.forms import TIMEZONE, MonthlyPeriod, ReportState, day_of, task_reminders
from service.notify import Message, SendFailed, send
from service.repository import (
    ALERT_TIMER,
    AlertFacts,
    AlertStep,
    Database,
    anything_due,
    claim_deliveries,
    claim_due,
    get_report,
    list_tasks,
    queue_office_messages,
    settle_delivery,
    step_alert,
)
from service.workflow import DEFAULT_POLICIES, AlertState, Policy, decide

__all__ = ["AlertWorker", "plan_step", "remind_offices", "tick"]

_log = logging.getLogger("lifelane.alerts")

_LOOK_EVERY_S = 1.0
_PAUSE_AFTER_TROUBLE_S = 5.0
_TITLES = {
    "raised": "发现隐患",
    "repeat": "隐患仍未处置",
    "escalated": "逾时无人确认",
    "cleared": "现场已恢复",
    "report": "劝阻无效，待报告",
}


def _policy(facts: AlertFacts) -> Policy:
    if facts.policy is None:
        return DEFAULT_POLICIES.get(facts.kind, DEFAULT_POLICIES[""])
    known = {each.name for each in fields(Policy)}
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in facts.policy.items()
        if name in known
    }
    return Policy(**kept)


def plan_step(facts: AlertFacts, now: datetime) -> AlertStep:
    """The decision in rows and messages."""
    policy = _policy(facts)
    decision = decide(
        policy,
        AlertState(
            severity=facts.severity,
            status=facts.status,
            raised_at=facts.raised_at,
            ended_at=facts.ended_at,
            dissuasions=facts.dissuasions,
            told=facts.told,
            first_told_at=facts.first_told_at,
            last_told_at=facts.last_told_at,
            was_unattended=facts.unattended_at is not None,
            is_reported=facts.is_reported,
        ),
        now,
        muted_until=facts.muted_until,
    )
    duty = policy.channels or facts.channels
    messages = []
    if decision.tell:
        names = duty
        if decision.tell == "escalated":
            names = tuple(dict.fromkeys((*policy.escalate_channels, *duty)))
        messages += [_message(facts, decision.tell, name) for name in names]
    report = None
    if decision.report:
        reason = (
            f"经{facts.dissuasions}次劝阻仍未改正"
            if decision.report == "attempts"
            else f"发现后超过{policy.report_after_s / 3600:g}小时仍未消除"
        )
        text = (
            f"{policy.report_to}：{facts.place}存在消防安全隐患（{facts.kind_zh}），{reason}，"
            "现按规定报告，请依法处理。"
        )
        report = {"reason": decision.report, "recipient": policy.report_to, "text": text}
        messages += [_message(facts, "report", name, text=text) for name in duty]
    return AlertStep(
        told=bool(decision.tell) or decision.folds,
        unattended=decision.tell == "escalated",
        report=report,
        messages=tuple(messages),
        look_at=decision.look_at,
    )


def _message(
    facts: AlertFacts, subject: str, channel: str, *, text: str = ""
) -> tuple[str, str, str, str, str, dict[str, object]]:
    title = f"【{_TITLES[subject]}】{facts.kind_zh}"
    lines = [
        f"地点：{facts.place}",
        f"发现时间：{facts.raised_at.astimezone(TIMEZONE):%m-%d %H:%M}",
    ]
    if facts.group_open > 1:
        lines.append(f"同一地点同类隐患共{facts.group_open}起")
    if facts.number:
        lines.append(f"编号：{facts.number}")
    if text:
        lines.append(text)
    lines.append(f"事件号：{facts.incident_id}")
    data: dict[str, object] = {
        "incident_id": facts.incident_id,
        "kind": facts.kind,
        "severity": facts.severity,
        "status": facts.status.value,
        "place": facts.place,
        "raised_at": facts.raised_at.astimezone(UTC).isoformat(),
        "open_in_group": facts.group_open,
    }
    key = f"{facts.incident_id}:{subject}:{facts.told}"
    return channel, key, subject, title, "\n".join(lines), data


def tick(
    database: Database,
    now: datetime,
    *,
    sender: Callable[[str, str, str, Message], None] = send,
) -> int:
    """Do everything that is due; returns how many steps and messages that were."""
    if not anything_due(database, now=now):
        return 0
    done = 0
    for timer in claim_due(database, kinds=(ALERT_TIMER,), now=now, limit=20):
        try:
            step_alert(database, timer, lambda facts: plan_step(facts, now), now)
        except (ServiceError, SQLAlchemyError, ValueError, KeyError) as error:
            # Due again when its lease is over; one that stumbles holds up nobody else.
            _log.exception("the alert %s stumbled: %s", timer.key, type(error).__name__)
        done += 1
    for claimed in claim_deliveries(database, now=now):
        message = Message(
            id=claimed.key,
            subject=claimed.subject,
            title=claimed.title,
            body=claimed.body,
            data=claimed.data,
            at=claimed.created_at,
        )
        try:
            sender(claimed.kind, claimed.url, claimed.secret, message)
        except SendFailed as error:
            _log.warning("a message was not taken: %s", error)
            settle_delivery(
                database, claimed.id, now=now, failure=str(error), for_good=error.for_good
            )
        else:
            settle_delivery(database, claimed.id, now=now)
        done += 1
    return done


def remind_offices(database: Database, now: datetime) -> None:
    """Once a day: the monthly report that is due, tasks whose day is near or over."""
    today = day_of(now)
    texts = []
    period = MonthlyPeriod.of(now)
    report = get_report(database, period)
    state = period.state(now, sent=report is not None and report.sent_at is not None)
    if state in (ReportState.DRAFT, ReportState.LATE):
        late = "已逾期，请立即报送" if state is ReportState.LATE else "请于21日24时前报送"
        texts.append(
            (f"monthly:{period.year}-{period.month}", f"{period.month}月工作进度月报{late}")
        )
    for task_id, task in list_tasks(database, today.year, seed=False):
        texts += [(f"task:{task_id}", each.text) for each in task_reminders([task], today)]
    queue_office_messages(
        database,
        [(f"{key}:{today}", "【任务提醒】", text) for key, text in texts],
        now=now,
    )


class AlertWorker:
    """Runs `tick` in a thread of its own from `start` to `stop`."""

    def __init__(self, database: Database, *, every_s: float = _LOOK_EVERY_S) -> None:
        self._database = database
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._reminded = ""

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way; what is left is due at the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(30)

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause_s = self._every_s
            try:
                now = datetime.now(UTC)
                busy = tick(self._database, now)
                if self._reminded != str(day_of(now)):
                    remind_offices(self._database, now)
                    self._reminded = str(day_of(now))
                if busy:
                    # Half of the time at most: events that come in go before alerts.
                    pause_s = min(self._every_s, (datetime.now(UTC) - now).total_seconds())
            except (SQLAlchemyError, ServiceError) as error:
                # The database is away or busy: everything due stays due.
                _log.warning("alerts wait, the database refused: %s", type(error).__name__)
                pause_s = _PAUSE_AFTER_TROUBLE_S
            except Exception:  # noqa: BLE001  (a dead worker would be silent)
                _log.exception("an alert stumbled, the others go on")
                pause_s = _PAUSE_AFTER_TROUBLE_S
            self._stopping.wait(pause_s)
