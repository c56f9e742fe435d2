"""The machines are tables: whole, obeyed, and shown in the documentation as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from calendars.messages import Wording
from workflows.machines import (
    ENROLMENT,
    PHASE,
    TABLES,
    ImpossibleMove,
    Row,
    State,
    Table,
    bulk_moves,
    mermaid,
    move,
    table_problems,
)

PAGE = Path(__file__).parent.parent / "docs" / "machines.md"
WHY = Wording("因为", "because")
IMPOSSIBLE = [
    (table, state.name, trigger)
    for table in TABLES
    for state in table.states
    for trigger in sorted({row.trigger for row in table.rows})
    if not any((row.trigger, row.source) == (trigger, state.name) for row in table.rows)
]


@dataclass
class Moving:
    state: str
    held_from: str | None = None


def machine(*rows: tuple[str, str, str], states: tuple[str, ...] = ("first", "second")) -> Table:
    return Table(
        name="made up", initial="first", final=frozenset({"second"}),
        states=tuple(State(name, WHY) for name in states), rows=tuple(Row(*row, WHY) for row in rows),
    )  # fmt: skip


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_has_no_problems(table: Table) -> None:
    assert table_problems(table) == []


def test_a_table_with_problems_is_told_each_of_them() -> None:
    broken = machine(
        ("go", "first", "third"), ("stay", "first", "first"), states=("first", "second", "stuck")
    )
    assert table_problems(broken) == [
        "unknown state third", "unreachable state second", "unreachable state stuck", "no way out of stuck",
    ]  # fmt: skip
    assert table_problems(machine(("go", "first", "second"))) == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_row_of_a_table_moves_as_it_says(table: Table) -> None:
    for row in table.rows:
        moving = Moving(row.source, row.held_from)
        assert move(table, moving, row.trigger) == (row.source, row.target)
        assert moving.state == row.target


@pytest.mark.parametrize(
    ("table", "state", "trigger"), IMPOSSIBLE, ids=lambda part: getattr(part, "name", part)
)
def test_what_no_row_allows_is_an_error_and_moves_nothing(table: Table, state: str, trigger: str) -> None:
    moving = Moving(state)
    with pytest.raises(ImpossibleMove, match=f"{table.name}: {trigger} from {state}"):
        move(table, moving, trigger)
    assert moving.state == state


@pytest.mark.parametrize("trigger", ["to_done", "to_open", "nonsense", ""])
def test_there_is_no_way_round_the_table(trigger: str) -> None:
    with pytest.raises(ImpossibleMove):
        move(PHASE, Moving("planned"), trigger)


@pytest.mark.parametrize("state", ["planned", "open", "closing"])
def test_a_held_phase_is_released_to_where_it_was_held(state: str) -> None:
    phase = Moving(state)
    phase.held_from = phase.state
    move(PHASE, phase, "hold")
    assert phase.state == "held"
    assert move(PHASE, phase, "release") == ("held", state)


@pytest.mark.parametrize("held_from", [None, "held", "locked", "done"])
def test_what_was_held_nowhere_is_released_to_nowhere(held_from: str | None) -> None:
    with pytest.raises(ImpossibleMove):
        move(PHASE, Moving("held", held_from), "release")


@pytest.mark.parametrize("state", ["locked", "done", "cancelled"])
def test_what_is_sealed_or_over_is_neither_held_nor_cancelled(state: str) -> None:
    for trigger in ("hold", "cancel", "open"):
        with pytest.raises(ImpossibleMove):
            move(PHASE, Moving(state), trigger)


def test_moves_by_the_thousand_come_from_the_same_table() -> None:
    assert bulk_moves(ENROLMENT, "withdraw") == [
        (row.source, row.target) for row in ENROLMENT.rows if row.trigger == "withdraw"
    ]
    with pytest.raises(ImpossibleMove, match="conditions that SQL cannot see"):
        bulk_moves(PHASE, "release")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_state_and_every_row_has_its_words_in_both_languages(table: Table) -> None:
    for wording in (*(state.label for state in table.states), *(row.why for row in table.rows)):
        assert re.search("[一-鿿]", wording().text("zh"))
        assert re.fullmatch("[ -~]+", wording().text("en"))


def test_the_documentation_shows_every_machine_as_its_table_is() -> None:
    """To bring the page up to date, put what `mermaid` draws between its fences."""
    shown = re.findall(r"```mermaid\n(.*?)```\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown == [mermaid(table) for table in TABLES]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_documentation_explains_every_state_by_its_name(table: Table) -> None:
    told = PAGE.read_text(encoding="utf-8")
    for state in table.states:
        assert f"| `{state.name}` {state.label().text('zh')} |" in told
