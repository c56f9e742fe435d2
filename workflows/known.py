"""Finding what a person names: programmes by their slug, cohorts by their name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from sqlmodel import Session, col, select

from calendars.messages import Message, Problem, Refused, Wording, refuse
from calendars.term import TermCalendar
from models.terms import Cohort
from workflows.publishing import calendar_of, editions_of, newest_edition

NO_COHORT = Wording(zh="没有班级“{name}”。{hint}", en="there is no cohort {name!r}. {hint}")
NO_PHASE = Wording(zh="没有阶段“{name}”。{hint}", en="there is no phase {name!r}. {hint}")
SEVERAL_PHASES = Wording(
    zh="几个阶段都叫“{name}”，请写代号：{ids}", en="several phases are called {name!r}; write the id: {ids}"
)
PHASES = Wording(zh="阶段有：{names}", en="The phases are: {names}")
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


def phase_named(session: Session, slug: str, said: str) -> str:
    """The id of the phase that a person means, by its id or its name as `yanxiu status` shows them, in any edition
    of the programme. Raises Refused with the nearest one."""
    found: dict[str, set[str]] = {}
    for calendar in editions_of(session, slug):
        for phase in calendar.phases:
            found.setdefault(phase.id, set()).add(phase.id)
            found.setdefault(_joined(phase.name), set()).add(phase.id)
    meant = found.get(_joined(said), set())
    if len(meant) > 1:
        raise refuse(SEVERAL_PHASES(name=said, ids="、".join(sorted(meant))), "--phase")
    if not meant:
        names = [f"{phase.id} {phase.name}" for phase in calendar_named(session, slug).phases]
        near = difflib.get_close_matches(_joined(said), found, n=1, cutoff=0.5)
        hint = NEAREST(near=near[0]) if near else PHASES(names="、".join(names))
        raise refuse(NO_PHASE(name=said, hint=hint), "--phase")
    return said if said in meant else meant.pop()


def _joined(words: str) -> str:
    """Without blanks, which a name may have and whoever types it may leave out."""
    return "".join(words.split())


def _hint(name: str, known: Iterable[str]) -> Message:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return NEAREST(near=near[0]) if near else ALL(names="、".join(known) or "—")
