"""`yanxiu reminders`: what nights have written to whom; and the group of all commands about reminders."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.messages import Wording
from calendars.spoken_times import shown, shown_end, starting
from models.database import reading
from office.answers import as_json, lines, table
from office.options import A_TIME, AsJson, OfProgramme
from office.place import database, settings
from office.words import locale, say, text
from workflows.known import refuse_unknown
from workflows.written_reminders import WrittenReminder, last_written_at, written_reminders

app = typer.Typer()
reminders = typer.Typer(
    invoke_without_command=True
)  # others add their commands to it, in modules of their own
app.add_typer(reminders, name="reminders")

NONE_WRITTEN = Wording(zh="还没有写出提醒", en="no reminder has been written")
NONE_SINCE = Wording(zh="{since} 以来没有写出提醒", en="no reminder has been written since {since}")
SINCE = Wording(
    zh="{since} 以来写出的提醒：{count}条", en="written since {since}: {count:reminder|reminders}"
)
AND_MORE = Wording(zh="……还有{count}条，--json 列出全部", en="… and {count} more; --json lists all")
BEHIND = Wording(zh="{name}（{count}人未完成）", en="{name} ({count} behind)")
BEHIND_THE_COMMAND = Wording(
    zh="选项请写在 {command} 后面", en="write the options behind {command}, not before it"
)
MOST = 200  # rows of a table that a person looks through

_STEPS = (
    (r"(\d+) days? before", r"截止前\1天"),
    (r"(\d+) weeks? before", r"截止前\1周"),
    (r"(\d+) workdays? before", r"截止前\1个工作日"),
    (r"on the day", "截止当天"),
    (r"overdue (\d+)", r"逾期，第\1次"),
    (r"day (\d+)", r"每天，第\1次"),
    (r"week (\d+)", r"每周，第\1次"),
    (r"escalated", "逾期，告知上级"),
)


@reminders.callback(
    help=text(
        "各夜写出的提醒：提醒谁，为哪项任务，截止何时。不写 --since 就列出最近有提醒的那一天。",
        "The reminders that nights have written: to whom, about which task, for which deadline. Without --since, those "
        "of the last day that has any.",
    )
)
def listed(
    context: typer.Context,
    programme: OfProgramme = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar=A_TIME, help=text("从何时起，如 2024-11-28", "From when on, such as 2024-11-28")
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    if context.invoked_subcommand is not None:
        if programme or since or json:
            raise typer.TyperException(say(BEHIND_THE_COMMAND(command=context.invoked_subcommand)))
        return
    zone = settings().zoneinfo
    with reading(database()) as session:
        refuse_unknown(session, programme)
        begin = _beginning(session, programme, zone) if since is None else starting(since, zone, "--since")
        found = written_reminders(session, begin, programme) if begin else []
    if json:
        as_json([asdict(reminder) for reminder in found])
    elif begin is None:
        lines(say(NONE_WRITTEN))
    elif not found:
        lines(say(NONE_SINCE(since=shown(begin, zone))))
    else:
        _print(found, begin, zone)


def _beginning(session: Session, programme: str | None, zone: ZoneInfo) -> datetime | None:
    """The start of the last day that has a reminder."""
    last = last_written_at(session, programme)
    return last and last.astimezone(zone).replace(hour=0, minute=0, second=0)


def _print(found: list[WrittenReminder], begin: datetime, zone: ZoneInfo) -> None:
    table(
        [
            text("时间", "For"), text("项目", "Programme"), text("班级", "Cohort"), text("提醒谁", "To"),
            text("人员编号", "Number"), text("任务", "About"), text("哪一次", "Step"), text("截止", "Deadline"),
        ],
        [
            (
                shown(one.at, zone), one.programme, one.cohort, _recipient(one), one.number or "", one.task_name,
                told_step(one.step), shown_end(one.deadline_at, zone),
            )
            for one in found[:MOST]
        ],
    )  # fmt: skip
    if len(found) > MOST:
        lines(say(AND_MORE(count=len(found) - MOST)))
    lines(say(SINCE(since=shown(begin, zone), count=len(found))))


def _recipient(one: WrittenReminder) -> str:
    return one.recipient if one.behind is None else say(BEHIND(name=one.recipient, count=one.behind))


def told_step(step: str) -> str:
    """What a reminder's step is called."""
    if locale() == "zh":
        for english, chinese in _STEPS:
            if re.fullmatch(english, step):
                return re.sub(english, chinese, step)
    return step
