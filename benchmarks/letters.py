"""What reminders and letters cost, as ratios to floors in the same run: the night that writes reminders, their folding into
letters, and the sending of these.

    python benchmarks/letters.py --enrolments 1000000

makes a term with that many learners (35 to a cohort), of whom half have handed in what is due in three days; runs the
night that reminds the others, folds it, and sends some of the letters to a mail server on loopback. Everything is in a
temporary folder; `--database` names a PostgreSQL server on which databases may be made and dropped.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Self
from zoneinfo import ZoneInfo

from mail_sink import mail_sink  # the server beside this one
from sqlalchemy import Column, Engine, Index, MetaData, Table, event, func, make_url, select, text
from sqlmodel import Session

from calendars.reader import read_calendar
from exchange.channels import Ready
from exchange.letter_writing import LetterWriter
from exchange.mail import MailSender
from exchange.mail_servers import read_mail_server
from exchange.sending import Sender
from exchange.smtp import SmtpChannel
from models.database import open_database, transaction
from models.letters import Letter
from models.migrating import upgrade
from models.nights import Outbox
from models.people import Organisation, Person
from models.pouring import pour
from models.terms import Cohort, CohortPhase
from models.types import seconds
from models.work import Activity, Enrolment, Evidence, Source
from workflows.cohorts import create_cohort
from workflows.folding import fold
from workflows.night import night
from workflows.publishing import publish

CALENDAR = """
programme: benchmark
name: 测速
zone: Asia/Shanghai
source: benchmarks/letters.py
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence:
  minutes: {name: 学习时间, unit: 分钟}
  handed_in: {name: 提交, unit: 份}
  topic: {name: 主题帖, unit: 帖}
phases:
  - {id: courses, kind: online_study, name: 课程, window: 2024-11-01 .. 2024-11-30, locks: lock}
cutoffs: {lock: 2024-12-07}
tasks:
  - {id: study, role: learner, phase: courses, shows: minutes, name: 学习}
  - {id: work, role: learner, phase: courses, shows: handed_in, marked by: tutor, marks: [优秀, 合格, 不合格], name: 作业}
  - {id: talk, role: learner, phase: courses, shows: topic, name: 研讨}
assessments:
  - id: term
    of: learner
    locks: lock
    pass: 60 of 100
    components:
      - {task: study, points: 40, rule: proportional, full at: 750}
      - {task: work, points: 40, rule: on time plus mark, on time: 20, mark: {优秀: 20, 合格: 12, 不合格: 0}}
      - {task: talk, points: 20, rule: count, each: 5}
reminders:
  - {to: learner, about: work, by: [3 days]}
"""
ZONE = ZoneInfo("Asia/Shanghai")
OPENING = datetime(2024, 10, 31, 16, tzinfo=UTC)
REMINDING = datetime(2024, 11, 26, 17, tzinfo=UTC)
MORNING = datetime(2024, 11, 27, 2, tzinfo=UTC)
COHORT = 35
COHORTS_OF_A_SCHOOL = 10
AT_ONCE = 1000  # cohorts that are made together
OFFICE = MailSender("项目办", "office@example.org", "desk@example.org")
SHOWN = ("minutes", "handed_in", "topic")


# ---------------------------------------------------------------------- the term


def prepare(url: str, enrolments: int) -> None:
    """The term as it stands before the night that reminds."""
    engine = open_database(url)
    upgrade(engine)
    calendar = read_calendar(CALENDAR, "benchmark")
    cohorts = -(-enrolments // COHORT)
    schools = -(-cohorts // COHORTS_OF_A_SCHOOL)
    with transaction(engine) as session:
        edition = publish(session, CALENDAR, calendar, "b", OPENING)
        county = Organisation(tier="county", name="县")
        session.add_all([county, Source(programme_id=edition.programme_id, name="p")])
        kinds = zip(("study", "work", "talk"), SHOWN, strict=True)
        session.add_all(Activity(programme_id=edition.programme_id, task=t, kind=k) for t, k in kinds)
        session.flush()
        places = [(n + 2, county.id, "school", f"第{n}小学") for n in range(schools)]
        pour(session, table(Organisation), ("id", "parent_id", "tier", "name"), places)
        create_cohort(session, calendar, edition, "1班", 2, OPENING)
    for first in range(1, cohorts + 1, AT_ONCE):
        fill(engine, first, min(first + AT_ONCE, cohorts + 1), enrolments)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    night(engine, OPENING, OPENING)
    night(engine, REMINDING - timedelta(days=1), REMINDING)
    engine.dispose()


def fill(engine: Engine, first: int, end: int, enrolments: int) -> None:
    """Cohorts like the first one, with their people. Whoever has an even number has handed in."""
    began, received = seconds(OPENING), seconds(REMINDING) - 86400
    people = range((first - 1) * COHORT + 1, min((end - 1) * COHORT, enrolments) + 1)
    with transaction(engine) as session:
        ids = [n for n in range(first, end) if n > 1]
        cohorts = [(n, 1, 1, 2 + (n - 1) // COHORTS_OF_A_SCHOOL, f"{n}班", began) for n in ids]
        names = ("id", "programme_id", "edition_id", "organisation_id", "name", "began_at")
        pour(session, table(Cohort), names, cohorts)
        phase = table(CohortPhase).c.keys()
        like = [
            tuple(row)[1:]
            for row in session.execute(
                text(f"SELECT {', '.join(phase)} FROM cohort_phase WHERE cohort_id = 1")
            )
        ]
        pour(session, table(CohortPhase), phase, [(n, *row) for n in ids for row in like])
        pour(session, table(Person), ("id", "number", "name", "email"),
             [(n, f"N{n:07}", f"教师{n % 997}", f"t{n}@example.org") for n in people])  # fmt: skip
        names = (
            "id",
            "cohort_id",
            "person_id",
            "organisation_id",
            "role",
            "status",
            "joined_at",
            "received_at",
        )
        pour(session, table(Enrolment), names, [
            (n, (n - 1) // COHORT + 1, n, 2 + (n - 1) // COHORT // COHORTS_OF_A_SCHOOL, "learner", "enrolled", began, began)
            for n in people
        ])  # fmt: skip
        shown = [(n, 1, 100 * (n % 800)) for n in people] + [(n, 2, 100) for n in people if n % 2 == 0]
        pour(session, table(Evidence), table(Evidence).c.keys(), [
            (n, 1, f"{n}-{kind}", 0, kind, "", amount, None, received, received, None, n * kind) for n, kind, amount in shown
        ])  # fmt: skip


def table(model: type[Any]) -> Any:
    return model.__table__


@contextmanager
def databases(url: str, folder: str, enrolments: int, copies: int) -> Iterator[list[Engine]]:
    """The term several times over: a night can be measured once in each. It is made in a process of its own, so that its
    memory is not taken for the night's."""
    first = f"sqlite:///{folder}/letters.sqlite"
    if url:
        first = in_database(url, "yanxiu_letters_0")
        administer(url, "DROP DATABASE IF EXISTS yanxiu_letters_0", "CREATE DATABASE yanxiu_letters_0")
    making = get_context("spawn").Process(target=prepare, args=(first, enrolments))
    making.start()
    making.join()
    if making.exitcode:
        sys.exit(making.exitcode)
    names = [f"yanxiu_letters_{n}" for n in range(1, copies + 1)]
    for name in names:
        if url:
            administer(
                url, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE yanxiu_letters_0"
            )
        else:
            shutil.copy(Path(folder) / "letters.sqlite", Path(folder) / name)
    engines = [
        open_database(in_database(url, name) if url else f"sqlite:///{folder}/{name}") for name in names
    ]
    try:
        yield engines
    finally:
        for engine in engines:
            engine.dispose()
        if url:
            administer(url, *(f"DROP DATABASE IF EXISTS {name}" for name in ("yanxiu_letters_0", *names)))


def in_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def administer(url: str, *statements: str) -> None:
    with open_database(url).execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


# ---------------------------------------------------------------------- what is measured


@dataclass
class Round:
    """Seconds of one night and one fold, each beside its floors."""

    night: float = 0
    writing: float = 0
    bare: float = 0
    indexed: float = 0
    folding: float = 0
    bare_fold: float = 0
    rows: int = 0
    made: int = 0


@dataclass
class Watch:
    """Seconds in statements that begin so."""

    engine: Engine
    beginning: str
    spent: float = 0
    began: list[float] = field(default_factory=list)

    def __enter__(self) -> Self:
        event.listen(self.engine, "before_cursor_execute", self._before)
        event.listen(self.engine, "after_cursor_execute", self._after)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._before)
        event.remove(self.engine, "after_cursor_execute", self._after)

    def _before(self, *_: object) -> None:
        self.began.append(time.perf_counter())

    def _after(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        took = time.perf_counter() - self.began.pop()
        self.spent += took if statement.startswith(self.beginning) else 0


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak() -> float:
    """The most memory that this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform != "darwin" else 1024**2
    )


def floor(engine: Engine, rows: int, *, indexed: bool = False) -> float:
    """As many rows of the outbox's columns, by one INSERT … SELECT from enrolments and its commit: into a table with a key
    and nothing else, or with the outbox's indexes. Nothing is decided, and no foreign key looked up."""
    plain = plain_outbox(indexed=indexed)
    with engine.begin() as connection:
        plain.metadata.drop_all(connection)
        plain.metadata.create_all(connection)
    values = {
        "cohort_id": "cohort_id", "recipient": "'e' || id", "obligation": "'work'", "step": "'3 days before'", "channel": "'digest'",
        "deadline_at": "1732982400", "effective_at": "1732636800", "speak_at": "1732665600", "recorded_at": "1732640400",
        "reminder": "0", "state": "'written'",
    }  # fmt: skip
    statement = f"INSERT INTO floor ({', '.join(values)}) SELECT {', '.join(values.values())} FROM enrolment LIMIT {rows}"

    def insert() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)

    return seconds_of(insert)


def plain_outbox(*, indexed: bool) -> Table:
    outbox: Table = table(Outbox)
    plain = Table(
        "floor", MetaData(), *(Column(one.name, one.type, primary_key=one.primary_key) for one in outbox.c)
    )
    for index in outbox.indexes if indexed else ():
        columns = (plain.c[column.name] for column in index.columns)
        Index(f"floor_{index.name}", *columns, unique=index.unique, **index.dialect_kwargs)
    return plain


def bare_fold(engine: Engine, rows: int) -> float:
    """As many letters by one INSERT … SELECT, and as many rows of a plain table pointed at them by one UPDATE."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS bare_letter")
        connection.exec_driver_sql("CREATE TABLE bare_letter AS SELECT * FROM letter WHERE 1 = 0")

    def work() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO bare_letter (id, key, reader, way, day, part, state, not_before, attempts, recorded_at) "
                "SELECT id, '0123456789abcdef0123456789abcdef', 'p', 'mail', NULL, 1, 'waiting', 1732752000, 0, 1732752000 "
                f"FROM enrolment LIMIT {rows}"
            )
            connection.exec_driver_sql("UPDATE floor SET state = 'told', letter_id = id")

    return seconds_of(work)


def measured(engine: Engine) -> Round:
    """One night between two floors, and the fold of what it wrote beside its own."""
    found = Round()
    with Watch(engine, "INSERT INTO outbox") as writing:
        found.night = seconds_of(lambda: night(engine, REMINDING, REMINDING))
    found.writing = writing.spent
    with Session(engine) as session:
        found.rows = session.execute(select(func.count()).select_from(table(Outbox))).scalar_one()
    found.folding = seconds_of(lambda: folded(engine, found))
    return found


def folded(engine: Engine, found: Round) -> None:
    with transaction(engine) as session:
        found.made = fold(session, MORNING, ZONE)


def beside_floors(engine: Engine, rows: int, found: Round) -> None:
    bare = [floor(engine, rows) for _ in range(2)]
    found.bare_fold = bare_fold(engine, rows)
    found.bare = median(bare)
    found.indexed = floor(engine, rows, indexed=True)


# ---------------------------------------------------------------------- sending


@contextmanager
def channel(port: int) -> Iterator[SmtpChannel]:
    with SmtpChannel(read_mail_server(f"smtp://127.0.0.1:{port}"), OFFICE.address) as opened:
        yield opened


def empty(port: int, count: int) -> float:
    """Seconds of as many empty messages by the same client."""
    with channel(port) as opened:
        opened.send(Ready("0", "t0@example.org", "", b""))
        return seconds_of(
            lambda: [opened.send(Ready(str(n), f"t{n}@example.org", "", b"")) for n in range(count)]
        )


def sent(engine: Engine, port: int, count: int) -> float:
    """Seconds of the next so many letters, claimed, made of the facts, worded, handed over, and written down."""
    letter = table(Letter)
    with transaction(engine) as session:
        ids = select(letter.c.id).where(letter.c.state == "waiting").order_by(letter.c.id).limit(count)
        last = session.execute(select(func.max(ids.subquery().c.id))).scalar()
        session.execute(
            letter.update().where(letter.c.state == "waiting").values(not_before=MORNING + timedelta(days=9))
        )
        session.execute(
            letter.update().where(letter.c.state == "waiting", letter.c.id <= last).values(not_before=MORNING)
        )
    channels = {"mail": SmtpChannel(read_mail_server(f"smtp://127.0.0.1:{port}"), OFFICE.address)}
    sender = Sender(engine, channels, LetterWriter(None, "zh", OFFICE), ZONE, lambda: MORNING)
    took = seconds_of(sender.send_due)
    assert sender.done.outcomes == {"sent": count}, sender.done
    return took


def send(engine: Engine, kind: str, letters: int, times: int) -> None:
    with mail_sink(kind) as port:
        empty(port, 500)
        sent(engine, port, 200)
        floors, found, ratios = [], [], []
        for _ in range(times):
            before = empty(port, letters)
            found.append(sent(engine, port, letters))
            floors.append((before + empty(port, letters)) / 2)
            ratios.append(found[-1] / floors[-1])
    print(f"  sending, {kind:8}  {letters / median(found):9,.0f} a second   {median(ratios):.2f}   "
          f"({min(ratios):.2f} to {max(ratios):.2f} in {times}; empty {letters / median(floors):,.0f})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--enrolments", type=int, default=35_000)
    parser.add_argument("--letters", type=int, default=1_000, help="sent in each round; 0: none")
    parser.add_argument("--times", type=int, default=3, help="rounds of each")
    parser.add_argument(
        "--database", default="", help="a PostgreSQL server; default: SQLite in a temporary folder"
    )
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        databases(options.database, folder, options.enrolments, options.times) as engines,
    ):
        rounds, peaks = [], [peak()]
        for engine in engines:
            rounds.append(measured(engine))
            peaks.append(peak())
        for engine, found in zip(engines, rounds, strict=True):
            beside_floors(engine, found.rows, found)
        told(engines[0], options.enrolments, rounds)
        for kind in ("bare", "aiosmtpd") if options.letters else ():
            send(engines[0], kind, options.letters, options.times)
        print(
            f"  peak memory: {peaks[0]:.0f} MB before, {peaks[-1]:.0f} of nights and folds, {peak():.0f} with sending"
        )


def told(engine: Engine, enrolments: int, rounds: list[Round]) -> None:
    first = rounds[0]
    assert first.rows == first.made == enrolments - enrolments // 2, first
    print(f"{enrolments:,} enrolments, {first.rows:,} reminders, {engine.dialect.name}, {len(rounds)} rounds")
    line("floor: bare INSERT SELECT", rounds, "bare", "bare")
    line("the same with its indexes", rounds, "indexed", "bare")
    line("the night", rounds, "night", "bare")
    line("  in it, the writing", rounds, "writing", "bare")
    line("floor of the fold", rounds, "bare_fold", "bare_fold")
    line("the fold into letters", rounds, "folding", "bare_fold")


def line(name: str, rounds: list[Round], what: str, beside: str) -> None:
    """A median, and how it stands to its floor."""
    found = [getattr(one, what) for one in rounds]
    ratios = [getattr(one, what) / getattr(one, beside) for one in rounds]
    print(f"  {name:26} {median(found) * 1000:9.0f} ms {rounds[0].rows / median(found):11,.0f} a second  {median(ratios):6.2f}"
          f"   ({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
