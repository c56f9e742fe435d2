"""Groups dealt to one another: for any number of them, never itself, never one another twice, evenly both ways, and the same
for any order in which they are named and any order in which nights take in those that came later."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.peer_dealing import Dealing, Group

Pairs = list[tuple[int, int]]
each = st.integers(1, 6)


def groups(count: int, counties: int = 1, provinces: int = 1) -> list[Group]:
    return [
        Group(number, f"{number}组", {"county": 100 + number % counties, "province": 200 + number % counties % provinces})
        for number in range(count)
    ]  # fmt: skip


def loads(pairs: Pairs) -> tuple[Counter[int], Counter[int]]:
    return Counter(reviewer for reviewer, _ in pairs), Counter(reviewed for _, reviewed in pairs)


def is_sound(pairs: Pairs) -> bool:
    return all(reviewer != reviewed for reviewer, reviewed in pairs) and len(set(pairs)) == len(pairs)


@given(count=st.integers(0, 40), each=each)
def test_each_reviews_as_many_as_it_is_reviewed_by(count: int, each: int) -> None:
    there = groups(count)
    pairs = Dealing("互评", each).deal(there, there, [])
    assert is_sound(pairs)
    expected = min(each, count - 1)
    for load in loads(pairs):
        assert [load[group.id] for group in there] == [max(expected, 0)] * count


@given(count=st.integers(0, 30), each=each, counties=st.integers(1, 9), provinces=st.integers(1, 3))
def test_it_is_even_within_every_place_and_nobody_is_alone_who_has_a_wider_one(
    count: int, each: int, counties: int, provinces: int
) -> None:
    there = groups(count, counties, provinces)
    dealing = Dealing("互评", each, ("county", "province"))
    pairs = dealing.deal(there, there, [])
    assert is_sound(pairs)
    gives, gets = loads(pairs)
    for pool in dealing.pools(there):
        assert (
            {gives[group.id] for group in pool}
            == {gets[group.id] for group in pool}
            == {min(each, len(pool) - 1)}
        )
        if len(pool) == 1:
            assert [one for one in there if one.places["province"] == pool[0].places["province"]] == pool
    assert sorted(group.id for pool in dealing.pools(there) for group in pool) == list(range(count))


@given(count=st.integers(2, 40), each=each)
def test_two_groups_review_each_other_only_where_there_are_too_few(count: int, each: int) -> None:
    there = groups(count)
    pairs = set(Dealing("互评", each).deal(there, there, []))
    mutual = [pair for pair in pairs if pair[::-1] in pairs]
    assert not mutual or count <= 2 * each


@given(data=st.data(), count=st.integers(0, 20), each=each, counties=st.integers(1, 4))
def test_it_is_the_same_for_any_order_in_which_groups_are_named(
    data: Any, count: int, each: int, counties: int
) -> None:
    there = groups(count, counties)
    dealing = Dealing("互评", each, ("county", "province"))
    one, other = data.draw(st.permutations(there)), data.draw(st.permutations(there))
    assert sorted(dealing.deal(one, other, [])) == sorted(dealing.deal(there, there, []))


@given(
    count=st.integers(0, 20),
    later=st.lists(st.integers(1, 4), max_size=5),
    each=each,
    counties=st.integers(1, 4),
)
def test_whoever_comes_later_changes_nothing_that_was_dealt(
    count: int, later: list[int], each: int, counties: int
) -> None:
    everybody = groups(count + sum(later), counties)
    dealing = Dealing("互评", each, ("county",))
    dealt: Pairs = dealing.deal(everybody[:count], everybody[:count], [])
    for come in later:
        new, count = everybody[count : count + come], count + come
        pairs = dealing.deal(everybody[:count], new, dealt)
        assert all({reviewer, reviewed} & {group.id for group in new} for reviewer, reviewed in pairs)
        dealt = dealt + pairs
        assert is_sound(dealt)
    assert {group for pair in dealt for group in pair} == {
        group.id
        for group in everybody
        if sum(one.places["county"] == group.places["county"] for one in everybody) > 1
    }


@given(count=st.integers(0, 12), later=st.integers(1, 8), each=each)
def test_whoever_comes_later_reviews_and_is_reviewed_as_the_others(count: int, later: int, each: int) -> None:
    everybody = groups(count + later)
    dealing = Dealing("互评", each)
    dealt: Pairs = dealing.deal(everybody[:count], everybody[:count], [])
    for there in range(count, count + later):
        pairs = dealing.deal(everybody[: there + 1], [everybody[there]], dealt)
        for load in loads(pairs):
            assert load[there] == min(each, there)
        dealt = dealt + pairs


@given(count=st.integers(3, 20), each=st.integers(1, 3))
def test_the_work_of_one_who_comes_later_falls_on_those_who_have_least(count: int, each: int) -> None:
    there = groups(count + 1)
    first = Dealing("互评", each).deal(there[:count], there[:count], [])
    pairs = first + Dealing("互评", each).deal(there, there[count:], first)
    for load in loads(pairs):
        assert load[count] == min(each, count)
        assert max(load.values()) - min(load.values()) <= 1


def test_a_group_alone_reviews_nobody() -> None:
    (alone,) = groups(1)
    assert Dealing("互评", 2, ("county",)).deal([alone], [alone], []) == []


def test_a_group_that_has_nobody_at_any_tier_is_alone_until_another_comes() -> None:
    first, second = Group(1, "一组", {}), Group(2, "二组", {"county": 7})
    dealing = Dealing("互评", 2, ("county",))
    assert dealing.deal([first, second], [first, second], []) == []
    third = Group(3, "三组", {"county": 7})
    assert sorted(dealing.deal([first, second, third], [third], [])) == [(2, 3), (3, 2)]


def test_neighbours_in_the_list_are_not_always_paired() -> None:
    there = groups(30)
    pairs = Dealing("组互评", 1).deal(there, there, [])
    assert sum(abs(one - other) == 1 for one, other in pairs) < 10


@pytest.mark.parametrize("seed", ["一", "二"])
def test_another_review_pairs_the_groups_otherwise(seed: str) -> None:
    there = groups(30)
    assert set(Dealing(seed, 2).deal(there, there, [])) != set(Dealing("组互评", 2).deal(there, there, []))
