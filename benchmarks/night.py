"""How much a night costs, as ratios to a bare aggregate over the same evidence in the same run.

    python benchmarks/night.py --enrolments 100000 --evidence 20

makes a term with that many learners (50 to a cohort) and that many learning records each, runs the night of the
cutoff (score, breakdown, transitions, seal) and a quiet night, and prints the table. Everything is in a
temporary folder; `--database` names another server, whose schema must be empty.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, insert, text

from calendars.reader import read_calendar
from models.database import open_database, transaction
from models.migrating import upgrade
from models.people import Organisation, Person
from models.terms import Edition
from models.types import seconds
from models.work import Activity, Enrolment, Evidence, ImportBatch, Mark, Source
from workflows.changes import Changes
from workflows.cohorts import create_cohort
from workflows.night import night
from workflows.publishing import publish

CALENDAR = """
programme: benchmark
name: 测速
zone: Asia/Shanghai
source: benchmarks/night.py
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence:
  minutes: {name: 学习时间, unit: 分钟}
  handed_in: {name: 提交, unit: 份}
  topic: {name: 主题帖, unit: 个}
  reply: {name: 回复帖, unit: 个}
phases:
  - {id: courses, kind: online_study, name: 课程, window: 2024-11-01 .. 2024-11-30, locks: lock}
cutoffs: {lock: 2024-12-07}
tasks:
  - {id: study, role: learner, phase: courses, shows: minutes, name: 学习}
  - {id: work, role: learner, phase: courses, shows: handed_in, marked by: tutor, marks: [优秀, 良好, 合格, 不合格], name: 作业}
  - {id: journal, role: learner, phase: courses, shows: handed_in, name: 日志}
  - {id: talk, role: learner, phase: courses, shows: [topic, reply], name: 研讨}
assessments:
  - id: term
    of: learner
    locks: lock
    pass: 90 of 100
    components:
      - {task: study, points: 40, rule: proportional, full at: 750}
      - {task: work, points: 20, rule: on time plus mark, on time: 10, mark: {优秀: 10, 良好: 8, 合格: 6, 不合格: 0}}
      - {task: journal, points: 20, rule: flat}
      - {task: talk, points: 20, rule: count, each: 5}
gates:
  - {before: lock, require: all handed in work marked, waits on: tutor}
"""
KINDS = [
    ("study", "minutes"),
    ("work", "handed_in"),
    ("journal", "handed_in"),
    ("talk", "topic"),
    ("talk", "reply"),
]
OPENING, CLOSING = datetime(2024, 10, 31, 16, tzinfo=UTC), datetime(2024, 11, 30, 16, tzinfo=UTC)
LOCK = datetime(2024, 12, 7, 16, tzinfo=UTC)
COHORT = 50
COPIES = 6  # the median of as many: a machine has its moods
GRADES = ("优秀", "良好", "合格", "不合格")


def make_term(engine: Engine, enrolments: int, evidence: int) -> None:
    """Cohorts of 50 under 100 schools, everybody with the same number of records spread over the kinds."""
    with transaction(engine) as session:
        edition: Edition = publish(session, CALENDAR, read_calendar(CALENDAR, "benchmark"), "b", OPENING)
        calendar = read_calendar(CALENDAR, "benchmark")
        county = Organisation(tier="county", name="县")
        session.add(county)
        session.flush()
        schools = [Organisation(tier="school", name=f"第{n}小学", parent_id=county.id) for n in range(100)]
        session.add_all(schools)
        session.add(Source(programme_id=edition.programme_id, name="p"))
        session.add_all(
            Activity(programme_id=edition.programme_id, task=t, kind=k) for t, k in [*KINDS, ("work", "mark")]
        )
        session.flush()
        places = [school.id or 0 for school in schools]
        cohorts = [
            create_cohort(session, calendar, edition, f"{n}班", places[n % 100], OPENING).id or 0
            for n in range(-(-enrolments // COHORT))
        ]
        rows = range(1, enrolments + 1)
        session.execute(insert(Person), [{"id": n, "number": f"N{n}", "name": "某"} for n in rows])
        session.execute(insert(Enrolment), [
            {"id": n, "cohort_id": cohorts[(n - 1) // COHORT], "person_id": n, "organisation_id": places[n % 100],
             "role": "learner", "status": "enrolled", "joined_at": OPENING, "received_at": OPENING} for n in rows
        ])  # fmt: skip
        session.add(ImportBatch(programme_id=edition.programme_id, kind="evidence", file="f", sha256="", received_at=CLOSING,
                                recorded_at=CLOSING, added=1, changed=0))  # fmt: skip
    fill(engine, enrolments, evidence)


def fill(engine: Engine, enrolments: int, evidence: int) -> None:
    """Evidence and marks in driver-level batches, by enrolment."""
    made = random.Random(1)
    columns = Evidence.__table__.c.keys()  # type: ignore[attr-defined]
    mark_columns = Mark.__table__.c.keys()  # type: ignore[attr-defined]
    first, last = seconds(OPENING), seconds(CLOSING)

    def records(start: int, end: int) -> Iterator[tuple[object, ...]]:
        for enrolment in range(start, end):
            for n in range(evidence):
                kind = 1 + (0 if n % 5 < 3 else n % 4 + 1)
                amount = made.randrange(2000, 9000) if kind == 1 else 100
                yield (enrolment, 1, f"{enrolment}-{n}", 0, kind, "", amount, None, made.randrange(first, last), last, None,
                       made.randrange(1 << 48))  # fmt: skip

    for start in range(1, enrolments + 1, 5000):
        end = min(start + 5000, enrolments + 1)
        with engine.begin() as connection:
            _pour(connection, "evidence", columns, list(records(start, end)))
            marks = [
                (n, 6, "", "", 0, None, made.choice(GRADES), last, None, made.randrange(1 << 48))
                for n in range(start, end)
            ]
            _pour(connection, "mark", mark_columns, marks)


def _pour(connection: object, table: str, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    mark = "%s" if connection.dialect.name == "postgresql" else "?"  # type: ignore[attr-defined]
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"
    connection.exec_driver_sql(statement, rows)  # type: ignore[attr-defined]


AGGREGATE = (
    "SELECT enrolment_id, SUM(amount) AS amount, COUNT(*) AS count FROM evidence GROUP BY enrolment_id"
)


def floor(engine: Engine) -> None:
    """What any scoring must at least do: read all the evidence once, group it by person, and fetch that."""
    with engine.connect() as connection:
        connection.execute(text(AGGREGATE)).all()


def unfetched(engine: Engine) -> None:
    """The same, and nothing leaves the database."""
    with engine.connect() as connection:
        connection.execute(text(f"SELECT MAX(amount), MAX(count) FROM ({AGGREGATE}) AS person")).all()


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--enrolments", type=int, default=20_000)
    parser.add_argument("--evidence", type=int, default=20, help="records for each enrolment")
    parser.add_argument(
        "--database", default="", help="an empty database; default: SQLite in a temporary folder"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{Path(folder) / 'night.sqlite'}"
        # In a process of its own, so that its memory is not taken for the night's.
        making = get_context("spawn").Process(
            target=prepare, args=(url, options.enrolments, options.evidence)
        )
        making.start()
        making.join()
        if making.exitcode:
            sys.exit(making.exitcode)
        measure(open_database(url), options.enrolments, options.evidence)


def prepare(url: str, enrolments: int, evidence: int) -> None:
    engine = open_database(url)
    upgrade(engine)
    make_term(engine, enrolments, evidence)
    night(engine, OPENING, OPENING)


def measure(engine: Engine, enrolments: int, evidence: int) -> None:
    """The memory of nights first, before anything else uses any; then each cutoff night between two floors."""
    closing = seconds_of(lambda: night(engine, CLOSING, CLOSING))
    first, *others = before_the_cutoff(engine)
    found: list[Changes] = []
    nights = [seconds_of(lambda: found.append(night(first, LOCK, LOCK)))]
    quiet = median(seconds_of(lambda: night(first, LOCK, LOCK)) for _ in range(5))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform != "darwin" else 1024**2
    )
    floors = [seconds_of(lambda: floor(first))]
    ratios = [nights[0] / floors[0]]
    for other in others:
        before = seconds_of(lambda: floor(other))  # noqa: B023
        nights.append(seconds_of(lambda: night(other, LOCK, LOCK)))  # noqa: B023
        floors.append((before + seconds_of(lambda: floor(other))) / 2)  # noqa: B023
        ratios.append(nights[-1] / floors[-1])
    inside, base, cutoff = seconds_of(lambda: unfetched(first)), median(floors), median(nights)
    print(f"{enrolments:,} enrolments, {enrolments * evidence:,} records, {engine.dialect.name}")
    print(f"  floor: bare aggregate   {base * 1000:9.1f} ms   1.0")
    print(f"  the same, not fetched   {inside * 1000:9.1f} ms   {inside / base:.1f}")
    print(f"  closing night           {closing * 1000:9.1f} ms   {closing / base:.1f}")
    print(f"  cutoff night, sealed    {cutoff * 1000:9.1f} ms   {median(ratios):.1f}   "
          f"({min(ratios):.1f} to {max(ratios):.1f} in {len(ratios)}) {dict(found[0].sealed)}")  # fmt: skip
    print(f"  quiet night             {quiet * 1000:9.1f} ms   {quiet / base:.2f}")
    print(f"  peak memory of nights   {peak:9.0f} MB")


def before_the_cutoff(engine: Engine) -> list[Engine]:
    """The term as it stands, several times over where a file can be copied: a night can be measured once in each."""
    if engine.dialect.name != "sqlite":
        return [engine]
    engine.dispose()
    file = Path(engine.url.database or "")
    copies = [shutil.copy(file, f"{file}-{number}") for number in range(COPIES)]
    return [open_database(f"sqlite:///{copy}") for copy in copies]


if __name__ == "__main__":
    main()
