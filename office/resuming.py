"""`yanxiu reminders resume`: sending goes on after a backup was restored, when somebody has looked at what waits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from calendars.clock import now
from calendars.messages import Wording
from calendars.spoken_times import not_to_come, starting
from models.database import transaction
from office.answers import as_json, lines
from office.decisions import Name, Reason
from office.options import A_TIME, AsJson
from office.place import database, settings
from office.reminders import reminders
from office.words import say, text
from workflows.resuming import resume as go_on

EITHER = Wording(
    zh="请写 --drop-before 时间，或 --drop-none，二者之一", en="say either --drop-before TIME or --drop-none"
)
RESUMED = Wording(
    zh="恢复发送：{dropped}封不再发，{waiting}封等待发出",
    en="sending goes on: {dropped:letter|letters} dropped, {waiting:letter waits|letters wait}",
)


@reminders.command(
    help=text(
        "恢复备份之后，恢复发送。备份里等待发出的提醒，原来的数据库可能已经发过；先看 yanxiu reminders preview。--drop-before "
        "写原来的数据库最后发送的时间：此前该说的不再发，以后的夜间推进补写的也一样。理由和姓名永久保存。",
        "Let sending go on after a backup was restored. What waits in it may have been sent by the database that was lost: look "
        "at yanxiu reminders preview first. --drop-before says until when that one sent: what was to be told before is dropped, "
        "also what later nights write of it. Reason and name are kept for ever.",
    )
)
def resume(
    *,
    reason: Reason,
    name: Name,
    drop_before: Annotated[
        str | None,
        typer.Option(
            metavar=A_TIME,
            help=text("这一时刻以前该发的不再发", "What was to be told before this instant is dropped"),
        ),
    ] = None,
    drop_none: Annotated[
        bool, typer.Option("--drop-none", help=text("全部发出", "Everything that waits is sent"))
    ] = False,
    json: AsJson = False,
) -> None:
    if (drop_before is None) != drop_none:
        raise typer.TyperException(say(EITHER))
    zone = settings().zoneinfo
    before = drop_before and not_to_come(starting(drop_before, zone, "--drop-before"), zone, "--drop-before")
    with transaction(database()) as session:
        done = go_on(session, before or None, reason, name, now())
    as_json(asdict(done)) if json else lines(say(RESUMED(**asdict(done))))
