"""Verification: nothing sealed has changed, and every sealed score still follows from the evidence that counted.

Six questions for each link of a cohort's chain: does it follow the link before; do its sheets give its head; is its
edition the one that was published; are the deadlines that single people were given the same; is what was decided about
penalties, corrections and revoked results the same; and do the rules give the same sheets from the same facts. Evidence
and marks that counted are hashed again from their content, so a fact that was edited is found even where the points would
be the same. And of each programme: do cohorts, filings, appeals and people stand where their steps and decisions led them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, not_, select
from sqlmodel import Session, col

from calendars.messages import Message, Problem, Wording
from calendars.quantities import shown
from models.database import not_to_blame
from models.terms import Cohort, Edition, Programme
from models.types import seconds
from models.verdicts import ScoreSheet, Seal
from models.work import Activity, Source
from workflows.adjusting import adjusted
from workflows.basis import Basis, tasks_in
from workflows.cohorts import CohortTerm, load_terms
from workflows.correcting import is_as_decided, scored_as_of
from workflows.digests import evidence_digest, mark_digest
from workflows.facts import ENROLMENT, EVIDENCE, MARK
from workflows.own_deadlines import extensions_digest
from workflows.retracing import retraced
from workflows.scoring import Sheet, compile_scoring
from workflows.sealing import NOTHING_BEFORE, head_of, sheet_line

BROKEN_LINK = Wording(
    zh="没有接在上一环之后：链条缺了一环或换了次序",
    en="does not follow the link before it: one is missing or out of order",
)
WRONG_COUNT = Wording(
    zh="应有{expected}张成绩单，实有{found}张",
    en="{expected} score sheets were sealed, {found} are there",
)
WRONG_HEAD = Wording(
    zh="成绩单与封存时的链头不符", en="the score sheets do not give the head that was sealed"
)
STRAYS = Wording(zh="有{count}张成绩单不属于任何一环", en="{count} score sheets belong to no link")
WRONG_EDITION = Wording(zh="日历版本与封存时不同", en="the calendar's edition is not the one that was sealed")
OTHER_EXTENSIONS = Wording(
    zh="给个人延长的截止时间与封存时的不同",
    en="the deadlines extended for single people are not those that were sealed",
)
OTHER_DECISIONS = Wording(
    zh="关于扣分或取消的决定与封存时的不同",
    en="what was decided about penalties or revoked results is not what was sealed",
)
OTHER_CORRECTION = Wording(
    zh="更正所依据的决定不在了，或者与封存时的不同",
    en="the decision on which a correction rests is gone, or is not the one that was sealed",
)
OTHER_SCORE = Wording(
    zh="参训编号 {enrolment}：按封存时的学习记录重新计算为 {found}，封存的是 {sealed}",
    en="enrolment {enrolment}: scoring again gives {found}, sealed is {sealed}",
)
EDITED_FACT = Wording(
    zh="参训编号 {enrolment} 的一条学习记录或评分（{reference}）被改动过",
    en="a record or mark ({reference}) of enrolment {enrolment} has been edited",
)

UNREADABLE = Wording(
    zh="与封存时的不同，已经无法核对（{error}）",
    en="is not what was sealed, and can no longer be compared ({error})",
)

Progress = Callable[[int, int], None]


def verify(session: Session, programme: str | None = None, progress: Progress | None = None) -> list[Problem]:
    """Everything that is wrong with what was sealed, cohort by cohort. An empty list: nothing was changed."""
    cohorts = _sealed_cohorts(session, programme)
    problems: list[Problem] = []
    for done, (cohort_id, slug) in enumerate(cohorts, 1):
        problems += _as_far_as_it_goes(
            session, f"{slug} #{cohort_id}", _verify_cohort(session, cohort_id, slug)
        )
        if progress is not None:
            progress(done, len(cohorts))
    return problems + _not_retraced(session, programme)


def _not_retraced(session: Session, programme: str | None) -> list[Problem]:
    """What stands in the rows of each programme and does not follow from what was done, sealed or not."""
    programmes = select(col(Programme.id), col(Programme.slug)).order_by(col(Programme.id))
    if programme is not None:
        programmes = programmes.where(col(Programme.slug) == programme)
    found: list[Problem] = []
    for number, slug in session.execute(programmes).all():
        told = (Problem(slug, message) for message in retraced(session, number))
        found += _as_far_as_it_goes(session, slug, told)
    return found


def _sealed_cohorts(session: Session, programme: str | None) -> list[tuple[int, str]]:
    statement = (
        select(col(Cohort.id), col(Programme.slug))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .where(col(Cohort.id).in_(select(col(Seal.cohort_id))))
        .order_by(col(Cohort.id))
    )
    if programme is not None:
        statement = statement.where(col(Programme.slug) == programme)
    return [(number, slug) for number, slug in session.execute(statement)]


def _as_far_as_it_goes(session: Session, place: str, found: Iterable[Problem]) -> Iterator[Problem]:
    """What is found, and where it cannot be gone on because of what stands there, that. Raises what is the database's fault."""
    try:
        with session.begin_nested():
            yield from found
    except Exception as error:
        if not_to_blame(error) is not None:
            raise
        yield Problem(place, UNREADABLE(error=type(error).__name__))


def _verify_cohort(session: Session, cohort_id: int, slug: str) -> Iterator[Problem]:
    """The chain of one cohort, then its facts."""
    (term,) = load_terms(session, [cohort_id])
    of_cohort = select(Seal).where(col(Seal.cohort_id) == term.id).order_by(col(Seal.number))
    seals = session.execute(of_cohort).scalars().all()
    edition = session.execute(select(Edition).where(col(Edition.id) == term.edition_id)).scalar_one()
    sha256 = hashlib.sha256(edition.text.encode()).hexdigest()
    previous, number = NOTHING_BEFORE, 0
    revoking = _Revoking(frozenset(_revocations(seals)))
    for seal in seals:
        place = f"{slug} {term.name} #{seal.number}"
        if (seal.previous, seal.number) != (previous, number + 1):
            yield Problem(place, BROKEN_LINK())
        if {seal.edition_sha256, edition.sha256} != {sha256}:
            yield Problem(place, WRONG_EDITION())
        found = _verify_link(session, term, seal, revoking)
        yield from _as_far_as_it_goes(session, place, (Problem(place, message) for message in found))
        previous, number = seal.head, seal.number
    place = f"{slug} {term.name}"
    rest = chain(_strays(session, term, [seal.number for seal in seals]), _edited_facts(session, term))
    yield from _as_far_as_it_goes(session, place, (Problem(place, message) for message in rest))


def _revocations(seals: Iterable[Seal]) -> Iterator[int]:
    for seal in seals:
        with suppress(ValueError, KeyError, TypeError, AttributeError):  # which is told of the link itself
            found = Basis.from_json(seal.basis).revocation
            if found is not None:
                yield found


def _verify_link(session: Session, term: CohortTerm, seal: Seal, revoking: _Revoking) -> Iterator[Message]:
    rows = _sealed_sheets(session, seal)
    yield from _sheets_differ(seal, rows)
    basis = Basis.from_json(seal.basis)
    if basis.extensions != extensions_digest(term, tasks_in(basis.due), scored_as_of(basis, seal.locked_at)):
        yield OTHER_EXTENSIONS()
    yield from _decisions_differ(session, term, seal, basis, revoking)
    yield from _scores_differ(session, term, seal, basis, rows)


@dataclass
class _Revoking:
    """The results of a cohort that were taken away after their lock: the numbers of all such decisions, each with a link of
    its own, and what was decided last so far along the chain, taken away or given back, by assessment and enrolment."""

    decisions: frozenset[int]
    so_far: dict[tuple[str, int], bool] = field(default_factory=dict)

    def after(self, assessment: str, basis: Basis, revoked: Iterable[int]) -> set[int]:
        """Whose result is taken away in a link, where it was of these at the lock."""
        if basis.correction is None:
            return {*revoked}
        person = basis.correction.enrolment_id
        if basis.revocation is not None or basis.correction.given_back:
            self.so_far[assessment, person] = basis.revocation is not None
        away = self.so_far.get((assessment, person), person in revoked)
        return {*revoked} | {person} if away else {*revoked} - {person}


def _decisions_differ(
    session: Session, term: CohortTerm, seal: Seal, basis: Basis, revoking: _Revoking
) -> Iterator[Message]:
    """Whether what was decided about penalties and single results is what was sealed."""
    assessment = term.calendar.assessment(seal.assessment)
    at = scored_as_of(basis, seal.locked_at)
    now = adjusted(session, [term], assessment, basis, at, revoking.decisions)[term.id]
    revoked = revoking.after(seal.assessment, basis, now.revoked)
    if basis.forfeits != now.forfeits or {*basis.revoked} != revoked:
        yield OTHER_DECISIONS()
    if basis.correction is not None and not is_as_decided(session, seal.assessment, basis.correction):
        yield OTHER_CORRECTION()


def _sealed_sheets(session: Session, seal: Seal) -> Sequence[Row[Any]]:
    """The sheets of a link as they stand now, by enrolment; behind the columns of `Sheet`, the text that is hashed."""
    columns = (col(getattr(ScoreSheet, name)) for name in Sheet._fields)
    statement = (
        select(*columns, sheet_line())
        .join(ENROLMENT, ENROLMENT.c.id == col(ScoreSheet.enrolment_id))
        .where(ENROLMENT.c.cohort_id == seal.cohort_id, _of_link(seal.cohort_id, [seal.number]))
        .order_by(col(ScoreSheet.enrolment_id))
    )
    return session.execute(statement).all()


def _of_link(cohort_id: int, numbers: Sequence[int]) -> ColumnElement[bool]:
    return and_(col(ScoreSheet.cohort_id) == cohort_id, col(ScoreSheet.seal).in_(numbers))


def _sheets_differ(seal: Seal, rows: Sequence[Row[Any]]) -> Iterator[Message]:
    """Whether the sheets that are there give the head that was sealed."""
    if len(rows) != seal.sheets:
        yield WRONG_COUNT(expected=seal.sheets, found=len(rows))
    if head_of(seal.model_dump(), (row[-1] for row in rows)) != seal.head:
        yield WRONG_HEAD()


def _scores_differ(
    session: Session, term: CohortTerm, seal: Seal, basis: Basis, rows: Sequence[Row[Any]]
) -> Iterator[Message]:
    """Whether the rules give the same sheets from the facts that stood at the lock, by the deadlines of then."""
    assessment = term.calendar.assessment(seal.assessment)
    scoring = compile_scoring(session, [term], assessment, basis, scored_as_of(basis, seal.locked_at))
    only = basis.correction.enrolment_id if basis.correction else None
    sealed = {row.enrolment_id: Sheet(*row[:-1]) for row in rows}
    again = {sheet.enrolment_id: sheet for sheet in scoring.sheets(session, [term.id], only)}
    for enrolment in sorted(sealed.keys() | again.keys()):
        before, now = sealed.get(enrolment), again.get(enrolment)
        if before != now:
            yield OTHER_SCORE(enrolment=enrolment, found=_told(now, before), sealed=_told(before, now))


def _told(sheet: Sheet | None, other: Sheet | None) -> str:
    """What is in a sheet and not the same in the other."""
    if sheet is None:
        return "—"
    differing = {
        name: value for name, value in sheet._asdict().items() if value != getattr(other, name, None)
    }
    if "total" in differing:
        differing["total"] = shown(sheet.total)
    return ", ".join(f"{name} {value}" for name, value in differing.items())


def _strays(session: Session, term: CohortTerm, numbers: Sequence[int]) -> Iterator[Message]:
    """Sheets that say they belong to a link that is not there."""
    statement = (
        select(func.count())
        .select_from(ScoreSheet)
        .join(ENROLMENT, ENROLMENT.c.id == col(ScoreSheet.enrolment_id))
        .where(ENROLMENT.c.cohort_id == term.id, not_(_of_link(term.id, numbers)))
    )
    count = session.execute(statement).scalar_one()
    if count:
        yield STRAYS(count=count)


def _edited_facts(session: Session, term: CohortTerm) -> Iterator[Message]:
    """Facts whose content no longer gives the digest that was sealed with them."""
    names = _names(session, Activity, term.programme_id)
    sources = _names(session, Source, term.programme_id)
    people = select(ENROLMENT.c.id).where(ENROLMENT.c.cohort_id == term.id)
    for row in session.execute(select(*EVIDENCE.c).where(EVIDENCE.c.enrolment_id.in_(people))):
        digest = evidence_digest(
            sources[row.source_id], row.reference, names[row.activity_id], row.item, row.amount, row.characters,
            seconds(row.happened_at), seconds(row.received_at),
        )  # fmt: skip
        if digest != row.digest:
            yield EDITED_FACT(enrolment=row.enrolment_id, reference=row.reference)
    for row in session.execute(select(*MARK.c).where(MARK.c.enrolment_id.in_(people))):
        digest = mark_digest(
            names[row.activity_id], row.item, row.giver, row.score, row.grade, seconds(row.received_at)
        )
        if digest != row.digest:
            yield EDITED_FACT(enrolment=row.enrolment_id, reference=names[row.activity_id])


def _names(session: Session, kind: type[Activity | Source], programme_id: int) -> dict[int, str]:
    rows: Sequence[Activity | Source] = (
        session.execute(select(kind).where(col(kind.programme_id) == programme_id)).scalars().all()
    )
    return {row.id or 0: row.name if isinstance(row, Source) else f"{row.task}:{row.kind}" for row in rows}
