"""`yanxiu lists`: statistics by unit, honours, resources, who has not chosen courses, who owes what, and all in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from calendars.clock import now
from calendars.messages import Locale, Wording, refuse
from calendars.nearest import nearest
from calendars.quantities import shown
from calendars.spoken_times import ending, not_to_come
from exchange.lists import Listing, honours, not_chosen, resources, statistics, still_owing, summary
from exchange.workbooks import Page, write_workbook
from models.database import reading
from office.acting import keep_export
from office.answers import as_json, lines, table, table_in_parts
from office.options import A_TIME, AsJson, Programme
from office.outputs import tell_written
from office.place import database_within
from office.words import locale, say, text
from workflows.known import calendar_named, cohorts_named, task_named
from workflows.scopes import require_place
from workflows.survey import Survey, narrowed, survey

app = typer.Typer()
group = typer.Typer(
    help=text(
        "统计与名单：按单位统计、评优、生成性资源、未选课、未完成，以及全部汇总",
        "Statistics by unit, honours, resources, who has not chosen courses, who owes what, and all in one",
    ),
    no_args_is_help=True,
)
app.add_typer(group, name="lists")

NONE = Wording(zh="没有", en="none")
AND_MORE = Wording(
    zh="……还有{count}行，--out 或 --json 列出全部", en="… and {count:row|rows} more; --out or --json has all"
)
NO_TIER = Wording(zh="这个项目没有“{found}”这一级。{hint}", en="the programme has no tier {found!r}. {hint}")
NO_ROLE = Wording(zh="没有角色“{found}”{nearest}", en="there is no role {found!r}{nearest}")
TIERS = Wording(zh="层级有：{names}", en="The tiers are: {names}")
MOST = 200  # rows of a table that a person looks through

AsOf = Annotated[
    str | None,
    typer.Option(
        metavar=A_TIME,
        help=text(
            "看到何时为止，默认现在。只写日期指当天的 24:00",
            "Up to when; by default now. A day alone is its 24:00",
        ),
    ),
]
Under = Annotated[
    str | None,
    typer.Option(
        "--organisation",
        metavar=text("单位", "NAME"),
        help=text("只看这个单位及其下属；重名时连同上级写", "Of this organisation and those below it alone"),
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.xlsx",
        help=text("写成表格，已有的同名文件会被替换", "Write a workbook; a file of this name is replaced"),
    ),
]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="TIER",
        help=text(
            "按哪一级的单位汇总：school、county、city；默认最低一级",
            "By the units of which tier: school, county, city; by default the lowest",
        ),
    ),
]


def _listing(name: str, read: Callable[[Survey, Locale], Listing], zh: str, en: str) -> None:
    """A list that asks for nothing but of whom and up to when."""

    def show(
        programme: Programme,
        organisation: Under = None,
        as_of: AsOf = None,
        out: Out = None,
        json: AsJson = False,
    ) -> None:
        with _look(programme, organisation, as_of) as looked:
            _give(looked, read(looked, locale()), out, json)

    group.command(name, help=text(zh, en))(show)


_listing(
    "statistics",
    statistics,
    "各学校、区县、地市的人数、比率、平均分、作业数、活动数、简报数，各列的含义见表头批注和“说明”页。锁定以前的成绩是暂计。",
    "People, rates, averages, assignments, activities and briefs by school, county and city. What each column means "
    "stands in its heading's note and on the first page. Scores before the lock are provisional.",
)


_listing(
    "honours",
    honours,
    "评优建议名单：按学期日历的条件，从已锁定的合格成绩中排出；名额处并列的只列出，不代为决定。",
    "Who may be proposed for honours, by the calendar's criteria, of those who passed as sealed. Who is alike where the "
    "places end is told, not decided.",
)


_listing(
    "resources",
    resources,
    "生成性资源：学期日历所列任务所交的、上报并获接收的，各有作者、单位、日期、记录或件号、附件。",
    "What people made, as the calendar names it: shown of tasks, or filed and accepted, with author, unit, date, record "
    "or case, and attachments.",
)


@group.command(
    "not-chosen",
    help=text(
        "未选课的人：先按单位汇总，再逐人列出；写成表格时每个单位一页，可以分发。",
        "Who has not chosen courses: a summary by unit, then everybody; a workbook has a page for each unit, to be passed on.",
    ),
)
def show_not_chosen(
    programme: Programme,
    organisation: Under = None,
    by: By = None,
    as_of: AsOf = None,
    out: Out = None,
    json: AsJson = False,
) -> None:
    with _look(programme, organisation, as_of) as looked:
        _give(looked, not_chosen(looked, locale(), _tier(looked, by)), out, json)


@group.command(
    "owing",
    help=text(
        "谁还有哪些任务没有完成，与提醒所用的条件相同；阶段还没有开始的不列，逾期以后才交的也算未完成。",
        "Who still owes which task, by the conditions of reminders. What is not open yet is not listed; what was shown after "
        "its deadline is owed still.",
    ),
)
def show_owing(
    programme: Programme,
    task: Annotated[
        list[str] | None,
        typer.Option(metavar=text("任务", "TASK"), help=text("只看这项任务，可写几次", "This task alone, may be repeated")),
    ] = None,
    cohort: Annotated[
        list[str] | None,
        typer.Option(metavar=text("班级", "COHORT"), help=text("只看这个班级，可写几次", "This cohort alone, may be repeated")),
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(metavar=text("角色", "ROLE"), help=text("只看这个角色，可写几次", "This role alone, may be repeated")),
    ] = None,
    organisation: Under = None,
    as_of: AsOf = None,
    out: Out = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    with _look(programme, organisation, as_of) as looked:
        tasks = [task_named(looked.session, programme, one) for one in task or []]
        cohorts = (
            [found.name for found in cohorts_named(looked.session, programme, cohort or [])] if cohort else []
        )
        roles = [_role(looked, one) for one in role or []]
        found = still_owing(looked, locale(), tasks, cohorts, roles)
        _give(looked, found, out, json)


@group.command(
    "summary",
    help=text(
        "一个项目的全部汇总，一本表格：统计、成绩与结果、评优建议、生成性资源、收到的上报材料。已有的同名文件会被替换。",
        "All of a programme in one workbook: statistics, results, honours, resources, and the reports received. A file of this "
        "name is replaced.",
    ),
)
def write_summary(
    programme: Programme,
    out: Annotated[Path, typer.Option(metavar="FILE.xlsx", help=text("写到哪个文件", "The file to write"))],
    as_of: AsOf = None,
    json: AsJson = False,
) -> None:
    with _look(programme, None, as_of) as looked:
        found = summary(looked, locale())
        _write(looked, found, out)
    if json:
        as_json({"file": out, "sheets": found.facts})
    else:
        tell_written(out, *found.remarks)


@contextmanager
def _look(programme: str, organisation: str | None, as_of: str | None) -> Iterator[Survey]:
    with reading(database_within()) as session:
        calendar = calendar_named(session, programme)
        zone = calendar.zoneinfo
        at = now() if as_of is None else not_to_come(ending(as_of, zone, "--as-of"), zone, "--as-of")
        found = survey(session, programme, at)
        if organisation is not None:
            found = narrowed(found, organisation)
        require_place(session, found.place)
        yield found


def _give(looked: Survey, found: Listing, out: Path | None, json: bool) -> None:
    """To a file, as facts, or for a person to look through."""
    if out is not None:
        _write(looked, found, out)
    if json:
        as_json(found.facts)
    elif out is not None:
        tell_written(out, *found.remarks)
    else:
        for page in found.pages:
            _print(page)
        lines(*found.remarks)


def _write(looked: Survey, found: Listing, out: Path) -> None:
    out.open("ab").close()  # says why, if it cannot be written
    keep_export(out, write_workbook(out, found.workbook(looked, locale())))


def _print(page: Page) -> None:
    rows = [*page.rows]
    if not rows:
        lines(" ".join(filter(None, (page.name, say(NONE)))))
        return
    shown_rows = [[_cell(page, at, value) for at, value in enumerate(row)] for row in rows[:MOST]]
    if page.names:
        table_in_parts(page.headings, shown_rows, page.names, page.name or None)
    else:
        table(page.headings, shown_rows, page.name or None)
    if len(rows) > MOST:
        lines(say(AND_MORE(count=len(rows) - MOST)))


def _cell(page: Page, at: int, value: str | int | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if at in page.whole:
        return str(value)
    return shown(value) + ("%" if at in page.percent else "")


def _tier(looked: Survey, said: str | None) -> str:
    tiers = looked.calendar.tiers
    if said is not None and said not in tiers:
        raise refuse(NO_TIER(found=said, hint=TIERS(names=[*tiers])), "--by")
    return said or tiers[-1]


def _role(looked: Survey, said: str) -> str:
    """A role by its id or its name."""
    roles = looked.calendar.roles
    for key, name in roles.items():
        if said in (key, name):
            return key
    raise refuse(NO_ROLE(found=said, nearest=nearest(said, [*roles, *roles.values()])), "--role")
