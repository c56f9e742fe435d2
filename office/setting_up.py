"""`yanxiu init` and `yanxiu up`: a database to work with, and the Prefect page with the nightly run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

from calendars.clock import now
from calendars.messages import Wording
from exchange.private_files import make_private
from flows.accounts import account
from flows.channel import require_usable
from flows.data_keys import make_data_key
from flows.listening import HERE_ALONE, VARIABLE, listening_at
from flows.server import PORT
from flows.serving import Bookmarks, run_until_stopped
from models.database import open_database, transaction
from models.migrating import is_without_key, require_current, upgrade
from models.roles import role_sql
from office.answers import as_json, lines
from office.bookmarks import STUCK, TODAY
from office.place import settings
from office.words import say, text
from workflows.operators import make_the_first

app = typer.Typer()

MADE = Wording(zh="数据库已就绪：{url}", en="the database is ready: {url}")
STOOD = Wording(zh="数据库已是最新：{url}", en="the database is up to date already: {url}")
KEY_MADE = Wording(
    zh="数据密钥在 {file}，证件号码和手机号用它加密。请另存一份到安全的地方，不要和备份放在一起",
    en="the data key is in {file}: it encrypts numbers and phones. Keep a copy in a safe place, not with the backups",
)
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
WITH_PASSWORD = Wording(
    zh="页面要输入口令，在 {file}（整行）", en="the page asks for a password: the whole line in {file}"
)
WITH_GIVEN = Wording(
    zh="页面要输入口令，即环境变量 {variable} 的值",
    en="the page asks for a password: the value of {variable}",
)
IN_CLEAR = Wording(
    zh="口令和页面的内容不加密传送：请在前面加上 TLS，或用 ssh -L（见 docs/security.md）",
    en="it and all of the page travel in clear: put TLS in front, or use ssh -L (docs/security.md)",
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
    role: Annotated[
        str | None,
        typer.Option(
            "--role-sql",
            metavar=text("角色", "ROLE"),
            help=text(
                "只输出 SQL：在 PostgreSQL 上建立一个角色，程序用它工作，已锁定的成绩它改不了",
                "Print SQL alone: it makes a role of PostgreSQL for the program to work under, which cannot change what is "
                "sealed",
            ),
        ),
    ] = None,
) -> None:
    if role is not None:
        print(role_sql(role), end="")
        return
    office = settings()
    engine = open_database(office.database_url)
    if engine.dialect.name == "sqlite" and engine.url.database:
        make_private(Path(engine.url.database))  # what SQLite writes beside it gets the same mode
    key = is_without_key(engine) and make_data_key(office.data_key, office.data_key_file)
    made = upgrade(engine)
    require_current(engine)
    with transaction(engine) as session:
        first = make_the_first(session, account(), now())
    url = make_url(office.database_url).render_as_string(hide_password=True)
    if json:
        as_json({"database": url, "changed": made, "operator": first})
        return
    told = [KEY_MADE(file=office.data_key_file)] if key else []
    told += [FIRST_OPERATOR(name=first)] if first is not None else []
    lines(say((MADE if made else STOOD)(url=url)), *map(say, told), say(NEXT))


@app.command(
    help=text(
        "启动 Prefect 页面和每夜的推进，直到 Ctrl-C。只在本机可以访问，除非用 --listen；不向外发送任何数据。夜间推进的时间由 "
        "YANXIU_CRON 决定，默认每天 00:30；出问题时告警发到 YANXIU_ALERT_URL。",
        "Start the Prefect page and the nightly run, until Ctrl-C. Reached from this machine alone, but with --listen; nothing "
        "is reported to anybody. YANXIU_CRON says when the night runs, by default at 00:30; YANXIU_ALERT_URL, where alerts go "
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
    listen: Annotated[
        str,
        typer.Option(
            metavar=text("地址", "ADDRESS"),
            help=text(
                "页面在本机的哪个地址上，如 0.0.0.0（所有地址）；别的机器能够访问时要输入口令",
                "The address of this machine for the page, such as 0.0.0.0 (all of them); where other machines reach it, it asks "
                "for a password",
            ),
        ),
    ] = HERE_ALONE.host,
) -> None:
    office = settings()
    listening = listening_at(listen, office.home)
    require_current(open_database(office.database_url))
    require_usable(office.alert_url)
    lines(say(STARTING))
    if not office.alert_url:
        lines(say(NO_ALERTS))
    if listening.password:
        kept = WITH_PASSWORD(file=listening.kept_in) if listening.kept_in else WITH_GIVEN(variable=VARIABLE)
        lines(say(kept), say(IN_CLEAR))
    run_until_stopped(office, _is_up, port, listening)
    lines(say(STOPPED))


def _is_up(bookmarks: Bookmarks) -> None:
    lines(
        say(UP(url=bookmarks.page)), say(STUCK(url=bookmarks.stuck)), say(TODAY(url=bookmarks.today)),
    )  # fmt: skip
