"""Finding what a person names: programmes by their slug, cohorts by their name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from sqlmodel import Session, col, select

from calendars.messages import Message, Problem, Refused, Wording
from calendars.term import TermCalendar
from models.terms import Cohort
from workflows.publishing import calendar_of, newest_edition

NO_COHORT = Wording(zh="没有班级“{name}”。{hint}", en="there is no cohort {name!r}. {hint}")
NEAREST = Wording(zh="是不是“{near}”？", en="Did you mean {near!r}?")
ALL = Wording(zh="班级有：{names}", en="The cohorts are: {names}")


def calendar_named(session: Session, slug: str) -> TermCalendar:
    """The newest calendar of a programme. Raises Refused with the programmes that there are."""
    edition = newest_edition(session, slug)
    assert edition.id is not None
    return calendar_of(session, edition.id)


def refuse_unknown(session: Session, slug: str | None) -> None:
    """Raises Refused, with the programmes that there are, for one that there is not: nothing stuck and nothing
    changed is no answer about a programme that was misspelt."""
    if slug is not None:
        newest_edition(session, slug)


def cohorts_named(session: Session, slug: str, names: list[str]) -> list[Cohort]:
    """The cohorts of a programme with these names, all of them if none is named. Raises Refused for each
    name that does not exist."""
    programme = newest_edition(session, slug).programme_id
    cohorts = session.exec(
        select(Cohort).where(Cohort.programme_id == programme).order_by(col(Cohort.name))
    ).all()
    by_name = {cohort.name: cohort for cohort in cohorts}
    missing = [name for name in names if name not in by_name]
    if missing:
        raise Refused(
            [Problem("--cohort", NO_COHORT(name=name, hint=_hint(name, by_name))) for name in missing]
        )
    return [by_name[name] for name in names] if names else list(cohorts)


def _hint(name: str, known: Iterable[str]) -> Message:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return NEAREST(near=near[0]) if near else ALL(names="、".join(known) or "—")
