"""Options that several commands share, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from calendars.messages import UnreadableError, refuse
from calendars.quantities import read_hundredths
from office.typed import at_the_desk
from office.words import text

AsJson = Annotated[
    bool, typer.Option("--json", help=text("输出 JSON，供程序读取", "Print JSON, for a program"))
]

OfProgramme = Annotated[
    str | None,
    typer.Option(
        "--programme",
        "-p",
        metavar="SLUG",
        help=text("只看这个项目", "This programme alone"),
        callback=at_the_desk.of_programme,
    ),
]

Programme = Annotated[
    str,
    typer.Option(
        "--programme",
        "-p",
        metavar="SLUG",
        help=text("项目的代号，如学期日历中所写", "The programme, as its calendar says"),
        callback=at_the_desk.of_programme,
    ),
]

OfPerson = Annotated[
    str,
    typer.Option(
        metavar=text("人员编号", "NUMBER"), help=text("身份证号或教师编号", "The ID number or teacher number")
    ),
]

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE.xlsx", help=text("写成表格，写到哪个文件", "Write a workbook to this file")
    ),
]

A_TIME = text("时间", "TIME")


def hundredths(said: str, option: str) -> int:
    """The amount that an option says. Raises Refused for what is no amount."""
    try:
        return read_hundredths(said)
    except UnreadableError as error:
        raise refuse(error.message, option) from None
