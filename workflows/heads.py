"""The heads of the chains: what leaves the database each night, so that whoever can write the whole of it is found out.

A chain tells of a change unless it is written anew from there on. Then its heads are others than those that were kept elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Problem, Wording
from models.terms import Cohort, Programme
from models.verdicts import Seal

GONE = Wording(
    zh="班级“{cohort}”的第{number}次封存不见了：留存在外的校验码是 {kept}",
    en="link {number} of cohort {cohort!r} is gone: the head that was kept outside is {kept}",
)
ANOTHER = Wording(
    zh="班级“{cohort}”的第{number}次封存与留存在外的校验码不符：外面是 {kept}，这里是 {found}",
    en="link {number} of cohort {cohort!r} is not the one whose head was kept outside: {kept} there, {found} here",
)
NO_COHORT = Wording(zh="编号{id}", en="number {id}")
SHOWN = 16  # characters of a head


class Link(NamedTuple):
    """A link of a chain by its cohort's number and its own."""

    cohort: int
    number: int


Heads = Mapping[Link, str]


def heads_of(session: Session, recorded_by: datetime | None = None) -> dict[Link, str]:
    """Every link there is, or was by an instant, and its head, in the order of the cohorts."""
    links = select(col(Seal.cohort_id), col(Seal.number), col(Seal.head))
    if recorded_by is not None:
        links = links.where(col(Seal.recorded_at) <= recorded_by)
    rows = session.execute(links.order_by(col(Seal.cohort_id), col(Seal.number)))
    return {Link(cohort, number): head for cohort, number, head in rows}


def fingerprint(heads: Heads) -> str:
    """One line that stands for all of them, to be read out or printed."""
    lines = "".join(f"{link.cohort}|{link.number}|{heads[link]}\n" for link in sorted(heads))
    return hashlib.sha256(lines.encode()).hexdigest()


def strayed(session: Session, heads: Heads, kept: Heads, programme: str | None = None) -> list[Problem]:
    """What is no longer as it was kept, all or of one programme. What came since is nothing strange."""
    differing = {link: head for link, head in kept.items() if heads.get(link) != head}
    names = _names(session, {link.cohort for link in differing})
    return [
        Problem(slug, message)
        for slug, message in _told(differing, heads, names)
        if programme is None or slug in ("", programme)
    ]


def _told(
    differing: Heads, heads: Heads, names: Mapping[int, tuple[str, str]]
) -> Iterator[tuple[str, Message]]:
    for link in sorted(differing):
        slug, cohort = names.get(link.cohort, ("", NO_COHORT(id=link.cohort)))
        facts = {"cohort": cohort, "number": link.number, "kept": differing[link][:SHOWN]}
        found = heads.get(link)
        yield slug, GONE(**facts) if found is None else ANOTHER(**facts, found=found[:SHOWN])


def _names(session: Session, cohorts: set[int]) -> dict[int, tuple[str, str]]:
    """Programme and name of each; in pieces, for a database takes only so many at once."""
    found: dict[int, tuple[str, str]] = {}
    wanted = sorted(cohorts)
    for start in range(0, len(wanted), 1000):
        rows = session.execute(
            select(col(Cohort.id), col(Programme.slug), col(Cohort.name))
            .join(Programme, col(Programme.id) == col(Cohort.programme_id))
            .where(col(Cohort.id).in_(wanted[start : start + 1000]))
        )
        found |= {number: (slug, name) for number, slug, name in rows}
    return found
