"""Texts compared by their fingerprints find what a slow and obvious comparison finds, in whatever order they come."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.alike import LEAST, MOST, WHOLE, Pair, Printed, compare, rings
from workflows.fingerprints import GRAM, WINDOW, Hashes, fingerprints, grams, left_out, letters
from workflows.passages import passages

NOTHING = left_out([])
TENTH = 1000


def prose(dice: random.Random, length: int) -> str:
    return "".join(chr(0x4E00 + dice.randrange(2000)) for _ in range(length))


def printed(texts: list[str], owners: list[int] | None = None, without: Hashes = NOTHING) -> list[Printed]:
    whose = owners or range(len(texts))
    return [
        Printed(key, owner, True, fingerprints(text, without))
        for key, (text, owner) in enumerate(zip(texts, whose, strict=True))
    ]


def obvious(texts: list[Printed], least: int) -> set[tuple[int, int]]:
    """Each with each, by the sets of what both have."""
    found = set()
    for one, other in combinations(texts, 2):
        shared = len({*one.prints.tolist()} & {*other.prints.tolist()})
        smaller = min(len(one.prints), len(other.prints))
        alike = shared >= LEAST and shared * WHOLE >= least * smaller
        if alike and one.owner != other.owner and (one.looked_at or other.looked_at):
            found.add((min(one.key, other.key), max(one.key, other.key)))
    return found


def both(pairs: list[Pair]) -> set[tuple[int, int]]:
    return {(pair.first, pair.second) for pair in pairs}


# ---------------------------------------------------------------- fingerprints


def test_blanks_punctuation_width_and_case_make_no_difference() -> None:
    plain = fingerprints("专业发展PPT计划2024年要有恒心有决心和信心才能够做好", NOTHING)
    assert len(plain)
    written = "专业 发展，ＰＰｔ\n计划２０２４年\u200b：“要有恒心、有决心”和信心，才能够做好。"
    assert fingerprints(written, NOTHING).tolist() == plain.tolist()


@pytest.mark.parametrize("text", ["", "短", "九个字的一句话不够", "，。！"])
def test_what_is_shorter_than_a_run_has_no_fingerprint(text: str) -> None:
    assert len(fingerprints(text, NOTHING)) == 0


@given(st.integers(0, 10**6), st.integers(GRAM + WINDOW - 1, 200))
@settings(max_examples=50, deadline=None)
def test_two_texts_that_share_a_run_of_21_letters_share_a_fingerprint(seed: int, length: int) -> None:
    dice = random.Random(seed)
    shared = prose(dice, length)
    one, other = (prose(dice, dice.randrange(40)) + shared + prose(dice, dice.randrange(40)) for _ in "12")
    assert set(fingerprints(one, NOTHING).tolist()) & set(fingerprints(other, NOTHING).tolist())


def test_the_fingerprints_are_the_least_of_each_window() -> None:
    text = prose(random.Random(1), 300)
    hashes = grams(letters(text)).tolist()
    windows = [hashes[at : at + WINDOW] for at in range(len(hashes) - WINDOW + 1)]
    assert fingerprints(text, NOTHING).tolist() == sorted({min(window) for window in windows})


def test_of_what_is_left_out_no_run_counts() -> None:
    dice = random.Random(2)
    quoted = prose(dice, 200)
    text = prose(dice, 300) + quoted + prose(dice, 300)
    without = left_out([quoted])
    chosen = set(fingerprints(text, without).tolist())
    assert chosen
    assert not chosen & set(grams(letters(quoted)).tolist())
    assert len(fingerprints(quoted, without)) == 0


# ---------------------------------------------------------------- pairs


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_pairs_are_those_of_the_obvious_comparison(seed: int) -> None:
    """Texts that took passages of each other, of all lengths; some of one owner, some of former programmes."""
    dice = random.Random(seed)
    texts: list[str] = []
    for _ in range(14):
        text = prose(dice, dice.randrange(20, 700))
        for _ in range(dice.randrange(3) if texts else 0):
            source = dice.choice(texts)
            start = dice.randrange(len(source))
            text += source[start : start + dice.randrange(10, 300)]
        texts.append(text)
    found = [Printed(one.key, dice.randrange(10), dice.random() < 0.7, one.prints) for one in printed(texts)]
    assert both(compare(found, TENTH)) == obvious(found, TENTH)


def test_the_order_in_which_texts_come_makes_no_difference() -> None:
    dice = random.Random(3)
    common = prose(dice, 300)
    found = printed(
        [prose(dice, 400) + (common if number % 2 else "") + prose(dice, 300) for number in range(60)]
    )
    expected = compare(found, TENTH)
    assert expected
    for _ in range(3):
        dice.shuffle(found)
        assert compare(found, TENTH) == expected


@pytest.mark.parametrize(("copied", "alike"), [(60, False), (180, True)])
def test_a_tenth_of_a_text_is_looked_at_and_less_is_not(copied: int, alike: bool) -> None:
    dice = random.Random(4)
    first = prose(dice, 1000)
    second = prose(dice, 500) + first[:copied] + prose(dice, 500)
    assert bool(compare(printed([first, second]), TENTH)) is alike


def test_a_short_text_that_is_wholly_in_a_long_one_is_found() -> None:
    dice = random.Random(5)
    long = prose(dice, 5000)
    (pair,) = compare(printed([long, long[2000:2200]]), TENTH)
    assert pair.of_second > 8000
    assert pair.of_first < TENTH


def test_an_own_text_handed_in_again_and_two_former_ones_are_no_pair() -> None:
    text = prose(random.Random(6), 500)
    assert compare(printed([text, text], owners=[7, 7]), TENTH) == []
    former = [Printed(one.key, one.owner, False, one.prints) for one in printed([text, text])]
    assert compare(former, TENTH) == []
    assert both(compare([*former, Printed(9, 9, True, former[0].prints)], TENTH)) == {(0, 9), (1, 9)}


@pytest.mark.parametrize("size", [3, MOST, MOST + 1, 150])
def test_a_ring_of_any_size_hangs_together(size: int) -> None:
    """Beyond the most that the index looks at, too; and its pairs do not grow with the square of it."""
    dice = random.Random(size)
    common = prose(dice, 400)
    texts = [prose(dice, 300) + common + prose(dice, 300) for _ in range(size)]
    texts += [prose(dice, 1000) for _ in range(50)]
    found = compare(printed(texts), TENTH)
    assert [len(ring) for ring in rings(both(found))] == [size]
    assert len(found) <= (size * (size - 1) // 2 if size <= MOST else 3 * size)


def test_a_ring_is_found_among_many_who_quote_the_same_and_they_are_not() -> None:
    """All quote 60 characters that nobody listed, which is less than a tenth; thirty share 300 more."""
    dice = random.Random(8)
    quoted, common = prose(dice, 60), prose(dice, 300)
    texts = [
        prose(dice, 500) + quoted + (common if number < 30 else "") + prose(dice, 500)
        for number in range(200)
    ]
    (ring,) = rings(both(compare(printed(texts), TENTH)))
    assert ring == tuple(range(30))


def test_many_owners_of_the_same_text_handed_in_twice_hang_together() -> None:
    text = prose(random.Random(9), 600)
    found = compare(printed([text] * 80, owners=[number // 2 for number in range(80)]), TENTH)
    assert [len(ring) for ring in rings((pair.first // 2, pair.second // 2) for pair in found)] == [40]


def test_nothing_and_one_text_are_alike_with_nothing() -> None:
    assert compare([], TENTH) == []
    assert compare(printed(["", prose(random.Random(1), 100)]), TENTH) == []


# ---------------------------------------------------------------- passages


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_a_passage_is_the_same_in_both_texts_and_everything_copied_is_in_one(seed: int) -> None:
    dice = random.Random(seed)
    first = "".join(sign + ("，" if dice.random() < 0.1 else "") for sign in prose(dice, 500))
    start = dice.randrange(300)
    copied = first[start : start + dice.randrange(30, 200)]
    spread = "".join(sign + (" " if dice.random() < 0.05 else "") for sign in copied)
    second = prose(dice, 200) + spread + prose(dice, 200)
    found = passages(first, second, NOTHING)
    for passage in found:
        one, other = first[slice(*passage.first)], second[slice(*passage.second)]
        assert letters(one).codes.tolist() == letters(other).codes.tolist()
        assert len(letters(one).codes) == passage.letters >= GRAM
    assert sum(passage.letters for passage in found) >= len(letters(copied).codes)


def test_passages_in_another_order_are_found_each_in_its_place() -> None:
    dice = random.Random(10)
    one, other = prose(dice, 100), prose(dice, 120)
    first = one + prose(dice, 50) + other
    second = other + prose(dice, 70) + one
    found = passages(first, second, NOTHING)
    assert [(passage.first, passage.second) for passage in found] == [
        ((150, 270), (0, 120)),
        ((0, 100), (190, 290)),
    ]


def test_what_is_left_out_is_no_passage_and_cuts_one_in_two() -> None:
    dice = random.Random(11)
    quoted = prose(dice, 40)
    text = prose(dice, 60) + quoted + prose(dice, 60)
    found = passages(text, text, left_out([quoted]))
    assert [passage.letters for passage in found] == [69, 69]  # up to where a whole run lies in the quotation
    assert passages(quoted, quoted, left_out([quoted])) == []


def test_a_run_said_a_hundred_times_takes_no_time() -> None:
    refrain = "我们一定要把课堂还给每一个学生，" * 100
    found = passages(refrain, refrain[5:], NOTHING)
    assert sum(passage.letters for passage in found) >= 1400
