"""`yanxiu init` and `yanxiu up`: a database to work with, and the Prefect page with the nightly run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

from calendars.messages import Wording
from models.database import open_database
from models.migrating import upgrade
from office.answers import as_json, lines
from office.place import settings
from office.words import say, text

app = typer.Typer()

MADE = Wording(zh="数据库已就绪：{url}", en="the database is ready: {url}")
STOOD = Wording(zh="数据库已是最新：{url}", en="the database is up to date already: {url}")
NEXT = Wording(
    zh="下一步：yanxiu calendar publish 日历.yaml，再 yanxiu roster import --programme 项目 名单.xlsx",
    en="next: yanxiu calendar publish CALENDAR.yaml, then yanxiu roster import --programme SLUG ROSTER.xlsx",
)


@app.command(
    help=text(
        "建立数据库；已有旧版本的就升级。再运行一次不会改变什么。升级前请先备份。",
        "Make the database, or upgrade one of an older version. Running it again changes nothing. Back up "
        "before an upgrade.",
    )
)
def init(
    json: Annotated[bool, typer.Option("--json", help=text("输出 JSON", "Print JSON"))] = False,
) -> None:
    office = settings()
    engine = open_database(office.database_url)
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    made = upgrade(engine)
    url = make_url(office.database_url).render_as_string(hide_password=True)
    if json:
        as_json({"database": url, "changed": made})
    else:
        lines(say((MADE if made else STOOD)(url=url)), say(NEXT))
