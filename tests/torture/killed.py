"""Nights and sendings killed at a statement, a commit or a send, and begun again: the same as if nothing had been."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine, event, select
from sqlmodel import Session, col

from exchange.channels import Go, Outcome, Ready, Sent, at_once
from exchange.letter_writing import LetterWriter
from exchange.sending import Sender
from models.letters import Letter
from tests.support.outcomes import outcome
from tests.support.post import OFFICE
from tests.support.story import Story
from tests.torture.forked import begun, ended
from tests.torture.offices import SERVER, Office, opened, two_classes
from tests.torture.promise import Promise
from workflows.night import night

NIGHTS = ("2024-11-01 00:30", "2024-11-22 00:30", "2024-12-02 00:30", "2024-12-16 00:30", "2024-12-17 00:30")
LOCKING = 3  # which of them locks and seals
AFTERWARDS = timedelta(minutes=20)  # when somebody has begun it again: behind the lease of a letter
Step = Callable[[], None]


@dataclass
class Reached:
    """How far a life has come, step by step; at one of them it is over."""

    last: int
    steps: int = 0

    def __call__(self) -> None:
        self.steps += 1
        if self.steps == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Witnessed:
    """A channel whose other side has what it was given, whoever dies."""

    file: Path
    step: Step

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def send(self, ready: Ready, go: Go = at_once) -> Sent:
        if not go():
            return Sent(Outcome.WITHHELD)
        self.step()
        with self.file.open("a") as file:
            file.write(ready.key + "\n")
        self.step()
        return Sent(Outcome.SENT)


@dataclass(frozen=True)
class Day:
    """A night and the sending after it: what stands before, how many steps they have, and what they leave."""

    at: datetime
    before: Office
    steps: int
    found: dict[str, Any]
    letters: dict[tuple[object, ...], tuple[str, bool]]


def attempt(number: int, folder: Path) -> None:
    dialect = ("sqlite", "postgresql")[number % 2] if SERVER else "sqlite"
    days = undisturbed(folder, dialect)
    steps = [(day, step) for day in days for step in range(1, day.steps + 1)]
    day, step = steps[number // (2 if SERVER else 1) % len(steps)]
    sent = folder / f"sent-{os.getpid()}"
    sent.write_text("")
    with day.before.copy(folder) as url:
        code = _lives(url, day, sent, Reached(step), timedelta(0))
        assert code == -signal.SIGKILL, f"step {step} was not reached: {code}"
        assert _lives(url, day, sent, Reached(0), AFTERWARDS) == 0, "it does not go on"
        found, told = left(url, day.before.story)
    where = f"{dialect}, {day.at:%Y-%m-%d}, killed at step {step}"
    assert found == day.found, f"{where}: {first_difference(found, day.found)}"
    assert told.keys() == day.letters.keys(), f"{where}: {told.keys() ^ day.letters.keys()}"
    times = Counter(sent.read_text().split())
    twice = {key for key, count in times.items() if count > 1}
    assert max(times.values(), default=1) <= 2, f"{where}: {times}"
    assert len(twice) <= 1, f"{where}: {twice}"
    assert twice <= {key for key, uncertain in told.values() if uncertain}, f"{where}: twice, and not marked"
    assert len(times) == _sent_by(day, days), f"{where}: {len(times)} letters"


def _sent_by(day: Day, days: Sequence[Day]) -> int:
    """How many letters are sent on a day."""
    before = days[days.index(day) - 1].letters if day is not days[0] else {}
    return len(day.letters) - len(before)


@cache
def undisturbed(folder: Path, dialect: str) -> list[Day]:
    """Every day of the term as it is when nobody dies."""
    office, days = two_classes(folder, dialect), list[Day]()
    sent, counted = folder / f"all-{os.getpid()}", folder / f"steps-{os.getpid()}"
    for number, words in enumerate(NIGHTS):
        day = Day(office.story.at(words), office, 0, {}, {})
        after = office.branch(folder, f"day{number}")
        assert _lives(after.url, day, sent, Reached(0), timedelta(0), counted) == 0
        found, letters = left(after.url, office.story)
        assert found["wrong"] == []
        days.append(replace(day, steps=int(counted.read_text()), found=found, letters=letters))
        with office.copy(folder) as url:
            # Once in this process, so that those who are forked have it all compiled.
            _does(opened(url), day, sent, lambda: None, timedelta(0))
            left(url, office.story)
        office = after
    assert days[-1].letters
    return days


def _lives(
    url: str, day: Day, sent: Path, reached: Reached, late: timedelta, counted: Path | None = None
) -> int:
    """One life, in a process of its own: the code with which it ends, or the signal, negative."""

    def live() -> None:
        _live(opened(url), day, sent, reached, late)
        if counted is not None:
            counted.write_text(str(reached.steps))

    return ended(begun(live))


def _live(engine: Engine, day: Day, sent: Path, reached: Reached, late: timedelta) -> None:
    event.listen(engine, "before_cursor_execute", lambda *_: reached())
    event.listen(engine, "commit", lambda _: reached())
    _does(engine, day, sent, reached, late)


def _does(engine: Engine, day: Day, sent: Path, step: Step, late: timedelta) -> None:
    night(engine, day.at, day.at)
    channels, morning = {"mail": Witnessed(sent, step)}, day.at + timedelta(hours=8) + late
    zone = day.before.story.calendar.zoneinfo
    Sender(engine, channels, LetterWriter(None, "zh", OFFICE), zone, lambda: morning).send_due()


def left(url: str, story: Story) -> tuple[dict[str, Any], dict[tuple[object, ...], tuple[str, bool]]]:
    """What came of the term, and of the letters that were sent: the key of each, and whether it is uncertain."""
    story.engine = opened(url)
    try:
        with Session(story.engine) as session:
            letters = session.execute(select(Letter).where(col(Letter.state) == "sent")).scalars().all()
            told = {(one.reader, one.way, one.day, one.part): (one.key, one.uncertain) for one in letters}
        return outcome(story), told
    finally:
        story.engine.dispose()


def first_difference(found: dict[str, Any], meant: dict[str, Any]) -> str:
    return next(f"{name}: {found[name]} for {meant[name]}" for name in meant if found[name] != meant[name])


KILLED = Promise("killed at any statement or send, begun again: the same, no letter lost", 1_120, 60, attempt)
