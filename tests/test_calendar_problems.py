"""Each thing that can be wrong in a calendar is told once, in its place, in both languages.

`calendar_problems/` holds a calendar without a problem and, by subject, what one change to it brings about.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from calendars.messages import Problem, Refused
from calendars.reader import MOST_LISTED, read_calendar
from calendars.source import MOST_CHARACTERS

FOLDER = Path(__file__).parent / "calendar_problems"
SAMPLE = (FOLDER / "sample.yaml").read_text(encoding="utf-8")
HERE = "▶"
CASES = [
    pytest.param(case, id=f"{subject}: {case['what']}")
    for subject in (
        "form",
        "dates",
        "openings",
        "names",
        "scoring",
        "rules",
        "comparisons",
        "penalties",
        "extensions",
        "likeness",
        "filings",
        "exemptions",
        "lists",
        "peers",
        "lesson_studies",
        "reminders",
    )
    for case in yaml.safe_load((FOLDER / f"{subject}.yaml").read_text(encoding="utf-8"))
]


def problems(text: str) -> list[Problem]:
    with pytest.raises(Refused) as refused:
        read_calendar(text, "term.yaml")
    return refused.value.problems


def changed(changes: dict[str, str]) -> str:
    text = SAMPLE
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after, 1)
    return text


def place_of(mark: str, text: str) -> str:
    above = text[: text.index(mark)]
    return f"term.yaml:{above.count(chr(10)) + 1}:{len(above) - above.rfind(chr(10))}"


def test_the_sample_has_no_problem() -> None:
    assert read_calendar(SAMPLE, "term.yaml").programme == "sample-2024"


@pytest.mark.parametrize("case", CASES)
def test_a_problem_is_told_once_in_its_place_in_both_languages(case: dict[str, Any]) -> None:
    marked = changed(case["change"])
    assert marked.count(HERE) == 1
    (problem,) = problems(marked.replace(HERE, ""))
    assert problem.where == place_of(HERE, marked)
    assert problem.message.text("en") == case["en"]
    assert problem.message.text("zh") == case["zh"]


def test_problems_of_form_and_of_sense_are_told_together_from_the_top_down() -> None:
    text = changed(
        {
            "zone: Asia/Shanghai": "zone: Asia/Shanghia",
            "source: 样例文件": "source: 样例文件\nsauce: 样例文件",
            "window: 2024-09-01 .. 2024-09-30": "window: 2024-09-01 .. 2024-09-31",
            "phase: review": "phase: reviw",
            "pass: 60 of 100": "pass: 60 of 110",
            "waits on: tutor": "waits on: tuter",
            "about: [watch, essay]": "about: [watch, esay]",
            "by: [3 days]": "by: [3 dayz]",
        }
    )
    told = [(problem.where, problem.message.text("en")) for problem in problems(text)]
    assert told == [
        ("term.yaml:3:7", "there is no time zone called 'Asia/Shanghia'; is it 'Asia/Shanghai'?"),
        ("term.yaml:5:1", "there is no key 'sauce' here; is it 'source'?"),
        ("term.yaml:14:55", "there is no day 2024-09-31"),
        ("term.yaml:24:37", "there is no phase called 'reviw'; is it 'review'?"),
        ("term.yaml:30:11", "the components add up to 100, not to the full 110: 10 off"),
        ("term.yaml:37:66", "there is no role or tier called 'tuter'; is it 'tutor'?"),
        ("term.yaml:39:34", "there is no task called 'esay'; is it 'essay'?"),
        (
            "term.yaml:39:46",
            "a stretch such as 3 days, 2 workdays, 12 hours or 1 week is expected, not '3 dayz'",
        ),
    ]


def test_what_leans_on_a_malformed_part_is_not_told_a_second_time() -> None:
    """The task's kinds are misspelt, so whether the component can be fed is not judged."""
    text = changed({"name: 研讨, shows: topic": "name: 研讨, showz: topic"})
    assert [problem.message.text("en") for problem in problems(text)] == [
        "there is no key 'showz' here; is it 'shows'?"
    ]


def test_a_name_declared_in_a_malformed_part_is_still_known() -> None:
    text = changed({"{id: watch, role: learner,": "{id: watch, role: learner, characters: many,"})
    assert [problem.message.text("en") for problem in problems(text)] == [
        "a whole number is expected, not 'many'"
    ]


def test_a_chain_of_dates_too_long_to_follow_is_told_once() -> None:
    chain = "".join(f"  c{number}: 1 day after c{number + 1}\n" for number in range(100))
    (problem,) = problems(changed({"cutoffs:\n": f"cutoffs:\n{chain}  c100: 2024-01-01\n"}))
    assert "depends on more than 50 others" in problem.message.text("en")


def test_an_empty_file_should_be_a_calendar() -> None:
    (problem,) = problems("")
    assert problem.text("en") == (
        "term.yaml:1:1: the file should be made of `key: value` lines, beginning with programme:"
    )


def test_a_list_is_no_calendar() -> None:
    (problem,) = problems("\n- programme: sample-2024\n")
    assert problem.text("zh") == "term.yaml:2:1: 文件应由“键: 值”组成，以 programme: 开头"


def test_a_character_that_no_text_has_is_found_in_its_place() -> None:
    (problem,) = problems("programme: sample-2024\nname: a\x07b\n")
    assert problem.text("en") == "term.yaml:2:8: there is an invisible control character here"


def test_a_file_too_large_is_not_read() -> None:
    (problem,) = problems("#" * (MOST_CHARACTERS + 1))
    assert problem.where == "term.yaml:1:1"
    assert "at most 131072" in problem.message.text("en")


def test_a_hopeless_file_is_not_listed_to_its_end() -> None:
    told = problems("".join(f"key_{number}: x\n" for number in range(1000)))
    assert len(told) == MOST_LISTED + 1
    assert told[-1].text("en") == f"term.yaml: {1000 + 7 - MOST_LISTED} more problems are not listed"
