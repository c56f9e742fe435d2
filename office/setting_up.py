"""`yanxiu init` and `yanxiu up`: a database to work with, and the Prefect page with the nightly run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

from calendars.clock import now
from calendars.messages import Wording
from flows.accounts import account
from flows.channel import require_usable
from flows.server import PORT
from flows.serving import Bookmarks, run_until_stopped
from models.database import open_database, transaction
from models.migrating import require_current, upgrade
from office.answers import as_json, lines
from office.bookmarks import STUCK, TODAY
from office.place import settings
from office.words import say, text
from workflows.operators import make_the_first

app = typer.Typer()

MADE = Wording(zh="数据库已就绪：{url}", en="the database is ready: {url}")
STOOD = Wording(zh="数据库已是最新：{url}", en="the database is up to date already: {url}")
FIRST_OPERATOR = Wording(
    zh="操作员“{name}”已登记：在帐户“{name}”下办理的都是此人，范围是全部单位。其他人用 yanxiu operator add 登记",
    en="operator {name!r} is added: what is typed in the account {name!r} is in this name, with the scope of everything. Others "
    "are added by yanxiu operator add",
)
NEXT = Wording(
    zh="下一步：yanxiu calendar publish 日历.yaml，再 yanxiu roster import --programme 项目 名单.xlsx",
    en="next: yanxiu calendar publish CALENDAR.yaml, then yanxiu roster import --programme SLUG ROSTER.xlsx",
)
STARTING = Wording(zh="正在启动，约需半分钟……", en="starting, which takes half a minute …")
UP = Wording(zh="已启动：{url}（Ctrl-C 结束）", en="up: {url} (Ctrl-C ends)")
NO_ALERTS = Wording(
    zh="没有设置 YANXIU_ALERT_URL：夜间推进出问题时不会发出告警",
    en="YANXIU_ALERT_URL is not set: nobody is alerted when a night goes wrong",
)
STOPPED = Wording(zh="已停止", en="stopped")


@app.command(
    help=text(
        "建立数据库；已有旧版本的就升级。再运行一次不会改变什么。升级前请先备份。还没有操作员的，把当前帐户登记为第一个操作员。",
        "Make the database, or upgrade one of an older version. Running it again changes nothing. Back up "
        "before an upgrade. Where there is no operator yet, the machine's account becomes the first.",
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
    with transaction(engine) as session:
        first = make_the_first(session, account(), now())
    url = make_url(office.database_url).render_as_string(hide_password=True)
    if json:
        as_json({"database": url, "changed": made, "operator": first})
        return
    lines(say((MADE if made else STOOD)(url=url)))
    if first is not None:
        lines(say(FIRST_OPERATOR(name=first)))
    lines(say(NEXT))


@app.command(
    help=text(
        "启动 Prefect 页面和每夜的推进，直到 Ctrl-C。只在本机可以访问，不向外发送任何数据。夜间推进的时间由 YANXIU_CRON "
        "决定，默认每天 00:30；出问题时告警发到 YANXIU_ALERT_URL。",
        "Start the Prefect page and the nightly run, until Ctrl-C. Reached from this machine alone; nothing is "
        "reported to anybody. YANXIU_CRON says when the night runs, by default at 00:30; YANXIU_ALERT_URL, where alerts go "
        "when it does not.",
    )
)
def up(
    port: Annotated[
        int,
        typer.Option(
            help=text("页面的端口；被占用就用下一个", "The page's port; if it is taken, the next one")
        ),
    ] = PORT,
) -> None:
    office = settings()
    require_current(open_database(office.database_url))
    require_usable(office.alert_url)
    lines(say(STARTING))
    if not office.alert_url:
        lines(say(NO_ALERTS))
    run_until_stopped(office, _is_up, port)
    lines(say(STOPPED))


def _is_up(bookmarks: Bookmarks) -> None:
    lines(
        say(UP(url=bookmarks.page)), say(STUCK(url=bookmarks.stuck)), say(TODAY(url=bookmarks.today)),
    )  # fmt: skip
