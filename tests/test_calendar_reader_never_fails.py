"""Whatever the text, the reader gives a calendar or refuses it with places and sentences: never another error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.glossary import KEYS
from calendars.messages import Problem, Refused
from calendars.pages import term_table
from calendars.reader import read_calendar
from calendars.term import TermCalendar

FOLDER = Path(__file__).parent
SAMPLE = (FOLDER / "calendar_problems" / "sample.yaml").read_text(encoding="utf-8")
PROGRAMMES = [
    file.read_text(encoding="utf-8")
    for file in sorted((FOLDER.parent / "calendars" / "programmes").glob("*.yaml"))
]
PLACE = re.compile(r"term\.yaml(:\d+:\d+)?")

WORDS = sorted(
    {key for keys in KEYS.values() for key in keys}
    | set(re.findall(r"[^\s{}\[\],:]+", SAMPLE))
    | {
        "end of study",
        "1 day after lock",
        "when study is done .. complete",
        "week 1 from lock",
        "tbd within a .. b",
    }
    | {"80 of 100", "0..20 by 0.1", "100%", "2 x total", "2 a week", "best of", "all or nothing", "by school"}
    | {
        "9999 months after 2199-12-31",
        "99999 workdays after tbd",
        "2026-12-31",
        "3 workdays after 2026-12-31",
    }
)
scalars = st.sampled_from(WORDS) | st.text(max_size=20) | st.integers().map(str) | st.floats().map(str)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=25,
)


def read(text: str) -> TermCalendar | list[Problem]:
    try:
        return read_calendar(text, "term.yaml")
    except Refused as refused:
        return refused.problems


def check(text: str) -> None:
    found = read(text)
    if isinstance(found, TermCalendar):
        term_table(found, "zh")
        term_table(found, "en")
        return
    assert found
    for problem in found:
        assert PLACE.fullmatch(problem.where)
        for told in (problem.message.text("zh"), problem.message.text("en")):
            assert told
            told.encode("utf-8")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    check(text)


@given(st.text(alphabet="abc:- \n[]{}&*!|>'\"\\#%@`?,~\t0159u\ufeff\x00", max_size=60))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    check(text)


@given(trees)
def test_any_tree_is_read_or_refused(tree: Any) -> None:
    check(yaml.safe_dump(tree, allow_unicode=True))


def mutated(tree: Any, path: list[int], value: Any) -> Any:
    """The tree with one node, found by going down a path of numbers, replaced or (by None) taken out."""
    if not path or not isinstance(tree, dict | list) or not tree:
        return value
    step = path[0] % len(tree)
    if isinstance(tree, dict):
        key = list(tree)[step]
        changed = {**tree, key: mutated(tree[key], path[1:], value)}
        return {name: inner for name, inner in changed.items() if inner is not None}
    entries = [*tree[:step], mutated(tree[step], path[1:], value), *tree[step + 1 :]]
    return [entry for entry in entries if entry is not None]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([SAMPLE, *PROGRAMMES]).map(lambda text: yaml.load(text, Loader=yaml.BaseLoader)),  # noqa: S506
    st.lists(
        st.tuples(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.none() | trees),
        min_size=1,
        max_size=3,
    ),
)
def test_a_good_calendar_with_some_parts_exchanged_is_read_or_refused(
    tree: Any, changes: list[tuple[list[int], Any]]
) -> None:
    for path, value in changes:
        tree = mutated(tree, path, value)
    check(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))
