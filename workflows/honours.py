"""Who may be proposed for an honour: the best of those who passed, as sealed. Who ties where the places end is told, and
not decided by chance."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from sqlalchemy import FromClause, Select, func, select
from sqlmodel import col

from calendars.lists import TOTAL, Honour
from models.people import Person
from models.terms import Cohort
from workflows.facts import ENROLMENT, people
from workflows.sealed_sheets import sealed_by, sealed_sheets
from workflows.sql import number
from workflows.survey import Survey

Key = tuple[int, ...]


@dataclass(frozen=True)
class Candidate:
    """One person who passed. `by` is what the order goes by, the highest first; all in hundredths."""

    enrolment_id: int
    number: str
    name: str
    role: str
    cohort: str
    organisation_id: int
    total: int
    by: Key
    rank: int = 0  # those alike share it


@dataclass(frozen=True)
class Pool:
    """Of whom a share is taken: a cohort, an organisation of a tier, or everybody.

    `proposed` are those of whom there is no doubt. `tied` are alike, and more than the places that are left to them:
    a person has to choose among them. `open_yet` are the cohorts whose scores are not sealed.
    """

    organisation_id: int | None = None
    cohort: str | None = None
    passed: int = 0
    places: int | None = None  # None: as many as there are
    proposed: tuple[Candidate, ...] = ()
    tied: tuple[Candidate, ...] = ()
    left: int = 0  # for how many of the tied there is room
    open_yet: tuple[str, ...] = ()


@dataclass
class _Gathered:
    passed: int = 0
    candidates: list[Candidate] = field(default_factory=list)
    open_yet: list[str] = field(default_factory=list)


PoolKey = tuple[int | None, str | None]  # an organisation, or a cohort by its name


def honour_of(survey: Survey, honour: Honour) -> list[Pool]:
    """The pools by the names of their organisations or cohorts. With one organisation looked at, the shares are those of
    whole pools still, and its people alone are listed."""
    sealed = sealed_by(survey.session, [term.id for term in survey.terms], survey.at)
    done = [term.id for term in survey.terms if (term.id, honour.of) in sealed]
    gathered: dict[PoolKey, _Gathered] = defaultdict(_Gathered)
    for cohort, organisation, passed in survey.session.execute(_passed(survey, honour, done)).tuples():
        gathered[_pool_of(survey, honour, organisation, cohort)].passed += passed
    for candidate in _candidates(survey, honour, done):
        key = _pool_of(survey, honour, candidate.organisation_id, candidate.cohort)
        gathered[key].candidates.append(candidate)
    for cohort, organisation in survey.session.execute(_open_yet(survey, honour, done)).tuples():
        open_yet = gathered[_pool_of(survey, honour, organisation, cohort)].open_yet
        if cohort not in open_yet:
            open_yet.append(cohort)
    pools = [_cut(honour, key, found) for key, found in gathered.items()]
    here = [narrowed for pool in pools if (narrowed := _narrowed(survey, pool)) is not None]
    return sorted(here, key=lambda pool: (pool.cohort or "", _path(survey, pool.organisation_id)))


def _passed(survey: Survey, honour: Honour, done: Sequence[int]) -> Select[tuple[str, int, int]]:
    """How many passed, by cohort and organisation."""
    sheets = sealed_sheets(done, [honour.of], survey.at)
    return (
        select(col(Cohort.name), ENROLMENT.c.organisation_id, func.count())
        .select_from(ENROLMENT.join(sheets, sheets.c.enrolment_id == ENROLMENT.c.id))
        .join(Cohort, col(Cohort.id) == ENROLMENT.c.cohort_id)
        .where(people(done, _roles(survey, honour), survey.at), sheets.c.passed)
        .group_by(col(Cohort.name), ENROLMENT.c.organisation_id)
    )


def _candidates(survey: Survey, honour: Honour, done: Sequence[int]) -> Iterator[Candidate]:
    sheets = sealed_sheets(done, [honour.of], survey.at)
    rows = (
        select(
            ENROLMENT.c.id, col(Person.number), col(Person.name), ENROLMENT.c.role,
            col(Cohort.name), ENROLMENT.c.organisation_id, sheets.c.total, sheets.c.breakdown,
        )
        .select_from(ENROLMENT.join(sheets, sheets.c.enrolment_id == ENROLMENT.c.id))
        .join(Cohort, col(Cohort.id) == ENROLMENT.c.cohort_id)
        .join(Person, col(Person.id) == ENROLMENT.c.person_id)
        .where(people(done, _roles(survey, honour), survey.at), *_good_enough(sheets, honour))
    )  # fmt: skip
    for enrolment, person, name, role, cohort, place, total, breakdown in survey.session.execute(rows):
        by = _order(honour, total, json.loads(breakdown))
        yield Candidate(enrolment, person, name, role, cohort, place, total, by)


def _good_enough(sheets: FromClause, honour: Honour) -> list[Any]:
    return [
        sheets.c.passed,
        *([] if honour.at_least is None else [sheets.c.total >= number(honour.at_least)]),
    ]


def _open_yet(survey: Survey, honour: Honour, done: Sequence[int]) -> Select[tuple[str, int]]:
    """The cohorts that are not sealed, with the organisations of their people."""
    waiting = [term.id for term in survey.terms if term.id not in done]
    return (
        select(col(Cohort.name), ENROLMENT.c.organisation_id)
        .select_from(ENROLMENT)
        .join(Cohort, col(Cohort.id) == ENROLMENT.c.cohort_id)
        .where(people(waiting, _roles(survey, honour), survey.at))
        .distinct()
        .order_by(col(Cohort.name))
    )


def _roles(survey: Survey, honour: Honour) -> Sequence[str]:
    return honour.role or survey.calendar.assessment(honour.of).of


def _order(honour: Honour, total: int, breakdown: dict[str, Any]) -> Key:
    """The total; a component by its points, then by what was counted, which tells those apart who have all of them. A
    component that an older edition does not have is nothing."""
    found: list[int] = []
    for key in honour.order_by:
        if key == TOTAL:
            found.append(total)
        else:
            counted, points = breakdown.get(key, (0, 0))
            found += (points, counted)
    return tuple(found)


def _pool_of(survey: Survey, honour: Honour, organisation: int, cohort: str) -> PoolKey:
    """Where the tier is absent, the pool is the organisation above that there is."""
    if honour.within == "all":
        return None, None
    if honour.within == "cohort":
        return None, cohort
    tiers = survey.calendar.tiers
    upward = tiers[: tiers.index(honour.within) + 1][::-1]
    places = (survey.tree.at_tier(organisation, tier) for tier in upward)
    return next((place for place in places if place is not None), organisation), None


def _cut(honour: Honour, key: PoolKey, found: _Gathered) -> Pool:
    """Those ranked within the places; where the last place falls among people who are alike, they are all tied."""
    places = None if honour.most is None else found.passed * honour.most // 10000
    proposed: list[Candidate] = []
    tied: list[Candidate] = []
    left = 0
    ordered = sorted(found.candidates, key=lambda one: (*(-figure for figure in one.by), one.number))
    for _, alike in groupby(ordered, key=lambda one: one.by):
        same = [replace(one, rank=len(proposed) + 1) for one in alike]
        if places is not None and len(proposed) + len(same) > places:
            left = places - len(proposed)
            tied = same if left else []
            break
        proposed += same
    return Pool(*key, found.passed, places, tuple(proposed), tuple(tied), left, tuple(found.open_yet))


def _narrowed(survey: Survey, pool: Pool) -> Pool | None:
    """The part of a pool that is looked at; None where nobody of it is."""
    if survey.place is None:
        return pool
    groups = (pool.proposed, pool.tied)
    proposed, tied = (tuple(one for one in group if survey.is_here(one.organisation_id)) for group in groups)
    return replace(pool, proposed=proposed, tied=tied) if proposed or tied else None


def _path(survey: Survey, organisation_id: int | None) -> list[str]:
    return [] if organisation_id is None else survey.tree.names(organisation_id)
