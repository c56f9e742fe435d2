"""Law 2: a night missed, late, doubled or run at the very stroke of a cutoff changes nothing (ALL-04)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from calendars.reader import read_calendar
from calendars.schedule import schedule
from calendars.term import TermCalendar
from models.appeals import AppealStep
from models.database import open_database, transaction
from models.exceptions import PersonException
from models.filings import Filing, FilingStep
from models.nights import Hold, Outbox, Resolution, TransitionLog
from models.peers import PeerAssignment, PeerOpinion
from models.terms import CohortPhase
from models.work import Enrolment, Evidence, Mark
from tests.support.acts import do_act
from tests.support.generated_terms import SMALL, Cast, Event, calendars, events
from tests.support.story import PROGRAMMES, Story
from workflows import advancing
from workflows.hold_kinds import APPEAL_OVERDUE
from workflows.resolving import accept, cancel, complete, extend, set_dates, waive
from workflows.review_done import review_done
from workflows.verifying import verify

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


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    file = tmp_path_factory.mktemp("played") / "played.sqlite"
    engine = open_database(f"sqlite:///{file}")
    yield Stage(sqlite_template, file, engine)
    engine.dispose()


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


# ---------------------------------------------------------------------- what came of it


def outcome(story: Story) -> dict[str, Any]:
    """Everything that must not depend on when nights ran: all but row ids and when things were written."""
    pairs = story.pairs()
    with Session(story.engine) as session:
        return {
            "seals": list(story.seals()),
            "log": _rows(session, TransitionLog, ("effective_at", "id"), _LOG),
            "states": _rows(session, CohortPhase, ("position",), _PHASE),
            "holds": _rows(session, Hold, ("opened_at", "phase", "kind"), _HOLD),
            "outbox": _rows(session, Outbox, ("effective_at", "recipient", "obligation", "step"), _OUTBOX),
            "filings": _cases(session),
            "peers": pairs,
            "opinions": _opinions(session),
            "records": _records(session),
            "people": _rows(session, Enrolment, ("id",), ("id", "status", "left_at")),
            "decided": [*_all(session, Resolution, _RESOLUTION), *_all(session, PersonException, _EXCEPTION)],
            "appeals": _all(session, AppealStep, _APPEAL_STEP),
            "wrong": [(problem.where, problem.message.text("en")) for problem in verify(session)],
        }


def _cases(session: Session) -> list[tuple[Any, ...]]:
    """Every case and every step, told by its organisation."""
    facts = ("kind", "period", "organisation_id", "subject")
    cases = select(
        *(getattr(Filing, name) for name in (*facts, "state", "held_from", "stands_at", "next_due_at"))
    )
    steps = select(
        *(getattr(Filing, name) for name in facts), FilingStep.number, FilingStep.act, FilingStep.tier, FilingStep.state,
        FilingStep.stands_at, FilingStep.effective_at,
    ).join(FilingStep, FilingStep.filing_id == Filing.id)  # fmt: skip
    found = [*session.execute(cases), *session.execute(steps)]
    return sorted((tuple(row) for row in found), key=repr)


def _opinions(session: Session) -> list[tuple[Any, ...]]:
    said = select(
        PeerAssignment.reviewer_id, PeerAssignment.reviewed_id, PeerOpinion.number, PeerOpinion.score,
        PeerOpinion.effective_at,
    ).join(PeerOpinion, PeerOpinion.assignment_id == PeerAssignment.id)  # fmt: skip
    return sorted(tuple(row) for row in session.execute(said))


def _records(session: Session) -> list[tuple[Any, ...]]:
    """Every learning record, also those that no file has brought."""
    kept = select(Evidence.enrolment_id, Evidence.reference, Evidence.happened_at, Evidence.withdrawn_at)
    return sorted((tuple(row) for row in session.execute(kept)), key=repr)


_LOG = ("machine", "phase", "enrolment_id", "trigger", "source", "target", "effective_at")
_PHASE = ("phase", "state", "held_from", "opens_at", "closes_at", "locks_at", "done_at")
_HOLD = ("phase", "kind", "step", "waits_on", "detail", "opened_at", "cleared_at", "cleared_by")
_RESOLUTION = ("cohort_id", "phase", "action", "dates", "gate", "organisation_id", "effective_at")
_EXCEPTION = ("enrolment_id", "kind", "task", "amount", "assessment", "to_enrolment_id", "effective_at")
_APPEAL_STEP = ("appeal_id", "number", "act", "admitted", "effective_at")
_OUTBOX = ("recipient", "obligation", "step", "deadline_at", "effective_at", "detail")


def _rows(
    session: Session, table: Any, order: tuple[str, ...], columns: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    """Rows by cohort, in the order of their instants."""
    found = select(*(getattr(table, column) for column in ("cohort_id", *columns)))
    ordered = found.order_by(table.cohort_id, *(getattr(table, column) for column in order))
    return [tuple(row) for row in session.execute(ordered)]


def _all(session: Session, table: Any, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    found = select(*(getattr(table, column) for column in columns)).order_by(table.id)
    return [tuple(row) for row in session.execute(found)]


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


def at_one_stroke() -> Played:
    """An office accepts missing scores at the very second at which another phase is done, and sets the dates of a
    phase at the very second at which they are owed."""
    document = {
        "programme": "generated", "name": "生成", "zone": "Asia/Shanghai", "source": "生成", "tiers": ["county", "school"],
        "roles": {"learner": "学员", "tutor": "辅导教师"}, "cutoffs": {"lock": "end of scored"},
        "phases": [
            {"id": "first", "kind": "online_study", "name": "一", "window": "2024-03-05 .. 2024-03-06"},
            {"id": "next", "kind": "online_study", "name": "二", "window": "when first is done .. 1 day after start of next"},
            {"id": "scored", "kind": "assessment", "name": "三", "window": "2024-03-04 .. 2024-03-05", "locks": "lock"},
            {"id": "owed", "kind": "wrap_up", "name": "四", "window": "tbd within 2024-03-07 .. 2024-03-12"},
        ],
        "tasks": [{"id": "t0", "role": "learner", "phase": "scored", "name": "任务", "marked by": "school", "marks": "0..10"}],
        "gates": [{"before": "lock", "require": "all scores reported", "waits on": "school"}],
    }  # fmt: skip
    stroke = datetime(2024, 3, 7)  # noqa: DTZ001  # in the calendar's zone
    accepted = Event(stroke, "decides", ("resolve", "一班"))
    dated = Event(stroke, "decides", ("set dates", "二班", "owed", stroke, stroke + timedelta(days=2)))
    strokes = [[Night(stroke, first), Night(end(SMALL))] for first in (True, False)]
    return Played(
        json.dumps(document, ensure_ascii=False),
        [accepted, dated],
        [every(1, SMALL), [Night(end(SMALL))], *strokes],
    )


@pytest.mark.demand("ALL-04")
@SAME_TERMS
@given(term=played_terms())
@example(term=at_one_stroke())
@settings(MADE_UP, max_examples=11 * (20 if THOROUGH else 1))
def test_any_schedule_of_nights_comes_to_the_same(stage: Stage, term: Played) -> None:
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


LONG_MARKING = """
programme: generated
name: 生成
zone: Asia/Shanghai
source: 生成
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}}
phases: [{id: study, kind: online_study, name: 学习, window: 2024-03-04 .. 2024-03-12, locks: lock}]
cutoffs: {lock: 2024-03-21}
tasks:
  - {id: essay, role: learner, phase: study, shows: file, name: 论文, marked by: tutor, marks: [优秀, 合格, 不合格]}
  - {id: diary, role: learner, phase: study, shows: file, name: 日志}
assessments:
  - id: term
    of: learner
    locks: lock
    pass: 10 of 30
    components:
      - {task: essay, points: 20, rule: on time plus mark, on time: 10, mark: {优秀: 10, 合格: 6, 不合格: 0}}
      - {task: diary, points: 10, rule: count, each: 5}
gates: [{before: lock, require: all handed in work marked, waits on: tutor}]
reminders:
  - {to: learner, about: [diary, essay], by: [2 days], on the day: yes, overdue: daily, escalate: {to: county, after: 1 day}}
  - {to: tutor, about: essay, every: week, overdue: daily}
"""


@SAME_TERMS
@given(term=played_terms(LONG_MARKING))
@settings(MADE_UP, max_examples=8 * (20 if THOROUGH else 1))
def test_it_does_so_where_single_people_have_later_deadlines(stage: Stage, term: Played) -> None:
    """The work is due long before it is sealed, so most of the extensions that are made up can be given."""
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


PEERS = """
programme: generated
name: 生成
zone: Asia/Shanghai
source: 生成
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}}
phases:
  - {id: study, kind: school_research, name: 研修, window: 2024-03-04 .. 2024-03-12, locks: lock}
  - {id: next, kind: wrap_up, name: 总结, window: 2024-03-15 .. 2024-03-18}
cutoffs: {lock: 2024-03-14}
tasks: [{id: review, role: tutor, phase: study, shows: file, name: 组互评}]
assessments:
  - id: term
    of: tutor
    locks: lock
    pass: all of 1
    components: [{task: review, points: 1, rule: flat, at least: 1}]
peer reviews:
  - {id: peers, name: 组互评, role: tutor, phase: study, opens: 2024-03-07, by: 2024-03-11, each reviews: 2, within: county, scale: 0..5, task: review}
gates: [{before: end of study, require: peer reviews given, peers: peers, waits on: tutor}]
"""
GROUPS = Cast(
    {"甲": ("tutor", "一班", "一小"), "乙": ("tutor", "二班", "二小"), "丙": ("tutor", "三班", "一小"), "丁": ("tutor", "四班", "二小"),
     "戊": ("learner", "五班", "一小"), "己": ("learner", "六班", "二小")},
    SMALL.first, SMALL.days,
)  # fmt: skip


@SAME_TERMS
@given(term=played_terms(PEERS, GROUPS))
@settings(MADE_UP, max_examples=10 * (20 if THOROUGH else 1))
def test_it_does_so_where_groups_review_one_another_and_some_come_later(stage: Stage, term: Played) -> None:
    """Two cohorts have nobody who reviews, until somebody joins them."""
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


WEEK_BY_WEEK = """
programme: generated
name: 生成
zone: Asia/Shanghai
source: 生成
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}, talk: {name: 发言}}
phases:
  - {id: steps, kind: online_study, name: 实践, window: 2024-03-05 .. complete, complete when: all tasks shown}
  - {id: study, kind: school_research, name: 学习, window: tbd within 2024-03-04 .. 2024-03-25, locks: lock}
  - {id: next, kind: wrap_up, name: 总结, window: when steps is done .. 1 day after start of next}
cutoffs: {lock: 1 day after end of study}
tasks:
  - {id: diary, role: learner, phase: steps, shows: file, name: 日志, needs: 1 a week}
  - {id: reflect, role: learner, phase: study, shows: file, name: 反思, needs: 1 a week}
  - {id: speak, role: [learner, tutor], phase: study, shows: talk, name: 发言}
assessments:
  - id: person
    of: learner
    locks: lock
    pass: 10 of 20
    components:
      - {task: reflect, points: 10, rule: weekly}
      - {id: spoken, task: speak, points: 10, rule: weekly, weeks: 1, except: 2024-03-07}
  - {id: group, of: tutor, locks: lock, pass: 5 of 20, components: [{task: speak, points: 20, rule: count, over: cohort}]}
reminders:
  - {to: learner, about: [diary, reflect], every: week}
  - {to: tutor, about: diary, every: day}
"""


def first_week_ends(seconds: int) -> Played:
    """Everybody wrote in the first week, which ends at a stroke at which nothing is received and no night need run."""
    written_in_time = [
        Event(datetime(2024, 3, 6, 9), "shows", (name, "diary", 1, datetime(2024, 3, 6, 8), "file", "", None))  # noqa: DTZ001
        for name in ("甲", "乙", "丁")
    ]
    stroke = datetime(2024, 3, 12)  # noqa: DTZ001  # in the calendar's zone
    around = [[Night(stroke + timedelta(seconds=by)), Night(end(SMALL))] for by in (-seconds, 0, seconds)]
    return Played(WEEK_BY_WEEK, written_in_time, [every(1, SMALL), [Night(end(SMALL))], *around])


@SAME_TERMS
@given(term=played_terms(WEEK_BY_WEEK))
@example(term=first_week_ends(1))
@example(term=first_week_ends(7200))
@settings(MADE_UP, max_examples=8 * (20 if THOROUGH else 1))
def test_it_does_so_where_something_is_asked_each_week_and_of_the_whole_cohort(
    stage: Stage, term: Played
) -> None:
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


# Two locks, and work that counts until the first; a penalty that waits for the office, one that takes effect by itself.
DECIDED = """
programme: generated
name: 生成
zone: Asia/Shanghai
source: 生成
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}, hours: {name: 学时}}
phases:
  - {id: study, kind: online_study, name: 学习, window: 2024-03-04 .. 2024-03-08, locks: first}
  - {id: school, kind: school_research, name: 校本, window: 2024-03-07 .. 2024-03-12, locks: second}
  - {id: end, kind: wrap_up, name: 总结, window: 2024-03-16 .. 2024-03-18}
cutoffs: {first: 2024-03-09, second: 2024-03-14}
tasks:
  - {id: essay, role: learner, phase: study, shows: file, name: 论文, marked by: tutor, marks: [优秀, 合格, 不合格]}
  - {id: course, role: learner, phase: study, shows: hours, name: 学时, prior: 5}
  - {id: diary, role: learner, phase: school, shows: file, name: 日志, prior: 2}
  - {id: brief, role: tutor, phase: study, shows: file, name: 简报}
assessments:
  - id: online
    of: learner
    locks: first
    pass: 6 of 20
    components:
      - {task: essay, points: 10, rule: mark, worth: {优秀: 10, 合格: 6, 不合格: 0}}
      - {task: course, points: 10, rule: proportional, full at: 4}
  - {id: research, of: learner, locks: second, pass: 5 of 10, components: [{task: diary, points: 10, rule: count, each: 5}]}
  - id: tutoring
    of: tutor
    locks: first
    pass: 10 of 20
    components:
      - {id: rate, of: essay, points: 10, rule: rate}
      - {task: brief, points: 10, rule: flat, at least: 1}
filings:
  - id: plan
    name: 方案
    about: organisation
    owed: yes
    chain: [{tier: school, does: apply, by: 2024-03-06}, {tier: county, does: accept}]
  - id: leaving
    name: 退出
    about: person
    chain: [{does: apply}, {tier: school, does: accept, by: 2024-03-13}]
    on acceptance: withdraw
penalties:
  - {id: no_plan, name: 未报方案, filing: plan, of: research, loses: diary, waits on: county, if undecided: hold}
  - {id: no_brief, name: 未交简报, tasks: brief, of: online, loses: course, waits on: county, if undecided: apply}
appeals: [{of: online, within: 3 days}, {of: research, within: 2 days}]
gates: [{before: first, require: all handed in work marked, waits on: tutor}]
"""


@SAME_TERMS
@given(term=played_terms(DECIDED, acting=12))
@settings(MADE_UP, max_examples=12 * (20 if THOROUGH else 1))
def test_it_does_so_whatever_is_decided_about_people_and_organisations(stage: Stage, term: Played) -> None:
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


# The same where the office owes the second lock its date, and decides about every missed duty.
OWED = DECIDED.replace("second: 2024-03-14", "second: tbd").replace(
    "if undecided: apply", "if undecided: hold"
)


@SAME_TERMS
@given(term=played_terms(OWED, acting=8))
@settings(MADE_UP, max_examples=8 * (20 if THOROUGH else 1))
def test_it_does_so_where_the_date_of_a_lock_is_owed(stage: Stage, term: Played) -> None:
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


# ---------------------------------------------------------------------- the programmes themselves

SLUGS = sorted(file.stem for file in PROGRAMMES.glob("*.yaml"))


def cast_of(calendar: TermCalendar) -> Cast:
    """Two of each role, in two schools, and the days from the first instant of the calendar to the last."""
    people = {}
    for role in calendar.roles:
        people |= {f"{role}甲": (role, "一班", "一小"), f"{role}乙": (role, "一班", "二小")}
    term = schedule(calendar)
    known = [at for times in term.phases.values() for at in (times.opens, times.closes, times.locks)]
    dated = [at for at in known if isinstance(at, datetime)] or [datetime(2020, 9, 1, tzinfo=UTC)]
    first = min(dated).astimezone(calendar.zoneinfo).replace(tzinfo=None, hour=0)
    return Cast(people, first, max((max(dated) - min(dated)).days, 60))


@pytest.mark.demand("ALL-04")
@pytest.mark.parametrize("slug", SLUGS)
def test_any_schedule_of_nights_comes_to_the_same_in_every_programme(stage: Stage, slug: str) -> None:
    text = (PROGRAMMES / f"{slug}.yaml").read_text(encoding="utf-8")
    cast = cast_of(read_calendar(text, slug))

    @given(term=played_terms(text, cast, days=7))
    @settings(MADE_UP, max_examples=2 * (20 if THOROUGH else 1))
    def check(term: Played) -> None:
        first, *others = outcomes(stage, term)
        assert first["wrong"] == []
        for other in others:
            assert other == first

    check()


# ---------------------------------------------------------------------- a cohort that fails

CLASSES = ("一班", "二班", "三班")
NIGHTS = [
    f"2024-{month}-{day:02d} 00:30"
    for month, last in (("11", 30), ("12", 31))
    for day in range(1, last + 1, 2)
]
LAST_SICK = "2024-12-21 00:30"


@pytest.fixture
def longcheng(stage: Stage) -> Callable[[], Story]:
    """Three classes of which the last has nothing marked; each call begins the same term anew."""

    def begin() -> Story:
        story = stage.new((PROGRAMMES / "longcheng-2024.yaml").read_text(encoding="utf-8"))
        for cohort in CLASSES:
            story.cohort(cohort, "龙城区", "一小")
            story.enrol(f"{cohort}学员", "learner", cohort, "龙城区", "一小")
            story.enrol(f"{cohort}辅导", "tutor", cohort, "龙城区", "一小")
            story.shows(f"{cohort}学员", "study", 600, at="2024-11-03 20:00")
            story.shows(f"{cohort}学员", "assignment", at="2024-11-20 21:15")
            if cohort != "三班":
                story.marks(f"{cohort}学员", "assignment", "良好", received="2024-12-10 10:00")
        return story

    return begin


def of_cohort(story: Story, cohort: str) -> dict[str, list[tuple[Any, ...]]]:
    """What came of one cohort, apart from errors. A seal's rows name the cohort, a sheet's the enrolment."""
    number = story.cohorts[cohort]
    people = {story.people[name] for name in story.people if name.startswith(cohort)}
    found = outcome(story)
    assert found.pop("wrong") == []
    heads = [row for row in found.pop("seals") if row[0] in (people if isinstance(row[1], str) else {number})]
    return {"seals": heads} | {
        part: [row for row in rows if row[0] == number and row[2] != "error"] for part, rows in found.items()
    }


def plant_failure(monkeypatch: pytest.MonkeyPatch, place: str, sick: int) -> None:
    """The real part runs, and then fails whenever the cohort was among those that it worked on."""
    owner, _, name = place.rpartition(".")
    inside = getattr(advancing, owner) if owner else advancing
    real = getattr(inside, name)

    def failing(session: Session, *given: Any) -> Any:
        found = real(session, *given)
        several = [one for one in given if isinstance(one, list)] + [[one] for one in given]
        if any(getattr(one, "id", one) == sick for ones in several for one in ones):
            raise RuntimeError("planted")
        return found

    monkeypatch.setattr(inside, name, failing)


@pytest.mark.parametrize(
    ("sick", "place"),
    [
        ("一班", "seal_assessments"),
        ("二班", "write_reminders"),
        ("三班", "Holding.settle"),
        ("三班", "begin"),
    ],
)
def test_a_cohort_that_fails_is_held_alone_and_loses_nothing_once_it_is_healed(
    longcheng: Callable[[], Story], monkeypatch: pytest.MonkeyPatch, sick: str, place: str
) -> None:
    story = longcheng()
    for night in NIGHTS:
        story.night(night)
    healthy = {cohort: of_cohort(story, cohort) for cohort in CLASSES}

    story = longcheng()
    plant_failure(monkeypatch, place, story.cohorts[sick])
    for night in NIGHTS:
        if night > LAST_SICK:
            monkeypatch.undo()
        story.night(night)
        if night == LAST_SICK:
            assert [hold[0] for hold in story.open_holds() if hold[2] == "error"] == [sick]
    assert {cohort: of_cohort(story, cohort) for cohort in CLASSES} == healthy
    with Session(story.engine) as session:
        (error,) = session.execute(select(Hold).where(Hold.kind == "error")).scalars()
        assert error.opened_at < error.cleared_at == story.at("2024-12-23 00:30")
