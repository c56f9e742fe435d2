"""Any schedule of nights, with gaps, repeats and cohorts that fail now and then, comes to the same, to the byte."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import given, seed, settings
from sqlalchemy.orm import Session

from models.database import open_database
from models.migrating import upgrade
from tests.support.outcomes import outcome
from tests.support.playing import MADE_UP, Night, Played, Stage, before_decisions, enrol, play, played_terms
from tests.torture.promise import Promise
from workflows import night as nights_module
from workflows.hold_kinds import ERROR

TERMS = 6  # of one attempt
SCHEDULES = 3  # of a term
SHARE = 0.3  # of the nights in which it fails


class BrokenDownError(Exception):
    """What a cohort fails with."""


def attempt(number: int, folder: Path) -> None:
    stage, dice = _stage(folder), random.Random(number)

    @seed(number)
    @given(term=played_terms())
    @settings(MADE_UP, max_examples=TERMS)
    def check(term: Played) -> None:
        first, *others = (_played(stage, term, schedule, dice) for schedule in term.schedules)
        assert first["wrong"] == []
        for other in others:
            assert other == first

    check()


def _played(stage: Stage, term: Played, schedule: Sequence[Night], dice: random.Random) -> dict[str, Any]:
    """What a term comes to by a schedule in which a cohort fails in some of the nights that nobody's decision waits for."""
    decisions = before_decisions(term.happening)
    story = stage.new(term.text)
    enrol(story, term.cast)
    awaited = {story.at(f"{night.at:%Y-%m-%d %H:%M:%S}") for night in [*decisions, schedule[-1]]}
    with _failing(dice.choice(list(story.cohorts.values())), awaited, dice):
        taken = play(story, term.happening, [*schedule, *decisions])
    found = outcome(story)
    found["holds"] = [hold for hold in found["holds"] if hold[2] != ERROR.name]
    return {"decisions": taken, **found}


@contextmanager
def _failing(cohort: int, awaited: set[datetime], dice: random.Random) -> Iterator[None]:
    really = nights_module._advance
    fails: dict[datetime, bool] = {}

    def advance(
        session: Session, night_id: int | None, cohorts: Sequence[int], as_of: datetime, recorded_at: datetime
    ) -> Any:
        found = really(session, night_id, cohorts, as_of, recorded_at)  # type: ignore[arg-type]
        asked = night_id is not None and as_of not in awaited and cohort in cohorts
        if asked and fails.setdefault(as_of, dice.random() < SHARE):
            raise BrokenDownError
        return found

    with mock.patch.object(nights_module, "_advance", advance):
        yield


@cache
def _stage(folder: Path) -> Stage:
    template, file = (folder / f"{name}-{os.getpid()}.sqlite" for name in ("template", "played"))
    engine = open_database(f"sqlite:///{template}")
    upgrade(engine)
    engine.dispose()
    shutil.copy(template, file)
    return Stage(template, file, open_database(f"sqlite:///{file}"))


SCHEDULED = Promise(
    "any schedule of nights, with cohorts that fail: the same to the byte",
    112,
    1,
    attempt,
    each=TERMS * SCHEDULES,
)
