"""`yanxiu calendar rehearse` and `picture`: a term seen before it is published."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from calendars.messages import Wording, refuse
from calendars.spoken_times import ending, starting
from office.answers import as_json, progress
from office.calendar_desk import app, calendar, read_file
from office.exits import Ends
from office.options import AsJson
from office.outputs import check_free, tell_written
from office.words import locale, text

__all__ = ["app"]

NO_WORKBOOK = Wording(zh="应是 .xlsx 文件", en="a name that ends with .xlsx is expected")
BACKWARDS = Wording(zh="--until 应晚于 --from", en="--until should be after --from")

OneFile = Annotated[
    Path,
    typer.Argument(metavar=text("文件", "FILE"), help=text("学期日历（YAML）", "A term calendar (YAML)")),
]
A_DAY = text("日期", "DAY")


@calendar.command(
    help=text(
        "预演一个学期：发布之前，用编造的学员从头到尾走一遍，不动办公室的数据库，什么都不发送。走两遍：人人按时完成，和没有人做任何事。"
        "逐日列出会发生什么：阶段开始、结束、锁定，提醒谁什么，卡在哪里、等谁；并指出容易忽略的地方。人人按时完成还有人不合格，"
        "或者还卡住，退出码为3。",
        "Rehearse a term before it is published, on made-up people: nothing touches the office's database, and nothing is "
        "sent. It runs twice, with everybody doing everything in time and with nobody doing anything, and tells day by day "
        "what will happen: phases open, end and lock, who is reminded of what, what is stuck and on whom it waits; and what "
        "might be overlooked. Exit code 3 if somebody fails or something stays stuck although everybody does everything.",
    )
)
def rehearse(
    file: OneFile,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", metavar=A_DAY, help=text("只列出这一天起的", "Tell what happens from this day on")
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar=A_DAY, help=text("走到这一天 24:00 为止", "Run up to this day's 24:00 and no further")
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar=text("文件", "FILE"),
            help=text("另写成工作簿（.xlsx）", "Write it as a workbook (.xlsx) too"),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    found, words = read_file(file)
    zone = found.zoneinfo
    begin = starting(since, zone, "--from") if since else None
    end = ending(until, zone, "--until") if until else None
    _check(begin, end, out)
    from office import rehearsal_page  # what a rehearsal needs takes a while to import
    from office.rehearsal import rehearse as rehearse_term

    with progress(text("预演", "Rehearsing")) as advance:
        rehearsed = rehearse_term(found, words, end, advance)
    page = rehearsal_page.page_of(rehearsed, begin)
    if json:
        as_json(rehearsal_page.facts(page))
    else:
        rehearsal_page.print_page(page)
    if out is not None:
        rehearsal_page.write_page(page, out)
        if not json:
            tell_written(out)
    if not page.well:
        raise typer.Exit(Ends.ATTENTION)


@calendar.command(
    help=text(
        "把学期画成一张 A4 图：阶段、截止、锁定、上报、提醒，按时间排列；待定的画斜线。按文件名写成 .png、.svg 或 .pdf。",
        "Draw a term as a picture on A4: phases, cutoffs, locks, filings and reminders over time, what is to be determined "
        "hatched. The file's name says whether it is a .png, an .svg or a .pdf.",
    )
)
def picture(
    file: OneFile,
    out: Annotated[
        Path,
        typer.Argument(
            metavar=text("图片", "OUT"),
            help=text(".png、.svg 或 .pdf 文件", "A file that ends with .png, .svg or .pdf"),
        ),
    ],
    json: AsJson = False,
) -> None:
    found, _ = read_file(file)
    from exchange.pictures import draw_term  # matplotlib takes a second to import

    draw_term(found, out, locale())
    tell_written(out, json=json)


def _check(begin: datetime | None, end: datetime | None, out: Path | None) -> None:
    """What is wrong with the options is told before the term is run."""
    if begin is not None and end is not None and end <= begin:
        raise refuse(BACKWARDS(), "--until")
    if out is not None and out.suffix.lower() != ".xlsx":
        raise refuse(NO_WORKBOOK(), str(out))
    check_free(out)
