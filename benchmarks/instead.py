"""The same scores by what one would write instead of the night's statements: the same sheets, states and log, or no figure.

None of them seals anything, which the night does too.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from benchmarks.by_hand import LAST, LOCKED, Tally, left, verdict, write_back
from benchmarks.by_polars import by_polars
from benchmarks.databases import Files
from benchmarks.figures import Found, ratio_from
from benchmarks.measuring import in_copies
from benchmarks.scored_term import CLOSING, LOCK, bring_to_the_cutoff, make
from benchmarks.sizes import Sizes
from models.nights import TransitionLog
from models.terms import Cohort
from models.verdicts import ScoreSheet
from models.work import Enrolment, Evidence, Mark
from workflows.facts import ENROLMENT, EVIDENCE, MARK, raw
from workflows.night import night


def measure(sizes: Sizes, folder: Path) -> Found:
    databases = Files(folder)
    before = databases.new()
    make(before, sizes.small, sizes.evidence)
    bring_to_the_cutoff(before)
    meant, nights = in_copies(databases, before, seal, left, sizes.times)
    per_night = median(nights)
    found = Found("The same by what one would write instead, by the night", f"{sizes.small:,} enrolments")
    found.add("the night itself", nights, per_night)
    for name, work, times, target in (
        ("an ORM loop, a commit for each cohort", by_orm, 1, (ratio_from(100),)),
        ("rows by SQLAlchemy Core, rules in Python", by_rows, sizes.times, ()),
        ("polars, sheets written back", by_polars, sizes.times, ()),
    ):
        made, taken = in_copies(databases, before, work, left, times)
        assert made == meant, f"{name} does not come to what the night comes to"
        found.add(name, taken, per_night, *target, main=True)
    return found


def seal(engine: Engine) -> None:
    night(engine, LOCK, LOCK)


def by_orm(engine: Engine) -> None:
    """Objects, one learner after the other."""
    with Session(engine) as session:
        cohorts = session.execute(select(col(Cohort.id))).scalars().all()
    for cohort in cohorts:
        with Session(engine) as session, session.begin():
            for enrolment in session.execute(
                select(Enrolment).where(col(Enrolment.cohort_id) == cohort)
            ).scalars():
                score_by_orm(session, enrolment)


def score_by_orm(session: Session, enrolment: Enrolment) -> None:
    assert enrolment.id is not None
    tally = Tally()
    counts = (col(Evidence.enrolment_id) == enrolment.id, col(Evidence.withdrawn_at).is_(None),
              col(Evidence.happened_at) < CLOSING, col(Evidence.received_at) < LOCK)  # fmt: skip
    for evidence in session.execute(select(Evidence).where(*counts)).scalars():
        tally.see(evidence.activity_id, evidence.amount, evidence.digest)
    given = (
        col(Mark.enrolment_id) == enrolment.id,
        col(Mark.withdrawn_at).is_(None),
        col(Mark.received_at) < LOCK,
    )
    for mark in session.execute(select(Mark).where(*given)).scalars():
        tally.mark(mark.grade or "", mark.digest)
    found = verdict(tally)
    trigger, target = found.move
    session.add(
        ScoreSheet(enrolment_id=enrolment.id, assessment="term", cohort_id=enrolment.cohort_id, seal=1, total=found.total,
                   passed=found.passed, result=found.result, earned="{}", breakdown=found.breakdown,
                   evidence_count=found.count, evidence_digest=found.digest)
    )  # fmt: skip
    session.add(
        TransitionLog(machine="enrolment", cohort_id=enrolment.cohort_id, enrolment_id=enrolment.id, trigger=trigger,
                      source=enrolment.status, target=target, effective_at=LOCK, recorded_at=LOCK)
    )  # fmt: skip
    enrolment.status = target


def by_rows(engine: Engine) -> None:
    """All rows of two statements into Python, and all that follows written together."""
    evidence = select(
        EVIDENCE.c.enrolment_id, EVIDENCE.c.activity_id, EVIDENCE.c.amount, EVIDENCE.c.digest
    ).where(
        EVIDENCE.c.withdrawn_at.is_(None),
        raw(EVIDENCE, "happened_at") < LAST,
        raw(EVIDENCE, "received_at") < LOCKED,
    )
    marks = select(MARK.c.enrolment_id, MARK.c.grade, MARK.c.digest).where(
        MARK.c.withdrawn_at.is_(None), raw(MARK, "received_at") < LOCKED
    )
    with engine.begin() as connection:
        tallies: dict[int, Tally] = defaultdict(Tally)
        for enrolment, activity, amount, digest in connection.execute(evidence):
            tallies[enrolment].see(activity, amount, digest)
        for enrolment, grade, digest in connection.execute(marks):
            tallies[enrolment].mark(grade or "", digest)
        people = connection.execute(select(ENROLMENT.c.id, ENROLMENT.c.cohort_id)).all()
        write_back(connection, ((one, cohort, verdict(tallies[one])) for one, cohort in people))
