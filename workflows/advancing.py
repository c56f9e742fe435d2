"""A group of cohorts taken from where they stand to an instant, everything due in the order of its instant.

What is due waits in a heap. What is due at the same instant for the same phase of the same edition is done as
one wave, by one statement. A step whose guard fails opens a hold and is tried again at every later instant at
which something was received or decided, so the instant at which it went on does not depend on which nights ran.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session

from models.types import ONE_SECOND
from workflows.agenda import (
    asks_to_be_complete,
    ends_without_a_date,
    is_waited_for,
    lock_is_owed,
    next_due,
    next_step,
    step_due,
)
from workflows.changes import Changes
from workflows.cohorts import CohortTerm, Decided, PhaseNow
from workflows.conditions import COMPLETION, Asked, Missing, first_week_over
from workflows.enrolments import begin, conclude
from workflows.hold_kinds import DATES_OWED, Kind
from workflows.holding import Holding
from workflows.holds import Guard, guards
from workflows.journal import Journal
from workflows.lesson_nights import look_at_steps
from workflows.lesson_studies import looks
from workflows.machines import PHASE, move
from workflows.organisations import Tree
from workflows.reminder_steps import Step, due_steps
from workflows.reminding import write_reminders
from workflows.sealing import seal_assessments
from workflows.turns import turns

LAST = 1 << 30  # after every phase: what is due at an instant goes by what stood before it
SOURCE = {"open": "planned", "close": "open", "lock": "closing", "finish": "locked"}
RANK = {"open": 1, "close": 2, "lock": 3, "finish": 4, "remind": 5, "decide": 6, "study": 7}
Doing = Literal["decide", "open", "close", "lock", "finish", "remind", "study"]


@dataclass(frozen=True, order=True)
class Wave:
    """What is done together: one doing for one phase of cohorts of one edition at one instant."""

    at: datetime
    position: int
    rank: int
    edition_id: int
    doing: str
    phase: str
    step: Step | None = field(default=None, compare=True)


@dataclass
class Advance:
    """One group on its way to `as_of`. Use `advance_terms`."""

    session: Session
    terms: dict[int, CohortTerm]
    as_of: datetime
    recorded_at: datetime
    journal: Journal
    tree: Tree
    heap: list[tuple[Wave, int, int]] = field(default_factory=list)
    generation: Counter[int] = field(default_factory=Counter)
    turns: dict[tuple[int, int], list[datetime]] = field(default_factory=dict)
    tried: set[tuple[int, str, str]] = field(default_factory=set)
    moves: Counter[str] = field(default_factory=Counter)
    reminders: Counter[str] = field(default_factory=Counter)
    spoken: set[tuple[datetime, datetime]] = field(default_factory=set)  # moments, each by a deadline
    sealed: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.holding = Holding(self.session, self.recorded_at)

    # ------------------------------------------------------------------ what is due

    def run(self) -> Changes:
        self._load()
        while self.heap:
            wave, terms = self._next_wave()
            if not terms:
                continue
            if wave.doing == "decide":
                self._decide(wave, terms)
            elif wave.doing == "remind":
                self._remind(wave, terms)
            elif wave.doing == "study":
                look_at_steps(self.holding, terms, wave.phase, wave.at)
            else:
                self._attempt(wave, terms)
        for term in self.terms.values():
            for phase in term.phases.values():
                phase.reminded_at = self.as_of
                phase.next_due_at = next_due(term, phase)
        return Changes(self.moves, self.reminders, self.sealed, self.holding.opened, self.holding.cleared)

    def _load(self) -> None:
        self.holding.load(list(self.terms))
        for term in self.terms.values():
            if term.advanced_to is not None:
                term.go_by(term.advanced_to)
            self._push_decisions(term)
            self._push_studies(term, term.advanced_to)
            for phase in term.phases.values():
                self._push_step(term, phase, not_before=term.advanced_to)
                self._push_reminders(term, phase)

    def _push_decisions(self, term: CohortTerm, after: datetime | None = None) -> None:
        for decided in term.decided:
            if self._still_to_come(term, decided) and (after is None or decided.effective_at > after):
                self._push(term, decided.effective_at, LAST, "decide", "")

    def _still_to_come(self, term: CohortTerm, decided: Decided) -> bool:
        since = term.advanced_to
        return decided.effective_at <= self.as_of and (since is None or decided.effective_at >= since)

    def _push_studies(self, term: CohortTerm, since: datetime | None) -> None:
        for phase, at in looks(term, since):
            self._push(term, at, term.phases[phase].position, "study", phase)

    def _push_step(self, term: CohortTerm, phase: PhaseNow, not_before: datetime | None = None) -> None:
        doing, due = next_step(phase), step_due(term, phase)
        if phase.state == "cancelled" or doing is None or due is None:
            return
        self._push(term, max(due, not_before or due), phase.position, doing, phase.phase)

    def _push_reminders(self, term: CohortTerm, phase: PhaseNow) -> None:
        for step in due_steps(term, phase, self.as_of):
            self._push(term, step.at, phase.position, "remind", phase.phase, step)

    def _push(
        self, term: CohortTerm, at: datetime, position: int, doing: str, phase: str, step: Step | None = None
    ) -> None:
        if at <= self.as_of:
            wave = Wave(at, position, RANK[doing], term.edition_id, doing, phase, step)
            heapq.heappush(self.heap, (wave, term.id, self.generation[term.id]))

    def _next_wave(self) -> tuple[Wave, list[CohortTerm]]:
        """Take everything that belongs to the first wave; leave out what a decision has overtaken."""
        wave = self.heap[0][0]
        found: dict[int, CohortTerm] = {}
        while self.heap and self.heap[0][0] == wave:
            _, cohort, generation = heapq.heappop(self.heap)
            if generation == self.generation[cohort]:
                found[cohort] = self.terms[cohort]
        return wave, list(found.values())

    # ------------------------------------------------------------------ decisions and reminders

    def _decide(self, wave: Wave, terms: Iterable[CohortTerm]) -> None:
        """From this instant on the cohort goes by what was decided: dates, waivers, a cancellation."""
        for term in terms:
            term.go_by(wave.at)
            for decided in term.in_force:
                if decided.action == "cancel" and decided.effective_at == wave.at and decided.phase:
                    self._cancel(term, term.phases[decided.phase], wave.at)
            self._anew(term, wave.at, settled_up_to=wave.at)
        self._conclude(terms, wave.at)

    def _anew(self, term: CohortTerm, at: datetime, settled_up_to: datetime) -> None:
        """The term's dates have changed: what waits by the old ones is dropped, what is due by the new ones waits."""
        self.generation[term.id] += 1
        term.refresh()
        self._push_decisions(term, after=settled_up_to)
        self._push_studies(term, at)
        for phase in term.phases.values():
            phase.reminded_at = max(filter(None, (phase.reminded_at, settled_up_to)))
            self._reconsider(term, phase, at)
            self._push_reminders(term, phase)

    def _reconsider(self, term: CohortTerm, phase: PhaseNow, at: datetime) -> None:
        """A held phase whose dates moved ahead goes back to wait for them; every other is tried again."""
        self.tried.discard((term.id, phase.phase, next_step(phase) or ""))
        due = step_due(term, phase)
        if phase.state == "held" and due is not None and due > at:
            self._release(term, phase, at, term.cleared_by(phase.phase, at))
        self._push_step(term, phase, not_before=at)

    def _cancel(self, term: CohortTerm, phase: PhaseNow, at: datetime) -> None:
        if phase.state in {"planned", "open", "closing", "held"}:
            self.holding.clear_all(term, phase.phase, at, "cancel")
            self._move(term, phase, "cancel", at)
            phase.held_from = None

    def _remind(self, wave: Wave, terms: Sequence[CohortTerm]) -> None:
        assert wave.step is not None
        speaking = [term for term in terms if self._speaks(term.phases[wave.phase], wave.at, wave.step)]
        if speaking:
            moment = wave.at, wave.step.deadline_at  # all of one moment is in one advance of a group
            step = replace(wave.step, again=moment in self.spoken)
            self.spoken.add(moment)
            written = write_reminders(self.session, speaking, step, self.tree, self.recorded_at)
            self.reminders[speaking[0].calendar.programme] += written

    @staticmethod
    def _speaks(phase: PhaseNow, at: datetime, step: Step) -> bool:
        over = phase.done_at is not None and at >= phase.done_at and at >= step.deadline_at
        return phase.state != "cancelled" and not over

    # ------------------------------------------------------------------ steps of a phase

    def _attempt(self, wave: Wave, terms: Sequence[CohortTerm]) -> None:
        """Try one step of one phase: those for which all that must hold does, go; the others are held."""
        waiting = [term for term in terms if term.phases[wave.phase].stands_at == SOURCE[wave.doing]]
        waiting = [term for term in waiting if term.phases[wave.phase].state != "cancelled"]
        if not waiting:
            return
        incomplete = self._incomplete(wave, waiting) if wave.doing == "close" else {}
        missing = self._missing(wave, [term for term in waiting if term.id not in incomplete])
        going = []
        for term in waiting:
            self._settle_holds(wave, term, missing.get(term.id, {}))
            if missing.get(term.id) or term.id in incomplete:
                self._try_later(wave, term)
            else:
                going.append(term)
        if going:
            self._go(wave, going)

    def _missing(
        self, wave: Wave, terms: Sequence[CohortTerm]
    ) -> dict[int, dict[Kind, tuple[Guard, Missing]]]:
        found: dict[int, dict[Kind, tuple[Guard, Missing]]] = {}
        undated = {term.id for term in terms if wave.doing == "lock" and lock_is_owed(term, wave.phase)}
        for guard in guards(terms[0], wave.phase, wave.doing) if terms else ():
            asking = [
                term for term in terms
                if not _excused(term, wave.phase, guard.kind)
                and (term.id not in undated or guard.kind.name == DATES_OWED)  # all else is asked at the lock
            ]  # fmt: skip
            condition = guard.kind.condition
            if condition is None or not asking:
                continue
            asked = Asked(self.session, asking, wave.phase, guard.gate, wave.at)
            for cohort, missing in condition(asked).items():
                found.setdefault(cohort, {})[guard.kind] = (guard, missing)
        return found

    def _incomplete(self, wave: Wave, terms: Sequence[CohortTerm]) -> dict[int, Missing]:
        """Phases without a date: they end when what they ask for is complete, and are not stuck until then."""
        asking = [
            term for term in terms
            if term.phases[wave.phase].closes_at is None
            and asks_to_be_complete(term, term.phases[wave.phase])
            and not _declared_complete(term, wave.phase)
        ]  # fmt: skip
        when = terms[0].calendar.phase(wave.phase).complete_when
        return (
            COMPLETION[when](Asked(self.session, asking, wave.phase, None, wave.at))
            if when and asking
            else {}
        )

    def _settle_holds(self, wave: Wave, term: CohortTerm, missing: dict[Kind, tuple[Guard, Missing]]) -> None:
        """Hold the phase for what is missing, let it go when nothing is."""
        by = term.cleared_by(wave.phase, wave.at)
        self.holding.settle(term, wave.phase, wave.doing, missing, wave.at, by)
        phase = term.phases[wave.phase]
        if missing and phase.state != "held":
            phase.held_from = phase.state
            self._move(term, phase, "hold", wave.at)
        if not missing and phase.state == "held":
            self._move(term, phase, "release", wave.at)
            phase.held_from = None

    def _try_later(self, wave: Wave, term: CohortTerm) -> None:
        """Try again whenever something has changed that guards look at, another phase is done, or a first week is over; a
        decision about the cohort does so by itself."""
        key = (term.id, wave.phase, wave.doing)
        if key in self.tried:
            return
        self.tried.add(key)
        first_week = first_week_over(term, wave.phase) if wave.doing == "close" else None
        for at in (*self._turns(term), *filter(None, [first_week])):
            if at > wave.at:
                self._push(term, at, wave.position, wave.doing, wave.phase)

    def _turns(self, term: CohortTerm) -> list[datetime]:
        key = (term.programme_id, term.edition_id)
        if key not in self.turns:
            self.turns[key] = turns(self.session, term)
        return self.turns[key]

    def _go(self, wave: Wave, terms: Sequence[CohortTerm]) -> None:
        for term in terms:
            self._move(term, term.phases[wave.phase], wave.doing, wave.at)
        _AFTER[wave.doing](self, wave, terms)
        for term in terms:
            self._push_step(term, term.phases[wave.phase], not_before=wave.at)

    def _release(self, term: CohortTerm, phase: PhaseNow, at: datetime, by: str) -> None:
        self.holding.release(term, phase.phase, at, by)
        self._move(term, phase, "release", at)
        phase.held_from = None

    def _move(self, term: CohortTerm, phase: PhaseNow, trigger: str, at: datetime) -> None:
        source, target = move(PHASE, phase, trigger)
        self.journal.note_phase(term.id, phase.phase, trigger, source, target, at)
        self.moves[f"{term.calendar.programme}|{phase.phase}|{target}"] += 1

    # ------------------------------------------------------------------ what follows a step

    def _opened(self, wave: Wave, terms: Sequence[CohortTerm]) -> None:
        for term in terms:
            phase = term.phases[wave.phase]
            phase.opens_at = wave.at
            self._push_reminders(term, phase)
            self._push_studies(term, wave.at)
        begin(self.session, self.journal, [term.id for term in terms], wave.at)

    def _closed(self, wave: Wave, terms: Sequence[CohortTerm]) -> None:
        for term in terms:
            phase = term.phases[wave.phase]
            phase.closes_at = wave.at
            if ends_without_a_date(term, phase):
                self._anew(term, wave.at, settled_up_to=wave.at - ONE_SECOND)
            else:
                term.refresh()

    def _locked(self, wave: Wave, terms: Sequence[CohortTerm]) -> None:
        """Scores are sealed as of the instant at which the phase really locks."""
        for term in terms:
            term.phases[wave.phase].locks_at = wave.at
        cutoff = terms[0].calendar.phase(wave.phase).locks
        if cutoff is None:
            return
        for sealed in seal_assessments(self.session, terms, cutoff, wave.at, self.recorded_at):
            key = f"{sealed.programme}|{sealed.assessment}"
            self.sealed[f"{key}|pass"] += sealed.passed
            self.sealed[f"{key}|fail"] += sealed.failed

    def _finished(self, wave: Wave, terms: Sequence[CohortTerm]) -> None:
        """What waited for this phase is looked at."""
        for term in terms:
            term.phases[wave.phase].done_at = wave.at
            if is_waited_for(term.calendar, wave.phase):
                self._anew(term, wave.at, settled_up_to=wave.at - ONE_SECOND)
            for phase in term.phases.values():
                if phase.state in {"planned", "open", "held"}:
                    self._push_step(term, phase, not_before=wave.at)
        self._conclude(terms, wave.at)

    def _conclude(self, terms: Iterable[CohortTerm], at: datetime) -> None:
        """A term is over when each of its phases is."""
        over = [
            term.id for term in terms
            if all(phase.state in {"done", "cancelled"} for phase in term.phases.values())
        ]  # fmt: skip
        if over:
            conclude(self.session, self.journal, over, at)


_AFTER: dict[str, Any] = {
    "open": Advance._opened,
    "close": Advance._closed,
    "lock": Advance._locked,
    "finish": Advance._finished,
}


def _excused(term: CohortTerm, phase: str, kind: Kind) -> bool:
    """Whether an office has waived this demand, or accepted things as they are."""
    return any(
        decided.action in {"waive", "accept"} and decided.gate == kind.name and decided.phase == phase
        for decided in term.in_force
    )  # fmt: skip


def _declared_complete(term: CohortTerm, phase: str) -> bool:
    """Whether the phase itself was declared complete; accepting what a hold lacked says nothing of the rest."""
    return any(
        decided.action == "accept" and decided.gate is None and decided.phase == phase
        for decided in term.in_force
    )
