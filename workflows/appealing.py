"""Appeals: filed within the window that the calendar gives, taken up, decided by two names.

One that is granted ends in a new sealed entry beside the old one. Each step is carried out at once, at its instant, up to
which the cohort is taken first, so that the chain's order does not depend on which nights ran.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.appeal_times import appeals_against, decided_before, filed_before
from calendars.messages import Problem, Refused, Wording, refuse
from calendars.term import TermCalendar
from models.appeals import Appeal, AppealStep
from models.exceptions import PersonException
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment
from workflows.appeals_due import add_step, give_until, settle
from workflows.basis import Correction
from workflows.cohorts import CohortTerm
from workflows.correcting import Standing, correct, standing_entry
from workflows.late_facts import LateFact, admitted_with, late_facts
from workflows.machines import APPEAL, ImpossibleMove, allows, move
from workflows.person_status import keep
from workflows.publishing import calendar_of
from workflows.resolving import Decision, told
from workflows.taking_on import taken_on

NO_APPEALS = Wording(
    zh="“{assessment}”没有规定申诉。可以申诉的有：{known}",
    en="the calendar gives no appeal against {assessment}; there is one against: {known}",
)
NOT_SEALED = Wording(
    zh="“{assessment}”的成绩还没有锁定，不用申诉",
    en="{assessment} is not sealed yet: there is nothing to appeal against",
)
WINDOW_OVER = Wording(
    zh="申诉已于 {until} 截止（锁定后 {within}）",
    en="appeals had to be filed before {until}, {within} after the lock",
)
TAKEN_AWAY_AND_OVER = Wording(
    zh="申诉已于 {until} 截止（取消后 {within}）",
    en="appeals had to be filed before {until}, {within} after the result was taken away",
)
ALREADY = Wording(
    zh="这一成绩已有申诉 {id}（{state}）", en="there is an appeal against this result already: {id} ({state})"
)
NO_APPEAL = Wording(zh="没有编号为{id}的申诉", en="there is no appeal {id}")
NOT_NOW = Wording(zh="申诉 {id}{state}，不能再{act}", en="appeal {id} is {state}; it cannot be {act} now")
TWO_NAMES = Wording(zh="决定须有两个不同的人签名", en="a decision needs two different names")
NO_REASON = Wording(zh="请写明理由和姓名", en="a reason and a name are needed")
NO_FACT = Wording(
    zh="没有迟到的记录“{reference}”。有：{known}",
    en="there is no late record {reference!r}; there are: {known}",
)
NOTHING_LATE = Wording(
    zh="没有可以准予计入的迟到记录，成立也不会改变成绩；请先导入补交的记录或更正的评分；取消了的结果，请写 --give-back",
    en="there is nothing late that could be let in, and granting would change nothing; import what was missing first, or say "
    "--give-back of a result that was taken away",
)
NOT_TAKEN_AWAY = Wording(
    zh="这一结果没有被取消，不用恢复", en="this result was not taken away: there is nothing to give back"
)
OVERTAKEN = Wording(
    zh="成绩在申诉之后又更正过，请另行申诉",
    en="the result was corrected after this appeal was filed; appeal against that",
)
ACTS = {
    "take_up": Wording(zh="受理", en="taken up"),
    "grant": Wording(zh="决定成立", en="granted"),
    "refuse": Wording(zh="决定不成立", en="refused"),
    "withdraw": Wording(zh="撤回", en="withdrawn"),
    "extend": Wording(zh="延长期限", en="given more time"),
}
STATES = {state.name: state.label for state in APPEAL.states}


@dataclass(frozen=True)
class Step:
    """One step of an appeal: file, take_up, extend, grant, refuse or withdraw; or fall_due, which nobody says."""

    act: str
    reason: str
    name: str
    second_name: str | None
    document: str | None
    given_back: bool
    effective_at: datetime


@dataclass(frozen=True)
class OneAppeal:
    """An appeal as an office sees it."""

    id: int
    programme: str
    cohort: str
    number: str
    person: str
    enrolment_id: int
    assessment: str
    entry: int
    state: str
    decide_by: datetime | None
    open_until: datetime | None  # before which the result may be appealed against, as it stands
    steps: tuple[Step, ...]


def open_until(calendar: TermCalendar, assessment: str, standing: Standing | None) -> datetime | None:
    """Before which instant an appeal may be filed; None where nothing is sealed or the calendar gives none. It goes by the lock at which the
    result was sealed first: a correction opens no new window, unless it took the result away."""
    found = appeals_against(calendar, assessment)
    if found is None or standing is None:
        return None
    return filed_before(calendar, found, standing.locked_at, standing.taken_away_at)


def called(calendar: TermCalendar, assessment: str) -> str:
    return calendar.assessment(assessment).name or assessment


def file_appeal(session: Session, enrolment_id: int, assessment: str, by: Decision) -> Appeal:
    """A person appeals against a sealed result. Raises Refused with why that cannot be."""
    enrolment, term = taken_on(session, enrolment_id, by)
    standing = standing_entry(session, enrolment_id, assessment)
    name = called(term.calendar, assessment)
    if standing is None or standing.sealed_at > by.effective_at:
        raise refuse(NOT_SEALED(assessment=name))
    found, until = appeals_against(term.calendar, assessment), open_until(term.calendar, assessment, standing)
    if found is None or until is None:
        known = [called(term.calendar, one.of) for one in term.calendar.appeals]
        raise refuse(NO_APPEALS(assessment=name, known=known))
    if by.effective_at >= until:
        over = TAKEN_AWAY_AND_OVER if standing.taken_away_at else WINDOW_OVER
        raise refuse(over(until=told(term, until), within=found.within))
    going = session.execute(
        select(Appeal).where(
            col(Appeal.enrolment_id) == enrolment.id, col(Appeal.assessment) == assessment,
            col(Appeal.entry) == standing.entry, col(Appeal.state) != "withdrawn",
        )
    ).scalars().first()  # fmt: skip
    if going is not None:
        raise refuse(ALREADY(id=going.id, state=STATES[going.state]()))
    decide_by = decided_before(term.calendar, found, by.effective_at)
    appeal = Appeal(
        enrolment_id=enrolment_id, assessment=assessment, entry=standing.entry, decide_by=decide_by
    )
    session.add(appeal)
    session.flush()
    _step(session, appeal, "file", by)
    return appeal


def take_up(session: Session, appeal_id: int, by: Decision) -> Appeal:
    """Somebody looks into it."""
    return _moved(session, appeal_id, "take_up", by)


def withdraw(session: Session, appeal_id: int, by: Decision) -> Appeal:
    """The person takes it back."""
    return _moved(session, appeal_id, "withdraw", by)


def refuse_appeal(session: Session, appeal_id: int, by: Decision, second_name: str) -> Appeal:
    """Two decide that it does not stand."""
    _two_names(by, second_name)
    return _moved(session, appeal_id, "refuse", by, second_name)


def grant(
    session: Session,
    appeal_id: int,
    by: Decision,
    second_name: str,
    references: Sequence[str] = (),
    *,
    give_back: bool = False,
) -> Appeal:
    """Two decide that it stands: these late facts count, or all that there are, and a new entry is sealed. A result that was
    taken away stays so unless it is given back, which also lets nothing late in but what is named."""
    _two_names(by, second_name)
    appeal = _appeal(session, appeal_id)
    _, term = taken_on(session, appeal.enrolment_id, by)
    standing = standing_entry(session, appeal.enrolment_id, appeal.assessment)
    assert standing is not None
    if standing.entry != appeal.entry:
        raise refuse(OVERTAKEN())
    if give_back and not standing.is_taken_away:
        raise refuse(NOT_TAKEN_AWAY())
    late = late_facts(session, appeal.enrolment_id, standing, by.effective_at)
    meant = [] if give_back and not references else _meant(late, references)
    admitted = standing.admitted | admitted_with(session, appeal.enrolment_id, meant)
    _move(appeal, "grant")
    step = _step(
        session, appeal, "grant", by, second_name, json.dumps(admitted.as_facts()), given_back=give_back
    )
    assert step.id is not None
    correction = Correction(
        appeal.enrolment_id, standing.entry, standing.locked_at, ("appeal", step.id), step.reason,
        (step.name, second_name.strip()), admitted, give_back,
    )  # fmt: skip
    correct(session, term, appeal.assessment, standing, correction, by.effective_at, by.recorded_at)
    _settle(session, term, appeal, by)
    return appeal


def revoke(
    session: Session, enrolment_id: int, assessment: str, by: Decision, second_name: str = ""
) -> PersonException:
    """Take a result away. Before the lock a person's word is enough; after it two names are needed, and a new entry is
    sealed beside the old one."""
    enrolment, term = taken_on(session, enrolment_id, by)
    standing = standing_entry(session, enrolment_id, assessment)
    if standing is not None:
        _two_names(by, second_name)
    row = keep(
        session, enrolment, "revoke", by, assessment=assessment, second_name=second_name.strip() or None
    )
    assert row.id is not None
    if standing is not None:
        correction = Correction(
            enrolment_id, standing.entry, standing.locked_at, ("exception", row.id), row.reason,
            (row.name, second_name.strip()), standing.admitted,
        )  # fmt: skip
        correct(session, term, assessment, standing, correction, by.effective_at, by.recorded_at)
    return row


def _meant(late: Sequence[LateFact], references: Sequence[str]) -> list[LateFact]:
    if not late:
        raise refuse(NOTHING_LATE())
    known = {fact.reference: fact for fact in late}
    missing = [reference for reference in references if reference not in known]
    if missing:
        raise Refused([Problem("--admit", NO_FACT(reference=one, known=[*known])) for one in missing])
    return [known[reference] for reference in references] if references else list(late)


def extend(session: Session, appeal_id: int, until: datetime, by: Decision) -> Appeal:
    """Whoever decides is given until a later instant."""
    _has_a_reason(by)
    appeal = _appeal(session, appeal_id)
    enrolment, _ = taken_on(session, appeal.enrolment_id, by)
    if not allows(APPEAL, appeal.state, "extend"):
        raise refuse(NOT_NOW(id=appeal.id, state=STATES[appeal.state](), act=ACTS["extend"]()))
    give_until(session, appeal, enrolment.cohort_id, until, by)
    return appeal


def _moved(
    session: Session, appeal_id: int, act: str, by: Decision, second_name: str | None = None
) -> Appeal:
    appeal = _appeal(session, appeal_id)
    _, term = taken_on(session, appeal.enrolment_id, by)
    _move(appeal, act)
    _step(session, appeal, act, by, second_name)
    _settle(session, term, appeal, by)
    return appeal


def _settle(session: Session, term: CohortTerm, appeal: Appeal, by: Decision) -> None:
    """What was overdue may be so no more."""
    settle(session, term.calendar, term.id, appeal.assessment, by.effective_at, by.recorded_at)


def _move(appeal: Appeal, act: str) -> None:
    try:
        move(APPEAL, appeal, act)
    except ImpossibleMove:
        raise refuse(NOT_NOW(id=appeal.id, state=STATES[appeal.state](), act=ACTS[act]())) from None


def _step(
    session: Session,
    appeal: Appeal,
    act: str,
    by: Decision,
    second_name: str | None = None,
    admitted: str = "[]",
    *,
    given_back: bool = False,
) -> AppealStep:
    _has_a_reason(by)
    return add_step(session, appeal, act, by, second_name, admitted, given_back=given_back)


def _has_a_reason(by: Decision) -> None:
    if not (by.reason.strip() and by.name.strip()):
        raise refuse(NO_REASON())


def _two_names(by: Decision, second_name: str) -> None:
    if not second_name.strip() or second_name.strip() == by.name.strip():
        raise refuse(TWO_NAMES())


def _appeal(session: Session, appeal_id: int) -> Appeal:
    appeal = session.get(Appeal, appeal_id)
    if appeal is None:
        raise refuse(NO_APPEAL(id=appeal_id))
    return appeal


def appeals(session: Session, programme_id: int, slug: str, appeal_id: int | None = None) -> list[OneAppeal]:
    """Every appeal of a programme, or one, the oldest first, with its steps."""
    statement = (
        select(Appeal, col(Person.number), col(Person.name), col(Cohort.name), col(Cohort.edition_id))
        .join(Enrolment, col(Enrolment.id) == col(Appeal.enrolment_id))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Cohort.programme_id) == programme_id)
        .order_by(col(Appeal.id))
    )
    if appeal_id is not None:
        statement = statement.where(col(Appeal.id) == appeal_id)
    rows = session.execute(statement).all()
    steps = _steps(session, [appeal.id for appeal, *_ in rows])
    return [
        OneAppeal(
            appeal.id, slug, cohort, number, name, appeal.enrolment_id, appeal.assessment, appeal.entry, appeal.state,
            appeal.decide_by, _open_until(session, edition, appeal), tuple(steps.get(appeal.id, ())),
        )
        for appeal, number, name, cohort, edition in rows
    ]  # fmt: skip


def _open_until(session: Session, edition_id: int, appeal: Appeal) -> datetime | None:
    standing = standing_entry(session, appeal.enrolment_id, appeal.assessment)
    return open_until(calendar_of(session, edition_id), appeal.assessment, standing)


def _steps(session: Session, wanted: Iterable[int]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = {}
    rows = select(AppealStep).where(col(AppealStep.appeal_id).in_(list(wanted)))
    for step in session.execute(rows.order_by(col(AppealStep.appeal_id), col(AppealStep.number))).scalars():
        kept = Step(*(getattr(step, name) for name in Step.__dataclass_fields__))
        found.setdefault(step.appeal_id, []).append(kept)
    return found


def late_of(session: Session, appeal: OneAppeal, at: datetime) -> list[LateFact]:
    """What could be let in by it now."""
    standing = standing_entry(session, appeal.enrolment_id, appeal.assessment)
    return [] if standing is None else late_facts(session, appeal.enrolment_id, standing, at)
