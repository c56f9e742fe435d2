"""`yanxiu doctor`: everything that an operator would look at, each thing by itself, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import cast

import typer
from sqlalchemy import Engine
from sqlmodel import Session

from calendars.clock import now
from calendars.findings import Finding, amiss, note
from calendars.messages import Message, Problem, Refused, Wording
from exchange import checkups as ways
from flows.checkups import prefect
from flows.faults import record
from flows.settings import OfficeSettings
from models.database import open_database, reading
from office import checkups as machine
from office.answers import as_json, lines, table
from office.exits import Ends
from office.options import AsJson
from office.place import settings
from office.words import say, text
from workflows import checkups as rows

app = typer.Typer()

NO_DATABASE = Wording(zh="没有看：数据库现在不能用", en="not looked at: the database cannot be used")
FAULT = Wording(zh="检查时出错：{error}", en="the check itself failed: {error}")
SEE_FAULTS = Wording(zh="详情在 {file}", en="the details are in {file}")
SUMMED = Wording(
    zh="{amiss}处有问题，{note}处请注意，{fine}处正常", en="{amiss} amiss, {note} to note, {fine} fine"
)
STATES = {
    "fine": Wording(zh="正常", en="fine"),
    "note": Wording(zh="注意", en="note"),
    "amiss": Wording(zh="有问题", en="amiss"),
}
AT = Wording(zh="{where}：{what}", en="{where}: {what}")
SETTINGS = Wording(zh="设置", en="settings")


@dataclass(frozen=True)
class Looked:
    """What there is to look at; the session sees one moment, and is not there where the database cannot be used."""

    office: OfficeSettings
    engine: Engine
    session: Session | None

    @property
    def rows(self) -> Session:
        return cast("Session", self.session)


@dataclass(frozen=True)
class Check:
    name: str
    title: Wording
    look: Callable[[Looked], Finding | Iterable[Finding]]
    needs_rows: bool = False


CHECKS = (
    Check("schema", Wording(zh="数据库", en="database"), lambda at: machine.schema(at.engine)),
    Check("clock", Wording(zh="时钟", en="clock"), lambda at: rows.clock(at.rows, now()), needs_rows=True),
    Check("zones", Wording(zh="时区", en="time zones"), lambda at: machine.zones(at.session, at.office)),
    Check("disks", Wording(zh="磁盘", en="disks"), lambda at: machine.disks(at.office, at.engine)),
    Check("night", Wording(zh="夜间推进", en="nights"), lambda at: machine.nights(at.rows, at.office), needs_rows=True),
    Check("prefect", Wording(zh="Prefect", en="Prefect"), lambda at: prefect(at.office.home)),
    Check("sending", Wording(zh="发送", en="sending"), lambda at: rows.sending(at.rows), needs_rows=True),
    Check("mail", Wording(zh="邮件", en="mail"), lambda at: ways.mail(at.office.mail_url, at.office.mail_from, at.office.home)),
    Check("robots", Wording(zh="群机器人", en="chat robots"), lambda at: ways.robots(at.rows), needs_rows=True),
    Check("alerts", Wording(zh="告警", en="alerts"), lambda at: machine.alerts(at.office)),
    Check("ping", Wording(zh="信号", en="sign of life"), lambda at: machine.ping(at.office)),
    Check("heads", Wording(zh="封存", en="seals"), lambda at: ways.heads(at.rows, at.office.head_file), needs_rows=True),
    Check("holidays", Wording(zh="节假日", en="holidays"), lambda at: rows.holidays(at.rows, now()), needs_rows=True),
    Check("modes", Wording(zh="文件权限", en="file modes"), lambda at: machine.modes(at.office, at.engine)),
    Check("backup", Wording(zh="备份", en="backup"), lambda at: machine.backups(at.office)),
    Check("fonts", Wording(zh="字体", en="fonts"), lambda _at: machine.fonts()),
)  # fmt: skip


@app.command(
    help=text(
        "体检：数据库、时钟、时区、磁盘、夜间推进、Prefect、邮件和机器人（不发信）、封存、节假日、文件权限、备份、字体，各查各的，"
        "并说怎么办。\n\n退出码3：有一处有问题。",
        "Look at everything: database, clock, zones, disks, nights, Prefect, mail and robots (nothing is sent), seals, holidays, file "
        "modes, backup, fonts; each by itself, and what to do about it.\n\nExit code 3: something is amiss.",
    )
)
def doctor(json: AsJson = False) -> None:
    found = [*_look()]
    if json:
        as_json(
            [{"check": name, "state": one.state, "found": one.found, "to_do": one.to_do} for name, _, one in found]
        )  # fmt: skip
    else:
        table(
            ["", text("检查", "Check"), text("结果", "Found"), text("怎么办", "What to do")],
            [
                (say(STATES[one.state]), say(title), say(one.found), say(one.to_do) if one.to_do else "")
                for _, title, one in found
            ],
        )
        counts: Counter[str] = Counter(one.state for _, _, one in found)
        lines(say(SUMMED(**{state: counts[state] for state in STATES})))
    if any(one.state == "amiss" for _, _, one in found):
        raise typer.Exit(Ends.ATTENTION)


Row = tuple[str, Wording, Finding]


def _look() -> Iterator[Row]:
    try:
        office = settings()
        engine = open_database(office.database_url)
    except Refused as refused:
        yield from (("settings", SETTINGS, amiss(_told(problem))) for problem in refused.problems)
        return
    try:
        usable = not [one for one in _made(CHECKS[0], Looked(office, engine, None)) if one.state == "amiss"]
        for check in CHECKS:
            yield from ((check.name, check.title, one) for one in _one(check, office, engine, usable=usable))
    finally:
        engine.dispose()


def _one(check: Check, office: OfficeSettings, engine: Engine, *, usable: bool) -> list[Finding]:
    """Each in a transaction of its own, so that one that fails leaves the others alone."""
    if not usable:
        return [note(NO_DATABASE())] if check.needs_rows else _made(check, Looked(office, engine, None))
    try:
        with reading(engine) as session:
            return _made(check, Looked(office, engine, session))
    except Exception as error:  # noqa: BLE001 - a database that goes away between two looks is a row too
        return [_fault(error)]


def _made(check: Check, at: Looked) -> list[Finding]:
    try:
        found = check.look(at)
        return [found] if isinstance(found, Finding) else [*found]
    except Refused as refused:
        return [amiss(_told(problem)) for problem in refused.problems]
    except Exception as error:  # noqa: BLE001 - whatever it is: the others are looked at
        return [_fault(error)]


def _fault(error: Exception) -> Finding:
    return amiss(FAULT(error=type(error).__name__), SEE_FAULTS(file=record(error)))


def _told(problem: Problem) -> Message:
    return AT(where=problem.where, what=problem.message) if problem.where else problem.message
