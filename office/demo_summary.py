"""What a demonstration shows at its end: each programme in a line, who is stuck and why, and the seals' fingerprint."""

from __future__ import annotations

import hashlib

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from calendars.messages import Wording
from models.database import reading
from models.terms import Cohort, Programme
from models.verdicts import Seal
from office.answers import lines, table
from office.words import say, text
from workflows.changes import Changes
from workflows.holds import OpenHold, open_holds
from workflows.publishing import all_calendars

SEALS = Wording(
    zh="锁定链的总指纹（每次演示都相同）：{head}",
    en="fingerprint of all seals (the same in every demo): {head}",
)
AND_OTHERS = Wording(zh="{first}等{count}个班级", en="{first} and {rest} more")


def print_summary(engine: Engine, changes: Changes) -> None:
    with reading(engine) as session:
        table(
            [
                text("项目", "Programme"), text("阶段推进", "Phases moved"), text("提醒", "Reminders"),
                text("合格", "Pass"), text("不合格", "Fail"), text("卡住的班级", "Cohorts stuck"),
            ],
            _programmes(session, changes),
        )  # fmt: skip
        table(
            [
                text("项目", "Programme"), text("班级", "Cohorts"), text("阶段", "Phase"), text("原因", "Why"),
                text("等待", "Waits on"),
            ],
            _stuck(open_holds(session)),
        )  # fmt: skip
        lines(say(SEALS(head=fingerprint(session))))


def fingerprint(session: Session) -> str:
    """One hash of the last seal of every cohort."""
    rows = session.exec(
        select(Programme.slug, Cohort.name, Seal.number, Seal.head)
        .join(Cohort, col(Cohort.programme_id) == col(Programme.id))
        .join(Seal, col(Seal.cohort_id) == col(Cohort.id))
        .order_by(Programme.slug, Cohort.name, col(Seal.number))
    )
    return hashlib.sha256("\n".join("|".join(map(str, row)) for row in rows).encode()).hexdigest()


def _programmes(session: Session, changes: Changes) -> list[tuple[object, ...]]:
    holds = open_holds(session)
    return [
        (
            calendar.name,
            _sum(changes.moves, slug),
            changes.reminders[slug],
            _sum(changes.sealed, slug, "pass"),
            _sum(changes.sealed, slug, "fail"),
            len({hold.cohort_id for hold in holds if hold.programme == slug}),
        )
        for slug, calendar in all_calendars(session).items()
    ]


def _sum(counts: dict[str, int], slug: str, last: str = "") -> int:
    return sum(count for key, count in counts.items() if key.startswith(f"{slug}|") and key.endswith(last))


def _stuck(holds: list[OpenHold]) -> list[tuple[object, ...]]:
    """Holds of one phase and cause together, as one line."""
    together: dict[tuple[str, str, str], list[OpenHold]] = {}
    for hold in holds:
        together.setdefault((hold.programme, hold.phase, say(hold.explanation)), []).append(hold)
    return [
        (
            same[0].programme_name,
            same[0].cohort
            if len(same) == 1
            else say(AND_OTHERS(first=same[0].cohort, count=len(same), rest=len(same) - 1)),
            same[0].phase_name,
            why,
            say(same[0].waits_on_name),
        )
        for (_, _, why), same in together.items()
    ]
