"""One cohort that always fails among a thousand: the others as without it, and one hold."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from models.database import open_database
from models.migrating import upgrade
from tests.support.many_cohorts import LOCK_NIGHT, many_cohorts
from tests.support.outcomes import outcome
from tests.torture.offices import Office
from tests.torture.promise import Promise
from workflows import night as nights_module
from workflows.hold_kinds import ERROR

MANY, FEW = 1_000, 40
SHEET = 4  # facts


class BrokenDownError(Exception):
    """What it fails with."""


def attempt(number: int, folder: Path) -> None:
    cohorts = MANY if number == 0 else FEW
    office = _many(folder, cohorts)
    failing = office.story.cohorts[f"{cohorts // 2 + number}班"]
    with office.copy(folder) as url:
        meant = _outcome(office, url)
    with office.copy(folder) as url, mock.patch.object(nights_module, "_advance", _unless(failing)):
        found = _outcome(office, url)
    (hold,) = [hold for hold in found["holds"] if hold[2] == ERROR.name]
    assert hold[0] == failing
    theirs = {office.story.people[f"{of}{cohorts // 2 + number - 1}"] for of in "李王"}
    for name in ("seals", "log", "states", "holds", "outbox"):
        others = [row for row in found[name] if not _is_about(row, failing, theirs)]
        assert others == [row for row in meant[name] if not _is_about(row, failing, theirs)], name


def _is_about(row: tuple[Any, ...], cohort: int, people: set[int]) -> bool:
    """Score sheets, of four facts, are of people; all else is of cohorts."""
    return row[0] in people if len(row) == SHEET else row[0] == cohort


def _unless(failing: int) -> Any:
    really = nights_module._advance

    def advance(session: Any, night_id: Any, cohorts: Any, as_of: Any, recorded_at: Any) -> Any:
        if failing in cohorts:
            raise BrokenDownError
        return really(session, night_id, cohorts, as_of, recorded_at)

    return advance


def _outcome(office: Office, url: str) -> dict[str, Any]:
    office.story.engine = open_database(url)
    try:
        office.story.night(LOCK_NIGHT)
        return outcome(office.story)
    finally:
        office.story.engine.dispose()


@cache
def _many(folder: Path, cohorts: int) -> Office:
    engine = open_database(f"sqlite:///{folder / f'many-{cohorts}-{os.getpid()}.sqlite'}")
    upgrade(engine)
    story = many_cohorts(engine, cohorts)
    engine.dispose()
    return Office(engine.url.render_as_string(), story)


ONE_OF_MANY = Promise("one cohort of a thousand that always fails: the others as without it", 1, 1, attempt)
