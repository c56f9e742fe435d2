"""Law 2 for appeals: whichever nights run, what is filed, taken away, let in and given back after a lock comes to the same seals
(ALL-04)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.decided import DECIDED
from tests.support.generated_terms import Event
from tests.support.playing import MADE_UP, SAME_TERMS, THOROUGH, Played, Stage, outcomes, played_terms

LOCKED = datetime(2024, 3, 10)  # in the calendar's zone  # noqa: DTZ001
PEOPLE = ("甲", "乙", "丁")
HOURS = 2  # between two things that are done


@st.composite
def disputes(draw: Any) -> list[Event]:
    """After the first lock: hours that came late, and a result that is taken away, appealed against and decided about, once
    or twice, one after the other, at hours at which a night may run or not."""
    name, at = draw(st.sampled_from(PEOPLE)), LOCKED + timedelta(hours=draw(st.integers(0, 6)))
    found = [Event(at, "shows", (name, "course", 2, LOCKED - timedelta(days=4), "hours", "", None))]
    for _ in range(draw(st.integers(1, 2))):
        ways = (
            [["revoke"], []],
            [["file", "take_up", "grant"], ["file", "take_up", "refuse appeal"], ["file"]],
        )
        for what in (act for way in ways for act in draw(st.sampled_from(way))):
            at += timedelta(hours=HOURS * draw(st.integers(1, 4)))
            found.append(Event(at, "acts", (what, name, "online")))
    return found


@st.composite
def disputed_terms(draw: Any) -> Played:
    """A term in which nothing else is decided about people, and its disputes; some nights at the very strokes of these."""
    term, more = draw(played_terms(DECIDED, acting=0)), draw(disputes())
    strokes = [night.at for night in term.schedules[-1]] + [event.at for event in more]
    *some, last = term.schedules
    extra = [replace(night, at=draw(st.sampled_from(strokes))) for night in last[:3]]
    return replace(term, happening=[*term.happening, *more], schedules=[*some, [*last, *extra]])


@SAME_TERMS
@given(term=disputed_terms())
@settings(MADE_UP, max_examples=12 * (20 if THOROUGH else 1))
def test_disputes_come_to_the_same_whichever_nights_run(stage: Stage, term: Played) -> None:
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


def test_the_made_up_disputes_are_carried_out(stage: Stage) -> None:
    """They are no mere refusals: results are taken away, let in late and given back."""
    done: Counter[str] = Counter()

    @SAME_TERMS
    @given(term=disputed_terms())
    @settings(MADE_UP, max_examples=12)
    def look(term: Played) -> None:
        found = next(outcomes(stage, replace(term, schedules=term.schedules[:1])))
        done.update(row[2] + (" back" if row[5] else "") for row in found["appeals"])
        done.update(row[1] for row in found["decided"] if len(row) == 7 and row[1] == "revoke")

    look()
    assert {"file", "take_up", "grant", "grant back", "refuse", "revoke"} <= done.keys()
