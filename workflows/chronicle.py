"""What happened in a programme's term, in the order of the instants: counted by cohorts, people or cases, without a name.

Told from what nights have written down, so it is the same however many nights there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from models.filings import Filing, FilingStep
from models.nights import Hold, Outbox, TransitionLog
from models.terms import Cohort, Programme
from models.verdicts import ScoreSheet, Seal
from models.work import Enrolment
from workflows.organisations import load_tree
from workflows.sealing import its_link

MOVES = ("open", "close", "lock")  # triggers of a phase that an office follows


@dataclass(frozen=True, order=True)
class Event:
    """One thing that happened to so many.

    what: `open`, `close`, `lock` a phase (cohorts) · `pass`, `fail` an assessment (people) · `remind` of a task
    (recipients) · `hold`, `release` a phase (cohorts) · `lapse`, `accept` a filing (cases).
    """

    at: datetime
    what: str
    about: str  # the phase, assessment, task or filing, by its id
    which: str = ""  # of a reminder its step, of a hold its kind and the step that it keeps from happening
    whom: str = ""  # a role or tier: who is reminded, on whom it waits, which link let it lapse
    until: datetime | None = None  # of a reminder: the deadline of which it speaks
    count: int = 0


def chronicle(session: Session, slug: str) -> list[Event]:
    """Everything that happened to a programme's cohorts."""
    ours = select(col(Cohort.id)).join(Programme).where(col(Programme.slug) == slug).scalar_subquery()
    return sorted(
        [
            *_moves(session, ours), *_sealed(session, ours), *_reminders(session, ours), *_holds(session, ours),
            *_filings(session, slug),
        ],
        key=lambda event: (event.at, event.what, event.about, event.whom, event.which),
    )  # fmt: skip


def _moves(session: Session, ours: Any) -> Iterator[Event]:
    log = TransitionLog
    rows = session.execute(
        select(col(log.effective_at), col(log.trigger), col(log.phase), func.count())
        .where(col(log.cohort_id).in_(ours), col(log.machine) == "phase", col(log.trigger).in_(MOVES))
        .group_by(col(log.effective_at), col(log.trigger), col(log.phase))
    )
    for at, trigger, phase, count in rows:
        yield Event(at, trigger, phase or "", count=count)


def _sealed(session: Session, ours: Any) -> Iterator[Event]:
    rows = session.execute(
        select(col(Seal.locked_at), col(ScoreSheet.passed), col(ScoreSheet.assessment), func.count())
        .join(Seal, its_link())
        .where(col(ScoreSheet.cohort_id).in_(ours))
        .group_by(col(Seal.locked_at), col(ScoreSheet.passed), col(ScoreSheet.assessment))
    )  # fmt: skip
    for at, passed, assessment, count in rows:
        yield Event(at, "pass" if passed else "fail", assessment, count=count)


def _reminders(session: Session, ours: Any) -> Iterator[Event]:
    rows = session.execute(
        select(
            col(Outbox.effective_at), col(Outbox.obligation), col(Outbox.step), col(Outbox.deadline_at),
            col(Outbox.recipient),
        ).where(col(Outbox.cohort_id).in_(ours))
    )  # fmt: skip
    called = _called(session)
    recipients: dict[tuple[datetime, str, str, datetime, str], set[str]] = {}
    for at, obligation, step, until, recipient in rows:
        key = (at, obligation.partition("@")[0], step, until, called[recipient])
        recipients.setdefault(key, set()).add(recipient)
    for (at, task, step, until, whom), those in recipients.items():
        yield Event(at, "remind", task, step, whom, until, len(those))


def _holds(session: Session, ours: Any) -> Iterator[Event]:
    for what, when in (("hold", col(Hold.opened_at)), ("release", col(Hold.cleared_at))):
        columns = (when, col(Hold.phase), col(Hold.kind), col(Hold.step), col(Hold.waits_on))
        rows = session.execute(
            select(*columns, func.count())
            .where(col(Hold.cohort_id).in_(ours), when.is_not(None))
            .group_by(*columns)
        )
        for at, phase, kind, step, waits_on, count in rows:
            yield Event(at, what, phase, f"{kind}|{step}", waits_on, count=count)


def _filings(session: Session, slug: str) -> Iterator[Event]:
    columns = (
        col(FilingStep.effective_at), col(FilingStep.act), col(Filing.kind), col(FilingStep.tier),
    )  # fmt: skip
    rows = session.execute(
        select(*columns, func.count())
        .join(Filing, col(Filing.id) == col(FilingStep.filing_id))
        .join(Programme, col(Programme.id) == col(Filing.programme_id))
        .where(col(Programme.slug) == slug, col(FilingStep.act).in_(("lapse", "accept")))
        .group_by(*columns)
    )
    for at, act, kind, tier, count in rows:
        yield Event(at, act, kind, whom=tier, count=count)


def _called(session: Session) -> dict[str, str]:
    """The role or tier of everybody to whom a reminder may go."""
    roles: Iterable[Any] = session.execute(select(col(Enrolment.id), col(Enrolment.role)))
    found = {f"e{enrolment}": role for enrolment, role in roles}
    return found | {f"o{node.id}": node.tier for node in load_tree(session).nodes.values()}
