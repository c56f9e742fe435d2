"""What an operator wants to know of the machine: schema, zones, room on the disks, who may read what, the last backup, fonts."""

from __future__ import annotations

import json
import shutil
import stat
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from calendars.clock import now
from calendars.findings import Finding, amiss, fine, note
from calendars.messages import Refused, Wording
from calendars.spoken_times import shown, shown_end
from flows.channel import require_usable
from flows.settings import OfficeSettings
from models.migrating import require_current, revisions
from office.nights import LATE, NO_NIGHT_YET, is_late
from office.recovery import RECORD
from workflows.publishing import all_calendars
from workflows.status import status

LEAST, SHARE, PLENTY = (
    1 << 30,
    0.05,
    20 << 30,
)  # bytes that must be free; or such a share, where that is not plenty
OLD = timedelta(days=7)  # of a backup
OTHERS = stat.S_IRWXG | stat.S_IRWXO

CURRENT = Wording(zh="版本{revision}，与程序一致", en="version {revision}, as this program needs it")
ZONES = Wording(zh="{zones}（{source}）", en="{zones}, from {source}")
NO_ZONE = Wording(zh="不认识时区 {zone}", en="the zone {zone} is not known")
INSTALL_ZONES = Wording(zh="安装 tzdata", en="install tzdata")
ROOM = Wording(
    zh="{folder} 所在磁盘：还有{free:.1f} GB，占{share:.0%}",
    en="disk of {folder}: {free:.1f} GB free, {share:.0%}",
)
MAKE_ROOM = Wording(
    zh="腾出空间：至少1 GB，不少于数据库的大小",
    en="make room: 1 GB at least, and no less than the database has",
)
WENT_TO = Wording(zh="夜间推进到 {as_of}", en="nights have gone to {as_of}")
NOT_FINISHED = Wording(zh="到 {as_of} 的夜间推进没有做完", en="the night up to {as_of} is not finished")
NEXT_GOES_ON = Wording(
    zh="若不是正在运行，下一夜会接着做", en="unless it is running now, the next one goes on with it"
)
ALERTED = Wording(zh="告警渠道可用（没有试发）", en="alerts can be sent (none was)")
NO_ALERTS = Wording(zh="没有设置 YANXIU_ALERT_URL", en="YANXIU_ALERT_URL is not set")
NOBODY_TOLD = Wording(zh="出问题时不会有人收到告警", en="nobody is told when something goes wrong")
PINGED = Wording(
    zh="每个顺利的夜间推进之后发信号（这次没有发）", en="told of each good night (not of this look)"
)
NO_PING = Wording(zh="没有设置 YANXIU_PING_URL", en="YANXIU_PING_URL is not set")
NOBODY_WATCHES = Wording(
    zh="整台机器停了也没有人知道", en="nobody notices when the whole machine stands still"
)
PRIVATE = Wording(zh="密钥和数据库只有本账号能读", en="keys and database are for this account alone")
READABLE = Wording(zh="别人能读 {file}（{mode}）", en="others can read {file} ({mode})")
CHMOD = Wording(zh="chmod {mode} {file}", en="chmod {mode} {file}")
BACKED_UP = Wording(zh="最近一次备份：{at}，在 {folder}", en="the last backup: {at}, in {folder}")
NO_RECORD = Wording(zh="没有 yanxiu backup 的记录", en="no backup by yanxiu backup is recorded")
BACK_UP = Wording(
    zh="每天运行 yanxiu backup，最好放到另一块磁盘", en="run yanxiu backup each day, best onto another disk"
)
BACKUP_GONE = Wording(zh="{at} 的备份不在 {folder} 了", en="the backup of {at} is no longer in {folder}")
HAS_FONT = Wording(zh="有中文字体：{font}", en="a font with Chinese characters: {font}")


def schema(engine: Engine) -> Finding:
    """Raises Refused where the database cannot be used by this program."""
    require_current(engine)
    return fine(CURRENT(revision=revisions()[-1]))


def zones(session: Session | None, office: OfficeSettings) -> Iterator[Finding]:
    """Whether the office's zone and those of the calendars are known to this machine."""
    names = {office.zone}
    if session is not None:
        names |= {calendar.zone for calendar in all_calendars(session).values()}
    unknown = []
    for name in sorted(names):
        try:
            zoneinfo.ZoneInfo.no_cache(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            unknown.append(name)
    yield from (amiss(NO_ZONE(zone=name), INSTALL_ZONES()) for name in unknown)
    source = next((path for path in zoneinfo.TZPATH if Path(path).is_dir()), None)
    if source is None and find_spec("tzdata") is not None:
        source = "tzdata"
    if not unknown:
        yield fine(ZONES(zones=", ".join(sorted(names)), source=source))


def disks(office: OfficeSettings, engine: Engine) -> Iterator[Finding]:
    """Room on each disk on which something of the office is written."""
    folders = [office.home, office.heads.parent]
    database = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
    if database is not None:
        folders.append(database.parent)
    if (kept := recorded(office)) is not None:
        folders.append(kept[1].parent)
    least = max(LEAST, database.stat().st_size if database is not None and database.exists() else 0)
    seen: set[int] = set()
    for folder in folders:
        there = next(one for one in (folder, *folder.parents) if one.exists())
        if there.stat().st_dev in seen:
            continue
        seen.add(there.stat().st_dev)
        yield room(there, shutil.disk_usage(there), least)


def room(folder: Path, usage: tuple[int, int, int], least: int) -> Finding:
    """Whether what is free of a disk (total, used, free) is enough."""
    total, _, free = usage
    told = ROOM(folder=folder, free=free / (1 << 30), share=free / total)
    scarce = free < least or (free < total * SHARE and free < PLENTY)
    return amiss(told, MAKE_ROOM()) if scarce else fine(told)


def nights(session: Session, office: OfficeSettings) -> Finding:
    """Whether the last night is of today, while a term is going on."""
    found = status(session)
    last, late = found.last_night, is_late(found)
    as_of = shown_end(last.as_of if last else None, office.zoneinfo)
    if last is not None and last.finished_at is None and now() - last.started_at <= LATE:
        return note(NOT_FINISHED(as_of=as_of), NEXT_GOES_ON())
    if late is not None:
        return amiss(late)
    return fine(WENT_TO(as_of=as_of) if last else NO_NIGHT_YET())


def alerts(office: OfficeSettings) -> Finding:
    if not office.alert_url:
        return note(NO_ALERTS(), NOBODY_TOLD())
    require_usable(office.alert_url)
    return fine(ALERTED())


def ping(office: OfficeSettings) -> Finding:
    return fine(PINGED()) if office.ping_url else note(NO_PING(), NOBODY_WATCHES())


def modes(office: OfficeSettings, engine: Engine) -> Iterator[Finding]:
    """Whether anybody else on the machine can read what is secret. Within a folder of its own nobody can."""
    files = {office.seal_key, office.data_key_file, office.heads, *office.home.glob("*.key")}
    if engine.dialect.name == "sqlite":
        files.add(Path(engine.url.database or ""))
    open_to_others = sorted(file for file in files if file.is_file() and _is_open(file))
    for file in open_to_others:
        mode = stat.S_IMODE(file.stat().st_mode)
        yield amiss(READABLE(file=file, mode=f"{mode:o}"), CHMOD(file=file, mode=600))
    if not open_to_others:
        yield fine(PRIVATE())


def _is_open(file: Path) -> bool:
    return bool(file.stat().st_mode & OTHERS and file.parent.stat().st_mode & OTHERS)


def recorded(office: OfficeSettings) -> tuple[datetime, Path] | None:
    """When and where the last backup was made."""
    try:
        said = json.loads((office.home / RECORD).read_text(encoding="utf-8"))
        return datetime.fromisoformat(said["at"]), Path(said["folder"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def backups(office: OfficeSettings) -> Finding:
    """Whether the last one is not old, and still there."""
    found = recorded(office)
    if found is None:
        return note(NO_RECORD(), BACK_UP())
    at, folder = found
    facts = {"at": shown(at, office.zoneinfo), "folder": folder}
    if not folder.is_dir():
        return amiss(BACKUP_GONE(**facts), BACK_UP())
    return amiss(BACKED_UP(**facts), BACK_UP()) if now() - at > OLD else fine(BACKED_UP(**facts))


def fonts() -> Finding:
    from exchange.pictures import chinese_font  # matplotlib takes a second

    try:
        return fine(HAS_FONT(font=chinese_font()))
    except Refused as refused:
        return note(refused.problems[0].message)
