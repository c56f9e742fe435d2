"""Appeals as a workbook for those who decide them: what each is about, what came of it, and what came late and does not
count so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Locale, Wording, joined
from calendars.quantities import shown as quantity
from calendars.spoken_times import shown, shown_end
from calendars.term import TermCalendar
from exchange.workbooks import Page, write_workbook
from models.verdicts import ScoreSheet
from workflows.appealing import STATES, OneAppeal, Step, called, late_of
from workflows.appeals_due import OVERDUE, WAITING

APPEALS = Wording(zh="申诉", en="Appeals")
LATE = Wording(zh="迟到未计入的记录", en="Came late, not counted")
HEADINGS = (
    Wording(zh="编号", en="ID"),
    Wording(zh="人员编号", en="Number"),
    Wording(zh="姓名", en="Name"),
    Wording(zh="班级", en="Cohort"),
    Wording(zh="考核", en="Assessment"),
    Wording(zh="针对第几次封存", en="Against entry"),
    Wording(zh="提出时间", en="Filed"),
    Wording(zh="申诉理由", en="Why"),
    Wording(zh="最迟决定", en="Decide by"),
    Wording(zh="状态", en="State"),
    Wording(zh="决定时间", en="Decided"),
    Wording(zh="决定人", en="Decided by"),
    Wording(zh="决定理由", en="Because"),
    Wording(zh="文号", en="Document"),
    Wording(zh="原总分", en="Total before"),
    Wording(zh="原结果", en="Result before"),
    Wording(zh="更正后总分", en="Total after"),
    Wording(zh="更正后结果", en="Result after"),
)
LATE_HEADINGS = (
    Wording(zh="申诉编号", en="Appeal"),
    Wording(zh="姓名", en="Name"),
    Wording(zh="记录", en="Record"),
    Wording(zh="任务", en="Task"),
    Wording(zh="项目", en="Item"),
    Wording(zh="数量或等第", en="Amount or grade"),
    Wording(zh="发生", en="Happened"),
    Wording(zh="收到", en="Received"),
)
ENDS = ("grant", "refuse", "withdraw")


def write_appeals(
    session: Session,
    calendar: TermCalendar,
    found: Sequence[OneAppeal],
    path: Path,
    locale: Locale,
    at: datetime,
) -> None:
    """One row an appeal; on a second page, what came late for those that are not decided, as known at an instant."""
    say = lambda wording: wording().text(locale)  # noqa: E731
    write_workbook(
        path,
        [
            Page(say(APPEALS), [*map(say, HEADINGS)], _rows(session, calendar, found, locale)),
            Page(say(LATE), [*map(say, LATE_HEADINGS)], _late(session, calendar, found, at)),
        ],
    )


def _rows(
    session: Session, calendar: TermCalendar, found: Sequence[OneAppeal], locale: Locale
) -> Iterator[list[str | int | None]]:
    zone = calendar.zoneinfo
    for one in found:
        filed, ended = one.steps[0], next((step for step in one.steps if step.act in ENDS), None)
        before = _sheet(session, one, one.entry)
        after = _sheet(session, one, one.entry + 1) if one.state == "granted" else None
        yield [
            str(one.id), one.number, one.person, one.cohort, called(calendar, one.assessment), str(one.entry + 1),
            shown(filed.effective_at, zone), filed.reason, shown_end(one.decide_by, zone), STATES[one.state]().text(locale),
            *(_ending(ended, shown(ended.effective_at, zone), locale) if ended else [""] * 4),
            *_result(before), *_result(after),
        ]  # fmt: skip


def _ending(step: Step, at: str, locale: Locale) -> list[str]:
    names = joined(filter(None, (step.name, step.second_name)), locale)
    return [at, names, step.reason, step.document or ""]


def _result(sheet: ScoreSheet | None) -> list[str | int | None]:
    return [sheet.total, sheet.result] if sheet else [None, ""]


def _sheet(session: Session, one: OneAppeal, entry: int) -> ScoreSheet | None:
    wanted = select(ScoreSheet).where(
        col(ScoreSheet.enrolment_id) == one.enrolment_id,
        col(ScoreSheet.assessment) == one.assessment,
        col(ScoreSheet.entry) == entry,
    )
    found: ScoreSheet | None = session.execute(wanted).scalar_one_or_none()
    return found


def _late(
    session: Session, calendar: TermCalendar, found: Sequence[OneAppeal], at: datetime
) -> Iterator[list[str | int | None]]:
    zone = calendar.zoneinfo
    for one in (one for one in found if one.state in (*WAITING, *OVERDUE)):
        for fact in late_of(session, one, at):
            amount = fact.grade or ("" if fact.amount is None else quantity(fact.amount))
            yield [
                str(one.id), one.person, fact.reference, calendar.task(fact.task).name, fact.item, amount,
                shown(fact.happened_at, zone), shown(fact.received_at, zone),
            ]  # fmt: skip
