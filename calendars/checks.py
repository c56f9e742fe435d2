"""Everything that is checked in a calendar whose form is right; one tuple of small checks for each subject."""

from __future__ import annotations

from calendars import (
    checks_comparisons,
    checks_dates,
    checks_exemptions,
    checks_extensions,
    checks_filings,
    checks_lesson_studies,
    checks_likeness,
    checks_lists,
    checks_names,
    checks_openings,
    checks_peers,
    checks_penalties,
    checks_reminders,
    checks_rules,
    checks_scoring,
    checks_weeks,
)
from calendars.draft import Declared, Draft
from calendars.source import Found, Node
from calendars.term import TermCalendar

CHECKS = (
    *checks_names.CHECKS,
    *checks_dates.CHECKS,
    *checks_openings.CHECKS,
    *checks_scoring.CHECKS,
    *checks_rules.CHECKS,
    *checks_weeks.CHECKS,
    *checks_reminders.CHECKS,
    *checks_comparisons.CHECKS,
    *checks_penalties.CHECKS,
    *checks_extensions.CHECKS,
    *checks_filings.CHECKS,
    *checks_exemptions.CHECKS,
    *checks_lists.CHECKS,
    *checks_peers.CHECKS,
    *checks_likeness.CHECKS,
    *checks_lesson_studies.CHECKS,
)


def found_in(calendar: TermCalendar, root: Node, declared: Declared, *, published: bool) -> list[Found]:
    """All that the checks find. `root` is the tree that the calendar was made from. What was published once is not asked again
    what depends on the office's own files."""
    zone = calendar.zone if checks_names.is_zone(calendar.zone) else "UTC"
    draft = Draft(calendar.model_copy(update={"zone": zone}), root, declared)
    for check in CHECKS if published else (*CHECKS, *checks_reminders.AT_THE_DESK):
        check(draft)
    return draft.found
