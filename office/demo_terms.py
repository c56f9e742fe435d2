"""The terms of a demonstration, run as an office would have run them: published, imported, night by night."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from calendars.clock import now
from calendars.messages import Wording
from calendars.term import TermCalendar
from exchange.contacts import read_contacts
from exchange.plans import carry_out
from flows.settings import OfficeSettings
from models.database import transaction
from models.people import Organisation
from office.answers import progress
from office.demo_decisions import Decisions
from office.made_up_terms import (
    do_steps,
    give_reviews,
    say_complete,
    say_reviewed,
    set_supposed_dates,
    take_in,
)
from office.samples import SampleFile, write_samples
from office.samples_contacts import write_contact_samples
from office.samples_dates import Term, supposed_term, telling_instants
from office.words import say, text
from workflows.changes import Changes
from workflows.cohorts import create_cohort
from workflows.holds import open_holds
from workflows.publishing import publish
from workflows.resolving import Decision

OFFICE = Wording(zh="演示办公室", en="the demo's office")
PLAN_CAME = Wording(zh="计划已经下达", en="the plan has come")
LOOKED_THROUGH = Wording(zh="材料已逐人核对", en="everybody's material was looked through")
WELL_DONE = Wording(zh="目标明确，问题有层次", en="a clear aim, and questions that build on one another")
ALL_DONE = Wording(zh="各项工作已经完成", en="all the work is done")

RECEIVED = "received"  # the folder of the files that the office has got
CONTACTS = "contacts.xlsx"
IN_TIME = timedelta(hours=6)  # before its deadline a step is done

FROM_A_NEWER_PROGRAM = "from-a-newer-program"
NEWER_TEXT = f"programme: {FROM_A_NEWER_PROGRAM}\nwritten for: 9.0\n"
UNREADABLE = Wording(zh="读不懂日历的班级", en="a class whose calendar cannot be read")

Terms = Mapping[str, Term]


def publish_all(engine: Engine, calendars: Sequence[tuple[TermCalendar, str]]) -> None:
    with transaction(engine) as session:
        for calendar, words in calendars:
            publish(session, words, calendar, say(OFFICE), now())


def import_samples(engine: Engine, calendars: Sequence[TermCalendar], home: Path) -> Terms:
    """Write the files of every term into a folder of a demo's home and import each as received when it would have been, and the
    contacts of the organisations."""
    files: list[tuple[TermCalendar, SampleFile]] = []
    kept = OfficeSettings(home=home).files
    with progress(text("写出样本文件", "Writing sample files")) as advance:
        for done, calendar in enumerate(calendars, 1):
            files += [
                (calendar, file) for file in write_samples(calendar, home / RECEIVED / calendar.programme)
            ]
            advance(done, len(calendars))
    with progress(text("导入文件", "Importing files")) as advance:
        for done, (calendar, file) in enumerate(files, 1):
            with transaction(engine) as session:
                take_in(session, calendar, file, OFFICE(), now(), kept)
            advance(done, len(files))
    _take_in_contacts(engine, calendars, home / RECEIVED / CONTACTS)
    return {calendar.programme: supposed_term(calendar) for calendar in calendars}


def _take_in_contacts(engine: Engine, calendars: Sequence[TermCalendar], file: Path) -> None:
    """They come once rosters have brought in the organisations."""
    write_contact_samples(calendars, file)
    with transaction(engine) as session:
        carry_out(session, read_contacts(session, file, now()), now())


def nights_of(
    engine: Engine, terms: Terms, run: Callable[[datetime], Changes], send: Callable[[datetime], None]
) -> Changes:
    """Run the nights of every telling instant, in their order, send what is due then, and decide what an office would
    decide."""
    instants = sorted({at for term in terms.values() for at in telling_instants(term)})
    changes, decisions = Changes(), Decisions(terms)
    with progress(text("夜间推进", "Running nights")) as advance:
        for done, at in enumerate(instants, 1):
            if done == len(instants):
                _publish_what_a_newer_program_wrote(engine, next(iter(terms.values())).calendar, at)
            changes += run(at)
            send(at)
            with transaction(engine) as session:
                _set_dates(session, terms, at)
                for term in terms.values():
                    say_complete(session, term, _decision(ALL_DONE, at))
                    give_reviews(session, term, _decision(WELL_DONE, at), spared=1)
                    do_steps(session, term, _decision(ALL_DONE, at), IN_TIME)
                decisions.decide(session, at)
                say_reviewed(session, _decision(LOOKED_THROUGH, at), spared=1)
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
        by = _decision(PLAN_CAME, at)
        set_supposed_dates(session, terms[programme], phase, sorted(cohorts)[:-1], by)


def _decision(reason: Wording, at: datetime) -> Decision:
    return Decision(say(reason), say(OFFICE), at, now())
