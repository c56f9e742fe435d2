"""What an office and its groups do in a made-up term, of a demonstration or a rehearsal: files are taken in, dates set,
phases and reviews said to be done, peers reviewed, lesson studies gone through. Every instant is handed in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from calendars.instants import Complete
from calendars.messages import Message
from calendars.scales import Scale
from calendars.term import TermCalendar
from exchange.intake import READERS, evidence_from
from exchange.plans import commit
from models.terms import Cohort, CohortPhase, Programme
from office.samples import SampleFile
from office.samples_dates import Term
from office.words import say
from workflows import resolving
from workflows.holds import open_holds
from workflows.lesson_acts import StudyDesk
from workflows.lesson_studies import takes_place
from workflows.organisations import load_tree
from workflows.peer_giving import Opinion, Pair, give
from workflows.peer_lists import reviews_seen
from workflows.publishing import newest_edition
from workflows.resolving import Decision
from workflows.review_done import review_done
from workflows.reviewing import NOT_REVIEWED
from workflows.taking_on import groups_taken_on


def take_in(
    session: Session,
    calendar: TermCalendar,
    file: SampleFile,
    by: Message,
    recorded_at: datetime,
    kept: Path | None = None,
) -> None:
    """Import a file as received when it would have been; the files that it names are kept in this folder."""
    read = READERS[file.kind] if file.texts is None else evidence_from("file", file.texts)
    plan = read(session, calendar.programme, file.path, file.received_at, None)
    commit(session, plan, recorded_at, say(by))
    if kept is not None:
        plan.keep(kept)


def set_supposed_dates(
    session: Session, term: Term, phase: str, cohort_ids: Collection[int], by: Decision
) -> None:
    """Give a phase of these cohorts the dates that the term is supposed to have."""
    times = term.schedule.phases[phase]
    complete = isinstance(term.calendar.phase(phase).dates.end, Complete)
    closes = times.closes if isinstance(times.closes, datetime) and not complete else None
    assert isinstance(times.opens, datetime)
    for cohort_id in sorted(cohort_ids):
        resolving.set_dates(session, session.get_one(Cohort, cohort_id), phase, times.opens, closes, by)


def say_complete(session: Session, term: Term, by: Decision) -> int:
    """Say of each phase that ends by the office's word that it is complete, once its time is over. Returns of how many
    cohorts it was said."""
    said = 0
    for phase in term.calendar.phases:
        closes = term.schedule.phases[phase.id].closes
        over = isinstance(closes, datetime) and by.effective_at >= closes
        if phase.complete_when != "the office says so" or not over:
            continue
        open_now = select(Cohort).join(Programme).join(CohortPhase).where(
            Programme.slug == term.calendar.programme, CohortPhase.phase == phase.id, CohortPhase.state == "open"
        ).order_by(col(Cohort.id))  # fmt: skip
        for cohort in session.exec(open_now):
            resolving.complete(session, cohort, phase.id, by)
            said += 1
    return said


def say_reviewed(session: Session, by: Decision, spared: int = 0) -> int:
    """Say of the material that cohorts wait for that it is reviewed, but for so many of the last in each phase. Returns of
    how many cohorts it was said."""
    waiting: dict[tuple[str, str], list[int]] = {}
    for hold in open_holds(session):
        if hold.kind == NOT_REVIEWED:
            waiting.setdefault((hold.programme, hold.phase), []).append(hold.cohort_id)
    said = 0
    for (_, phase), cohorts in waiting.items():
        for cohort_id in sorted(cohorts)[: len(cohorts) - spared]:
            review_done(session, session.get_one(Cohort, cohort_id), phase, by)
            said += 1
    return said


def give_reviews(session: Session, term: Term, by: Decision, spared: int = 0) -> int:
    """Give the peer reviews that are owed while they are open, but for those of so many of the last groups. Returns how many
    were given."""
    said = 0
    for review in term.calendar.peer_reviews:
        programme = newest_edition(session, term.calendar.programme).programme_id
        seen = reviews_seen(session, programme, term.calendar, load_tree(session), review, by.effective_at)
        owing = sorted(group.id for group in seen.groups if group.given < group.owes)
        giving = owing[: len(owing) - spared]
        for place, pair in enumerate(seen.pairs):
            if pair.reviewer_id in giving and pair.until is not None and by.effective_at < pair.until:
                opinion = Opinion(*_some_mark(review.scale, place), by.reason)
                about = Pair(programme, review, pair.reviewer_id, pair.reviewed_id)
                give(session, term.calendar, about, opinion, by)
                said += 1
    return said


def _some_mark(scale: Scale, place: int) -> tuple[int | None, str | None]:
    """Something near the top of a scale."""
    if scale.grades:
        return None, scale.grades[place % 2]
    steps = (scale.high - scale.low) // scale.step
    return scale.high - scale.step * (place * 7 % (steps // 4 + 1)), None


def do_steps(session: Session, term: Term, by: Decision, before: timedelta | None = None) -> int:
    """Each group says what it has done of its lesson study. With `before`, the steps that are due by now, each done so long
    before its deadline, and the last group has not come to the last step; without, everything that is left, as done now.
    Returns how many steps were said to be done."""
    if not term.calendar.lesson_studies:
        return 0
    wanted = select(Cohort.id).join(Programme).where(Programme.slug == term.calendar.programme)
    cohorts = [number or 0 for number in session.exec(wanted.order_by(col(Cohort.id)))]
    said = 0
    for number, group in groups_taken_on(session, cohorts, by).items():
        for study in term.calendar.lesson_studies:
            if not takes_place(group.phases[study.phase]):
                continue
            desk = StudyDesk(session, group, study)
            last = study.steps[-1].id if before is not None and number == cohorts[-1] else None
            for step in desk.now(by.effective_at).open:
                due = step.due_at
                if step.step.id == last or due is None or (before is not None and due > by.effective_at):
                    continue
                desk.do(step.step.id, by.effective_at if before is None else due - before, by)
                said += 1
    return said
