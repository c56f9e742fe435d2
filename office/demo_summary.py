"""What a demonstration shows at its end: each programme in a line, who is stuck and why, about whom something was decided,
which lists were written, and the seals' fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from calendars.messages import Wording
from models.database import reading
from models.nights import Resolution
from models.people import Organisation
from models.terms import Cohort, Programme
from models.verdicts import Seal
from office.answers import lines, table
from office.exceptions import exception_line
from office.words import say, text
from workflows.appealing import STATES, appeals, called
from workflows.cases import LABELS
from workflows.changes import Changes
from workflows.exceptions_told import exceptions_of
from workflows.holds import OpenHold, open_holds
from workflows.publishing import all_calendars, newest_edition

SEALS = Wording(
    zh="锁定链的总指纹（每次演示都相同）：{head}",
    en="fingerprint of all seals (the same in every demo): {head}",
)
DECIDED = Wording(
    zh="例外、申诉和扣分（用 yanxiu explain 人员编号 查看每个人）",
    en="Exceptions, appeals and penalties (yanxiu explain NUMBER shows each person)",
)
APPEALED = Wording(zh="申诉“{assessment}”：{state}", en="appeal against {assessment}: {state}")
PUNISHED = Wording(zh="{action}：{reason}", en="{action}: {reason}")
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
        table(
            [
                text("项目", "Programme"),
                text("人员编号", "Number"),
                text("姓名、单位", "Who"),
                text("决定", "Decided"),
            ],
            _decided(session),
            title=say(DECIDED),
        )
        lines(say(SEALS(head=fingerprint(session))))


def _decided(session: Session) -> Iterator[tuple[object, ...]]:
    """Whom the office has decided about, so that a newcomer can look each up."""
    for slug, calendar in all_calendars(session).items():
        programme, zone = newest_edition(session, slug).programme_id, calendar.zoneinfo
        for one in exceptions_of(session, programme):
            yield calendar.name, one.number, one.person, exception_line(one, zone)
        for appeal in appeals(session, programme, slug):
            told = APPEALED(assessment=called(calendar, appeal.assessment), state=STATES[appeal.state]())
            yield calendar.name, appeal.number, appeal.person, say(told)
        decided = select(Resolution, Organisation.name).join(
            Organisation, col(Organisation.id) == col(Resolution.organisation_id)
        ).join(Cohort, col(Cohort.id) == col(Resolution.cohort_id)).where(Cohort.programme_id == programme)  # fmt: skip
        for resolution, unit in session.exec(decided):
            yield (
                calendar.name,
                "",
                unit,
                say(PUNISHED(action=LABELS[resolution.action](), reason=resolution.reason)),
            )


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
