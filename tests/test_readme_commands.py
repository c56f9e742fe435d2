"""Every command of both READMEs is typed as it stands, and answers as the page says.

A `console` block shows a session: `$ ` and a command, then what it prints. `…` stands for what the page leaves out,
within a line or for lines; blanks at a line's end and between a table's columns do not matter. A command ends with
exit code 0, or the page asks `echo $?` next and shows another.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
READMES = {"README.md": "en", "README.zh-CN.md": "zh"}
WIDTH = "110"  # of the terminal in which the pages' tables were printed

NOT_TYPED = {
    "make setup": "sets up the environment in which this very test runs",
    "make demo": "is tested by test_demo.py",
    "make test": "would run this test again",
    "yanxiu up": "stays up until Ctrl-C, and is tested by test_up.py",
}


@dataclass(frozen=True)
class Typed:
    line: int
    command: str
    shown: list[str]


def _page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(page: str, *languages: str) -> Iterator[tuple[int, list[str]]]:
    """Each fenced block of these languages, with the number of its first line."""
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        if found[1] in languages:
            yield page[: found.start(2)].count("\n") + 1, found[2].splitlines()


def session(page: str) -> list[Typed]:
    """The commands of a page in their order, each with the lines shown below it."""
    found: list[Typed] = []
    for first, lines in blocks(page, "console"):
        assert lines[0].startswith("$ "), lines[0]
        for number, line in enumerate(lines, first):
            if line.startswith("$ "):
                found.append(Typed(number, line.removeprefix("$ "), []))
            elif found[-1].command.endswith("\\"):
                found[-1] = Typed(found[-1].line, f"{found[-1].command}\n{line}", [])
            else:
                found[-1].shown.append(line)
    return found


def type_all(commands: list[str], desk: Path, language: str) -> list[tuple[int, str]]:
    """Type the commands into one shell, as a reader does; each with its exit code and all that it printed."""
    script = "".join(
        f"{{ {command}\n}} > said.{number} 2>&1; code=$?; echo $code > code.{number}; (exit $code)\n"
        for number, command in enumerate(commands)
    )
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("YANXIU_", "LC_", "LANG"))
    }
    environment = clean | {
        "HOME": str(desk),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": WIDTH,
        "LANG": {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[language],
        "PYTHONUTF8": "1",
    }
    subprocess.run(
        ["bash", "-c", script], cwd=desk, env=environment, stdin=subprocess.DEVNULL, check=False, timeout=300
    )
    return [
        (int((desk / f"code.{number}").read_text()), (desk / f"said.{number}").read_text(encoding="utf-8"))
        for number in range(len(commands))
    ]


def is_shown(shown: list[str], said: str) -> bool:
    """Whether what a page shows is what was said, `…` standing for anything."""
    pattern = r"\n".join(
        r"(?:.*\n)*?.*" if line == ["…"] else r"[ \t]*".join(_as_pattern(word) for word in line)
        for line in (line.split() for line in shown)
    )
    return re.fullmatch(rf"\n*{pattern}", _plain(said)) is not None


def _as_pattern(word: str) -> str:
    return ".*".join(map(re.escape, word.split("…")))


def _plain(said: str) -> str:
    return "\n".join(line.strip() for line in said.rstrip().splitlines())


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Typed, int, str]]]:
    """Every command of each README with its exit code and what it said; both are typed at the same time."""

    desks = {name: tmp_path_factory.mktemp(Path(name).stem) for name in READMES}  # not safe in threads

    def answers_of(name: str) -> list[tuple[Typed, int, str]]:
        desk = desks[name]
        for folder in ("calendars/programmes", "docs/example"):
            shutil.copytree(ROOT / folder, desk / folder)
        typed = [one for one in session(_page(name)) if one.command not in NOT_TYPED]
        said = type_all([one.command for one in typed], desk, READMES[name])
        return [(one, *answer) for one, answer in zip(typed, said, strict=True)]

    with ThreadPoolExecutor(len(READMES)) as threads:
        return dict(zip(READMES, threads.map(answers_of, READMES), strict=True))


@pytest.mark.parametrize("name", READMES)
def test_every_command_of_a_readme_answers_as_the_page_says(
    name: str, answers: dict[str, list[tuple[Typed, int, str]]]
) -> None:
    asked = [one.command == "echo $?" for one, _, _ in answers[name][1:]] + [False]
    for (one, code, said), asked_next in zip(answers[name], asked, strict=True):
        place = f"{name}:{one.line}: {one.command}\n{said}"
        assert code == 0 or asked_next, f"exit code {code} of {place}"
        assert not one.shown or is_shown(one.shown, said), place


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (["3 rows, 2 added"], False),
        (["3 rows;", "…"], False),
        (["…", "│ 数学班 │ 1 │"], True),
        (["3 rows; … added", "…", "│ 数学班 │ 2 │"], False),
        (["3 rows; … added"], False),
        (["3 rows; … added", "…"], True),
    ],
)
def test_a_page_that_shows_something_else_is_found(shown: list[str], same: bool) -> None:
    assert is_shown(shown, "3 rows; 3 added\n\n│ 语文班   │ 2 │\n│ 数学班   │ 1 │\n") == same


@pytest.mark.parametrize("name", READMES)
def test_what_is_not_typed_is_in_the_short_list_of_what_need_not_be(name: str) -> None:
    page = _page(name)
    alone = [line for _, lines in blocks(page, "sh") for line in lines]
    assert alone
    assert set(alone) <= set(NOT_TYPED)


def test_both_readmes_type_the_same_commands() -> None:
    english, chinese = (
        [shlex.split(one.command.replace("YANXIU_LOCALE=zh", "YANXIU_LOCALE=en")) for one in session(page)]
        for page in (_page(name) for name in READMES)
    )
    assert english == chinese


@pytest.mark.parametrize("name", READMES)
def test_the_calendar_that_a_readme_quotes_says_so(name: str) -> None:
    calendar = (ROOT / "calendars" / "programmes" / "longcheng-2024.yaml").read_text(encoding="utf-8")
    known = {line.strip() for line in calendar.splitlines()}
    quoted = [line.strip() for _, lines in blocks(_page(name), "yaml") for line in lines]
    assert quoted
    assert set(quoted) <= known


@pytest.mark.parametrize("name", READMES)
def test_every_file_that_a_readme_points_to_exists(name: str) -> None:
    page = _page(name)
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", page) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
