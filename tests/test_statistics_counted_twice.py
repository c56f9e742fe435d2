"""The statistics of made-up programmes, counted a second time: slowly, person by person, from the rows themselves. And
however many schools there are, the statements are the same few."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from sqlmodel import Session

from models.database import reading, transaction
from models.people import Organisation, Person
from models.types import seconds
from models.verdicts import Seal
from models.work import Activity, Enrolment, Evidence
from tests.support.statements import statements
from tests.support.story import Story
from workflows.digests import evidence_digest
from workflows.resolving import extend
from workflows.statistics import Counts, Line, statistics_of
from workflows.survey import survey

CALENDAR = """
programme: counted
name: 计数
zone: Asia/Shanghai
source: 编造
tiers: [province, city, county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence:
  login:   {name: 登录}
  minutes: {name: 学习时间, reads: running total}
  essay:   {name: 提交}
  topic:   {name: 主题帖}
  brief:   {name: 简报}
phases:
  - {id: study, kind: online_study, name: 学习, window: 2026-03-01 .. 2026-03-20, locks: lock}
cutoffs: {lock: 2 days after end of study}
tasks:
  - {id: enter, role: learner, phase: study, name: 登录,   shows: login}
  - {id: watch, role: learner, phase: study, name: 看课,   shows: minutes, needs: 100}
  - {id: essay, role: learner, phase: study, name: 作业,   shows: essay, characters: 10}
  - {id: talk,  role: [learner, tutor], phase: study, name: 研讨, shows: topic}
  - {id: brief, role: tutor,   phase: study, name: 简报,   shows: brief}
assessments:
  - id: result
    of: learner
    locks: lock
    pass: 60 of 100
    grades: {优秀: 90}
    components:
      - {task: watch, points: 60, rule: proportional, full at: 100}
      - {task: talk,  points: 40, rule: count, each: 5}
statistics:
  of: result
  logged in: [login, minutes]
  effective: {task: watch, at least: 50%}
  excellent: 优秀
  assignments: essay
  activities: talk
  briefs: brief
"""
AT = "2026-03-24 00:30"
KINDS = {"enter": "login", "watch": "minutes", "essay": "essay", "talk": "topic", "brief": "brief"}


class MadeUp:
    """A programme with made-up people: some schools have no county, some cohorts go on for longer."""

    def __init__(self, engine: Engine, seed: int, schools: int, people: int, cohorts: int) -> None:
        self.story = Story(engine, text=CALENDAR)
        self.random = random.Random(seed)
        self.references = 0
        with transaction(engine) as session:
            self.schools = self._schools(session, schools)
        for number in range(cohorts):
            self.story.cohort(f"{number}班", "甲省", "甲市", "", "")
        with transaction(engine) as session:
            self._people(session, people)
        self.story.night("2026-03-10 00:30")
        for number in range(0, cohorts, 3):
            until = self.story.at("2026-03-22 24:00")
            self.story.decide(extend, f"{number}班", "study.end", until, effective="2026-03-11 09:00")
        self.story.night(AT)

    def _schools(self, session: Session, count: int) -> list[int]:
        def add(parent: int | None, tier: str, name: str) -> int:
            row = Organisation(parent_id=parent, tier=tier, name=name)
            session.add(row)
            session.flush()
            return row.id or 0

        province = add(None, "province", "甲省")
        cities = [add(province, "city", name) for name in ("甲市", "乙市")]
        counties = [add(city, "county", f"{number}县") for number, city in enumerate([*cities, *cities])]
        above = [*counties, *counties, *cities]
        found = [add(self.random.choice(above), "school", f"{number}校") for number in range(count)]
        return [*found, *self.random.sample(counties, 1)]

    def _people(self, session: Session, count: int) -> None:
        activity = {
            task: Activity(programme_id=self.story.programme_id, task=task, kind=kind)
            for task, kind in KINDS.items()
        }
        session.add_all(activity.values())
        session.flush()
        records: list[dict[str, Any]] = []
        for number in range(count):
            person = Person(number=f"M{number:05}", name=f"人{number}")
            session.add(person)
            session.flush()
            role = self.random.choice(["learner"] * 5 + ["tutor"])
            left = self.random.choice(
                [None] * 6 + ["2026-03-05 09:00", AT, "2026-03-23 12:00", "2026-04-01 00:00"]
            )
            enrolment = Enrolment(
                cohort_id=self.random.choice([*self.story.cohorts.values()]), person_id=person.id or 0,
                organisation_id=self.random.choice(self.schools), role=role, joined_at=self.story.at("2026-03-01"),
                received_at=self.story.at(self.random.choice(["2026-03-01"] * 9 + ["2026-03-23 10:00"])),
                left_at=left and self.story.at(left), status="withdrawn" if left else "enrolled",
            )  # fmt: skip
            session.add(enrolment)
            session.flush()
            tasks = [task for task in self.story.calendar.tasks if role in task.role]
            records += [
                self._record(enrolment.id or 0, self.random.choice(tasks).id, activity)
                for _ in range(self.random.randrange(14))
            ]
        session.execute(insert(Evidence), records)

    def _record(self, enrolment: int, task: str, activity: dict[str, Activity]) -> dict[str, Any]:
        self.references += 1
        happened = self.story.at(
            self.random.choice(
                ["2026-03-05 08:00", "2026-03-20 23:59:59", "2026-03-21 00:00", "2026-03-22 23:00"]
            )
        )
        late = self.random.choice([None] * 4 + ["2026-03-23 08:00", AT, "2026-03-30 08:00"])
        received = self.story.at(late) if late else happened
        gone = self.random.choice([None] * 8 + ["2026-03-12 08:00", "2026-03-23 20:00"])
        amount = self.random.choice([0, 100, 300, 5000, 4999, 8000, 20000])
        characters = self.random.choice([None, 9, 10, 500])
        kind, reference = KINDS[task], f"R{self.references}"
        return {
            "enrolment_id": enrolment, "source_id": self.story.source_id, "reference": reference, "revision": 0,
            "activity_id": activity[task].id, "item": "", "amount": amount, "characters": characters,
            "happened_at": happened, "received_at": received,
            "withdrawn_at": max(self.story.at(gone), received) if gone else None,
            "digest": evidence_digest("平台", reference, f"{task}:{kind}", "", amount, characters, seconds(happened), seconds(received)),
        }  # fmt: skip

    def counted(self) -> list[Line]:
        with reading(self.story.engine) as session:
            looked = survey(session, "counted", self.story.at(AT))
            return statistics_of(looked, looked.calendar.statistics)


class SecondCounting:
    """The same figures by the plainest way there is."""

    def __init__(self, made_up: MadeUp) -> None:
        self.story = made_up.story
        self.at = self.story.at(AT)
        with Session(self.story.engine, expire_on_commit=False) as session:
            self.enrolments = session.execute(select(Enrolment)).scalars().all()
            self.evidence = defaultdict(list)
            for record in session.execute(select(Evidence)).scalars():
                self.evidence[record.enrolment_id].append(record)
            self.tasks = {row.id: row.task for row in session.execute(select(Activity)).scalars()}
            self.locks = {row.cohort_id: row.locked_at for row in session.execute(select(Seal)).scalars()}
        self.longer = {number for name, number in self.story.cohorts.items() if int(name[:-1]) % 3 == 0}

    def due(self, enrolment: Enrolment) -> Any:
        return self.story.at("2026-03-23" if enrolment.cohort_id in self.longer else "2026-03-21")

    def takes_part(self, enrolment: Enrolment, at: Any) -> bool:
        return enrolment.received_at < at and (enrolment.left_at is None or enrolment.left_at >= at)

    def records(self, enrolment: Enrolment, at: Any, *tasks: str, in_time: bool = True) -> list[Evidence]:
        return [
            one
            for one in self.evidence[enrolment.id]
            if self.tasks[one.activity_id] in tasks
            and one.received_at < at
            and (one.withdrawn_at is None or one.withdrawn_at >= at)
            and (not in_time or one.happened_at < self.due(enrolment))
            and (self.tasks[one.activity_id] != "essay" or (one.characters or 0) >= 10)
        ]

    def added(self, enrolment: Enrolment, task: str, at: Any) -> int:
        return sum(one.amount for one in self.records(enrolment, at, task))

    def minutes(self, enrolment: Enrolment, at: Any) -> int:
        return max((one.amount for one in self.records(enrolment, at, "watch")), default=0)

    def score(self, enrolment: Enrolment, at: Any) -> int:
        watched = Decimal(min(self.minutes(enrolment, at), 10000)) / 100 * 60
        talked = min(Decimal(self.added(enrolment, "talk", at)) * 5, Decimal(4000))
        return sum(int(points.quantize(Decimal(1), ROUND_HALF_UP)) for points in (watched, talked))

    def of(self, enrolment: Enrolment) -> Counts:
        at = self.at
        if not self.takes_part(enrolment, at):
            return Counts()
        learner = enrolment.role == "learner"
        work = {
            "assignments": self.added(enrolment, "essay", at), "activities": self.added(enrolment, "talk", at),
            "briefs": self.added(enrolment, "brief", at),
        }  # fmt: skip
        if not learner:
            return Counts(**work)
        lock = self.locks.get(enrolment.cohort_id)
        has_sheet = self.takes_part(enrolment, lock) if lock else True
        score = self.score(enrolment, lock or at) if has_sheet else 0
        return Counts(
            reported=1,
            logged_in=int(bool(self.records(enrolment, at, "enter", "watch", in_time=False))),
            effective=int(self.minutes(enrolment, at) >= 5000),
            sheets=int(has_sheet),
            passed=int(has_sheet and score >= 6000),
            excellent=int(has_sheet and score >= 9000),
            total=score,
            provisional=int(has_sheet and lock is None),
            **work,
        )

    def by_unit(self) -> dict[int, Counts]:
        found: dict[int, Counts] = defaultdict(Counts)
        for enrolment in self.enrolments:
            found[enrolment.organisation_id] += self.of(enrolment)
        return {place: counts for place, counts in found.items() if counts != Counts()}


@pytest.mark.parametrize("seed", range(3))
def test_each_units_figures_are_those_of_the_second_counting_and_the_sums_add_up(
    engine: Engine, seed: int
) -> None:
    made_up = MadeUp(engine, seed, schools=9, people=150, cohorts=5)
    counted = made_up.counted()
    second = SecondCounting(made_up)
    own = {line.path[-1].id: line.counts for line in counted if not line.is_sum and line.counts != Counts()}
    assert own == second.by_unit()
    assert 0 < len(second.locks) < 5
    assert counted[-1].counts.passed > counted[-1].counts.excellent > 0
    for line in counted:
        if line.is_sum:
            below = [
                one.counts for one in counted if not one.is_sum and one.path[: len(line.path)] == line.path
            ]
            assert line.counts == sum(below, Counts())
    assert counted[-1].path == ()


def rounded(part: int, whole: int) -> int | None:
    """In hundredths of a per cent, a half going up."""
    return int((Decimal(part) * 10000 / whole).quantize(Decimal(1), ROUND_HALF_UP)) if whole else None


@pytest.mark.parametrize("whole", [0, 1, 3, 7, 16, 800, 1600])
def test_rates_are_rounded_half_up_and_nothing_of_nobody(whole: int) -> None:
    for part in range(whole + 1):
        counts = Counts(reported=whole, logged_in=part, effective=part, passed=part, excellent=part)
        rates = (counts.attendance, counts.learning, counts.pass_rate, counts.excellence)
        assert rates == (rounded(part, whole),) * 4


def test_fifty_schools_and_cohorts_are_counted_by_as_many_statements_as_five(engine: Engine) -> None:
    made_up = MadeUp(engine, 1, schools=5, people=30, cohorts=5)
    with statements(engine) as for_few:
        made_up.counted()
    story = made_up.story
    schools = [story.organisation("甲省", "甲市", "0县", f"新{number}校") for number in range(50)]
    for number in range(50):
        story.cohort(f"新{number}班", "甲省", "甲市", "", "")
    with transaction(engine) as session:
        for number in range(200):
            person = Person(number=f"Z{number:05}", name="人")
            session.add(person)
            session.flush()
            since = story.at("2026-03-01")
            place, cohort = schools[number % 50], story.cohorts[f"新{number % 50}班"]
            session.add(
                Enrolment(
                    cohort_id=cohort, person_id=person.id or 0, organisation_id=place, role="learner", joined_at=since,
                    received_at=since,
                )
            )  # fmt: skip
    story.night("2026-03-24 00:30:01")
    with statements(engine) as for_many:
        lines = made_up.counted()
    assert len([line for line in lines if not line.is_sum]) >= 50
    assert len(for_many) == len(for_few) < 25
