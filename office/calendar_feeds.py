"""`yanxiu calendar ical`: what each role has to do, in everybody's own calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlmodel import Session, col, select

from calendars.clock import now
from calendars.messages import Problem, Refused, Wording
from calendars.nearest import nearest
from models.database import reading, transaction
from models.terms import Cohort
from office.answers import as_json, lines, progress
from office.calendar_desk import calendar
from office.calendar_previews import app
from office.decisions import OfCohort
from office.options import AsJson, OfProgramme
from office.place import database_within
from office.words import locale, say, text
from workflows.feeds import Feed, check_role, feeds
from workflows.known import cohorts_named
from workflows.scopes import require_cohorts

if TYPE_CHECKING:
    from exchange.feed_folder import Replacing

__all__ = ["app"]

WRITTEN = Wording(
    zh="{folder}：日历文件{count}个，其中{changed}个是新的或有变化",
    en="{folder}: {count:feed|feeds}, {changed} of them new or changed",
)
NO_COHORT = Wording(zh="没有班级“{name}”{nearest}", en="there is no cohort {name!r}{nearest}")
NO_COHORTS = Wording(zh="没有班级，没有写出日历文件", en="there are no cohorts, and no feed was written")
TOGETHER = 50  # cohorts in one transaction


@calendar.command(
    help=text(
        "写出日历文件（.ics），每个班级的每个角色一个：阶段、各项截止和锁定，带提醒，可在手机、Outlook 等的日历中订阅或打开。"
        "再写一次，只有变了的才更新；没有了的标为已取消。个人延长的期限不在其中。",
        "Write calendar feeds (.ics), one for each role of each cohort: phases, deadlines and locks with their alarms, to "
        "subscribe to on phones and in Outlook, or to open there. Written again, only what has changed is updated, and what is no more is "
        "told as cancelled. Deadlines of single people are not in them.",
    )
)
def ical(
    out: Annotated[
        Path,
        typer.Option(
            metavar=text("文件夹", "FOLDER"),
            help=text("写到哪个文件夹：项目/班级-角色.ics", "The folder, for PROGRAMME/COHORT-ROLE.ics"),
        ),
    ],
    programme: OfProgramme = None,
    cohort: OfCohort = None,
    role: Annotated[
        str | None,
        typer.Option(
            metavar=text("角色", "ROLE"),
            help=text("只写这个角色或层级，写代号或名称", "This role or tier alone, by its id or its name"),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    from exchange.feed_folder import Replacing  # what writes a feed takes a while to import

    engine, told = database_within(), []
    with reading(engine) as session:
        meant = [*_meant(session, programme, cohort or [], role)]
    with progress(text("写出日历", "Writing feeds")) as advance, Replacing(out) as files:
        for done, named in enumerate(meant, 1):
            with transaction(engine) as session:  # some cohorts at a time, so that no night waits for long
                found = feeds(session, [*named], now(), locale(), role)
            told += [_write(files, feed, named[feed.cohort_id]) for feed in found]
            advance(done, len(meant))
    if json:
        as_json({"folder": out, "feeds": told})
    else:
        changed = sum(one["changed"] for one in told)
        lines(say(WRITTEN(folder=out, count=len(told), changed=changed)) if told else say(NO_COHORTS))


def _meant(
    session: Session, programme: str | None, names: list[str], role: str | None
) -> Iterator[dict[int, str]]:
    """The cohorts by their numbers with how their files are called, some of one programme at a time. Raises Refused for a
    name that is none."""
    from exchange.feed_folder import stems

    every = session.exec(select(Cohort).order_by(col(Cohort.programme_id), col(Cohort.id))).all()
    chosen = _named(every, names) if programme is None else cohorts_named(session, programme, names)
    require_cohorts(session, chosen, all_of_them=not names)
    check_role(session, chosen, role)
    ids = {one.id for one in chosen}
    for _, same in groupby(every, key=lambda one: one.programme_id):
        named = {number: stem for number, stem in stems(same).items() if number in ids}
        for first in range(0, len(named), TOGETHER):
            yield dict([*named.items()][first : first + TOGETHER])


def _named(every: Sequence[Cohort], names: list[str]) -> list[Cohort]:
    """The cohorts of any programme with these names, all of them if none is named."""
    known = {one.name for one in every}
    if missing := [name for name in names if name not in known]:
        near = ((name, nearest(name, sorted(known))) for name in missing)
        raise Refused([Problem("--cohort", NO_COHORT(name=name, nearest=word)) for name, word in near])
    return [one for one in every if not names or one.name in names]


def _write(files: Replacing, feed: Feed, stem: str) -> dict[str, Any]:
    """What is told of a feed that is written."""
    from exchange.feeds import feed_file

    file = Path(feed.programme) / f"{stem}-{feed.role}.ics"
    return {
        "programme": feed.programme,
        "cohort": feed.cohort,
        "role": feed.role,
        "role_name": feed.role_name,
        "file": file,
        "events": sum(not event.cancelled for event in feed.events),
        "cancelled": sum(event.cancelled for event in feed.events),
        "changed": files.add(file, feed_file(feed)),
    }
