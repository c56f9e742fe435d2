"""What the scores of one assessment rest on besides people's work: the deadlines and weeks of a cohort, and what an office
has decided about single people. A seal keeps it as JSON, and scoring again starts from there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from calendars.instants import Window
from calendars.rules.amounts import Weekly
from calendars.rules.base import RuleBase
from calendars.term import Assessment, Task
from calendars.weeks import Week, whole_weeks
from models.types import instant, seconds
from workflows.cohorts import CohortTerm
from workflows.deadlines import component_deadline

Due = tuple[tuple[tuple[int, str], datetime], ...]  # the deadline of a component's task, by place and task
Weeks = tuple[tuple[tuple[int, str], tuple[Week, ...]], ...]  # the weeks that a weekly component asks for
Forfeits = tuple[
    tuple[str, tuple[int, ...]], ...
]  # a component's key, and the organisations whose people lose it
NEVER = datetime.fromisoformat("1970-01-02T00:00:00+00:00")  # a deadline that is not known: nothing counts


Key = tuple[int, str, int]  # of a learning record: source, reference, revision
MarkKey = tuple[int, str, str, int]  # of a mark: activity, item, giver, revision


@dataclass(frozen=True)
class Admitted:
    """Facts that count although they were late, and those that they stand in place of."""

    evidence: tuple[Key, ...] = ()
    marks: tuple[MarkKey, ...] = ()
    replaced_evidence: tuple[Key, ...] = ()
    replaced_marks: tuple[MarkKey, ...] = ()

    def __or__(self, other: Admitted) -> Admitted:
        """What either lets in."""
        parts = ({*getattr(self, part.name), *getattr(other, part.name)} for part in fields(self))
        return Admitted(*(tuple(sorted(part)) for part in parts))

    def as_facts(self) -> list[list[list[Any]]]:
        return [[list(key) for key in getattr(self, part.name)] for part in fields(self)]

    @classmethod
    def from_facts(cls, kept: list[list[list[Any]]]) -> Admitted:
        return cls(*(tuple(tuple(key) for key in part) for part in kept))


@dataclass(frozen=True)
class Correction:
    """Why a sealed sheet has another entry beside it: which one it corrects, as of which lock its facts are looked at,
    which late facts were let in, and who decided it."""

    enrolment_id: int
    entry: int  # the one that is corrected
    locked_at: datetime  # the lock at which that one was sealed
    decided: tuple[str, int]  # `appeal` or `exception`, and its number
    reason: str
    names: tuple[str, str]
    admitted: Admitted = Admitted()
    given_back: bool = False  # the result, which had been taken away

    def as_facts(self) -> dict[str, Any]:
        facts = {
            "enrolment": self.enrolment_id, "entry": self.entry, "locked": seconds(self.locked_at),
            "decided": list(self.decided), "reason": self.reason, "names": list(self.names),
            "admitted": self.admitted.as_facts(),
        }  # fmt: skip
        return facts | ({"given back": True} if self.given_back else {})

    @classmethod
    def from_facts(cls, kept: dict[str, Any]) -> Correction:
        return cls(
            kept["enrolment"], kept["entry"], instant(kept["locked"]), (kept["decided"][0], kept["decided"][1]),
            kept["reason"], (kept["names"][0], kept["names"][1]), Admitted.from_facts(kept["admitted"]),
            kept.get("given back", False),
        )  # fmt: skip


@dataclass(frozen=True)
class Basis:
    """Cohorts that share all of it score together."""

    due: Due
    weeks: Weeks = ()
    extensions: str | None = None  # the hash of what was decided of single people's deadlines
    forfeits: Forfeits = ()
    revoked: tuple[int, ...] = ()  # enrolments whose result was taken away
    correction: Correction | None = None

    @property
    def revocation(self) -> int | None:
        """The number of the decision by which a correction takes a result away."""
        found = self.correction.decided if self.correction else ("", 0)
        return found[1] if found[0] == "exception" else None

    def as_json(self) -> str:
        """A list of deadlines alone, or an object where there is more."""
        rows = [[place, task, seconds(at)] for (place, task), at in self.due]
        more: dict[str, Any] = {}
        if self.extensions is not None:
            more["extensions"] = self.extensions
        if self.weeks:
            more["weeks"] = [
                [place, task, [[seconds(first), seconds(last)] for first, last in found]]
                for (place, task), found in self.weeks
            ]
        if self.forfeits:
            more["forfeits"] = [[key, list(organisations)] for key, organisations in self.forfeits]
        if self.revoked:
            more["revoked"] = list(self.revoked)
        if self.correction is not None:
            more["correction"] = self.correction.as_facts()
        kept = {"due": rows, **more} if more else rows
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Basis:
        kept: Any = json.loads(text)
        if isinstance(kept, list):
            kept = {"due": kept}
        return cls(
            due=tuple(((place, task), instant(at)) for place, task, at in kept["due"]),
            weeks=tuple(
                ((place, task), tuple((instant(first), instant(last)) for first, last in found))
                for place, task, found in kept.get("weeks", ())
            ),
            extensions=kept.get("extensions"),
            forfeits=tuple((key, tuple(found)) for key, found in kept.get("forfeits", ())),
            revoked=tuple(kept.get("revoked", ())),
            correction=Correction.from_facts(kept["correction"]) if "correction" in kept else None,
        )


def basis_of(term: CohortTerm, assessment: Assessment) -> Basis:
    """What a cohort's own dates give."""
    due = deadlines(term, assessment)
    return Basis(due, _weeks(term, assessment, dict(due)))


def deadlines(term: CohortTerm, assessment: Assessment) -> Due:
    """The deadline of every component's tasks in one cohort."""
    found: dict[tuple[int, str], datetime] = {}
    for place, component in enumerate(every_component(assessment)):
        of = [name for name in getattr(component, "of", ()) if isinstance(name, str)]
        for task_id in dict.fromkeys((*component.task_ids, *of)):
            task = term.calendar.task(task_id)
            found[place, task_id] = component_deadline(term, assessment, component, task) or NEVER
    return tuple(sorted(found.items()))


def _weeks(term: CohortTerm, assessment: Assessment, due: dict[tuple[int, str], datetime]) -> Weeks:
    """The whole weeks from the start of each task's phase to its deadline, for the components that go by weeks."""
    found: list[tuple[tuple[int, str], tuple[Week, ...]]] = []
    for place, component in enumerate(every_component(assessment)):
        if isinstance(component, Weekly):
            for task_id in component.task_ids:
                task, until = term.calendar.task(task_id), due[place, task_id]
                found.append(((place, task_id), weeks_of(term, task, until, component.excused_windows)))
    return tuple(found)


def weeks_of(
    term: CohortTerm, task: Task, until: datetime, excused: Sequence[Window] = ()
) -> tuple[Week, ...]:
    """The whole weeks of a task from the start of its phase up to an instant; none while that start is not known."""
    opens = term.opening(task.phase)
    return () if opens is None else whole_weeks(opens, until, term.calendar.zoneinfo, excused)


def tasks_in(due: Due) -> set[str]:
    """The tasks on which an assessment depends."""
    return {task for (_, task), _ in due}


def every_component(assessment: Assessment) -> list[RuleBase]:
    """The components and needs of an assessment and the parts that they are made of."""
    return with_parts([*assessment.components, *assessment.needs])


def with_parts(components: Sequence[RuleBase]) -> list[RuleBase]:
    """Components and, after them, the parts that they are made of."""
    found: list[RuleBase] = []
    waiting = [*components]
    while waiting:
        component = waiting.pop(0)
        found.append(component)
        waiting.extend(part for part in getattr(component, "of", ()) if isinstance(part, RuleBase))
    return found
