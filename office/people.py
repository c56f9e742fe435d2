"""`yanxiu person`: what is kept about somebody, and erasing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Wording
from calendars.spoken_times import starting
from exchange.keeping import throw_away
from models.database import reading, transaction
from office.answers import as_json, lines, table
from office.decisions import Document, Name, Reason
from office.options import A_TIME, AsJson, OfPerson
from office.place import database, database_within, settings
from office.words import say, text
from workflows.erasing import erase, leftovers, those_over
from workflows.known import person_numbered
from workflows.people_found import Known, known_as
from workflows.resolving import Decision
from workflows.scopes import require_person

app = typer.Typer()
person = typer.Typer(
    help=text("个人信息：保存了什么，删除", "Personal data: what is kept, erasing it"), no_args_is_help=True
)
app.add_typer(person, name="person")

WHO = Wording(zh="{name}（{number}）", en="{name} ({number})")
REACHED = Wording(zh="手机 {phone}，邮箱 {email}", en="phone {phone}, mail {email}")
ERASED = Wording(
    zh="已删除{people}人的编号、姓名和联系方式，{files}个文件名，{texts}篇文字，{contents}个文件。成绩和决定照旧，封存不变",
    en="erased: number, name and contacts of {people:person|people}, {files:name of a file|names of files}, {texts:text|texts}, "
    "{contents:file|files}. Scores and decisions stay, and every seal",
)
WOULD = Wording(
    zh="{before} 以前各班级都已结束的有{count}人。要删除他们的个人信息，加 --commit",
    en="of {count:person|people} every cohort was over before {before}. To erase their data add --commit",
)
HEADINGS = (
    Wording(zh="项目", en="Programme"), Wording(zh="班级", en="Cohort"), Wording(zh="角色", en="Role"),
    Wording(zh="状态", en="Status"), Wording(zh="单位", en="Organisation"), Wording(zh="学习记录", en="Records"),
    Wording(zh="文件", en="Files"), Wording(zh="评分", en="Marks"), Wording(zh="成绩单", en="Score sheets"),
)  # fmt: skip


@person.command(
    "show",
    help=text(
        "按编号或手机号查一个人，保存了哪些信息。",
        "Look somebody up, by number or phone: what is kept about them.",
    ),
)
def show(
    said: Annotated[
        str,
        typer.Argument(
            metavar=text("编号或手机号", "NUMBER|PHONE"),
            help=text("身份证号、教师编号或手机号", "An ID number, a teacher number or a phone"),
        ),
    ],
    json: AsJson = False,
) -> None:
    with reading(database_within()) as session:
        found = known_as(session, said)
    if json:
        as_json([asdict(one) for one in found])
        return
    for one in found:
        _tell(one)


def _tell(one: Known) -> None:
    lines(
        say(WHO(name=one.name, number=one.number)),
        say(REACHED(phone=one.phone or "—", email=one.email or "—")),
    )
    rows = [
        [part.programme, part.cohort, part.role, part.status, part.organisation, part.records, part.files, part.marks, part.sheets]
        for part in one.parts
    ]  # fmt: skip
    table([say(heading) for heading in HEADINGS], rows)


@person.command(
    "erase",
    help=text(
        "删除一个人的个人信息：编号、姓名、联系方式、所交的文件和文字。成绩和决定留下，封存不变。不能撤回。",
        "Erase a person's data: number, name, contacts, the files and texts handed in. Scores and decisions stay, and every "
        "seal. It cannot be taken back.",
    ),
)
def erase_one(
    *, person: OfPerson, reason: Reason, name: Name, document: Document = None, json: AsJson = False
) -> None:
    def whom(session: Session) -> list[int]:
        found = person_numbered(session, person, "--person")
        require_person(session, found)
        return [found]

    _erase(database_within(), whom, reason, name, document, json)


@person.command(
    "expire",
    help=text(
        "保存期满：删除所有班级都在某日以前结束的人的个人信息。不加 --commit 只说有多少人。",
        "Retention is over: erase the data of everybody whose every cohort was over before a day. Without --commit it says how "
        "many they are.",
    ),
)
def expire(
    *,
    before: Annotated[
        str, typer.Option(metavar=A_TIME, help=text("哪一天以前结束的", "Over before which day"))
    ],
    reason: Reason,
    name: Name,
    document: Document = None,
    commit: Annotated[bool, typer.Option("--commit", help=text("真的删除", "Erase them"))] = False,
    json: AsJson = False,
) -> None:
    instant = starting(before, settings().zoneinfo, "--before")
    if commit:
        _erase(database(), lambda session: those_over(session, instant), reason, name, document, json)
        return
    with reading(database()) as session:
        count = len(those_over(session, instant))
    as_json({"people": count, "before": instant}) if json else lines(say(WOULD(count=count, before=before)))


def _erase(
    engine: Engine,
    whom: Callable[[Session], Sequence[int]],
    reason: str,
    name: str,
    document: str | None,
    json: bool,
) -> None:
    """The files themselves go when the database has let go of them; what an earlier time left behind goes too."""
    at = now()
    with transaction(engine) as session:
        erased = erase(session, whom(session), Decision(reason, name, at, at, document=document))
    with reading(engine) as session:
        contents = throw_away(settings().files, leftovers(session))
    facts = {**erased._asdict(), "contents": contents}
    as_json(facts) if json else lines(say(ERASED(**facts)))
