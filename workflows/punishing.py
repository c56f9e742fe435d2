"""What an office decides about a penalty: apply it, waive it, or give the organisation until a later instant."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from calendars.messages import Wording, refuse
from calendars.penalties import Penalty
from models.nights import Hold, Resolution
from models.terms import Cohort
from workflows.cohorts import CohortTerm
from workflows.extension_bounds import bound_of_task, check_moved
from workflows.filing_acts import Desk
from workflows.organisations import load_tree
from workflows.penalties import Duties, extended_key, gate_of, to_decide, undecided
from workflows.resolving import NO_HOLD, OVER, About, Decision, term_as_decided, told, write
from workflows.reviewing import phase_of
from workflows.taking_on import cohort_taken_on

NO_PENALTY = Wording(
    zh="没有叫“{id}”的扣分。有：{known}", en="there is no penalty {id!r}; there are: {known}"
)
NOT_MISSED = Wording(
    zh="“{organisation}”没有这项扣分要决定：已经按时完成、还没有到期，或者已经决定",
    en="nothing is to be decided about {organisation}: its duty was done in time, is not due yet, or was decided",
)
SEALED = Wording(
    zh="“{assessment}”的成绩已经锁定，不能再决定扣分；可由本人申诉",
    en="the scores of {assessment} are sealed and no penalty can be decided any more; a person may appeal",
)
NOT_LATER = Wording(zh="{to} 不晚于现在（{at}）", en="{to} is not later than now ({at})")
NO_INSTANT = Wording(zh="宽限请写明到什么时候", en="say until when the time is extended")


def decide_penalty(
    session: Session,
    cohort: Cohort,
    penalty_id: str,
    organisations: Sequence[int],
    action: str,
    by: Decision,
    until: datetime | None = None,
) -> list[Resolution]:
    """Apply, waive or extend for each of these organisations: kept one by one, all or none, with the cohort taken on to that
    instant first. Raises Refused."""
    cohort_taken_on(session, cohort.id or 0, by)
    term = term_as_decided(session, cohort.id)
    penalty = _penalty(term, penalty_id)
    _still_open(term, penalty)
    standing = undecided(Duties(session, by.effective_at), term, penalty)
    tree = load_tree(session)
    for organisation in organisations:
        if organisation not in standing:
            raise refuse(NOT_MISSED(organisation=tree.nodes[organisation].name))
    dates = _dates(term, penalty, action, by, until)
    phase = phase_of(term.calendar, term.calendar.assessment(penalty.of)).id
    made = []
    if penalty.filing is not None and until is not None and action == "extend":
        _extend_filing(session, term, penalty.filing, organisations, until, by)
    for organisation in organisations:
        own = {} if until is None or action != "extend" else {extended_key(penalty, organisation): until}
        about = About(phase, dates | own, gate=gate_of(penalty), organisation_id=organisation)
        kept = write(session, term.id, action, by, about)
        made.append(kept)
    return made


def _extend_filing(
    session: Session, term: CohortTerm, filing_id: str, places: Sequence[int], until: datetime, by: Decision
) -> None:
    """The filing itself may come until then, from each of these organisations."""
    tree, filing = load_tree(session), term.calendar.filing(filing_id)
    desk = Desk(session, term.programme_id, term.calendar, tree)
    for place in dict.fromkeys(tree.at_tier(place, filing.tier) for place in places):
        if place is not None:
            desk.extend(filing, place, filing.tier, until, by)


def decide_all(
    session: Session, cohort: Cohort, hold: Hold, action: str, by: Decision, until: datetime | None = None
) -> Resolution:
    """The same for every organisation that a hold lists."""
    number = hold.id
    cohort_taken_on(session, cohort.id or 0, by)
    if hold.cleared_at is not None:
        raise refuse(NO_HOLD(id=number))
    term = term_as_decided(session, cohort.id)
    listed = set(json.loads(hold.detail)["organisations"])
    made: list[Resolution] = []
    for one in to_decide(Duties(session, by.effective_at), term, term.calendar.phase(hold.phase).locks):
        those = [place for place in one.organisations if place in listed]
        made += decide_penalty(session, cohort, one.penalty.id, those, action, by, until)
    return made[-1]


def _penalty(term: CohortTerm, penalty_id: str) -> Penalty:
    known = {penalty.id: penalty for penalty in term.calendar.penalties}
    if penalty_id not in known:
        raise refuse(NO_PENALTY(id=penalty_id, known=[*known]))
    return known[penalty_id]


def _still_open(term: CohortTerm, penalty: Penalty) -> None:
    assessment = term.calendar.assessment(penalty.of)
    locking = [term.phases[phase.id] for phase in term.calendar.phases if phase.locks == assessment.locks]
    if all(phase.stands_at in OVER for phase in locking):
        raise refuse(SEALED(assessment=assessment.name or assessment.id))


def _dates(
    term: CohortTerm, penalty: Penalty, action: str, by: Decision, until: datetime | None
) -> dict[str, datetime]:
    """More time for an organisation; where its scores would lock before, the lock waits as well."""
    if action != "extend":
        return {}
    if until is None:
        raise refuse(NO_INSTANT())
    if until <= by.effective_at:
        raise refuse(NOT_LATER(to=told(term, until), at=told(term, by.effective_at)))
    _as_far_as_the_calendar_allows(term, penalty, until)
    cutoff = term.calendar.assessment(penalty.of).locks
    locks = term.schedule().cutoffs[cutoff]
    if not isinstance(locks, datetime) or until <= locks:
        return {}
    check_moved(term, replace(term, dates={**term.dates, cutoff: until}), cutoff)
    return {cutoff: until}


def _as_far_as_the_calendar_allows(term: CohortTerm, penalty: Penalty, until: datetime) -> None:
    """Raises Refused where the duty itself may not be put off so long."""
    for task in (term.calendar.task(name) for name in penalty.tasks):
        bound = bound_of_task(term, task)
        beyond = bound.refuses(task.name, until, term.calendar.zoneinfo) if bound else None
        if beyond is not None:
            raise refuse(beyond)
