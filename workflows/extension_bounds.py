"""How far an extension may go: what the calendar allows, counted from what was planned for a cohort and not from what an
earlier extension has made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from calendars.extensions import Extensions, edge_of
from calendars.filing_times import Period, link_deadline
from calendars.filings import Filing, Link
from calendars.messages import Message, Problem, Refused, Wording
from calendars.schedule import after, deadline
from calendars.spoken_times import shown_end
from calendars.term import Assessment, Task, TermCalendar
from workflows.cohorts import CohortTerm
from workflows.deadlines import task_deadline, term_instant

BEYOND = Wording(
    zh="“{what}”：{to} 超出了日历允许的范围，最迟可到 {until}（{rule}）",
    en="{what}: {to} is beyond what the calendar allows, which is {until} at the latest ({rule})",
)


@dataclass(frozen=True)
class Bound:
    """The last instant to which something may be moved, and the rule that says so."""

    until: datetime
    rule: Extensions

    def refuses(self, what: str, to: datetime, zone: ZoneInfo) -> Message | None:
        """Why it may not be moved as far as that, if it may not."""
        if to <= self.until:
            return None
        told = {"to": shown_end(to, zone), "until": shown_end(self.until, zone)}
        return BEYOND(what=what, rule=self.rule.in_words(), **told)


def as_planned(term: CohortTerm) -> CohortTerm:
    """The cohort's term before anything was extended: by the calendar, and the dates that an office has set."""
    dates: dict[str, datetime] = {}
    for decided in term.decided:
        if decided.action == "set dates":
            dates |= decided.dates
    return replace(term, dates=dates)


def bound_of_task(term: CohortTerm, task: Task, scoring: Sequence[Assessment] = ()) -> Bound | None:
    """Up to when a task may be extended for a person or an organisation: by the bounds of the task and of whatever gives
    it its deadline."""
    planned = as_planned(term)
    given = {task.by or (one.counts if one else None) or f"end of {task.phase}" for one in scoring or (None,)}
    known = [task_deadline(planned, task, one) for one in scoring] or [task_deadline(planned, task)]
    base = max(filter(None, known), default=None)
    rules = [rule for rule in term.calendar.extensions if rule.binds(task.id, *given)]
    return _tightest(_bounds(term.calendar, rules, base, partial(term_instant, planned)))


def bound_of_link(calendar: TermCalendar, filing: Filing, link: Link, period: Period) -> Bound | None:
    """The same for a link of a filing, whose deadline is the whole programme's."""
    base = link_deadline(calendar, link, period)
    rules = [rule for rule in calendar.extensions if rule.binds(filing.id, *([link.by] if link.by else []))]
    if base is None:
        return None

    def instant(text: str) -> datetime | None:
        found = deadline(calendar, {}, {}, text)
        return found if isinstance(found, datetime) else None

    return _tightest(_bounds(calendar, rules, base, instant))


def check_moved(before: CohortTerm, moved: CohortTerm, key: str) -> None:
    """Raises Refused where moving a date of a cohort (`PHASE.end`, `PHASE.start` or a cutoff) takes it, or whatever hangs
    on it, beyond what the calendar allows."""
    planned = as_planned(before)
    problems = []
    for rule in before.calendar.extensions:
        for name in rule.of or (_spoken(key),):
            to, was = _instant(moved, name), _instant(before, name)
            if to is None or was is None or to <= was:
                continue
            base = _instant(planned, name)
            for bound in _bounds(planned.calendar, [rule], base, partial(term_instant, planned)):
                message = bound.refuses(_called(before.calendar, name), to, before.calendar.zoneinfo)
                problems += [Problem("", message)] if message is not None else []
    if problems:
        raise Refused(problems)


def _bounds(
    calendar: TermCalendar,
    rules: Sequence[Extensions],
    base: datetime | None,
    instant: Callable[[str], datetime | None],
) -> Iterator[Bound]:
    """What each rule says of something that is planned for an instant; nothing while a date is not determined."""
    for rule in rules:
        if rule.at_most is not None:
            found = None if base is None else after(calendar, rule.at_most, base)
        else:
            found = instant(rule.until or "")
        if found is not None:
            yield Bound(found, rule)


def _tightest(bounds: Iterator[Bound]) -> Bound | None:
    return min(bounds, key=lambda bound: bound.until, default=None)


def _instant(term: CohortTerm, name: str) -> datetime | None:
    """When a task is due at the latest, or the instant of a cutoff or of a phase's edge; none of a filing."""
    calendar = term.calendar
    task = next((one for one in calendar.tasks if one.id == name), None)
    if task is not None:
        scoring = [
            one
            for one in calendar.assessments
            if any(task.id in part.task_ids for part in (*one.components, *one.needs))
        ]
        known = [task_deadline(term, task, one) for one in scoring] or [task_deadline(term, task)]
        return max(filter(None, known), default=None)
    is_date = name in calendar.cutoffs or edge_of(name) is not None
    return term_instant(term, name) if is_date else None


def _spoken(key: str) -> str:
    """How the calendar speaks of a date that an office moves: `end of PHASE` for `PHASE.end`."""
    phase, _, edge = key.partition(".")
    return f"{edge} of {phase}" if edge else key


def _called(calendar: TermCalendar, name: str) -> str:
    return next((task.name for task in calendar.tasks if task.id == name), name)
