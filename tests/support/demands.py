"""Which story shows which demand of the documents: read off the marks `@pytest.mark.demand("G16-04")` of the tests.

`python -m tests.support.demands` writes docs/requirements.md and the tables of both READMEs anew.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
PAGE = ROOT / "docs" / "requirements.md"
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
HEAD = """# What the documents ask, and the stories that show it

Each demand has an id, which the calendars cite beside the sentence that it comes from. Each story runs its demand
through nights on SQLite and on PostgreSQL, with the document's own figures. This page is written from the tests.
"""


def required() -> dict[str, dict[str, str]]:
    """By programme, each demand with a short phrase."""
    found: dict[str, dict[str, str]] = {}
    programme = ""
    for line in (TESTS / "requirements.txt").read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("# "):
            programme = line[2:]
            found[programme] = {}
        elif line:
            demand, phrase = line.split(maxsplit=1)
            found[programme][demand] = phrase
    return found


def shown() -> dict[str, list[tuple[str, str]]]:
    """By demand, the file and the name of each test that shows it."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in sorted(TESTS.glob("test_*.py")):
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                for demand in _marks(function):
                    found[demand].append((file.name, function.name))
    return dict(found)


def _marks(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.demand":
            yield from (ast.literal_eval(argument) for argument in decorator.args)


def page() -> str:
    stories = shown()
    parts = [HEAD]
    for programme, demands in required().items():
        parts += [f"## {programme}\n", "| id | demand | shown by |", "|---|---|---|"]
        for demand, phrase in demands.items():
            links = "<br>".join(
                f"[{name.removeprefix('test_').replace('_', ' ')}](../tests/{file})"
                for file, name in stories.get(demand, ())
            )
            parts.append(f"| {demand} | {phrase} | {links} |")
        parts.append("")
    return "\n".join(parts)


def rows() -> list[str]:
    """The lines of the READMEs' table: programme, calendars, stories."""
    stories, found = shown(), []
    for programme, demands in required().items():
        calendars = sorted((ROOT / "calendars" / "programmes").glob(f"{programme}*.yaml"))
        files = sorted({file for demand in demands for file, _ in stories.get(demand, ())})
        cells = (
            f"[{programme}](docs/requirements.md#{programme.replace(' ', '-')})",
            _links((file.stem, file) for file in calendars),
            _links(
                (file.removeprefix("test_").removeprefix("story_").removesuffix(".py"), TESTS / file)
                for file in files
            ),
        )
        found.append(f"| {' | '.join(cells)} |")
    return found


def _links(targets: Iterable[tuple[str, Path]]) -> str:
    return ", ".join(f"[{name}]({file.relative_to(ROOT).as_posix()})" for name, file in targets)


def write() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    for readme in READMES:
        lines = readme.read_text(encoding="utf-8").split("\n")
        ours = [
            at for at, line in enumerate(lines) if line.startswith("| [") and "(docs/requirements.md#" in line
        ]
        lines[ours[0] : ours[-1] + 1] = rows()
        readme.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write()
