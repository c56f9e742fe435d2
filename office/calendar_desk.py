"""`yanxiu calendar …`: a term calendar checked, looked at, and published."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from calendars.clock import now
from calendars.messages import Problem, Refused, Wording
from calendars.pages import term_table
from calendars.reader import read_calendar
from calendars.schema import schema_text
from calendars.term import TermCalendar
from models.database import transaction
from office.acting import an_operator
from office.answers import as_json, lines, table
from office.exits import Ends
from office.options import AsJson
from office.place import database, settings
from office.words import locale, say, text
from workflows.publishing import publish as publish_edition

app = typer.Typer()
calendar = typer.Typer(
    no_args_is_help=True,
    help=text(
        "学期日历：一个项目一个 YAML 文件。先 check，再 show、picture 对照文件看一遍，rehearse 预演一遍，然后 publish。",
        "Term calendars: one YAML file is one programme. Check it, show it or draw its picture and compare it with the "
        "document, rehearse the term, then publish it.",
    ),
)
app.add_typer(calendar, name="calendar")

FINE = Wording(
    zh="{file}: 没有问题（{name}，{phases}个阶段，{tasks}项任务，{assessments}项考核）",
    en="{file}: no problems ({name}; {phases:phase|phases}, {tasks:task|tasks}, {assessments:assessment|assessments})",
)
PROBLEMS = Wording(zh="{count}处问题", en="{count:problem|problems}")
PUBLISHED = Wording(zh="{name}：第{number}版，{sha256}", en="{name}: edition {number}, {sha256}")
NOT_TEXT = Wording(zh="不是 UTF-8 编码的文本", en="this is no text in UTF-8")

Files = Annotated[
    list[Path],
    typer.Argument(metavar=text("文件…", "FILE…"), help=text("学期日历（YAML）", "Term calendars (YAML)")),
]


@calendar.command(
    help=text(
        "检查学期日历，一次列出全部问题：文件:行:列: 说明。有问题时退出码为1。",
        "Check term calendars and list all problems at once as file:line:column: message. Exit code 1 if there are any.",
    )
)
def check(files: Files, json: AsJson = False) -> None:
    problems: list[Problem] = []
    fine: list[str] = []
    for file in files:
        try:
            found, _ = read_file(file)
            counts = {
                "phases": len(found.phases),
                "tasks": len(found.tasks),
                "assessments": len(found.assessments),
            }
            fine.append(say(FINE(file=file, name=found.name, **counts)))
        except Refused as refused:
            problems += refused.problems
    if json:
        as_json([{"where": problem.where, "message": problem.message} for problem in problems])
    else:
        lines(*fine)
        lines(*(problem.text(locale()) for problem in problems))
        if problems:
            lines(say(PROBLEMS(count=len(problems))))
    if problems:
        raise typer.Exit(Ends.PROBLEMS)


@calendar.command(
    help=text(
        "以表格显示一个学期：阶段、截止、任务、考核、条件、提醒，日期按项目所在地。",
        "Show a term as tables: phases, cutoffs, tasks, assessments, gates and reminders, in the programme's own days.",
    )
)
def show(
    file: Annotated[
        Path,
        typer.Argument(metavar=text("文件", "FILE"), help=text("学期日历（YAML）", "A term calendar (YAML)")),
    ],
    json: AsJson = False,
) -> None:
    found, _ = read_file(file)
    tables = term_table(found, locale())
    if json:
        as_json([asdict(one) for one in tables])
        return
    lines(f"{found.name}（{found.source}）" if locale() == "zh" else f"{found.name} ({found.source})")
    for one in tables:
        table(one.headings, one.rows, title=one.title)


@calendar.command(
    help=text(
        "打印学期日历的 JSON Schema，编辑器据此补全和检查。",
        "Print the JSON Schema of term calendars, by which editors complete and check.",
    )
)
def schema() -> None:
    print(schema_text(), end="")


@calendar.command(
    help=text(
        "发布学期日历。发布的版本永不改变：内容有变就是新的一版，新班级用新版，已有的班级仍按原来的版本。",
        "Publish term calendars. A published edition never changes: a new text is a new edition, for new cohorts; "
        "the cohorts there are keep theirs.",
    )
)
def publish(
    files: Files,
    name: Annotated[str, an_operator("哪个操作员发布的", "The operator who publishes")],
    json: AsJson = False,
) -> None:
    read = [read_file(file) for file in files]
    with transaction(database()) as session:
        made = [(found, publish_edition(session, words, found, name, now())) for found, words in read]
        facts = [
            {
                "programme": found.programme,
                "name": found.name,
                "number": edition.number,
                "sha256": edition.sha256,
            }
            for found, edition in made
        ]
    if json:
        as_json(facts)
    else:
        lines(*(say(PUBLISHED(**fact)) for fact in facts))


def read_file(file: Path) -> tuple[TermCalendar, str]:
    """A checked calendar with its text. Raises Refused with every problem."""
    settings()  # the office's own days off count
    try:
        words = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused([Problem(str(file), NOT_TEXT())]) from None
    return read_calendar(words, str(file)), words
