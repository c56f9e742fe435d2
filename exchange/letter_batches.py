"""Batches of letters made ready to be sent: told in the facts of the moment and put into words, here or, while there are
many, in a process beside this one, so that the next are written while the last are sent."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from types import TracebackType
from typing import IO, NamedTuple, Self, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from calendars.workdays import overlay
from exchange.channels import Ready
from exchange.children import is_answered
from exchange.fault_traces import trace_of
from exchange.letter_writing import LetterWriter
from models.database import reading
from models.keys import Keyring, keyring
from workflows.claiming import Claimed
from workflows.telling import Told, tell

ALONE = 1000  # letters: for fewer a second process is not worth its beginning, which takes seconds


class Worded(NamedTuple):
    """A letter as it goes out, and the names of the programmes that it speaks of."""

    ready: Ready
    programmes: frozenset[str]


@dataclass(frozen=True)
class Fault:
    """A fault of the program over one letter: its kind, and where it came about. Its own words may quote somebody's data."""

    kind: str
    trace: str = field(repr=False)


@dataclass
class Written:
    """What a batch of claimed letters came to, by their ids; one that is nowhere here has nothing to say any more. `left_out`,
    `later` and `nowhere` are as in `Told`."""

    letters: dict[int, Worded] = field(default_factory=dict)
    left_out: list[int] = field(default_factory=list)
    later: dict[int, datetime] = field(default_factory=dict)
    nowhere: set[int] = field(default_factory=set)
    faults: dict[int, Fault] = field(default_factory=dict)
    own_texts_fail: bool = False


@dataclass(frozen=True)
class BatchWriter:
    """Writes the letters of an office on its database."""

    engine: Engine
    writer: LetterWriter
    zone: ZoneInfo

    def write(self, claimed: Sequence[Claimed], at: datetime) -> Written:
        """What the letters say at an instant. One that cannot be written, whatever the reason, keeps no other back."""
        written = Written()
        told = self._tell(claimed, at, written)
        for one in claimed:
            letter = told.letters.get(one.id)
            if letter is not None:
                try:
                    ready = self.writer.ready(letter, uncertain=one.uncertain)
                    written.letters[one.id] = Worded(ready, letter.programmes)
                except Exception as error:  # noqa: BLE001 - a fault of the program, or of one letter's data
                    written.faults[one.id] = _fault(error)
        written.left_out, written.later, written.nowhere = told.left_out, told.later, told.nowhere
        written.own_texts_fail = self.writer.own_texts_fail
        return written

    def _tell(self, claimed: Sequence[Claimed], at: datetime, written: Written) -> Told:
        try:
            with reading(self.engine) as session:
                return tell(session, claimed, at, self.zone)
        except Exception as error:  # noqa: BLE001 - likewise
            if len(claimed) == 1:
                written.faults[claimed[0].id] = _fault(error)
                return Told()
        told = Told()
        for one in claimed:
            told.take_in(self._tell([one], at, written))
        return told


def _fault(error: Exception) -> Fault:
    return Fault(type(error).__name__, trace_of(error))


class Errand(NamedTuple):
    """What a process beside this one is to know before it can write: where the database is, in whose name, in which zone,
    which days the office has told itself, and by which keys its people's numbers open."""

    url: str
    writer: LetterWriter
    zone: ZoneInfo
    days: dict[date, bool]
    keys: Keyring


class LetterBatches:
    """Batches of letters, one after the other, for a sender that uses this by `with`. After so many letters as `alone` says a
    process beside this one is begun, and writes as soon as it is there; `patience` are seconds that are waited for it. It ends
    when nobody asks any more: also when this one was killed."""

    def __init__(self, writer: BatchWriter, alone: int = ALONE, patience: float = 0) -> None:
        self._here = writer
        self._alone = alone
        self._patience = patience
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._lost = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def begin(self, claimed: Sequence[Claimed], at: datetime) -> Callable[[], Written]:
        """Have a batch written; what is returned waits for it. Ask for it before the next is begun."""
        here = partial(self._here.write, claimed, at)
        try:
            if self._is_beside():
                self._pass_on((claimed, at))
                return partial(self._fetch, here)
        except (EOFError, OSError):
            self._lose()
        self._alone -= len(claimed)
        return here

    def _is_beside(self) -> bool:
        """Whether a process beside this one writes. Raises EOFError where it has died."""
        if self._child is None and self._alone <= 0 and not self._lost:
            self._start()
        if self._child is not None and not self._ready:
            there = is_answered(self._pipe("stdout").fileno(), self._patience)
            self._ready = there and self._answer() is None
        return self._ready

    def _start(self) -> None:
        command = [sys.executable, "-P", "-m", "exchange.letter_child"]
        self._child = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        url = self._here.engine.url.render_as_string(hide_password=False)
        self._pass_on(Errand(url, self._here.writer, self._here.zone, overlay(), keyring()))

    def _fetch(self, here: Callable[[], Written]) -> Written:
        """What the other process has written; where it has died over it, it is written here, and so is all that follows."""
        try:
            return cast("Written", self._answer())
        except (EOFError, OSError, pickle.UnpicklingError):
            self._lose()
            return here()

    def _pass_on(self, what: object) -> None:
        pickle.dump(what, self._pipe("stdin"))
        self._pipe("stdin").flush()

    def _answer(self) -> object:
        return pickle.load(self._pipe("stdout"))  # noqa: S301 - our own process

    def _pipe(self, name: str) -> IO[bytes]:
        return cast("IO[bytes]", getattr(self._child, name))

    def _lose(self) -> None:
        self._lost = True
        self._end()

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._child, self._ready = None, False
