"""`yanxiu backup` and `yanxiu restore`: the database with what belongs to it, in a folder that is proved; and back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Message, Problem, Refused, Wording, refuse
from calendars.spoken_times import shown, shown_end
from exchange.backups import Backup, back_up, check, keep_newest, read_manifest
from exchange.backups import restore as bring_back
from exchange.private_files import private_folder
from exchange.whole_files import write_json
from flows.settings import OfficeSettings
from models.database import open_database, reading
from models.migrating import TOO_NEW, revisions
from models.types import instant
from models.vacant import require_vacant
from office.addresses import typed_address
from office.answers import as_json, lines, progress
from office.exits import Ends
from office.nights import NO_NIGHT_YET
from office.options import AsJson
from office.place import belongings, database, settings
from office.words import locale, say, text
from workflows.heads import SHOWN
from workflows.resuming import restored

app = typer.Typer()

RECORD = "last-backup.json"  # in the home: when and where, for `yanxiu doctor`

MADE = Wording(zh="备份已写好：{folder}（{size:.1f} MB）", en="the backup is in {folder} ({size:.1f} MB)")
PROVED = Wording(
    zh="已试着恢复并核对：{rows}行，锁定{links}次（{code}），{night}，附件{files}个",
    en="restored for a proof and compared: {rows:row|rows}, {links:seal|seals} ({code}), {night}, "
    "{files:attachment|attachments}",
)
READ_ONLY = Wording(
    zh="没有试着恢复：这个角色不能建立数据库（CREATEDB）。转储已从头读到尾。{rows}行，锁定{links}次（{code}），{night}，附件{files}个",
    en="not restored for a proof, for this role may make no database (CREATEDB); the dump was read to its end. {rows:row|rows}, "
    "{links:seal|seals} ({code}), {night}, {files:attachment|attachments}",
)
NO_KEYS = Wording(
    zh="不含密钥（{keys}）：请另外保存在保险的地方，否则恢复后打不开号码，也不能核对",
    en="without keys ({keys}): keep these in a safe of their own, without them numbers cannot be opened and nothing be checked",
)
LEFT_OUT = Wording(
    zh="有{count}个附件已被改动，没有放进备份：{first}",
    en="{count:attachment was|attachments were} changed since and left out: {first}",
)
MISSING = Wording(
    zh="数据库里写着、却不在附件文件夹里的附件：{count}个",
    en="attachments that the database names and that are not there: {count}",
)
REMOVED = Wording(zh="已删除旧备份：{folder}", en="an old backup was removed: {folder}")
UP_TO = Wording(zh="夜间推进到 {at}", en="nights up to {at}")
OTHER_KIND = Wording(
    zh="这是 {dialect} 的备份，只能恢复到 {dialect}；之后可用 yanxiu move 搬到别处",
    en="this is a backup of {dialect} and can be restored into {dialect} alone; yanxiu move brings it elsewhere afterwards",
)
RESTORED = Wording(
    zh="已恢复到 {url}：{at} 的备份，{night}，锁定{links}次（{code}）",
    en="restored into {url}: the backup of {at}, {night}, {links:seal|seals} ({code})",
)
STAYS = Wording(
    zh="{file} 原来就有，与备份里的不同，保留原来的",
    en="{file} was there and is another than the backup's; it stays",
)
SENDING_OFF = Wording(
    zh="发送已停：先看 yanxiu reminders preview，再用 yanxiu reminders resume 决定",
    en="sending is off: look at yanxiu reminders preview, then decide by yanxiu reminders resume",
)
BRING_KEY = Wording(
    zh="请把封存密钥放回 {key}，再运行 yanxiu seal verify",
    en="put the seal key back at {key}, then run yanxiu seal verify",
)
BRING_DATA_KEY = Wording(
    zh="请把这个数据库的数据密钥放回 {key}：没有它，证件号码和手机号打不开",
    en="put this database's data key back at {key}: without it no number and no phone opens",
)
VERIFY = Wording(zh="请运行 yanxiu seal verify", en="run yanxiu seal verify")
UPGRADE = Wording(
    zh="备份是旧版本的，请先运行 yanxiu init 升级",
    en="the backup is of an older version: run yanxiu init first",
)
AGAIN = Wording(
    zh="{at} 以后收到的文件，请再导入一次（--received、--said-by）",
    en="import again what came in since {at}, with --received and --said-by",
)
SET_URL = Wording(zh="请设置 YANXIU_DATABASE_URL={url}", en="set YANXIU_DATABASE_URL={url}")


@app.command(
    help=text(
        "备份数据库和属于它的一切（附件、留存的校验码、holidays.yaml、letters），不含密钥。其他人照常工作；备份取某一时刻，写好后"
        "试着恢复并核对，旧备份不会被覆盖。备份 PostgreSQL 要有 pg_dump。\n\n退出码3：有附件被改动过，或封存的与留存的不符。",
        "Back up the database and what belongs to it (attachments, the heads that were kept, holidays.yaml, letters), without keys. "
        "Others go on working; the backup is of one moment, is restored for a proof and compared, and no old one is written over. "
        "PostgreSQL needs pg_dump.\n\nExit code 3: attachments were changed, or what is sealed is not as it was kept.",
    )
)
def backup(
    to: Annotated[
        Path | None,
        typer.Option(
            metavar=text("文件夹", "FOLDER"),
            help=text(
                "放到哪个文件夹，最好在另一块磁盘上；默认 YANXIU_HOME/backups",
                "Into which folder, best on another disk; by default YANXIU_HOME/backups",
            ),
        ),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help=text(
                "只留这个数据库最新的几个备份，删去更早的",
                "Keep so many of this database's backups there, and remove the oldest",
            ),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    office, at = settings(), now()
    folder = (to or office.home / "backups").expanduser().absolute()
    name = f"yanxiu-{at.astimezone(office.zoneinfo):%Y-%m-%d-%H%M%S}"
    engine = database()
    with progress(text("备份", "Backup")) as advance:
        made = back_up(engine, belongings(office), folder, name, at, advance)
    private_folder(office.home)
    write_json(office.home / RECORD, {"at": at.isoformat(), "folder": str(made.folder)})
    amiss = [problem.text(locale()) for problem in _strayed(office, engine)]
    if made.left_out:
        amiss.append(say(LEFT_OUT(count=len(made.left_out), first=made.left_out[0])))
    # Where something was changed, an older backup may be the one that is needed.
    gone = keep_newest(made, keep) if keep and not amiss else []
    if json:
        as_json({**_facts(made), "removed": [one.folder for one in gone]})
    else:
        lines(
            *_made(made, [office.data_key_file.name, office.seal_key.name]),
            *(say(REMOVED(folder=one.folder)) for one in gone),
        )
    for one in amiss:
        print(one, file=sys.stderr)
    if amiss:
        raise typer.Exit(Ends.ATTENTION)


def _made(made: Backup, keys: list[str]) -> Iterator[str]:
    yield say(MADE(folder=made.folder, size=made.size / 1e6))
    yield _stands(made)
    yield say(NO_KEYS(keys=keys))
    if made.missing:
        yield say(MISSING(count=made.missing))


def _strayed(office: OfficeSettings, engine: Engine) -> list[Problem]:
    """What was sealed and is not as it was kept outside of the database: such a backup is of what somebody has changed."""
    try:
        with reading(engine) as session:
            return office.head_file.check(session)
    except Refused as refused:
        return refused.problems


def _facts(made: Backup) -> dict[str, object]:
    census = made.census
    return {
        "folder": made.folder, "at": made.at, "size": made.size, "proved": made.proved, "rows": sum(census.rows.values()),
        "links": census.links, "fingerprint": census.fingerprint, "last_night": _night(made), "attachments": made.attachments,
        "left_out": [*made.left_out], "missing": made.missing,
    }  # fmt: skip


def _night(made: Backup) -> datetime | None:
    last = made.census.last_night
    return None if last is None else instant(last)


def _stands(made: Backup) -> str:
    census = made.census
    return say(
        (PROVED if made.proved else READ_ONLY)(
            rows=sum(census.rows.values()), links=census.links, code=census.fingerprint[:SHOWN], night=_told_night(made),
            files=made.attachments,
        )
    )  # fmt: skip


def _told_night(made: Backup) -> Message:
    last = _night(made)
    return NO_NIGHT_YET() if last is None else UP_TO(at=shown_end(last, settings().zoneinfo))


@app.command(
    help=text(
        "把一个备份恢复到空的地方：先核对清单，全部恢复或什么都不做。恢复以后不发提醒，直到有人看过（reminders resume）；"
        "夜间推进照常。密钥不在备份里，请另外放回。",
        "Restore a backup into an empty place: its manifest is checked first, and it is restored whole or not at all. Nothing is "
        "sent afterwards until somebody has looked (reminders resume); nights go on. Keys are not in it and are put back by hand.",
    )
)
def restore(
    folder: Annotated[
        Path, typer.Argument(metavar=text("备份", "BACKUP"), help=text("备份的文件夹", "The backup's folder"))
    ],
    into: Annotated[
        str | None,
        typer.Option(
            metavar=text("地址", "URL"),
            help=text(
                "恢复到哪个空的数据库，默认 YANXIU_DATABASE_URL 所指的；不写密码，- 从标准输入读",
                "Into which empty database, by default the office's (YANXIU_DATABASE_URL); without a password, - reads it from the "
                "standard input",
            ),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    office = settings()
    if into is not None:
        office = OfficeSettings(database_url=typed_address(into, "--into"))
    kept = read_manifest(folder.expanduser().absolute())
    engine = open_database(office.database_url)
    try:
        if engine.dialect.name != kept.dialect:
            raise refuse(OTHER_KIND(dialect=kept.dialect), "--into" if into else "YANXIU_DATABASE_URL")
        if kept.census.revision > revisions()[-1]:
            raise refuse(TOO_NEW(url=kept.folder, found=kept.census.revision, expected=revisions()[-1]))
        require_vacant(engine)
        with progress(text("核对", "Check")) as advance:
            check(kept, advance)
        stays = bring_back(
            kept, engine, belongings(office), lambda session: restored(session, kept.at, now())
        )
    finally:
        engine.dispose()
    _tell(kept, office, stays, json=json, elsewhere=into is not None)


def _tell(kept: Backup, office: OfficeSettings, stays: list[str], *, json: bool, elsewhere: bool) -> None:
    """What was done, and what is to be done now."""
    url = open_database(office.database_url).url.render_as_string(hide_password=True)
    if json:
        as_json(
            {**_facts(kept), "database": url, "stays": [belongings(office).place_of(name) for name in stays]}
        )
        return
    at, census = shown(kept.at, office.zoneinfo), kept.census
    told: list[Message] = [
        RESTORED(
            url=url, at=at, night=_told_night(kept), links=census.links, code=census.fingerprint[:SHOWN]
        ),
        *(STAYS(file=belongings(office).place_of(name)) for name in stays),
        *([SET_URL(url=url)] if elsewhere else []),
        *([UPGRADE()] if census.revision != revisions()[-1] else []),
        SENDING_OFF(),
        *(
            []
            if office.data_key or office.data_key_file.exists()
            else [BRING_DATA_KEY(key=office.data_key_file)]
        ),
        VERIFY() if office.seal_key.exists() or not census.links else BRING_KEY(key=office.seal_key),
        AGAIN(at=at),
    ]
    lines(*map(say, told))
