"""What an office and people do beside the calendar, made up and done: exceptions, transfers, penalties, appeals, revocations.

Each takes its cohorts on to its own instant by itself, so none needs a night before it; what is refused is told in words,
which must be the same whichever nights have run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session

from calendars.messages import Refused
from calendars.term import TermCalendar
from models.appeals import Appeal
from models.database import transaction
from models.people import Organisation
from models.terms import Cohort
from models.work import Enrolment
from tests.support.story import Story
from workflows import appealing, exceptions
from workflows.correcting import standing_entry
from workflows.exceptions import Prior
from workflows.filing_cases import Subject
from workflows.punishing import decide_penalty
from workflows.resolving import Decision
from workflows.review_acts import refuse_work
from workflows.transferring import transfer

Facts = tuple[Any, ...]

# How often each is tried, beside the others.
_OF_PEOPLE = ("exempt", "readmit", "withdraw", "transfer", "transfer", "refuse", "refuse", "prior", "revoke")
_OF_APPEALS = (
    "file",
    "file",
    "file",
    "take_up",
    "take_up",
    "grant",
    "grant",
    "refuse appeal",
    "withdraw appeal",
)
_OF_PENALTIES = ("apply", "waive", "extend")
_OF_FILINGS = ("apply to leave", "apply to leave", "let go")


def possible_acts(calendar: TermCalendar) -> list[str]:
    """Every act that a calendar leaves room for."""
    found = [*_OF_PEOPLE]
    found += _OF_APPEALS if calendar.appeals else ()
    found += _OF_PENALTIES * 2 if calendar.penalties else ()
    found += _OF_FILINGS if any(filing.on_acceptance for filing in calendar.filings) else ()
    return found


def act_facts(
    draw: Any, calendar: TermCalendar, people: dict[str, tuple[str, str, str]], at: datetime
) -> Facts | None:
    """One act and about whom it is, whether or not it can be done then."""
    what = draw(st.sampled_from(possible_acts(calendar)))
    name = draw(st.sampled_from(sorted(people)))
    role, cohort, _ = people[name]
    if what in _OF_PENALTIES:
        penalty = draw(st.sampled_from([one.id for one in calendar.penalties]))
        place = draw(st.sampled_from(sorted({where for *_, where in people.values()})))
        return what, cohort, penalty, place, at + timedelta(days=draw(st.integers(1, 4)))
    if what == "transfer":
        return what, name, draw(st.sampled_from(sorted({one for _, one, _ in people.values()})))
    if what in ("refuse", "prior"):
        tasks = [task.id for task in calendar.tasks if role in task.role and task.shows]
        return (what, name, draw(st.sampled_from(tasks)), draw(st.integers(1, 4))) if tasks else None
    if what in ("revoke", *_OF_APPEALS):
        of = [one.id for one in calendar.assessments if role in one.of]
        return (what, name, draw(st.sampled_from(of))) if of else None
    return what, name


def do_act(story: Story, at: datetime, facts: Facts) -> str:
    """Do it if it can be done. Returns what was said."""
    what, *rest = facts
    by = Decision("按文件办理", "王主任", at, at, document="教字〔2024〕7号")
    try:
        with transaction(story.engine) as session:
            _DOING[what](session, story, by, what, *rest)
    except Refused as refused:
        return "; ".join(problem.text("en") for problem in refused.problems)
    return what


def _status(session: Session, story: Story, by: Decision, what: str, name: str) -> None:
    getattr(exceptions, what)(session, story.people[name], by)


def _transfer(session: Session, story: Story, by: Decision, _: str, name: str, cohort: str) -> None:
    to = session.get_one(Cohort, story.cohorts[cohort])
    story.people[name] = transfer(session, story.people[name], to, by).to_enrolment_id or 0


def _refuse(session: Session, story: Story, by: Decision, _: str, name: str, task: str, *_rest: Any) -> None:
    refuse_work(session, story.people[name], task, by)


def _prior(session: Session, story: Story, by: Decision, _: str, name: str, task: str, amount: int) -> None:
    prior = Prior(amount * 100, by.effective_at - timedelta(days=90), story.calendar.task(task).shows[0])
    exceptions.accept_prior(session, story.people[name], task, prior, by)


def _revoke(session: Session, story: Story, by: Decision, _: str, name: str, assessment: str) -> None:
    appealing.revoke(session, story.people[name], assessment, by, "李局长")


def _file_appeal(session: Session, story: Story, by: Decision, _: str, name: str, assessment: str) -> None:
    appealing.file_appeal(session, story.people[name], assessment, by)


def _appeal(session: Session, story: Story, by: Decision, what: str, name: str, assessment: str) -> None:
    """A step of the newest appeal of this person. What is granted gives back a result that was taken away."""
    mine = select(Appeal.id).where(Appeal.enrolment_id == story.people[name], Appeal.assessment == assessment)
    number = session.execute(mine.order_by(Appeal.id.desc())).scalars().first() or 0  # type: ignore[union-attr]
    standing = standing_entry(session, story.people[name], assessment)
    away = standing is not None and standing.is_taken_away
    steps: dict[str, Callable[[], Any]] = {
        "take_up": lambda: appealing.take_up(session, number, by),
        "grant": lambda: appealing.grant(session, number, by, "李局长", give_back=away),
        "refuse appeal": lambda: appealing.refuse_appeal(session, number, by, "李局长"),
        "withdraw appeal": lambda: appealing.withdraw(session, number, by),
    }
    steps[what]()


def _penalty(
    session: Session, story: Story, by: Decision, what: str, cohort: str, penalty: str, place: str, until: datetime
) -> None:  # fmt: skip
    organisation = session.execute(select(Organisation.id).where(Organisation.name == place)).scalar_one()
    later = until if what == "extend" else None
    decide_penalty(
        session, session.get_one(Cohort, story.cohorts[cohort]), penalty, [organisation], what, by, later
    )


def _leave(session: Session, story: Story, by: Decision, what: str, name: str) -> None:
    """A person applies to leave, or the next link of that application lets it through."""
    filing = next(one for one in story.calendar.filings if one.on_acceptance)
    person, desk = session.get_one(Enrolment, story.people[name]), story._desk(session)
    subject = Subject(person.organisation_id, person.id)
    if what == "apply to leave":
        desk.file(filing, subject, {}, by)
    elif (case := desk.find(filing, subject)) is not None:
        desk.pass_on(case, case.stands_at, by)


_DOING: dict[str, Callable[..., None]] = {
    **dict.fromkeys(("exempt", "readmit", "withdraw"), _status), "transfer": _transfer, "refuse": _refuse, "prior": _prior,
    "revoke": _revoke, "file": _file_appeal, **dict.fromkeys(_OF_APPEALS[3:], _appeal),
    **dict.fromkeys(_OF_PENALTIES, _penalty), **dict.fromkeys(_OF_FILINGS, _leave),
}  # fmt: skip
