"""Law 2: a night missed, late, doubled or run at the very stroke of a cutoff changes nothing (ALL-04)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session

from calendars.messages import Refused
from calendars.reader import read_calendar
from models.database import open_database, transaction
from models.nights import Hold, Outbox, TransitionLog
from models.terms import CohortPhase
from models.work import Enrolment, Evidence, Mark
from tests.support.generated_terms import COHORTS, DAYS, FIRST, PEOPLE, Event, calendars, events, instants
from tests.support.story import Story
from workflows.resolving import accept, cancel, complete, extend, set_dates, waive

THOROUGH = bool(os.environ.get("YANXIU_TEST_THOROUGH"))
MADE_UP = settings(
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if THOROUGH else [])],
    report_multiple_bugs=False,
)
END = FIRST + timedelta(days=DAYS + 12)
ONE_SECOND = timedelta(seconds=1)
COUNTY = "一县"


@dataclass(frozen=True)
class Night:
    """A night up to an instant; what is recorded at that very instant comes after it, or before."""

    at: datetime
    first: bool = False


def written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


# ---------------------------------------------------------------------- playing a term


@contextmanager
def stage(template: Path, folder: Path, text: str) -> Iterator[Story]:
    file = shutil.copy(template, folder / "played.sqlite")
    for journal in folder.glob("played.sqlite-*"):
        journal.unlink()
    engine = open_database(f"sqlite:///{file}")
    try:
        yield Story(engine, text=text)
    finally:
        engine.dispose()


def enrol(story: Story) -> None:
    for name in COHORTS:
        story.cohort(name, COUNTY)
    for name, (role, cohort, school) in PEOPLE.items():
        story.enrol(name, role, cohort, COUNTY, school)
    with transaction(story.engine) as session:
        story._batch(session, "roster", story.at("2015-01-01"))


def play(story: Story, happening: Iterable[Event], nights: Iterable[Night]) -> list[bool]:
    """Everything at its instant. A decision is taken the morning after a night, so that what it is about is there."""
    timeline: list[tuple[datetime, int, Event | Night]] = [(event.at, 1, event) for event in happening]
    timeline += [(night.at, 0 if night.first else 2, night) for night in nights]
    taken = []
    for at, _, what in sorted(timeline, key=lambda entry: entry[:2]):
        if isinstance(what, Night):
            story.night(written(at))
        elif what.doing == "decides":
            taken.append(_decide(story, what))
        else:
            {"shows": _show, "marks": _mark, "withdraws": _withdraw, "joins": _join}[what.doing](story, what)
    return taken


def _show(story: Story, event: Event) -> None:
    who, task, amount, happened = event.facts
    story.shows(who, task, amount, at=written(happened), received=written(event.at))


def _mark(story: Story, event: Event) -> None:
    who, task, value = event.facts
    with transaction(story.engine) as session:
        known = story._activity(session, task, "mark")
        standing = session.execute(
            select(Mark).where(
                Mark.enrolment_id == story.people[who],
                Mark.activity_id == known,
                Mark.withdrawn_at.is_(None),
            )
        ).scalar()
    if standing is None:
        story.marks(who, task, value, received=written(event.at))


def _join(story: Story, event: Event) -> None:
    role, cohort = event.facts
    story.enrol(f"后来的{len(story.people)}", role, cohort, COUNTY, "三小", joined=written(event.at))
    with transaction(story.engine) as session:
        story._batch(session, "roster", story.at(written(event.at)))


def _withdraw(story: Story, event: Event) -> None:
    """The oldest standing fact is taken back; a mark cannot be given twice in a term, so it stays away."""
    table = Evidence if event.facts[0] == "evidence" else Mark
    with transaction(story.engine) as session:
        standing = select(table).where(table.withdrawn_at.is_(None))
        row = session.execute(standing.order_by(table.received_at, table.enrolment_id)).scalars().first()
        if row is not None and table is Evidence:
            row.withdrawn_at = story.at(written(event.at))
            story._batch(session, "evidence", row.withdrawn_at)


def _decide(story: Story, event: Event) -> bool:
    """Take a decision if it can be taken."""
    what, cohort, *rest = event.facts
    actions: dict[str, Callable[..., Any]] = {
        "extend": extend, "set dates": set_dates, "complete": complete, "cancel": cancel, "waive": waive, "accept": accept,
    }  # fmt: skip
    if what == "resolve":
        hold = _a_hold(story, cohort)
        if hold is None:
            return False
        what = _RESOLVED[hold.kind]
        rest = [hold.phase, *rest] if what == "set dates" else [hold.id]
    arguments = [story.at(written(one)) if isinstance(one, datetime) else one for one in rest]
    try:
        story.decide(actions[what], cohort, *arguments, effective=written(event.at))
    except Refused:
        return False
    return True


_RESOLVED = {
    "dates to be determined": "set dates", "previous phase not complete": "waive", "marking incomplete": "accept",
    "scores not reported": "accept",
}  # fmt: skip


def _a_hold(story: Story, cohort: str) -> Hold | None:
    """The cohort's oldest open hold."""
    with Session(story.engine, expire_on_commit=False) as session:
        found = select(Hold).where(Hold.cohort_id == story.cohorts[cohort], Hold.cleared_at.is_(None))
        return session.execute(found.order_by(Hold.opened_at, Hold.phase, Hold.kind)).scalars().first()


# ---------------------------------------------------------------------- what came of it


def outcome(story: Story, cohorts: Iterable[str] = COHORTS) -> dict[str, Any]:
    """Everything that must not depend on when nights ran: all but row ids and when things were written."""
    ids = [story.cohorts[name] for name in cohorts]
    with Session(story.engine) as session:
        return {
            "seals": list(story.seals()),
            "log": _rows(session, TransitionLog, ids, ("effective_at", "id"), _LOG),
            "states": _rows(session, CohortPhase, ids, ("position",), _PHASE),
            "holds": _rows(session, Hold, ids, ("opened_at", "phase", "kind"), _HOLD),
            "outbox": _rows(session, Outbox, ids, ("effective_at", "recipient", "obligation", "step"), _OUTBOX),
            "people": _rows(session, Enrolment, ids, ("id",), ("id", "status")),
        }  # fmt: skip


_LOG = ("machine", "phase", "enrolment_id", "trigger", "source", "target", "effective_at")
_PHASE = ("phase", "state", "held_from", "opens_at", "closes_at", "locks_at", "done_at")
_HOLD = ("phase", "kind", "step", "waits_on", "detail", "opened_at", "cleared_at", "cleared_by")
_OUTBOX = ("recipient", "obligation", "step", "deadline_at", "effective_at", "detail")


def _rows(
    session: Session, table: Any, cohorts: list[int], order: tuple[str, ...], columns: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    columns = ("cohort_id", *columns)
    statement = select(*(getattr(table, column) for column in columns)).where(table.cohort_id.in_(cohorts))
    ordered = statement.order_by(table.cohort_id, *(getattr(table, column) for column in order))
    return [tuple(row) for row in session.execute(ordered)]


# ---------------------------------------------------------------------- schedules of nights


def before_decisions(happening: Iterable[Event]) -> list[Night]:
    """A decision is about what a night has seen: every schedule has a night just before each."""
    return [Night(event.at - ONE_SECOND) for event in happening if event.doing == "decides"]


def each_night() -> list[Night]:
    return [Night(FIRST + timedelta(days=number, minutes=30)) for number in range(DAYS + 12)] + [Night(END)]


@st.composite
def schedules(draw: Any, happening: list[Event]) -> list[Night]:
    """A few nights, some doubled, some at the stroke of a cutoff or of a receipt, the last one late."""
    strokes = [event.at for event in happening] or [FIRST]
    at = st.one_of(instants(), st.sampled_from(strokes))
    nights = draw(st.lists(st.builds(Night, at, st.booleans()), max_size=8))
    doubled = [night for night in nights if draw(st.booleans())]
    return [*nights, *doubled, Night(END), Night(END)]


@st.composite
def played_terms(draw: Any) -> tuple[str, list[Event], list[list[Night]]]:
    text = draw(calendars())
    happening = draw(events(read_calendar(text, "generated")))
    others = draw(st.lists(schedules(happening), min_size=1, max_size=2))
    return text, happening, [[Night(END)], *others]


@given(term=played_terms())
@settings(MADE_UP, max_examples=25 * (20 if THOROUGH else 1))
def test_any_schedule_of_nights_comes_to_the_same(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, term: tuple[str, list[Event], list[list[Night]]]
) -> None:  # fmt: skip
    text, happening, schedules = term
    folder = tmp_path_factory.getbasetemp()
    found = []
    for nights in [each_night(), *schedules]:
        with stage(sqlite_template, folder, text) as story:
            enrol(story)
            taken = play(story, happening, nights + before_decisions(happening))
            found.append({"decisions": taken, **outcome(story)})
    for other in found[1:]:
        assert other == found[0]
