"""What the office of a demonstration decides about made-up people, one of each kind, as soon as it can: an exemption, a
transfer, prior work, a later deadline, a granted appeal, a penalty, a likeness.

All of it follows from the calendar and from who is there, and its words do not follow the language of the screen: the same
demonstration gives the same seals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.clock import now
from calendars.term import TermCalendar
from models.terms import Cohort
from models.verdicts import ScoreSheet
from models.work import Enrolment
from office.demo_operators import NAME, SECOND, cohorts_of, decider
from office.samples_dates import Term
from workflows.answering import Answer, answer_hold
from workflows.appealing import file_appeal, grant, open_until, take_up
from workflows.basis import deadlines
from workflows.cohorts import known, load_terms
from workflows.correcting import standing_entry
from workflows.exceptions import Prior, accept_prior, exempt
from workflows.extending import extend_for_person
from workflows.hold_kinds import TO_BE_LOOKED_AT
from workflows.holds import open_holds
from workflows.late_facts import late_facts
from workflows.likeness_deciding import clear, confirm
from workflows.likeness_told import lookings
from workflows.penalties import TO_BE_DECIDED
from workflows.publishing import newest_edition
from workflows.resolving import Decision
from workflows.transferring import transfer

ELSEWHERE = timedelta(days=200)  # so long before, prior work was done elsewhere
LONGER = timedelta(days=3)  # as much more time
LOOKED_AT = 60  # people who failed, of whom the first with something late appeals


@dataclass
class Decisions:
    """What was decided so far, by programme and kind: each once."""

    terms: Mapping[str, Term]
    done: set[tuple[str, str]] = field(default_factory=set)

    def decide(self, session: Session, at: datetime) -> None:
        """Decide whatever can be by now and was not yet, after the night of an instant."""
        for slug, term in self.terms.items():
            here = _Here(session, slug, term.calendar, at)
            for kind, act in ACTS.items():
                if (slug, kind) not in self.done and act(here):
                    self.done.add((slug, kind))


@dataclass(frozen=True)
class _Here:
    """One programme at one instant. Each kind of decision is about somebody else of the second cohort, so that the first
    stays as it was."""

    session: Session
    slug: str
    calendar: TermCalendar
    at: datetime

    def by(self, reason: str, number: int, name: str = NAME) -> Decision:
        return Decision(reason, name, self.at, now(), document=f"演示〔{number}〕号")

    def by_the_county(self, reason: str, number: int) -> Decision:
        """In the name of whoever answers for the second cohort."""
        return self.by(reason, number, decider(self.session, self.cohorts()[1]))

    def cohorts(self) -> list[Cohort]:
        return cohorts_of(self.session, self.slug)

    def people(self, role: str | None = None) -> list[Enrolment]:
        """Who takes part in the second cohort, of the role of most people if none is named."""
        cohorts = self.cohorts()
        if len(cohorts) < 3:
            return []
        taking = select(Enrolment).where(
            col(Enrolment.cohort_id) == cohorts[1].id, col(Enrolment.left_at).is_(None),
            col(Enrolment.status) == "active",
        ).order_by(col(Enrolment.id))  # fmt: skip
        found = list(self.session.execute(taking).scalars())
        roles = [person.role for person in found]
        wanted = role or max(dict.fromkeys(roles), key=roles.count, default="")
        return [person for person in found if person.role == wanted]


def _exempt(here: _Here) -> bool:
    people = here.people()
    if len(people) < 5:
        return False
    grounds = [one.name for one in here.calendar.exempt if one.hours is None]
    exempt(
        here.session, people[-1].id or 0, here.by_the_county("正在参加新教师培训", 1), next(iter(grounds), "")
    )
    return True


def _transfer(here: _Here) -> bool:
    people = here.people()
    if len(people) < 5:
        return False
    transfer(here.session, people[-1].id or 0, here.cohorts()[2], here.by("调到另一所学校", 2))
    return True


def _prior(here: _Here) -> bool:
    """As much as the calendar admits, of the first task that admits some and that somebody owes."""
    for task in (one for one in here.calendar.tasks if one.prior):
        people = here.people(task.role[0])
        if people:
            kind, item = task.shows[0], next(iter(task.items), "")
            prior = Prior(task.prior or 0, here.at - ELSEWHERE, kind, item)
            accept_prior(
                here.session, people[-1].id or 0, task.id, prior, here.by_the_county("以往学时，有证书", 3)
            )
            return True
    return False


def _extend(here: _Here) -> bool:
    """Some days longer, of the first task that is due after now and before the lock of what it is scored for."""
    cohorts = here.cohorts()
    if len(cohorts) < 3:
        return False
    (term,) = load_terms(here.session, [cohorts[1].id or 0])
    term.go_by(here.at)
    for assessment in term.calendar.assessments:
        locks = known(term.schedule().cutoffs[assessment.locks])
        for (_, name), due in deadlines(term, assessment):
            task = term.calendar.task(name)
            people = here.people(task.role[0]) if task.role[0] in assessment.of and task.shows else []
            if people and locks is not None and here.at < due < locks:
                until, by = min(due + LONGER, locks), here.by_the_county("住院", 4)
                extend_for_person(here.session, people[0].id or 0, name, until, by)
                return True
    return False


def _appeal(here: _Here) -> bool:
    """The first of those who failed whose work came late appeals, and it is granted."""
    programme = newest_edition(here.session, here.slug).programme_id
    failed = (
        select(ScoreSheet)
        .join(Enrolment, col(Enrolment.id) == col(ScoreSheet.enrolment_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Cohort.programme_id) == programme, col(ScoreSheet.passed).is_(False))
        .order_by(col(ScoreSheet.enrolment_id), col(ScoreSheet.assessment))
        .limit(LOOKED_AT)
    )
    for sheet in here.session.execute(failed).scalars().all():
        standing = standing_entry(here.session, sheet.enrolment_id, sheet.assessment)
        until = open_until(here.calendar, sheet.assessment, standing)
        if standing is None or until is None or here.at >= until:
            continue
        if late_facts(here.session, sheet.enrolment_id, standing, here.at):
            by = here.by("平台漏报，补交属实", 5)
            appeal = file_appeal(here.session, sheet.enrolment_id, sheet.assessment, by)
            take_up(here.session, appeal.id or 0, by)
            grant(here.session, appeal.id or 0, by, SECOND)
            return True
    return False


def _penalty(here: _Here) -> bool:
    """Of several cohorts that wait for the office to decide the first is decided; the others go on waiting, to be seen."""
    waiting = [one for one in open_holds(here.session, here.slug) if one.kind == TO_BE_DECIDED]
    if len(waiting) < 2:
        return False
    answer_hold(here.session, waiting[0].id, Answer("apply"), here.by("逾期未报，按计划办理", 6))
    return True


def _likeness(here: _Here) -> bool:
    """Of several rings that cohorts wait for the smallest is decided: whose text was first is cleared of it, everybody else's
    result is taken away. The others go on waiting, to be seen."""
    waiting = {one.cohort_id for one in open_holds(here.session, here.slug) if one.kind == TO_BE_LOOKED_AT}
    for looking in lookings(here.session, here.slug, here.at) if waiting else ():
        rings = sorted(looking.rings(), key=lambda ring: (len(ring), ring))
        texts = {one for pair in looking.pairs for one in (pair.first, pair.second)}
        if len(rings) < 2 or not {one.cohort_id for one in texts if one.person_id in rings[0]} <= waiting:
            continue
        first, *others = sorted((one for one in texts if one.person_id in rings[0]), key=lambda one: one.turn)
        clear(here.session, first.enrolment_id, looking.likeness.of, here.by("交得最早，是别人抄的", 7))
        for enrolment in sorted({one.enrolment_id for one in others} - {first.enrolment_id}):
            confirm(here.session, enrolment, looking.likeness.of, here.by("大段照抄，本人承认", 8))
        return True
    return False


ACTS: dict[str, Callable[[_Here], bool]] = {
    "exempt": _exempt,
    "transfer": _transfer,
    "prior": _prior,
    "extend": _extend,
    "appeal": _appeal,
    "penalty": _penalty,
    "likeness": _likeness,
}
