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
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Self
from zoneinfo import ZoneInfo

from letter_term import REMINDING, databases, table  # the modules beside this one
from mail_sink import mail_sink
from sqlalchemy import Column, Engine, Index, MetaData, Table, event, func, select
from sqlmodel import Session

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


@dataclass(frozen=True)
class Sendings:
    """Seconds."""

    all_of_them: float
    under_way: float


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
    """Seconds of the first so many letters, claimed, made of the facts, worded, handed over, and written down: all of them,
    and those behind the first `UNDER_WAY`."""
    letter = table(Letter)
    first = select(letter.c.id).order_by(letter.c.id).limit(count)
    with transaction(engine) as session:
        session.execute(letter.update().values(state="waiting", not_before=MORNING + timedelta(days=9)))
        session.execute(letter.update().where(letter.c.id.in_(first)).values(not_before=MORNING))
    stamped = Stamped(port)
    sender = Sender(engine, {"mail": stamped}, LetterWriter(None, "zh", OFFICE), ZONE, lambda: MORNING)
    start = time.perf_counter()
    sender.send_due()
    assert sender.done.outcomes == {"sent": count}, sender.done
    return Sendings(stamped.stamps[-1] - start, stamped.stamps[-1] - stamped.stamps[UNDER_WAY])


def send(engine: Engine, kind: str, letters: int, times: int) -> None:
    """Letters to a server, between as many empty messages by the same client."""
    found: dict[str, list[float]] = {"from the first": [], "under way": []}
    empties: list[float] = []
    with mail_sink(kind) as port:
        empty(port, 500)
        for _ in range(times):
            before = empty(port, letters)
            seconds = sent(engine, port, letters)
            empties.append((before + empty(port, letters)) / 2 / letters)
            found["from the first"].append(seconds.all_of_them / letters)
            found["under way"].append(seconds.under_way / (letters - UNDER_WAY - 1))
    print(
        f"  empty messages, {kind:17} {median(empties) * 1000:9.2f} ms {1 / median(empties):11,.0f} a second"
    )
    for name, each in found.items():
        ratios = [one / floor for one, floor in zip(each, empties, strict=True)]
        print(f"    letters, {name:22} {median(each) * 1000:9.2f} ms {1 / median(each):11,.0f} a second  {median(ratios):6.2f}"
              f"   ({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--enrolments", type=int, default=35_000)
    parser.add_argument("--letters", type=int, default=8_000, help="sent in each round; 0: none")
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
