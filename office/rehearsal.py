"""A term rehearsed before it is published: run from its roster to its last lock on made-up people, twice, once with
everybody doing everything in time and once with nobody doing anything.

It runs in a database of its own, in a temporary folder that is gone afterwards. Reader, publishing, imports and nights
are the real ones; the clock is the term's own, so a term of next year runs to its end today.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func
from sqlmodel import col, select

from calendars.filing_times import link_deadline, periods
from calendars.messages import Wording
from calendars.schedule import Unset
from calendars.term import TermCalendar
from models.database import open_database, reading, transaction
from models.keys import made_up_keys
from models.migrating import upgrade
from models.terms import Cohort
from models.work import Enrolment
from office.made_up_terms import (
    do_steps,
    give_reviews,
    say_complete,
    say_reviewed,
    set_supposed_dates,
    take_in,
)
from office.samples import SampleFile, write_samples
from office.samples_dates import Term, supposed_term
from office.samples_people import Manner
from office.words import say
from workflows import resolving
from workflows.chronicle import Event, chronicle
from workflows.cohorts import load_terms
from workflows.holds import OpenHold, open_holds
from workflows.next_night import next_due_after
from workflows.night import night
from workflows.publishing import publish
from workflows.resolving import Decision
from workflows.status import PhaseStatus, status

OFFICE = Wording(zh="预演", en="rehearsal")
IN_TIME = Wording(zh="预演：各项工作按时完成", en="rehearsal: everything is done in time")

A_FEW = Manner(counties=2, towns=2, learners=3, others=1, in_time=True)
NIGHT_AT = time(0, 30)  # of the calendar's zone, as an office runs it
AFTERWARDS = timedelta(
    days=14
)  # what goes on after the last date, as reminders of what is overdue, is seen so long

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """One run of the term: what happened, how the phases stand at the end, and what is stuck then."""

    events: list[Event]
    phases: list[PhaseStatus]
    stuck: list[OpenHold]
    people: dict[str, int]  # by role
    cohorts: int
    nights: int


@dataclass(frozen=True)
class Rehearsal:
    """Both runs of a term."""

    term: Term
    until: datetime
    everybody: Run
    nobody: Run

    @property
    def calendar(self) -> TermCalendar:
        return self.term.calendar


def rehearse(
    calendar: TermCalendar, words: str, until: datetime | None = None, progress: Progress | None = None
) -> Rehearsal:
    """Run a checked calendar's term twice, up to an instant, by default until some days after its last date."""
    term = supposed_term(calendar)
    end = min(filter(None, (until, last_date(term) + AFTERWARDS)))
    with tempfile.TemporaryDirectory(prefix="yanxiu-rehearsal-") as folder:
        files = write_samples(calendar, Path(folder) / "files", A_FEW)
        rosters = [file for file in files if file.kind == "roster"]
        with _empty_databases(Path(folder), 2) as (first, second):
            everybody = _Stage(first, term, words, end, in_time=True).run(files, progress)
            nobody = _Stage(second, term, words, end, in_time=False).run(rosters, progress)
    return Rehearsal(term, end, everybody, nobody)


def last_date(term: Term) -> datetime:
    """The last instant of which the calendar speaks."""
    calendar = term.calendar
    links = [
        link_deadline(calendar, link, period)
        for filing in calendar.filings
        for period in periods(calendar, filing)
        for link in filing.chain
    ]
    times = [moment for phase in term.schedule.phases.values() for moment in (phase.closes, phase.locks)]
    known = [*times, *term.schedule.cutoffs.values(), *links]
    return max(at for at in known if isinstance(at, datetime))


@contextmanager
def _empty_databases(folder: Path, count: int) -> Iterator[list[Engine]]:
    """So many databases of this program's schema, under a key of their own: made once, then copied."""
    paths = [folder / f"{number}.sqlite" for number in range(count)]
    with made_up_keys():
        made = open_database(f"sqlite:///{paths[0]}")
        upgrade(made)
        made.dispose()  # the last connection to close folds the write-ahead log into the file
        for path in paths[1:]:
            shutil.copy(paths[0], path)
        engines = [open_database(f"sqlite:///{path}") for path in paths]
        try:
            yield engines
        finally:
            for engine in engines:
                engine.dispose()


@dataclass
class _Stage:
    """A database on which the term is run once."""

    engine: Engine
    term: Term
    words: str
    end: datetime
    in_time: bool
    nights: int = 0

    def run(self, files: Sequence[SampleFile], progress: Progress | None) -> Run:
        """Files come in at their time, a night is run for every day on which something is due, and where everything is
        done in time, the office decides what it has to."""
        calendar, coming = self.term.calendar, [*files]
        begins = at = min(file.received_at for file in files)
        with transaction(self.engine) as session:
            publish(session, self.words, calendar, say(OFFICE), begins)
        while (stop := self._next_stop(at, coming)) is not None and stop <= self.end:
            at = min(_night_after(stop, calendar.zoneinfo), self.end)
            while coming and coming[0].received_at <= at:
                self._take_in(coming.pop(0))
            self._night(at)
            if self.in_time and self._decide(at):
                self._night(at)
            if progress is not None:
                progress((at - begins).days, (self.end - begins).days)
        return self._seen()

    def _next_stop(self, at: datetime, coming: Sequence[SampleFile]) -> datetime | None:
        """What comes next: something that is due, a file, or the day on which the office says that a phase is complete."""
        with reading(self.engine) as session:
            due = next_due_after(session, at)
        said = [
            closes
            for phase in self.term.calendar.phases
            if self.in_time and phase.complete_when == "the office says so"
            and isinstance(closes := self.term.schedule.phases[phase.id].closes, datetime) and closes > at
        ]  # fmt: skip
        received = [file.received_at for file in coming[:1]]
        return min([*filter(None, [due]), *said, *received], default=None)

    def _night(self, at: datetime) -> None:
        night(self.engine, at, at)
        self.nights += 1

    def _take_in(self, file: SampleFile) -> None:
        with transaction(self.engine) as session:
            take_in(session, self.term.calendar, file, OFFICE(), file.received_at)
        if self.in_time and file.kind == "roster":
            self._set_dates(file.received_at)

    def _decide(self, at: datetime) -> bool:
        """Whatever the office has to decide by now. Whether it was anything."""
        decided, by = self._set_dates(at), self._decision(at)
        with transaction(self.engine) as session:
            done = say_complete(session, self.term, by) + say_reviewed(session, by)
            done += give_reviews(session, self.term, by) + do_steps(session, self.term, by)
        return done > 0 or decided

    def _set_dates(self, at: datetime) -> bool:
        """The dates that the calendar leaves to be determined, as soon as they can be set."""
        decided = False
        with transaction(self.engine) as session:
            cohorts = session.exec(select(Cohort.id).order_by(col(Cohort.id))).all()
            for term in load_terms(session, filter(None, cohorts)):
                term.go_by(at)
                times = term.schedule()
                for name, phase in term.phases.items():
                    owed = phase.stands_at == "planned" and times.undetermined(name)
                    if owed and times.phases[name].opens is not Unset.WAITING:
                        set_supposed_dates(session, self.term, name, [term.id], self._decision(at))
                        decided = True
                for name, when in times.cutoffs.items():
                    if when is Unset.TO_BE_DETERMINED and name in self.term.dates:
                        cohort = session.get_one(Cohort, term.id)
                        resolving.extend(session, cohort, name, self.term.dates[name], self._decision(at))
                        decided = True
        return decided

    def _decision(self, at: datetime) -> Decision:
        return Decision(say(IN_TIME), say(OFFICE), at, at)

    def _seen(self) -> Run:
        calendar = self.term.calendar
        with reading(self.engine) as session:
            return Run(
                events=[event for event in chronicle(session, calendar.programme) if event.at <= self.end],
                phases=status(session).phases,
                stuck=open_holds(session),
                people=dict(
                    session.exec(select(Enrolment.role, func.count()).group_by(Enrolment.role)).all()
                ),
                cohorts=session.exec(select(func.count()).select_from(Cohort)).one(),
                nights=self.nights,
            )


def _night_after(stop: datetime, zone: ZoneInfo) -> datetime:
    """The night that does what is due at an instant."""
    local = stop.astimezone(zone)
    day = local.date() + timedelta(days=local.time() > NIGHT_AT)
    return datetime.combine(day, NIGHT_AT, tzinfo=zone).astimezone(UTC)
