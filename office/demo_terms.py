"""The terms of a demonstration, run as an office would have run them: published, imported, night by night."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from calendars.clock import now
from calendars.instants import Complete
from calendars.messages import Wording
from calendars.scales import Scale
from calendars.term import TermCalendar
from exchange.intake import READERS
from exchange.plans import commit
from models.database import transaction
from models.people import Organisation
from models.terms import Cohort, CohortPhase, Programme
from office.answers import progress
from office.demo_decisions import Decisions
from office.samples import SampleFile, write_samples
from office.samples_dates import Term, supposed_term, telling_instants
from office.words import say, text
from workflows import resolving
from workflows.changes import Changes
from workflows.cohorts import create_cohort
from workflows.holds import open_holds
from workflows.lesson_acts import StudyDesk, taken_on
from workflows.lesson_studies import takes_place
from workflows.organisations import load_tree
from workflows.peer_giving import Opinion, Pair, give
from workflows.peer_lists import reviews_seen
from workflows.publishing import newest_edition, publish
from workflows.resolving import Decision
from workflows.review_done import review_done
from workflows.reviewing import NOT_REVIEWED

OFFICE = Wording(zh="演示办公室", en="the demo's office")
PLAN_CAME = Wording(zh="计划已经下达", en="the plan has come")
LOOKED_THROUGH = Wording(zh="材料已逐人核对", en="everybody's material was looked through")
WELL_DONE = Wording(zh="目标明确，问题有层次", en="a clear aim, and questions that build on one another")
ALL_DONE = Wording(zh="各项工作已经完成", en="all the work is done")

IN_TIME = timedelta(hours=6)  # before its deadline a step is done

FROM_A_NEWER_PROGRAM = "from-a-newer-program"
NEWER_TEXT = f"programme: {FROM_A_NEWER_PROGRAM}\nwritten for: 9.0\n"
UNREADABLE = Wording(zh="读不懂日历的班级", en="a class whose calendar cannot be read")

Terms = Mapping[str, Term]


def publish_all(engine: Engine, calendars: Sequence[tuple[TermCalendar, str]]) -> None:
    with transaction(engine) as session:
        for calendar, words in calendars:
            publish(session, words, calendar, say(OFFICE), now())


def import_samples(engine: Engine, calendars: Sequence[TermCalendar], folder: Path) -> Terms:
    """Write the files of every term and import each as received when it would have been."""
    files: list[tuple[TermCalendar, SampleFile]] = []
    with progress(text("写出样本文件", "Writing sample files")) as advance:
        for done, calendar in enumerate(calendars, 1):
            files += [(calendar, file) for file in write_samples(calendar, folder / calendar.programme)]
            advance(done, len(calendars))
    with progress(text("导入文件", "Importing files")) as advance:
        for done, (calendar, file) in enumerate(files, 1):
            with transaction(engine) as session:
                plan = READERS[file.kind](session, calendar.programme, file.path, file.received_at, None)
                commit(session, plan, now(), say(OFFICE))
            advance(done, len(files))
    return {calendar.programme: supposed_term(calendar) for calendar in calendars}


def nights_of(engine: Engine, terms: Terms, run: Callable[[datetime], Changes]) -> Changes:
    """Run the nights of every telling instant, in their order, and decide what an office would decide."""
    instants = sorted({at for term in terms.values() for at in telling_instants(term)})
    changes, decisions = Changes(), Decisions(terms)
    with progress(text("夜间推进", "Running nights")) as advance:
        for done, at in enumerate(instants, 1):
            if done == len(instants):
                _publish_what_a_newer_program_wrote(engine, next(iter(terms.values())).calendar, at)
            changes += run(at)
            with transaction(engine) as session:
                _set_dates(session, terms, at)
                _say_complete(session, terms, at)
                decisions.decide(session, at)
                _say_reviewed(session, at)
                _review_peers(session, terms, at)
                _do_steps(session, terms, at)
            advance(done, len(instants))
    return changes


def _publish_what_a_newer_program_wrote(engine: Engine, calendar: TermCalendar, at: datetime) -> None:
    """A calendar that this version cannot read, with a cohort on it: the night fails there, holds it and goes on."""
    newer = calendar.model_copy(update={"programme": FROM_A_NEWER_PROGRAM})
    with transaction(engine) as session:
        edition = publish(session, NEWER_TEXT, newer, say(OFFICE), now())
        topmost = session.exec(select(Organisation).order_by(col(Organisation.id))).first()
        assert topmost is not None
        assert topmost.id is not None
        create_cohort(session, newer, edition, say(UNREADABLE), topmost.id, at)


def _set_dates(session: Session, terms: Terms, at: datetime) -> None:
    """Set the dates that cohorts wait for; the last of them goes on waiting, so that there is one to be seen."""
    waiting: dict[tuple[str, str], list[int]] = {}
    for hold in open_holds(session):
        if "set dates" in hold.actions:
            waiting.setdefault((hold.programme, hold.phase), []).append(hold.cohort_id)
    for (programme, phase), cohorts in waiting.items():
        times = terms[programme].schedule.phases[phase]
        complete = isinstance(terms[programme].calendar.phase(phase).dates.end, Complete)
        closes = times.closes if isinstance(times.closes, datetime) and not complete else None
        assert isinstance(times.opens, datetime)
        for cohort_id in sorted(cohorts)[:-1]:
            cohort = session.get_one(Cohort, cohort_id)
            resolving.set_dates(session, cohort, phase, times.opens, closes, _decision(PLAN_CAME, at))


def _say_complete(session: Session, terms: Terms, at: datetime) -> None:
    """Say of a phase that ends by the office's word that it is complete, once its time is over."""
    for slug, term in terms.items():
        for phase in term.calendar.phases:
            closes = term.schedule.phases[phase.id].closes
            if phase.complete_when != "the office says so" or not isinstance(closes, datetime) or at < closes:
                continue
            open_now = select(Cohort).join(Programme).join(CohortPhase).where(
                Programme.slug == slug, CohortPhase.phase == phase.id, CohortPhase.state == "open"
            ).order_by(col(Cohort.id))  # fmt: skip
            for cohort in session.exec(open_now):
                resolving.complete(session, cohort, phase.id, _decision(ALL_DONE, at))


def _say_reviewed(session: Session, at: datetime) -> None:
    """Say of the material that cohorts wait for that it is reviewed; the last of them goes on waiting."""
    waiting: dict[tuple[str, str], list[int]] = {}
    for hold in open_holds(session):
        if hold.kind == NOT_REVIEWED:
            waiting.setdefault((hold.programme, hold.phase), []).append(hold.cohort_id)
    for (_, phase), cohorts in waiting.items():
        for cohort_id in sorted(cohorts)[:-1]:
            review_done(session, session.get_one(Cohort, cohort_id), phase, _decision(LOOKED_THROUGH, at))


def _review_peers(session: Session, terms: Terms, at: datetime) -> None:
    """Give the reviews that are owed while they are open, but for the last group's."""
    for term in terms.values():
        for review in term.calendar.peer_reviews:
            programme = newest_edition(session, term.calendar.programme).programme_id
            seen = reviews_seen(session, programme, term.calendar, load_tree(session), review, at)
            giving = sorted(group.id for group in seen.groups if group.given < group.owes)[:-1]
            for place, pair in enumerate(seen.pairs):
                until = pair.until
                if pair.reviewer_id not in giving or until is None or at >= until:
                    continue
                said = Opinion(*_some_mark(review.scale, place), say(WELL_DONE))
                about = Pair(programme, review, pair.reviewer_id, pair.reviewed_id)
                give(session, term.calendar, about, said, _decision(WELL_DONE, at))


def _some_mark(scale: Scale, place: int) -> tuple[int | None, str | None]:
    """Something near the top of a scale."""
    if scale.grades:
        return None, scale.grades[place % 2]
    steps = (scale.high - scale.low) // scale.step
    return scale.high - scale.step * (place * 7 % (steps // 4 + 1)), None


def _do_steps(session: Session, terms: Terms, at: datetime) -> None:
    """Each group says what it has done of its lesson study, in time; the last one has not come to the last step."""
    for slug, term in terms.items():
        if not term.calendar.lesson_studies:
            continue
        wanted = select(Cohort.id).join(Programme).where(Programme.slug == slug).order_by(col(Cohort.id))
        cohorts = [number or 0 for number in session.exec(wanted)]
        by = _decision(ALL_DONE, at)
        for number, group in taken_on(session, cohorts, by).items():
            for study in term.calendar.lesson_studies:
                if takes_place(group.phases[study.phase]):
                    steps = study.steps[:-1] if number == cohorts[-1] else study.steps
                    _do(StudyDesk(session, group, study), [step.id for step in steps], by)


def _do(desk: StudyDesk, steps: Sequence[str], by: Decision) -> None:
    for step in desk.now(by.effective_at).open:
        if step.step.id in steps and step.due_at is not None and step.due_at <= by.effective_at:
            desk.do(step.step.id, step.due_at - IN_TIME, by)


def _decision(reason: Wording, at: datetime) -> Decision:
    return Decision(say(reason), say(OFFICE), at, now())
