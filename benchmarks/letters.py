"""What reminders and letters cost: the night that writes reminders, their folding into letters, and the sending of these to a
mail server on loopback, each beside its floor."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Engine, Index, MetaData, Table, event, func, select
from sqlmodel import Session

from benchmarks.databases import Databases, Files, opened, served
from benchmarks.figures import Found, Target, ratio_up_to
from benchmarks.letter_term import REMINDING, prepare
from benchmarks.mail_sink import mail_sink
from benchmarks.measuring import seconds_of
from benchmarks.sizes import Sizes
from benchmarks.terms import table_of
from exchange.channels import Go, Ready, Sent, at_once
from exchange.letter_writing import LetterWriter
from exchange.mail import MailSender
from exchange.mail_servers import read_mail_server
from exchange.sending import Sender
from exchange.smtp import SmtpChannel
from models.database import transaction
from models.letters import Letter
from models.nights import Outbox
from workflows.folding import fold
from workflows.night import night

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2024, 11, 27, 2, tzinfo=UTC)
OFFICE = MailSender("项目办", "office@example.org", "desk@example.org")


UNDER_WAY = 3000  # letters, behind which the process that writes them beside the sender has long begun
ROUNDS = 3  # at most
WRITING = ratio_up_to(5)
SENDING = ratio_up_to(2)


@dataclass(frozen=True)
class Sendings:
    """Seconds a letter."""

    all_of_them: float
    under_way: float


@dataclass
class Round:
    """Seconds of one night and one fold, each beside its floors."""

    place: str
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
    outbox: Table = table_of(Outbox)
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


def measure(sizes: Sizes, folder: Path) -> Found:
    found = Found(
        "Reminders and letters, by a bare INSERT SELECT of as many rows, and by as many empty messages"
    )
    with ExitStack() as stack:
        files = Files(folder)
        places: list[Databases] = [files]
        if sizes.database:
            places.append(stack.enter_context(served(sizes.database)))
        for databases in places:
            before = databases.new()
            prepare(before, sizes.enrolments)
            tell(
                found,
                [in_a_copy(databases, before) for _ in range(min(ROUNDS, sizes.times))],
                sizes.enrolments,
            )
            if databases is files and sizes.letters:
                send_all(before, sizes, found)
    return found


def tell(found: Found, rounds: Sequence[Round], enrolments: int) -> None:
    assert all(one.rows == one.made == enrolments - enrolments // 2 for one in rounds), rounds

    def add(what: str, of: str, beside: str, *targets: Target, main: bool = False) -> None:
        values, floors = ([getattr(one, name) for one in rounds] for name in (of, beside))
        found.add(f"{rounds[0].place}: {what}", values, floors, *targets, main=main)

    add(f"bare INSERT SELECT of {rounds[0].rows:,} rows", "bare", "bare")
    add("the same with its indexes", "indexed", "bare")
    add("the night that reminds", "night", "bare", main=True)
    add("in it, the writing", "writing", "bare", WRITING)
    add("folding into letters, by bare statements", "folding", "bare_fold", main=True)


def in_a_copy(databases: Databases, before: str) -> Round:
    copy = databases.copy(before)
    with opened(copy) as engine:
        found = measured(engine)
        beside_floors(engine, found.rows, found)
    databases.drop(copy)
    return found


def measured(engine: Engine) -> Round:
    """One night, and the fold of what it wrote; the floors come behind them."""
    found = Round({"sqlite": "SQLite", "postgresql": "PostgreSQL"}[engine.dialect.name])
    with Watch(engine, "INSERT INTO outbox") as writing:
        found.night = seconds_of(lambda: night(engine, REMINDING, REMINDING))
    found.writing = writing.spent
    with Session(engine) as session:
        found.rows = session.execute(select(func.count()).select_from(table_of(Outbox))).scalar_one()
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


class Stamped(SmtpChannel):
    """The office's channel, with the moment at which each letter had been sent."""

    def __init__(self, port: int) -> None:
        super().__init__(read_mail_server(f"smtp://127.0.0.1:{port}"), OFFICE.address)
        self.stamps: list[float] = []

    def send(self, ready: Ready, go: Go = at_once) -> Sent:
        sent = super().send(ready, go)
        self.stamps.append(time.perf_counter())
        return sent


def sent(engine: Engine, port: int, count: int) -> Sendings:
    """Seconds a letter of the first so many, claimed, made of the facts, worded, handed over, and written down: of all of
    them, and of those behind the ones with which it gets under way."""
    letter = table_of(Letter)
    first = select(letter.c.id).order_by(letter.c.id).limit(count)
    with transaction(engine) as session:
        session.execute(letter.update().values(state="waiting", not_before=MORNING + timedelta(days=9)))
        session.execute(letter.update().where(letter.c.id.in_(first)).values(not_before=MORNING))
    stamped = Stamped(port)
    sender = Sender(engine, {"mail": stamped}, LetterWriter(None, "zh", OFFICE), ZONE, lambda: MORNING)
    start = time.perf_counter()
    sender.send_due()
    assert sender.done.outcomes == {"sent": count}, sender.done
    last, under_way = stamped.stamps[-1], min(UNDER_WAY, count * 3 // 4)
    return Sendings((last - start) / count, (last - stamped.stamps[under_way]) / (count - under_way - 1))


def send_all(before: str, sizes: Sizes, found: Found) -> None:
    """Letters from the term in which they were folded."""
    with opened(before) as engine:
        measured(engine)
        letters = min(sizes.letters, sizes.enrolments - sizes.enrolments // 2)
        sendings, empties = send(engine, letters, min(ROUNDS, sizes.times))
    found.add(
        "a letter to a mail server, under way",
        [one.under_way for one in sendings],
        empties,
        SENDING,
        main=True,
    )
    found.add("a letter to a mail server, from the first", [one.all_of_them for one in sendings], empties)


def send(engine: Engine, letters: int, times: int) -> tuple[list[Sendings], list[float]]:
    """Rounds of letters to a server, each between as many empty messages by the same client; seconds for each."""
    sendings, empties = [], []
    with mail_sink() as port:
        empty(port, 500)
        for _ in range(times):
            before = empty(port, letters)
            sendings.append(sent(engine, port, letters))
            empties.append((before + empty(port, letters)) / 2 / letters)
    return sendings, empties
