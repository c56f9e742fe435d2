"""How a file of each kind is read: from its path to a plan that nothing has been written of yet."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from exchange.evidence import read_evidence
from exchange.exceptions import read_exceptions
from exchange.filings import read_filings
from exchange.forms import Kind
from exchange.lesson_steps import steps_from
from exchange.marks import read_marks
from exchange.peers import read_peers
from exchange.plans import Plan, Progress, Read
from exchange.roster import read_roster
from exchange.rubrics import read_rubrics


def _rubrics(
    session: Session, slug: str, file: Path, received_at: datetime, _advance: Progress | None
) -> Plan:
    return read_rubrics(session, slug, file, received_at)


def evidence_from(source: str, files: Path | None = None) -> Read:
    """Learning records; rows that do not say so themselves come from this source, and the texts that they name from this
    folder."""

    def read(
        session: Session, slug: str, file: Path, received_at: datetime, advance: Progress | None
    ) -> Plan:
        return read_evidence(session, slug, file, received_at, source, advance, files)

    return read


READERS: dict[Kind, Read] = {
    "roster": read_roster,
    "rubric": _rubrics,
    "evidence": evidence_from("file"),
    "marks": read_marks,
    "filing": read_filings,
    "exceptions": read_exceptions,
    "peers": read_peers,
    "steps": steps_from(""),
}
