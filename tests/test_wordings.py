"""How a sentence is made of its wording, and what every wording keeps to."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from calendars.messages import Locale, Wording, joined

ROOT = Path(__file__).parent.parent
ROOMS = ("calendars", "models", "workflows", "exchange", "flows", "office")
COUNTED = Wording(zh="{file}：{rows}行", en="{file}: {rows:row|rows}")
OWED = Wording(zh="还没有交：{tasks}", en="not handed in: {tasks}")
OF_A_TERM = Wording(zh="第{number}学期的{what}", en="{what} of term {number}")
PLAN, REPORT = Wording(zh="计划", en="plan"), Wording(zh="报告", en="report")

# A figure that may be 1, and next to it a word that says there are several.
UNCOUNTED = re.compile(
    r"\{(count|rows|phases|tasks|assessments|files|amount|characters)\} (more )?(people|pieces|\w+s)\b"
)
HAN, FIGURE = r"[\u4e00-\u9fff]", r"\{(?:count|rows|line|most|amount|full_at)\}"
APART = re.compile(rf"{HAN} (?:{FIGURE}|\d+{HAN})|{HAN}(?:{FIGURE}|\d+) {HAN}")


# Where a joined text is kept, read in again, or a name that is the same in either language.
NO_LISTS = {
    "calendars/list_words.py", "exchange/exception_sheets.py", "exchange/exceptions.py", "exchange/results.py",
    "exchange/sealed_results.py", "office/acting.py", "workflows/chances.py", "workflows/explaining.py",
}  # fmt: skip


def sentences() -> Iterator[tuple[str, str]]:
    """Every text in the code that a person may read: where it stands, and what it says."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node.value


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param(0, "0 rows", id="none"),
        pytest.param(1, "1 row", id="one"),
        pytest.param(2, "2 rows", id="two"),
        pytest.param("1", "1 row", id="one, as a text"),
        pytest.param("1.5", "1.5 rows", id="one and a half"),
    ],
)
def test_one_of_a_thing_is_told_as_one(rows: object, said: str) -> None:
    assert COUNTED(file="a", rows=rows).text("en") == f"a: {said}"
    assert COUNTED(file="a", rows=rows).text("zh") == f"a：{rows}行"


def test_a_fact_that_is_itself_a_message_is_counted_by_what_it_says() -> None:
    inner = Wording(zh="{n}", en="{n}")
    assert COUNTED(file="a", rows=inner(n=1)).text("en") == "a: 1 row"


@pytest.mark.parametrize(
    ("locale", "said"), [("zh", "还没有交：作业、2、报告"), ("en", "not handed in: 作业, 2, report")]
)
@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_several_things_stand_apart_by_the_sign_of_the_language(
    kind: Callable[[object], object], locale: Locale, said: str
) -> None:
    message = OWED(tasks=kind(["作业", 2, REPORT()]))
    assert message.text(locale) == said
    assert message.text(locale) == said  # a generator can be told once alone


def test_one_of_several_things_may_itself_be_told_of_several() -> None:
    message = OWED(tasks=[OF_A_TERM(number=1, what=[PLAN(), REPORT()]), "作业"])
    assert message.text("zh") == "还没有交：第1学期的计划、报告、作业"
    assert message.text("en") == "not handed in: plan, report of term 1, 作业"


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_where_there_is_nothing_a_dash_says_so(locale: Locale) -> None:
    assert OWED(tasks=[]).text(locale) == OWED(tasks="—").text(locale)
    assert joined([], locale) == ""


def test_a_message_of_several_things_can_be_looked_up_and_follows_no_later_change() -> None:
    tasks: list[object] = ["作业", REPORT()]
    message = OWED(tasks=tasks)
    tasks.append("日志")
    assert {message: 1}[OWED(tasks=("作业", REPORT()))] == 1


def test_no_other_code_says_what_stands_between_several_things() -> None:
    found = {where.partition(":")[0] for where, text in sentences() if text == "、"}
    assert found == {"calendars/messages.py", *NO_LISTS}


def test_a_text_is_one_thing() -> None:
    assert OWED(tasks="作业").text("en") == "not handed in: 作业"


def test_every_figure_in_an_english_sentence_has_its_singular() -> None:
    assert [found for found in sentences() if UNCOUNTED.search(found[1])] == []


def test_no_blank_stands_between_chinese_and_a_figure() -> None:
    """As in the programmes' documents; and a table breaks its lines at blanks."""
    assert [found for found in sentences() if APART.search(found[1])] == []
