"""Peer reviews from an office's sheet, a row each, many at once.

Whether a row can be taken depends on what was dealt by then. So each is carried out while the file is read, in a savepoint
that is taken back, and again when the file is committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Refused, Wording
from calendars.peers import PeerReview
from calendars.quantities import shown
from calendars.term import TermCalendar
from exchange.cells import Reader
from exchange.columns import Row, plain, recognise
from exchange.forms import columns_of
from exchange.participants import nearest
from exchange.plans import Plan, Progress, begin_plan
from exchange.spreadsheets import open_sheet
from exchange.trials import tried
from models.peers import PeerAssignment
from models.terms import Cohort
from models.types import seconds
from workflows.peer_giving import NO_COMMENT, Opinion, Pair, take_in, trouble_with
from workflows.peer_lists import opinions
from workflows.publishing import calendar_of, newest_edition
from workflows.resolving import Decision
from workflows.scopes import require_cohorts

NO_REVIEWS = Wording(zh="项目没有互评", en="the programme has no peer review")
WHICH = Wording(zh="请写明是哪一项互评：{names}", en="say which peer review: {names}")
UNKNOWN = Wording(zh="没有叫“{found}”的互评。{hint}", en="there is no peer review {found!r}. {hint}")
ALL = Wording(zh="互评有：{names}", en="The peer reviews are: {names}")
UNKNOWN_GROUP = Wording(zh="没有叫“{found}”的班级。{hint}", en="there is no cohort {found!r}. {hint}")
ALL_GROUPS = Wording(zh="班级有：{names}", en="The cohorts are: {names}")
NO_NAME = Wording(zh="请写明评价人", en="say who gives it")
TWICE = Wording(zh="这一评价在第{first}行已经出现过", en="this review stands in line {first} already")
GIVEN = Wording(zh="{reviewer} 评 {reviewed}：{said}", en="{reviewer} on {reviewed}: {said}")
CHANGED = Wording(
    zh="{reviewer} 评 {reviewed}：{before} 改为 {said}",
    en="{reviewer} on {reviewed}: {before} becomes {said}",
)


def read_peers(
    session: Session,
    programme_slug: str,
    path: Path,
    received_at: datetime,
    _progress: Progress | None = None,
) -> Plan:
    """Check a sheet of peer reviews whole. What it says is given when the file was received. Raises Refused for a file or
    a header that cannot be used at all; problems of rows are in the plan."""
    edition = newest_edition(session, programme_slug)
    calendar = calendar_of(session, edition.id or 0)
    table = recognise(open_sheet(path), columns_of("peers", calendar))
    plan = begin_plan("peers", edition, table, received_at)
    reader = Reader(table, calendar.zoneinfo, seconds(received_at))
    intake = _Intake(session, plan, reader, calendar, _cohorts(session, edition.programme_id))
    return tried(session, plan, reader, intake.read, intake.write)


@dataclass(frozen=True)
class _Said:
    """What one row says."""

    pair: Pair
    opinion: Opinion
    name: str
    document: str | None

    def by(self, effective_at: datetime, recorded_at: datetime) -> Decision:
        return Decision(self.opinion.comment, self.name, effective_at, recorded_at, document=self.document)

    def told(self) -> str:
        return self.opinion.grade or shown(self.opinion.score)


@dataclass
class _Intake:
    """One file: what each row says, tried in the order of the rows."""

    session: Session
    plan: Plan
    reader: Reader
    calendar: TermCalendar
    cohorts: Mapping[str, int]
    said: list[_Said] = field(default_factory=list)
    lines: dict[Pair, int] = field(default_factory=dict)

    def read(self) -> None:
        reviewers: set[int] = set()
        for row in self.reader.table.rows():
            self.plan.rows += 1
            if not {"score", "grade", "comment"} & row.cells.keys():
                self.plan.unchanged += 1
                continue
            said = self.row(row)
            if said is not None:
                reviewers.add(said.pair.reviewer_id)
                self._try(row, said)
        named = select(Cohort).where(col(Cohort.id).in_(reviewers))
        require_cohorts(self.session, self.session.execute(named).scalars())

    def write(self, session: Session, recorded_at: datetime) -> None:
        for said in self.said:
            take_in(
                session, self.calendar, said.pair, said.opinion, said.by(self.plan.received_at, recorded_at)
            )

    def _try(self, row: Row, said: _Said) -> None:
        first = self.lines.setdefault(said.pair, row.line)
        if first != row.line:
            self.reader.refuse(row, "reviewed", TWICE(first=first))
            return
        before = standing(self.session, said.pair)
        if before == said.opinion:
            self.plan.unchanged += 1
            return
        at = self.plan.received_at
        try:
            with self.session.begin_nested():
                take_in(self.session, self.calendar, said.pair, said.opinion, said.by(at, at))
        except Refused as refused:
            for problem in refused.problems:
                self.reader.refuse(row, "reviewed", problem.message)
            return
        self.said.append(said)
        self.plan.added += before is None
        self.plan.changed += before is not None
        self.plan.show(self.reader.table, row.line, "reviewed", self._told(said, before))

    def _told(self, said: _Said, before: Opinion | None) -> Message:
        names = {number: name for name, number in self.cohorts.items()}
        facts = {
            "reviewer": names[said.pair.reviewer_id],
            "reviewed": names[said.pair.reviewed_id],
            "said": said.told(),
        }
        if before is None:
            return GIVEN(**facts)
        return CHANGED(**facts, before=before.grade or shown(before.score))

    # ------------------------------------------------------------------ what a row says

    def row(self, row: Row) -> _Said | None:
        """What a row says; None where it was refused."""
        count = len(self.reader.problems)
        review = self._review(row)
        reviewer, reviewed = self._group(row, "reviewer"), self._group(row, "reviewed")
        score, grade = self.reader.hundredths(row, "score"), self.reader.text(row, "grade")
        comment, name = self.reader.text(row, "comment"), self.reader.text(row, "by")
        document = self.reader.text(row, "document")
        if name == "":
            self.reader.refuse(row, "by", NO_NAME())
        if len(self.reader.problems) > count or review is None or reviewer is None or reviewed is None:
            return None
        opinion = Opinion(score, grade or None, comment or "")
        if trouble := trouble_with(review.scale, opinion):
            about = "grade" if review.scale.grades else "score"
            self.reader.refuse(row, "comment" if trouble.wording is NO_COMMENT else about, trouble)
            return None
        pair = Pair(self.plan.programme_id, review, reviewer, reviewed)
        return _Said(pair, opinion, name or "", document or None)

    def _review(self, row: Row) -> PeerReview | None:
        text = self.reader.text(row, "review")
        if text is None:
            return None
        reviews = self.calendar.peer_reviews
        for review in reviews:
            if plain(text) in {plain(review.id), plain(review.name)} or (not text and len(reviews) == 1):
                return review
        names = [review.name for review in reviews]
        if not reviews:
            told = NO_REVIEWS()
        elif not text:
            told = WHICH(names=names)
        else:
            told = UNKNOWN(found=text, hint=nearest(text, names, ALL))
        self.reader.refuse(row, "review", told)
        return None

    def _group(self, row: Row, key: str) -> int | None:
        text = self.reader.text(row, key, needed=True)
        if text is None:
            return None
        if text not in self.cohorts:
            hint = nearest(text, self.cohorts, ALL_GROUPS)
            self.reader.refuse(row, key, UNKNOWN_GROUP(found=text, hint=hint))
        return self.cohorts.get(text)


def standing(session: Session, pair: Pair) -> Opinion | None:
    """What is said already."""
    number = session.execute(
        select(col(PeerAssignment.id)).where(
            col(PeerAssignment.programme_id) == pair.programme_id, col(PeerAssignment.review) == pair.review.id,
            col(PeerAssignment.reviewer_id) == pair.reviewer_id, col(PeerAssignment.reviewed_id) == pair.reviewed_id,
        )
    ).scalar_one_or_none()  # fmt: skip
    found = opinions(session, [number]).get(number) if number is not None else None
    return Opinion(found.score, found.grade, found.comment) if found else None


def _cohorts(session: Session, programme_id: int) -> dict[str, int]:
    rows = session.execute(
        select(col(Cohort.name), col(Cohort.id)).where(col(Cohort.programme_id) == programme_id)
        .order_by(col(Cohort.name))
    )  # fmt: skip
    return dict(rows.tuples().all())
