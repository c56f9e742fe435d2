"""An open hold as the case that a person decides: everything told about it, and what each decision would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from calendars.schedule import Moment
from calendars.term import TermCalendar
from models.nights import Hold
from models.terms import Cohort, Programme
from workflows.answering import extends_from
from workflows.cohorts import CohortTerm, load_terms
from workflows.hold_kinds import BY_DECISION, BY_NAME
from workflows.holds import OpenHold, open_holds
from workflows.organisations import Tree, load_tree
from workflows.publishing import readable_calendar
from workflows.touched import Touched, in_words, touched

LABELS = {
    "set dates": Wording(zh="定下日期", en="set dates"),
    "extend": Wording(zh="延长", en="extend"),
    "waive": Wording(zh="免去条件", en="waive"),
    "apply": Wording(zh="执行扣分", en="apply the penalty"),
    "accept": Wording(zh="按现状接受", en="accept as it is"),
    "done": Wording(zh="审核完毕", en="review done"),
    "retry": Wording(zh="再试一次", en="retry"),
    "lock": Wording(zh="提前锁定", en="lock now"),
    "cancel": Wording(zh="取消本阶段", en="cancel the phase"),
}
LABEL_OF = Wording(zh="{action}：{phase}", en="{action}: {phase}")


@dataclass(frozen=True)
class Choice:
    """One thing that may be decided here, in words; `phase` is whose dates are set, if not the held one's."""

    action: str
    label: Message
    consequence: Message
    phase: str | None = None


@dataclass(frozen=True)
class Case:
    """One open hold. Without `touched` the calendar cannot be read, and little more than the error is known."""

    hold: OpenHold
    zone: ZoneInfo | None
    county: str
    touched: Touched | None
    choices: tuple[Choice, ...]
    extends: Moment | None = None  # the date that an extension moves

    @property
    def weight(self) -> tuple[int, datetime]:
        """The worst first: whom most people wait for, and of those the longest."""
        return (-(self.touched.people if self.touched else 0), self.hold.since)


def cases(session: Session, at: datetime, cohort_id: int | None = None) -> list[Case]:
    """Every open hold, or those of one cohort, as known at an instant; the oldest first."""
    holds = [hold for hold in open_holds(session) if cohort_id in (None, hold.cohort_id)]
    tree = load_tree(session)
    cohorts = _cohorts(session, {hold.cohort_id for hold in holds})
    rows = {row.id: row for row in _rows(session, [hold.id for hold in holds])}
    readable = [
        number
        for number, cohort in cohorts.items()
        if readable_calendar(session, cohort.edition_id) is not None
    ]
    terms = {term.id: term for term in load_terms(session, readable)}
    return [
        _case(
            session,
            hold,
            rows[hold.id],
            terms.get(hold.cohort_id),
            _county(tree, cohorts[hold.cohort_id]),
            at,
        )
        for hold in holds
    ]


def case_of(session: Session, hold_id: int, at: datetime) -> Case | None:
    """One hold while it is open."""
    cohort = session.execute(
        select(col(Hold.cohort_id)).where(col(Hold.id) == hold_id, col(Hold.cleared_at).is_(None))
    ).scalar_one_or_none()
    found = cases(session, at, cohort) if cohort is not None else []
    return next((case for case in found if case.hold.id == hold_id), None)


def briefly(session: Session, wanted: Sequence[int]) -> list[tuple[int, str, str, str]]:
    """Number, programme, kind and county of some holds, open or not."""
    tree = load_tree(session) if wanted else Tree({})
    rows = session.execute(
        select(Hold, Cohort, col(Programme.slug))
        .join(Cohort, col(Cohort.id) == col(Hold.cohort_id))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .where(col(Hold.id).in_(wanted))
        .order_by(col(Hold.id))
    )
    return [(hold.id, slug, hold.kind, _county(tree, cohort)) for hold, cohort, slug in rows]


def _case(
    session: Session, hold: OpenHold, row: Hold, term: CohortTerm | None, county: str, at: datetime
) -> Case:
    if term is None:
        choices = [_choice(hold, action, None) for action in hold.actions if action == "retry"]
        return Case(hold, None, county, None, tuple(choices))
    for decided in term.decided:
        term.dates |= decided.dates
    told = touched(session, row, term, at)
    dated = "extend" in hold.actions and row.step != BY_DECISION
    extends = extends_from(term, row) if dated else None
    return Case(
        hold, term.calendar.zoneinfo, county, told, tuple(_choices(hold, row, term.calendar, told)), extends
    )


def _choices(hold: OpenHold, row: Hold, calendar: TermCalendar, told: Touched) -> Sequence[Choice]:
    owed = {task.phase: None for task in calendar.tasks if task.name in told.tasks}  # in the calendar's order
    elsewhere = [phase for phase in owed if phase != row.phase] if "tasks" in row.detail else []
    found = []
    for action in hold.actions:
        phases = elsewhere if action == "set dates" and elsewhere else [None]
        found += [_choice(hold, action, told, calendar, phase) for phase in phases]
    return found


def _choice(
    hold: OpenHold,
    action: str,
    told: Touched | None,
    calendar: TermCalendar | None = None,
    phase: str | None = None,
) -> Choice:
    name = calendar.phase(phase).name if calendar and phase else hold.phase_name
    facts: dict[str, object] = {"phase": name, "people": 0, "worth": ""}
    if told is not None:
        whole = action == "cancel"
        facts["people"] = told.members if whole else told.people
        facts["worth"] = in_words(told.whole_worth if whole else told.worth)
    label = LABELS[action]()
    return Choice(
        action,
        LABEL_OF(action=label, phase=name) if phase else label,
        BY_NAME[hold.kind].actions[action](**facts),
        phase,
    )


def _cohorts(session: Session, wanted: set[int]) -> dict[int, Cohort]:
    found = session.execute(select(Cohort).where(col(Cohort.id).in_(sorted(wanted)))).scalars()
    return {cohort.id: cohort for cohort in found if cohort.id is not None}


def _rows(session: Session, wanted: list[int]) -> Sequence[Hold]:
    return session.execute(select(Hold).where(col(Hold.id).in_(wanted))).scalars().all()


def _county(tree: Tree, cohort: Cohort) -> str:
    """The county above the cohort, or the lowest organisation above it where there is none."""
    county = tree.at_tier(cohort.organisation_id, "county")
    return tree.nodes[county or cohort.organisation_id].name
