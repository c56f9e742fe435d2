"""Options that several commands share, worded once."""

from __future__ import annotations

from typing import Annotated

import typer

from office.words import text

AsJson = Annotated[
    bool, typer.Option("--json", help=text("输出 JSON，供程序读取", "Print JSON, for a program"))
]

OfProgramme = Annotated[
    str | None,
    typer.Option("--programme", "-p", metavar="SLUG", help=text("只看这个项目", "This programme alone")),
]

Programme = Annotated[
    str,
    typer.Option(
        "--programme",
        "-p",
        metavar="SLUG",
        help=text("项目的代号，如学期日历中所写", "The programme, as its calendar says"),
    ),
]

A_TIME = text("时间", "TIME")
