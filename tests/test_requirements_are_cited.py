"""Which demand of the documents stands in which calendar, and which does not yet, so that none is lost silently."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from calendars.reader import read_calendar
from calendars.term import TermCalendar

PROGRAMMES = Path(__file__).parent.parent / "calendars" / "programmes"
REQUIREMENTS = Path(__file__).parent / "requirements.txt"

CAPABILITY, STEPS, CERTIFIED = "capability-2021", "capability-2021-steps", "capability-2021-certified"

CITED: dict[str, set[str]] = {
    **{f"G16-{number:02}": {"guopei-2016"} for number in range(1, 13)},
    **{f"L24-{number:02}": {"longcheng-2024"} for number in range(1, 14)},
    **{f"X19-{number:02}": {"lanxi-2019"} for number in range(1, 9)},
    "C21-01": {CAPABILITY, STEPS, CERTIFIED},
    "C21-02": {CAPABILITY, STEPS, CERTIFIED},
    "C21-03": {CAPABILITY, CERTIFIED},
    "C21-04": {STEPS},
    "C21-05": {CAPABILITY},
    "C21-06": {CAPABILITY},
    "C21-07": {CERTIFIED},
    "C21-08": {CAPABILITY},
    "C21-09": {CAPABILITY, STEPS},
    **{f"J20-{number:02}": {"jinan-2020"} for number in range(1, 12)},
}

CITED_IN_PART = {}

NOT_CITED = {
    "ALL-01": "asked of the product, not of a programme",
    "ALL-02": "asked of the product, not of a programme",
    "ALL-03": "asked of the product, not of a programme",
    "ALL-04": "asked of the product, not of a programme",
}


@pytest.fixture(scope="module")
def required() -> list[str]:
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line.split(maxsplit=1)[0] for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def calendars() -> dict[str, TermCalendar]:
    files = sorted(PROGRAMMES.glob("*.yaml"))
    return {file.stem: read_calendar(file.read_text(encoding="utf-8"), file.name) for file in files}


@pytest.fixture(scope="module")
def found(calendars: dict[str, TermCalendar]) -> dict[str, set[str]]:
    citing: defaultdict[str, set[str]] = defaultdict(set)
    for name, calendar in calendars.items():
        for cited in calendar.cited():
            for requirement in cited.requirement_ids:
                citing[requirement].add(name)
    return dict(citing)


def test_the_list_of_requirements_names_each_once(required: list[str]) -> None:
    assert len(required) == len(set(required))
    assert all(re.fullmatch(r"(G16|L24|X19|C21|J20|ALL)-\d{2}", requirement) for requirement in required)


def test_each_requirement_is_cited_by_exactly_the_calendars_in_the_table(found: dict[str, set[str]]) -> None:
    assert found == CITED


def test_each_requirement_is_either_cited_or_has_a_reason_why_not(required: list[str]) -> None:
    assert not CITED.keys() & NOT_CITED.keys()
    assert sorted(CITED.keys() | NOT_CITED.keys()) == sorted(required)


def test_what_is_only_partly_said_is_cited_and_says_what_is_left() -> None:
    assert CITED_IN_PART.keys() <= CITED.keys()
    assert all((CITED_IN_PART | NOT_CITED).values())


def test_every_phase_task_gate_reminder_and_comparison_of_the_programmes_cites_its_source(
    calendars: dict[str, TermCalendar],
) -> None:
    silent = [
        f"{name}: {entry}"
        for name, calendar in calendars.items()
        for group in (
            calendar.phases,
            calendar.tasks,
            calendar.gates,
            calendar.peer_reviews,
            calendar.reminders,
            calendar.comparisons,
            calendar.honours,
            calendar.resources,
            [one for one in (calendar.choosing, calendar.statistics) if one is not None],
        )
        for entry in group
        if not entry.requirement_ids
    ]
    assert silent == []


def test_every_score_sheet_can_name_its_source(calendars: dict[str, TermCalendar]) -> None:
    """A component cites the document itself, or its assessment or its task does."""
    silent = [
        f"{name}: {assessment.id}: {component.key}"
        for name, calendar in calendars.items()
        for assessment in calendar.assessments
        for component in (*assessment.components, *assessment.needs)
        if not component.requirement_ids
        and not assessment.requirement_ids
        and not all(calendar.task(task).requirement_ids for task in component.task_ids)
    ]
    assert silent == []
