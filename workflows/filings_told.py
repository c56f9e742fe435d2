"""What letters say of filings: the cases that wait at the reader's link at the moment of sending, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.filing_pages import link_name
from calendars.messages import Message
from models.filings import Filing
from models.nights import Outbox
from models.people import Organisation, Person
from models.terms import Cohort
from models.work import Enrolment
from workflows.filing_reminding import asked_in, waiting_at
from workflows.letters import Occasion, Waiting
from workflows.organisations import load_tree
from workflows.publishing import calendar_of_programme
from workflows.still_owed import moment_of

LATE = frozenset({"lapsed"})


@dataclass
class FilingsTold:
    """The filings of a batch of letters, by letter. `left_out` are the rows of which nothing waits any more."""

    session: Session
    letters: Sequence[int]
    at: datetime
    left_out: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._found: dict[int, dict[tuple[str, Message], Waiting]] = {}
        rows = (
            select(Outbox)
            .where(col(Outbox.letter_id).in_(self.letters), col(Outbox.cohort_id).is_(None))
            .order_by(col(Outbox.deadline_at), col(Outbox.id))
        )
        for row in self.session.execute(rows).scalars():
            told = self._told(row)
            if told is None:
                self.left_out.append(row.id or 0)
            else:
                self._found.setdefault(row.letter_id or 0, {})[told.of.name, told.link] = told

    def waiting(self, letter_id: int) -> tuple[Waiting, ...]:
        return tuple(self._found.get(letter_id, {}).values())

    def _told(self, row: Outbox) -> Waiting | None:
        calendar = calendar_of_programme(self.session, row.programme_id or 0)
        moment = moment_of(row.step)
        asked = asked_in(row, calendar) if calendar else None
        if calendar is None or asked is None or (moment != "escalated" and self.at >= row.deadline_at):
            return None
        filing = calendar.filing(asked.filing)
        link = filing.link(asked.tier)
        assert link is not None
        waiting = waiting_at(self.session, calendar, row.programme_id or 0, asked, self._as_of(row))
        reader = int(row.recipient[1:])
        if moment == "escalated":
            tree = load_tree(self.session)
            below = {
                one: cases for one, cases in waiting.items() if reader in {node.id for node in tree.path(one)}
            }
            subjects = tuple(tree.nodes[one].name for one in sorted(below))
        else:
            below = {one: cases for one, cases in waiting.items() if one == reader}
            subjects = tuple(self._subject(case) for cases in below.values() for case in cases)
        if not below:
            return None
        occasion = Occasion(calendar.name, "", filing.name, row.deadline_at, calendar.zoneinfo, moment)
        return Waiting(occasion, link_name(link), subjects)

    def _as_of(self, row: Outbox) -> datetime:
        """What is late is told as it stood when that was decided: by then it has lapsed."""
        return row.deadline_at if moment_of(row.step) == "escalated" else self.at

    def _subject(self, case: Filing) -> str:
        """The person, the cohort, the entry, or the organisation itself."""
        if case.enrolment_id is not None:
            name, cohort = self.session.execute(
                select(col(Person.name), col(Cohort.name))
                .select_from(Enrolment)
                .join(Person, col(Person.id) == col(Enrolment.person_id))
                .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
                .where(col(Enrolment.id) == case.enrolment_id)
            ).one()
            return f"{name}（{cohort}）"
        place = self.session.get(Organisation, case.organisation_id)
        return case.subject or (place.name if place else "")
