"""What an administrator decides from Prefect's page: a deadline extended, dates set, a hold resolved, a lock now.

The forms of these runs are their parameters. Each decides for all the cohorts that are meant or for none, carries it
out at once, and says in its final state what was done.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from prefect import flow
from prefect.client.schemas.objects import State
from sqlmodel import Session

from calendars.messages import Message, Wording, refuse
from calendars.spoken_times import ending, shown, shown_end, starting
from calendars.term import TermCalendar
from flows import form_fields as fields
from flows.carrying_out import (
    Asking,
    Desk,
    Done,
    carry_out,
    changes_in_words,
    cohorts_in_words,
    exactly_one,
    needed,
)
from flows.endings import ending_of
from flows.hold_form import read_answer
from models.database import reading, transaction
from models.terms import Cohort
from workflows import resolving
from workflows.answering import answer_hold, cohort_of
from workflows.cases import LABELS, Case, case_of
from workflows.deciding import AtOnce, decide_at_once, lock_now
from workflows.holds import OpenHold, open_holds
from workflows.known import calendar_named, cohorts_named, cohorts_under, phase_named
from workflows.looking import look_now
from workflows.resolving import NO_HOLD, NOT_ALLOWED, Decision
from workflows.scopes import require_cohort

EXTENDED = Wording(
    "“{key}”推后到 {until}：{cohorts}，记录第{records}号。{changed}",
    "{key} is extended to {until} for {cohorts}; record {records}. {changed}",
)
DATED = Wording(
    "“{phase}”定为 {opens} 至 {closes}：{cohorts}，记录第{records}号。{changed}",
    "{phase} is set from {opens} to {closes} for {cohorts}; record {records}. {changed}",
)
AS_IN_CALENDAR = Wording("日历所定", "the calendar's end")
LOCKED = Wording(
    "“{phase}”于 {at} 锁定：{cohorts}，封存成绩单{sheets}张，记录第{records}号。{changed}",
    "{phase} is locked at {at} for {cohorts}, {sheets:score sheet|score sheets} sealed; record {records}. {changed}",
)
SPAN = Wording("{first}—{last}", "{first} to {last}")
RESOLVED = Wording(
    "{cohort}“{phase}”（{kind}）：{decision}，记录第{record}号。{changed}",
    "{cohort}, {phase} ({kind}): {decision}; record {record}. {changed}",
)
LACKING = Wording("{done}还缺别的：{why}", "{done} Something is missing still: {why}")
GONE = Wording("不需要再决定：{how}，{why}", "there is nothing left to decide: {how}; {why}")
NONE_THERE = Wording("这里没有卡住。现在卡住的：{open}", "nothing is stuck there. What is stuck now: {open}")
NONE_AT_ALL = Wording("无", "nothing")
SEVERAL = Wording("有几处卡住，请填编号：{open}", "several holds are meant; fill in the number: {open}")
LISTED = Wording("{id}号 {cohort}“{phase}”{kind}", "{id} ({cohort}, {phase}, {kind})")
NUMBER_OR_PLACE = Wording("填了编号，就不要再填项目、班级、阶段", "fill in the number or the place, not both")
WHICH_DATES = Wording(
    "几个阶段的日期待定（{phases}），请用 set-dates 分别定下",
    "several phases lack their dates ({phases}); set them by set-dates, one by one",
)
AND = Wording("{first}；{rest}", "{first}; {rest}")
MOST_LISTED = 8  # holds in a refusal


@flow(name="extend", flow_run_name="{programme} · {phase}{cutoff} · {cohort}{organisation} → {until}")
def extend_deadline(
    programme: fields.Programme,
    until: fields.Until,
    reason: fields.Reason,
    name: fields.Name,
    phase: fields.PhaseOrCutoff = "",
    cutoff: fields.Cutoff = "",
    cohort: fields.CohortOrUnit = "",
    organisation: fields.Organisation = "",
) -> State[None]:
    """把阶段的结束或一个截止时间推后：一个班级，或一个单位下的全部班级。
    Move the end of a phase, or a cutoff, to a later time: of one cohort, or of all under an organisation."""

    def act(desk: Desk) -> Done:
        asked = Asking()
        by = asked.ask(lambda: desk.decision(reason, name))
        with transaction(desk.engine) as session:
            calendar = asked.must(lambda: calendar_named(session, programme.strip()))
            cohorts = asked.ask(lambda: _meant(session, programme, cohort, organisation))
            key = asked.ask(lambda: _key(session, programme, phase, cutoff))
            to = asked.ask(lambda: _ending(desk, fields.UNTIL, until, calendar.zoneinfo))
            asked.end()
            done = decide_at_once(
                session, cohorts, lambda at, one, by: resolving.extend(at, one, key, to, by), by
            )
            until_when = shown_end(to, calendar.zoneinfo)
            message = EXTENDED(key=_called(calendar, key), until=until_when, **_facts(desk, done))
            return Done(message, [one.id or 0 for one in cohorts])

    return carry_out(act, name)


@flow(name="set-dates", flow_run_name="{programme} · {phase} · {cohort}{organisation}")
def set_phase_dates(
    programme: fields.Programme,
    phase: fields.Phase,
    opens: fields.Opens,
    reason: fields.Reason,
    name: fields.Name,
    closes: fields.Closes = "",
    cohort: fields.CohortOrUnit = "",
    organisation: fields.Organisation = "",
) -> State[None]:
    """给日期待定的阶段，或允许班级自定日期的阶段，定下起止日期：一个班级，或一个单位下的全部班级。
    Set the dates of a phase that is to be determined, or that a cohort may choose: for one cohort, or for all under an
    organisation."""

    def act(desk: Desk) -> Done:
        asked = Asking()
        by = asked.ask(lambda: desk.decision(reason, name))
        with transaction(desk.engine) as session:
            calendar = asked.must(lambda: calendar_named(session, programme.strip()))
            cohorts = asked.ask(lambda: _meant(session, programme, cohort, organisation))
            named = asked.ask(lambda: phase_named(session, programme.strip(), needed(fields.PHASE, phase)))
            start = asked.ask(lambda: _starting(desk, fields.OPENS, opens, calendar.zoneinfo))
            end = (
                asked.ask(lambda: _ending(desk, fields.CLOSES, closes, calendar.zoneinfo))
                if closes.strip()
                else None
            )
            asked.end()
            done = decide_at_once(
                session, cohorts, lambda at, one, by: resolving.set_dates(at, one, named, start, end, by), by
            )
            dates = {
                "opens": shown(start, calendar.zoneinfo),
                "closes": shown_end(end, calendar.zoneinfo) if end else AS_IN_CALENDAR(),
            }
            message = DATED(phase=_called(calendar, named), **dates, **_facts(desk, done))
            return Done(message, [one.id or 0 for one in cohorts])

    return carry_out(act, name)


@flow(name="lock", flow_run_name="{programme} · {phase} · {cohort}")
def lock_phase(
    programme: fields.Programme,
    phase: fields.Phase,
    cohort: fields.Cohort,
    reason: fields.Reason,
    name: fields.Name,
) -> State[None]:
    """把一个班级已经结束的阶段提前到现在锁定，立即封存成绩。封存后不能恢复。
    Lock a phase of a cohort that has ended now, before its time, and seal its scores. There is no way back."""

    def act(desk: Desk) -> Done:
        asked = Asking()
        by = asked.ask(lambda: desk.decision(reason, name))
        with transaction(desk.engine) as session:
            calendar = asked.must(lambda: calendar_named(session, programme.strip()))
            cohorts = asked.ask(lambda: _named(session, programme, needed(fields.COHORT, cohort)))
            named = asked.ask(lambda: phase_named(session, programme.strip(), needed(fields.PHASE, phase)))
            asked.end()
            done = lock_now(session, cohorts, named, by)
            facts = {"at": shown(desk.at, calendar.zoneinfo), "sheets": done.changes.sealed.total()}
            message = LOCKED(phase=_called(calendar, named), **facts, **_facts(desk, done))
            return Done(message, [one.id or 0 for one in cohorts])

    return carry_out(act, name)


@flow(name="resolve", flow_run_name="{hold} {programme} {cohort} {phase} · {action}")
def resolve_hold(  # noqa: PLR0913 (the fields of its form)
    *,
    action: fields.Action,
    reason: fields.Reason,
    name: fields.Name,
    hold: fields.HoldNumber = None,
    programme: fields.ProgrammeOfHold = "",
    cohort: fields.CohortOfHold = "",
    phase: fields.PhaseOfHold = "",
    until: fields.UntilIfExtended = "",
    opens: fields.OpensIfSet = "",
    closes: fields.ClosesIfSet = "",
) -> State[None]:
    """对一个卡住的班级作决定，与它自己的窗口里能作的相同。
    Decide about a cohort that is stuck: the same as in the form of its own run."""

    def act(desk: Desk) -> Done:
        asked = Asking()
        by = asked.ask(lambda: desk.decision(reason, name))
        with reading(desk.engine) as session:
            number = asked.ask(lambda: _hold_meant(session, hold, programme, cohort, phase))
        asked.end()
        filled = {"until": until, "opens": opens, "closes": closes, "reason": reason, "name": name}
        return _resolve(desk, number, action, filled, by)

    return carry_out(act, name)


def _resolve(desk: Desk, number: int, action: str, filled: dict[str, str], by: Decision) -> Done:
    """First whatever is due by now; then, if it is stuck still, the decision; all of it or nothing."""
    with transaction(desk.engine) as session:
        cohort_id = cohort_of(session, number)
        if cohort_id is None:
            raise refuse(NO_HOLD(id=number))
        require_cohort(session, cohort_id)
        look_now(session, cohort_id, desk.at, desk.at)
        session.expire_all()
        case = case_of(session, number, desk.at)
        if case is None:
            how = ending_of(session, desk.settings, number)
            assert how is not None
            return Done(GONE(how=how.name, why=how.message), [cohort_id])
        decision = {"decision": _choice(case, action, desk)}
        zone = case.zone or desk.settings.zoneinfo
        said = read_answer(case, filled | decision, desk.locale, zone)
        outcome = answer_hold(session, number, said.answer, by)
    held = {"cohort": case.hold.cohort, "phase": case.hold.phase_name, "kind": case.hold.label}
    changed = changes_in_words(outcome.changes, desk.locale)
    message = RESOLVED(**held, decision=said.label, record=outcome.resolution, changed=changed)
    return Done(LACKING(done=message, why=case.hold.explanation) if outcome.held else message, [cohort_id])


def _choice(case: Case, action: str, desk: Desk) -> str:
    """What the hold's own form calls this decision. Raises Refused where this hold allows others alone."""
    found = [choice for choice in case.choices if choice.action == action]
    if not found:
        allowed = dict.fromkeys(choice.action for choice in case.choices)
        raise refuse(NOT_ALLOWED(kind=case.hold.label, action=LABELS[action](), allowed=[*allowed]))
    if len(found) > 1:
        raise refuse(WHICH_DATES(phases=[choice.phase or "" for choice in found]))
    return found[0].label.text(desk.locale)


def _hold_meant(session: Session, number: int | None, programme: str, cohort: str, phase: str) -> int:
    """The open hold that is meant, by its number or by where it is. Raises Refused with those that are open."""
    place = (programme.strip(), cohort.strip(), phase.strip())
    if number is not None:
        if any(place):
            raise refuse(NUMBER_OR_PLACE())
        return number
    asked = Asking()
    for title, said in zip((fields.PROGRAMME, fields.COHORT, fields.PHASE), place, strict=True):
        asked.ask(lambda title=title, said=said: needed(title, said))  # type: ignore[misc]
    asked.end()
    named = phase_named(session, place[0], place[2])
    cohorts_named(session, place[0], [place[1]])
    stuck = open_holds(session, place[0])
    found = [one for one in stuck if (one.cohort, one.phase) == (place[1], named)]
    if not found:
        raise refuse(NONE_THERE(open=_listed(stuck)))
    if len(found) > 1:
        raise refuse(SEVERAL(open=_listed(found)))
    return found[0].id


def _listed(holds: Sequence[OpenHold]) -> Message:
    told = NONE_AT_ALL()
    for place, one in enumerate(holds[:MOST_LISTED]):
        this = LISTED(id=one.id, cohort=one.cohort, phase=one.phase_name, kind=one.label)
        told = AND(first=told, rest=this) if place else this
    return AND(first=told, rest="…") if len(holds) > MOST_LISTED else told


# ---------------------------------------------------------------------- what is meant by the fields


def _meant(session: Session, programme: str, cohort: str, organisation: str) -> list[Cohort]:
    """The one cohort, or all under the organisation. Another way to say who is meant is another field here."""
    exactly_one(fields.COHORT, cohort, fields.ORGANISATION, organisation)
    if organisation.strip():
        return cohorts_under(session, programme.strip(), organisation.strip())
    return _named(session, programme, cohort.strip())


def _named(session: Session, programme: str, cohort: str) -> list[Cohort]:
    return cohorts_named(session, programme.strip(), [cohort])


def _key(session: Session, programme: str, phase: str, cutoff: str) -> str:
    """The date that is to be moved: the end of a phase, or a cutoff by its name."""
    exactly_one(fields.PHASE, phase, fields.CUTOFF, cutoff)
    return cutoff.strip() or f"{phase_named(session, programme.strip(), phase.strip())}.end"


def _called(calendar: TermCalendar, key: str) -> str:
    """A phase by its name; an edition of before may have others."""
    names = {phase.id: phase.name for phase in calendar.phases}
    return names.get(key.removesuffix(".end"), key)


def _ending(desk: Desk, title: Wording, said: str, zone: ZoneInfo) -> datetime:
    return ending(needed(title, said), zone, title().text(desk.locale))


def _starting(desk: Desk, title: Wording, said: str, zone: ZoneInfo) -> datetime:
    return starting(needed(title, said), zone, title().text(desk.locale))


def _facts(desk: Desk, done: AtOnce) -> dict[str, object]:
    """Of which cohorts it is, where it is kept, and what came of it."""
    return {
        "cohorts": cohorts_in_words(done.resolutions),
        "records": _span(done.resolutions.values()),
        "changed": changes_in_words(done.changes, desk.locale),
    }


def _span(numbers: Collection[int]) -> Message | str:
    first, last = min(numbers), max(numbers)
    return str(first) if first == last else SPAN(first=first, last=last)
