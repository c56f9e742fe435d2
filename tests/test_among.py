"""Whether a number is one of some, as SQL: a range where they follow one another, a list where they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, column, create_engine, literal, select, union_all

from workflows.sql import among

NUMBERS = range(-2, 9)
SQLITE = create_engine("sqlite://")


def found(engine: Engine, numbers: list[int]) -> set[int]:
    every = union_all(*(select(literal(number).label("n")) for number in NUMBERS)).subquery()
    with engine.connect() as connection:
        return {*connection.execute(select(every.c.n).where(among(every.c.n, numbers))).scalars()}


@given(st.lists(st.sampled_from(NUMBERS)))
def test_those_and_no_others_are_found(numbers: list[int]) -> None:
    assert found(SQLITE, numbers) == set(numbers)


@pytest.mark.parametrize("numbers", [[], [3], [3, 4, 5], [5, 3, 4, 4], [3, 5], [3, 4, 6]])
def test_on_either_database(engine: Engine, numbers: list[int]) -> None:
    assert found(engine, numbers) == set(numbers)


@pytest.mark.parametrize(("numbers", "parameters"), [(range(400), 2), ([1, 3], 1)])
def test_what_follows_one_another_takes_two_parameters(numbers: list[int], parameters: int) -> None:
    assert len(among(column("n"), numbers).compile().params) == parameters
