"""`yanxiu move`: everything into another database, from SQLite to PostgreSQL or any to any."""

from __future__ import annotations

from typing import Annotated

import typer

from calendars.messages import Message, Wording
from exchange.moving import move as move_all
from flows.settings import OfficeSettings
from models.database import open_database
from office.addresses import typed_address
from office.answers import as_json, lines, progress
from office.options import AsJson
from office.place import database, settings
from office.words import say, text
from workflows.heads import SHOWN

app = typer.Typer()

MOVED = Wording(
    zh="已搬到 {url} 并核对：{rows}行，锁定{links}次（{code}）。原来的数据库没有改变",
    en="moved to {url} and verified: {rows:row|rows}, {links:seal|seals} ({code}). The old database is as it was",
)
SET_URL = Wording(
    zh="从现在起，请在所有使用它的地方设置 YANXIU_DATABASE_URL={url}",
    en="from now on set YANXIU_DATABASE_URL={url} wherever it is used",
)
SET_HEADS = Wording(
    zh="并设置 YANXIU_HEADS={heads}，接着用原来留存的校验码",
    en="and YANXIU_HEADS={heads}, so that the heads that were kept go on being compared",
)


@app.command(
    help=text(
        "把整个数据库搬到另一个空的数据库，如从 SQLite 搬到 PostgreSQL：一次搬完，按封存核对，否则什么都不留下。原来的不变。"
        "请先停止一切使用它的程序。",
        "Move the whole database into another, empty one, as from SQLite to PostgreSQL: all at once, verified by its seals, or "
        "nothing. The old one stays as it was. Stop everything that uses it first.",
    )
)
def move(
    to: Annotated[
        str,
        typer.Option(
            metavar=text("地址", "URL"),
            help=text(
                "空的数据库的地址，不写密码（用 ~/.pgpass 或 PGPASSWORD）；- 从标准输入读地址",
                "The empty database's address, without a password (~/.pgpass or PGPASSWORD have it); - reads it from the standard "
                "input",
            ),
        ),
    ],
    json: AsJson = False,
) -> None:
    office, address = settings(), typed_address(to, "--to")
    source, target = database(), open_database(address)
    try:
        with progress(text("搬移", "Move")) as advance:
            found = move_all(source, target, advance)
    finally:
        target.dispose()
    url, rows = target.url.render_as_string(hide_password=True), sum(found.rows.values())
    kept = OfficeSettings(database_url=address).heads
    if json:
        as_json(
            {
                "database": url, "rows": rows, "links": found.links, "fingerprint": found.fingerprint,
                "heads": None if kept == office.heads else office.heads,
            }
        )  # fmt: skip
        return
    told: list[Message] = [
        MOVED(url=url, rows=rows, links=found.links, code=found.fingerprint[:SHOWN]), SET_URL(url=url),
        *([] if kept == office.heads or not office.heads.exists() else [SET_HEADS(heads=office.heads)]),
    ]  # fmt: skip
    lines(*map(say, told))
