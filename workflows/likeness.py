"""Likeness (雷同): which texts of a programme are alike with each other or with those of former programmes, as known at
an instant, and about whom a person has still to decide.

What is alike follows from the texts alone. It is worked out once for each set of texts and kept, so that every night that
finds the same texts finds the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from calendars.likeness import Likeness as Defined
from calendars.term import TermCalendar
from models.exceptions import PersonException
from models.terms import Cohort, Programme
from models.texts import HandedFile, Likeness, LikenessDecision, TextBody
from models.work import Activity
from workflows.alike import BANDS, LEAST, MOST, ROWS, SEED, Printed, compare, rings
from workflows.facts import ENROLMENT, EVIDENCE, people, stands
from workflows.fingerprints import GRAM, WINDOW, Hashes, fingerprints, left_out
from workflows.handed_files import its_record

HOW = (GRAM, WINDOW, LEAST, MOST, BANDS, ROWS, SEED)  # what would give another answer for the same texts
AT_ONCE = 500  # texts read from the database at a time
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True)
class Handed:
    """One text that stands: whose, for which task, when; `mine` says that it is of the programme itself."""

    id: int
    enrolment_id: int
    person_id: int
    cohort_id: int
    task: str
    mine: bool
    happened_at: datetime
    received_at: datetime
    text: str  # the hash of its body

    @property
    def turn(self) -> tuple[datetime, datetime, int]:
        """By which it is told whose was first."""
        return self.happened_at, self.received_at, self.id


@dataclass(frozen=True)
class Alike:
    """Two texts, the one that was handed in first before the other, and which part of each is in the other, in
    hundredths of a percent."""

    first: Handed
    second: Handed
    of_first: int
    of_second: int

    @property
    def most(self) -> int:
        return max(self.of_first, self.of_second)

    def other(self, enrolment_id: int) -> Handed:
        return self.second if self.first.enrolment_id == enrolment_id else self.first

    def own(self, enrolment_id: int) -> Handed:
        return self.first if self.first.enrolment_id == enrolment_id else self.second


def what_counts_for_nothing(calendar: TermCalendar, likeness: Defined) -> list[str]:
    """What everybody was given: the tasks by name and by the document's sentence, and what the calendar lists."""
    tasks = [calendar.task(name) for name in likeness.tasks]
    prompts = [text for task in tasks for text in (task.name, *task.cites)]
    return [*prompts, *likeness.leave_out]


@dataclass
class Looking:
    """One likeness of a programme as known at an instant, looked up once however many cohorts ask. With `keeps`, what is
    worked out is kept in the session's transaction."""

    session: Session
    programme_id: int
    calendar: TermCalendar
    likeness: Defined
    at: datetime
    keeps: bool = False

    @cached_property
    def texts(self) -> dict[int, Handed]:
        """Everything that is compared: what stands of these tasks, and of whatever was handed in to former ones."""
        mine = and_(
            col(Cohort.programme_id) == self.programme_id, col(Activity.task).in_(self.likeness.tasks)
        )
        former = select(col(Programme.id)).where(col(Programme.slug).in_(self.likeness.former))
        rows = self.session.execute(
            select(
                col(HandedFile.id), col(HandedFile.enrolment_id), ENROLMENT.c.person_id, ENROLMENT.c.cohort_id,
                col(Activity.task), (col(Cohort.programme_id) == self.programme_id).label("mine"), EVIDENCE.c.happened_at,
                EVIDENCE.c.received_at, col(HandedFile.text),
            )
            .join(EVIDENCE, its_record())
            .join(Activity, col(Activity.id) == EVIDENCE.c.activity_id)
            .join(ENROLMENT, ENROLMENT.c.id == col(HandedFile.enrolment_id))
            .join(Cohort, col(Cohort.id) == ENROLMENT.c.cohort_id)
            .where(col(HandedFile.text).is_not(None), stands(EVIDENCE, self.at), or_(mine, col(Cohort.programme_id).in_(former)))
            .order_by(col(HandedFile.id))
        )  # fmt: skip
        return {row.id: Handed(*row) for row in rows}

    @cached_property
    def pairs(self) -> list[Alike]:
        """The texts that are alike, those that are most alike first."""
        found = []
        for one, other, of_one, of_other in self._found():
            first, second = self.texts[one], self.texts[other]
            if first.turn <= second.turn:
                found.append(Alike(first, second, of_one, of_other))
            else:
                found.append(Alike(second, first, of_other, of_one))
        return sorted(found, key=lambda pair: (-pair.most, pair.first.id, pair.second.id))

    @cached_property
    def without(self) -> Hashes:
        """What counts for nothing, as fingerprints are made of it."""
        return left_out(what_counts_for_nothing(self.calendar, self.likeness))

    def rings(self) -> list[tuple[int, ...]]:
        """Persons who hang together by pairs, each ring in rising order; of two or more."""
        return rings((pair.first.person_id, pair.second.person_id) for pair in self.pairs)

    def open_in(self, cohort_id: int) -> dict[int, list[Alike]]:
        """By enrolment: with what a person of a cohort is alike of which nobody has said what shall be."""
        here = [pair for pair in self.pairs if cohort_id in (pair.first.cohort_id, pair.second.cohort_id)]
        if not here:
            return {}
        assessment = self.calendar.assessment(self.likeness.of)
        assessed = select(ENROLMENT.c.id).where(people([cohort_id], assessment.of, self.at))
        found: dict[int, list[Alike]] = {}
        for enrolment in sorted(set(self.session.execute(assessed).scalars()) - self.taken_away):
            mine = [pair for pair in here if enrolment in (pair.first.enrolment_id, pair.second.enrolment_id)]
            still = [pair for pair in mine if not self.is_cleared(enrolment, pair)]
            if still:
                found[enrolment] = still
        return found

    def of(self, enrolment_id: int) -> list[Alike]:
        """With what one person is alike, decided or not."""
        return [
            pair for pair in self.pairs if enrolment_id in (pair.first.enrolment_id, pair.second.enrolment_id)
        ]

    def is_cleared(self, enrolment_id: int, pair: Alike) -> bool:
        return (pair.own(enrolment_id).id, pair.other(enrolment_id).id) in self._cleared

    @cached_property
    def taken_away(self) -> set[int]:
        """The enrolments whose result of this assessment was taken away, for whatever reason."""
        return set(self.session.execute(self._decided("revoke", col(PersonException.enrolment_id))).scalars())

    @cached_property
    def _cleared(self) -> set[tuple[int, int]]:
        about = col(LikenessDecision.text_id), col(LikenessDecision.other_id)
        decided = self._decided("dismiss", *about).join(
            LikenessDecision, col(LikenessDecision.exception_id) == col(PersonException.id)
        )
        return {(own, other) for own, other in self.session.execute(decided)}

    def _decided(self, kind: str, *columns: Any) -> Any:
        return (
            select(*columns)
            .select_from(PersonException)
            .where(
                col(PersonException.kind) == kind, col(PersonException.assessment) == self.likeness.of,
                col(PersonException.effective_at) <= self.at,
            )
        )  # fmt: skip

    def _found(self) -> list[tuple[int, int, int, int]]:
        """From what is kept about these very texts, or worked out now."""
        if len(self.texts) < 2:
            return []
        corpus = self._corpus()
        kept = self.session.execute(
            select(col(Likeness.found)).where(
                col(Likeness.programme_id) == self.programme_id, col(Likeness.assessment) == self.likeness.of,
                col(Likeness.corpus) == corpus,
            )
        ).scalar_one_or_none()  # fmt: skip
        if kept is not None:
            return [(row[0], row[1], row[2], row[3]) for row in json.loads(kept)]
        pairs = compare(self._printed(), self.likeness.alike)
        found = [(pair.first, pair.second, pair.of_first, pair.of_second) for pair in pairs]
        if self.keeps:
            self._keep(corpus, json.dumps(found, separators=(",", ":")))
        return found

    def _keep(self, corpus: str, found: str) -> None:
        """Another night may have kept the same just now."""
        row = {
            "programme_id": self.programme_id, "assessment": self.likeness.of, "corpus": corpus, "texts": len(self.texts),
            "found": found,
        }  # fmt: skip
        table: Any = Likeness.__table__  # type: ignore[attr-defined]
        insert = _INSERTS[self.session.get_bind().dialect.name](table).values(row)
        self.session.execute(insert.on_conflict_do_nothing())

    def _corpus(self) -> str:
        """The hash of all on which the answer rests."""
        texts = [
            [text.id, text.text, text.person_id, int(text.mine)]
            for text in sorted(self.texts.values(), key=lambda text: text.id)
        ]
        rests_on = [HOW, self.likeness.alike, what_counts_for_nothing(self.calendar, self.likeness), texts]
        return hashlib.sha256(json.dumps(rests_on).encode()).hexdigest()

    def _printed(self) -> Iterator[Printed]:
        by_text: dict[str, list[Handed]] = {}
        for handed in self.texts.values():
            by_text.setdefault(handed.text, []).append(handed)
        for text, prints in self._prints(list(by_text)):
            for handed in by_text[text]:
                yield Printed(handed.id, handed.person_id, handed.mine, prints)

    def _prints(self, texts: Sequence[str]) -> Iterator[tuple[str, Hashes]]:
        for start in range(0, len(texts), AT_ONCE):
            for text, body in bodies(self.session, texts[start : start + AT_ONCE]).items():
                yield text, fingerprints(body, self.without)


def bodies(session: Session, texts: Sequence[str]) -> dict[str, str]:
    """Texts by their hashes."""
    rows = session.execute(
        select(col(TextBody.sha256), col(TextBody.body)).where(col(TextBody.sha256).in_(texts))
    )
    return {row[0]: row[1] for row in rows}
