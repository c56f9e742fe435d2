"""`yanxiu operator`: in whose names the office acts, each with a scope, and the log of access."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from calendars.clock import now
from calendars.messages import Wording, joined
from calendars.spoken_times import shown, starting
from exchange.access_sheets import HEADINGS, cells, write_accesses
from models.database import reading, transaction
from models.operators import Access
from office.acting import names
from office.answers import as_json, lines, table
from office.options import A_TIME, AsJson, Out
from office.outputs import check_free, tell_written
from office.place import database, settings
from office.words import locale, say, text
from workflows import operators
from workflows.access import accesses
from workflows.operators import New, Seen
from workflows.scopes import EVERYTHING, tiers_told

app = typer.Typer()
operator = typer.Typer(
    help=text(
        "操作员：以谁的姓名办理，范围是哪些单位；谁导出了什么、被拒绝了什么",
        "Operators: in whose names the office acts, within which scope; who exported what, and what was refused",
    ),
    no_args_is_help=True,
)
app.add_typer(operator, name="operator")

ADDED = Wording(
    zh="操作员“{name}”已登记，范围是{scope}", en="operator {name!r} is added; the scope is {scope}"
)
RETIRED = Wording(zh="操作员“{name}”不再办理", en="operator {name!r} acts no more")
EMPTY = Wording(zh="还没有记录", en="the log is empty")
MOST = 200  # lines that a person looks through
AND_MORE = Wording(zh="以前还有{count}条，见 --json 或 --out", en="{count} earlier ones: see --json or --out")

TheirName = Annotated[
    str, typer.Argument(metavar=text("姓名", "NAME"), help=text("操作员的姓名", "The operator's name"))
]


@operator.command(
    "add",
    help=text(
        "登记一个操作员。不写 --organisation 就是全部单位，不写 --tier 就是各级。决定和导入都以操作员的姓名进行，范围以外的会被拒绝并记录。"
        "姓名只是标识，不是密码，见 docs/security.md。",
        "Add an operator. Without --organisation the scope is everything, without --tier it is every tier. What is decided and "
        "taken in is in the name of an operator; beyond the scope it is refused, and kept in the log. A name identifies and "
        "proves nothing: see docs/security.md.",
    ),
)
def add(
    name: TheirName,
    tier: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIER",
            help=text(
                "上报时以哪一级的名义办理：school、county、city、province，可写几次",
                "For the links of which tier this operator deals with filings: school, county, city, province; may be repeated",
            ),
        ),
    ] = None,
    organisation: Annotated[
        list[str] | None,
        typer.Option(
            "--organisation", "-o", metavar=text("单位", "NAME"),
            help=text("哪些单位及其下属，可写几次；重名时连同上级写，如 一县/一小", "These organisations with all below them, may be repeated; where several have the name, with those above: COUNTY/SCHOOL"),
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            metavar=text("帐户", "ACCOUNT"),
            help=text("这台机器的哪个帐户就是此人：不写 --name 时以此人的姓名办理", "The machine's account that is this operator's: what is typed there without --name is in this name"),
        ),
    ] = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    with transaction(database()) as session:
        new = New(name, organisation or [], tier or [], account)
        made = operators.add(session, new, names()[0], now())
    as_json(_facts(made)) if json else lines(say(ADDED(name=made.name, scope=made.scope)))


@operator.command(
    "list",
    help=text("列出在用的操作员和他们的范围。", "List the operators that stand, and their scope."),
)
def listed(
    retired: Annotated[
        bool, typer.Option("--all", help=text("不再办理的也列出", "Also those that have retired"))
    ] = False,
    json: AsJson = False,
) -> None:
    zone = settings().zoneinfo
    with reading(database()) as session:
        found = operators.operators(session, also_retired=retired)
    if json:
        as_json([_facts(one) for one in found])
        return
    headings = [
        text("姓名", "Name"), text("帐户", "Account"), text("单位", "Organisations"), text("层级", "Tiers"),
        text("登记", "Added"), text("登记人", "By"), text("停用", "Retired"),
    ]  # fmt: skip
    table(headings, [_row(one, zone) for one in found])


@operator.command(
    "retire",
    help=text(
        "停用一个操作员：以后不能再以此姓名办理，以前的决定不变。",
        "Let an operator act no more. What was decided in this name stays.",
    ),
)
def retire(name: TheirName, json: AsJson = False) -> None:
    at = now()
    with transaction(database()) as session:
        operators.retire(session, name, names()[0], at)
    as_json({"name": name, "retired_at": at}) if json else lines(say(RETIRED(name=name)))


@operator.command(
    "log",
    help=text(
        "访问记录：谁把哪个项目的多少人的数据导出到什么文件，什么因超出范围被拒绝。永久保存。写 --out 则写成表格。",
        "The access log: who exported what of which programme into which file, and what was refused for its scope. It is kept "
        "for ever. With --out as a workbook.",
    ),
)
def log(
    since: Annotated[
        str | None,
        typer.Option(metavar=A_TIME, help=text("从何时起，默认全部", "From when on; by default all of it")),
    ] = None,
    out: Out = None,
    json: AsJson = False,
) -> None:
    check_free(out)
    zone = settings().zoneinfo
    with reading(database()) as session:
        found = accesses(session, None if since is None else starting(since, zone, "--since"))
        session.expunge_all()
    if out is not None:
        write_accesses(found, zone, out, locale())
        tell_written(out, json=json, rows=len(found))
    elif json:
        as_json([_access(one) for one in found])
    elif not found:
        lines(say(EMPTY))
    else:
        table([say(heading) for heading in HEADINGS], [cells(one, zone, locale()) for one in found[-MOST:]])
        if len(found) > MOST:
            lines(say(AND_MORE(count=len(found) - MOST)))


def _row(one: Seen, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        one.name, one.account or "", joined(one.organisations, locale()) or say(EVERYTHING),
        joined(tiers_told(one.tiers), locale()), shown(one.added_at, zone), one.added_by,
        _told(one.retired_at, zone),
    )  # fmt: skip


def _told(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else shown(at, zone)


def _facts(one: Seen) -> dict[str, Any]:
    return {key: value for key, value in asdict(one).items() if key != "scope"}


def _access(one: Access) -> dict[str, Any]:
    return {key: getattr(one, key) for key in Access.model_fields if key != "id"}
