"""A term played on one database by one schedule of nights and another: what happens, at its instant, and all that must not
depend on when the nights ran."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from calendars.reader import read_calendar
from calendars.term import TermCalendar
from models.database import transaction
from models.nights import Hold
from models.work import Evidence, Mark
from tests.support.acts import do_act
from tests.support.generated_terms import SMALL, Cast, Event, calendars, events
from tests.support.outcomes import outcome
from tests.support.story import Story
from workflows.hold_kinds import APPEAL_OVERDUE
from workflows.resolving import accept, cancel, complete, extend, set_dates, waive
from workflows.review_done import review_done

THOROUGH = bool(os.environ.get("YANXIU_TEST_THOROUGH"))
SAME_TERMS = (lambda test: test) if THOROUGH else seed(1)
MADE_UP = settings(
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if THOROUGH else [])],
    report_multiple_bugs=False,
)
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


@dataclass(frozen=True)
class Stage:
    """One engine, and before each play its database as new: what it has compiled serves all of them."""

    template: Path
    file: Path
    engine: Engine

    def new(self, text: str) -> Story:
        self.engine.dispose()
        for journal in self.file.parent.glob(f"{self.file.name}-*"):
            journal.unlink()
        shutil.copy(self.template, self.file)
        return Story(self.engine, text=text)


def enrol(story: Story, cast: Cast = SMALL) -> None:
    for name in cast.cohorts:
        story.cohort(name, COUNTY, "一小")
    for name, (role, cohort, school) in cast.people.items():
        story.enrol(name, role, cohort, COUNTY, school)
    with transaction(story.engine) as session:
        story._batch(session, "roster", story.at("2015-01-01"))


def play(story: Story, happening: Iterable[Event], nights: Iterable[Night]) -> list[bool | str]:
    """Everything at its instant. A decision is taken the morning after a night, so that what it is about is there."""
    timeline: list[tuple[datetime, int, Event | Night]] = [(event.at, 1, event) for event in happening]
    timeline += [(night.at, 0 if night.first else 2, night) for night in nights]
    taken: list[bool | str] = []
    for at, _, what in sorted(timeline, key=lambda entry: entry[:2]):
        if isinstance(what, Night):
            story.night(written(at))
        elif what.doing == "decides":
            taken.append(_decide(story, what))
        elif what.doing == "acts":
            facts = [story.at(written(one)) if isinstance(one, datetime) else one for one in what.facts]
            taken.append(do_act(story, story.at(written(at)), tuple(facts)))
        else:
            {
                "shows": _show,
                "marks": _mark,
                "withdraws": _withdraw,
                "joins": _join,
                "files": _file,
                "gives": _give,
            }[what.doing](story, what)
    return taken


def _show(story: Story, event: Event) -> None:
    who, task, amount, happened, kind, item, characters = event.facts
    at, received = written(happened), written(event.at)
    story.shows(who, task, amount, at=at, received=received, kind=kind, item=item, characters=characters)


def _mark(story: Story, event: Event) -> None:
    """A mark where none stands yet."""
    who, task, value, item = event.facts
    with transaction(story.engine) as session:
        known = story._activity(session, task, "mark")
        of = select(Mark).where(Mark.enrolment_id == story.people[who], Mark.activity_id == known)
        standing = session.execute(of.where(Mark.item == item)).first()
    if standing is None:
        story.marks(who, task, value, received=written(event.at), item=item)


def _join(story: Story, event: Event) -> None:
    role, cohort = event.facts
    story.enrol(f"后来的{len(story.people)}", role, cohort, COUNTY, "三小", joined=written(event.at))
    with transaction(story.engine) as session:
        story._batch(session, "roster", story.at(written(event.at)))


def _file(story: Story, event: Event) -> None:
    """Something is done with a school's filing, if it can be done."""
    act, filing, school, period, until = event.facts
    at, place = written(event.at), (COUNTY, school)
    try:
        if act == "file":
            story.files(filing, *place, period=period, at=at)
        elif act == "extend":
            story.extends_filing(filing, *place, tier="school", until=written(until), at=at, period=period)
        elif (case := story.case_of(filing, *place, period=period)) is not None:
            tier = "school" if act == "take_back" else "county"
            story.acts(act, case, tier, at=at, reason="不完整")
    except Refused:
        return


def _give(story: Story, event: Event) -> None:
    """A group reviews the first that it was given, counted from a place among all, if it still can. Whom it was given is
    known to every schedule only once it is taken on to this instant, which the review itself does."""
    cohort, place, score = event.facts
    groups = sorted(story.cohorts)
    for reviewed in (*groups[place:], *groups[:place]):
        try:
            story.gives(cohort, reviewed, score, at=written(event.at))
        except Refused:
            continue
        return


def _withdraw(story: Story, event: Event) -> None:
    """The oldest standing record is taken back."""
    with transaction(story.engine) as session:
        standing = select(Evidence).where(Evidence.withdrawn_at.is_(None))
        row = session.execute(standing.order_by(Evidence.received_at, Evidence.reference)).scalars().first()
        if row is not None:
            row.withdrawn_at = story.at(written(event.at))
            story._batch(session, "evidence", row.withdrawn_at)


def _decide(story: Story, event: Event) -> bool:
    """Take a decision if it can be taken."""
    what, cohort, *rest = event.facts
    if what == "extend for one":
        return _extend_for_one(story, event)
    actions: dict[str, Callable[..., Any]] = {
        "extend": extend, "set dates": set_dates, "complete": complete, "cancel": cancel, "waive": waive, "accept": accept,
        "review done": review_done,
    }  # fmt: skip
    if what == "resolve":
        hold = _a_hold(story, cohort, opened_before=story.at(written(event.at)))
        if (
            hold is None or hold.kind == APPEAL_OVERDUE
        ):  # which is over when somebody decides about the appeals
            return False
        what, rest = _resolution(hold, rest)
    arguments = [story.at(written(one)) if isinstance(one, datetime) else one for one in rest]
    try:
        story.decide(actions[what], cohort, *arguments, effective=written(event.at))
    except Refused:
        return False
    return True


def _resolution(hold: Hold, dates: list[Any]) -> tuple[str, list[Any]]:
    """What is decided about a hold, and with what."""
    what, lock = _RESOLVED[hold.kind], json.loads(hold.detail).get("cutoff")
    if lock is not None:
        return "extend", [lock, dates[-1]]
    if what == "set dates":
        return what, [hold.phase, *dates]
    return what, [hold.phase if what == "review done" else hold.id]


def _extend_for_one(story: Story, event: Event) -> bool:
    _, name, task, until = event.facts
    try:
        story.extend_for(name, task, written(until), effective=written(event.at))
    except Refused:
        return False
    return True


_RESOLVED = {
    "penalty to be decided": "waive",
    "dates to be determined": "set dates", "previous phase not complete": "waive", "marking incomplete": "accept",
    "scores not reported": "accept", "filing not accepted": "waive", "material not reviewed": "review done",
    "peer reviews missing": "accept", "lesson study step not done": "waive", "lesson study not complete": "waive",
}  # fmt: skip


def _a_hold(story: Story, cohort: str, opened_before: datetime) -> Hold | None:
    """The cohort's oldest open hold that every schedule has seen: one that opens at this very second, only some have."""
    with Session(story.engine, expire_on_commit=False) as session:
        found = select(Hold).where(
            Hold.cohort_id == story.cohorts[cohort], Hold.cleared_at.is_(None), Hold.opened_at < opened_before
        )
        return session.execute(found.order_by(Hold.opened_at, Hold.phase, Hold.kind)).scalars().first()


# ---------------------------------------------------------------------- schedules of nights


def before_decisions(happening: Iterable[Event]) -> list[Night]:
    """A decision is about what a night has seen: every schedule has a night just before each."""
    return [Night(event.at - ONE_SECOND) for event in happening if event.doing == "decides"]


def every(days: int, cast: Cast) -> list[Night]:
    """A night each day at half past midnight, or each week; the last one when all is over."""
    nights = [
        Night(cast.first + timedelta(days=number, minutes=30)) for number in range(0, cast.days + 12, days)
    ]
    return [*nights, Night(end(cast))]


def end(cast: Cast) -> datetime:
    return cast.first + timedelta(days=cast.days + 12)


@st.composite
def schedules(draw: Any, cast: Cast, happening: list[Event]) -> list[Night]:
    """A few nights, some doubled, some at the stroke of a cutoff or of a receipt, the last one late."""
    strokes = [event.at for event in happening] or [cast.first]
    at = st.one_of(cast.instants(), st.sampled_from(strokes))
    nights = draw(st.lists(st.builds(Night, at, st.booleans()), max_size=8))
    doubled = [night for night in nights if draw(st.booleans())]
    return [*nights, *doubled, Night(end(cast)), Night(end(cast))]


@dataclass(frozen=True)
class Played:
    """A term with what happens in it, and schedules of nights that must all come to the same."""

    text: str
    happening: list[Event]
    schedules: list[list[Night]]
    cast: Cast = SMALL

    def __repr__(self) -> str:
        return "\n".join(["Played", self.text, *map(str, self.happening), *map(str, self.schedules)])


def at_last(calendar: TermCalendar, cast: Cast) -> list[Event]:
    """After everything the office resolves what still holds, and says that what has no date is complete."""
    found = []
    for number in range(10):
        at = cast.first + timedelta(days=cast.days + 1 + number, hours=10)
        for cohort in cast.cohorts:
            found.append(Event(at, "decides", ("resolve", cohort, at, at + timedelta(days=1))))
            found += [
                Event(at + timedelta(minutes=place), "decides", ("complete", cohort, phase.id))
                for place, phase in enumerate(calendar.phases, 1)
                if phase.complete_when and place - 1 == number
            ]
    return found


@st.composite
def played_terms(draw: Any, text: str = "", cast: Cast = SMALL, days: int = 1, acting: int = 4) -> Played:
    calendar = read_calendar(text or (text := draw(calendars())), "generated")
    happening = [*draw(events(calendar, cast, acting=acting)), *at_last(calendar, cast)]
    late, other = [Night(end(cast))], draw(schedules(cast, happening))
    return Played(text, happening, [every(days, cast), late, other], cast)


def outcomes(stage: Stage, term: Played) -> Iterator[dict[str, Any]]:
    for nights in term.schedules:
        story = stage.new(term.text)
        enrol(story, term.cast)
        taken = play(story, term.happening, nights + before_decisions(term.happening))
        yield {"decisions": taken, **outcome(story)}
