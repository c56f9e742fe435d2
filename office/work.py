"""`yanxiu work`: what people handed in as files, out into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from calendars.messages import Wording
from exchange.work import export_work
from models.database import reading
from office.acting import keep_export
from office.answers import as_json, lines
from office.decisions import OfCohort
from office.options import AsJson, Programme
from office.place import database_within, settings
from office.words import locale, say, text
from workflows.known import cohorts_named

app = typer.Typer()
work = typer.Typer(help=text("所交的文件", "Files that were handed in"), no_args_is_help=True)
app.add_typer(work, name="work")

EXPORTED = Wording(zh="已写出 {folder}：{count}份", en="written: {folder}, {count:file|files}")


@work.command(
    "export",
    help=text(
        "把班级现在有效的各份文件写到一个文件夹，按班级和任务分开，连同一张可以再导入的清单。",
        "Write the files of cohorts that stand now into a folder, by cohort and task, with a sheet that can be imported again.",
    ),
)
def export(
    programme: Programme,
    out: Annotated[
        Path, typer.Option(metavar=text("文件夹", "FOLDER"), help=text("新的或空的文件夹", "A folder that is new or empty"))
    ],
    cohort: OfCohort = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    with reading(database_within()) as session:
        meant = cohorts_named(session, programme, cohort or [])
        count = export_work(session, meant, settings().files, out, locale())
    keep_export(out, count)
    as_json({"folder": out, "files": count}) if json else lines(say(EXPORTED(folder=out, count=count)))
