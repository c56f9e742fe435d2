"""`yanxiu reminders send`, `preview`, `check`: letters sent now, seen beforehand, and the office's own texts tried."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Annotated, Any

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Wording, refuse
from calendars.spoken_times import starting
from exchange.channel_settings import mail_sender
from exchange.letter_checks import check_texts
from exchange.letter_writing import LetterWriter
from flows.faults import record
from flows.letters_told import WAYS, outcome
from flows.post_office import office_sender
from models.database import reading
from office.answers import as_json, lines, table
from office.exits import Ends
from office.options import AsJson, OfProgramme
from office.place import database, settings
from office.reminders import reminders
from office.words import locale, say, text
from workflows.known import refuse_unknown
from workflows.letters import Letter
from workflows.previewing import preview as letters_of
from workflows.publishing import newest_calendar
from workflows.resuming import sending_is_off

IN_THE_PAST = Wording(
    zh="{day} 已经过去，只能预看今天或以后", en="{day} is over; today or a later day can be seen"
)
NOBODY = Wording(zh="{day} 没有要发出的提醒", en="nobody would get a letter on {day}")
IN_ALL = Wording(zh="{day}：{count}封", en="{day}: {count:letter|letters}")
AND_MORE = Wording(zh="……还有{count}封，--json 列出全部", en="… and {count} more; --json lists all")
TEXTS_FINE = Wording(zh="文字没有问题：{folder}", en="no problems in the texts: {folder}")
OURS = Wording(zh="没有自己的文字，用程序自带的", en="no texts of the office's own; the program's are used")
MOST = 200  # rows of a table that a person looks through
FARTHEST = timedelta(days=60)
TOO_FAR = Wording(zh="{day} 太远，最多预看{days}天", en="{day} is too far away; {days} days at most")


@reminders.command(
    help=text(
        "发出到期的提醒：每人每天每个渠道一封。没有设置邮件服务器时写入 YANXIU_HOME/mail 文件夹（Maildir）。\n\n"
        "退出码3：有渠道不通，或从备份恢复后还没有人看过（见 reminders resume）；提醒都还在，之后按顺序发出。",
        "Send the reminders that are due: one letter a person, a day and a channel. Without a mail server they go into the "
        "folder YANXIU_HOME/mail, a Maildir.\n\nExit code 3: a channel is down, or nobody has looked since a backup was restored (see reminders resume); nothing is lost, and it is sent in its order.",
    )
)
def send(json: AsJson = False) -> None:
    engine = database()
    with reading(engine) as session:
        off = sending_is_off(session)
    if off is not None:
        if json:
            as_json({"off": off})
        else:
            print(say(off), file=sys.stderr)
        raise typer.Exit(Ends.ATTENTION)
    done = office_sender(settings(), engine).send_due()
    if json:
        as_json(
            {
                "letters": done.made,
                "outcomes": done.outcomes,
                "programmes": [
                    {"way": way, "programme": programme, "outcome": end, "letters": count}
                    for (way, programme, end), count in sorted(done.by_programme.items())
                ],
                "perhaps_twice": done.uncertain,
                "down": {way: why.text(locale()) for way, why in done.down.items()},
            }
        )
    else:
        lines(say(outcome(done)))
    for fault in done.faults:
        record(fault.trace)
    if done.down or done.faults:
        raise typer.Exit(Ends.ATTENTION)


@reminders.command(
    help=text(
        "哪一天谁会收到什么提醒，按到那时没有人再做任何事来算；什么都不发出，也什么都不改变。",
        "Who would get which reminders on a day, if nobody does anything until then. Nothing is sent and nothing changes.",
    )
)
def preview(
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar=text("日期", "DAY"),
            help=text("哪一天，默认今天", "Which day; by default today"),
        ),
    ] = None,
    programme: OfProgramme = None,
    whole: Annotated[bool, typer.Option("--text", help=text("打印全文", "Print what each says"))] = False,
    json: AsJson = False,
) -> None:
    zone, at = settings().zoneinfo, now()
    day = (at if as_of is None else starting(as_of, zone, "--as-of")).astimezone(zone).date()
    today = at.astimezone(zone).date()
    if day < today:
        raise refuse(IN_THE_PAST(day=day), "--as-of")
    if day - today > FARTHEST:
        raise refuse(TOO_FAR(day=day, days=FARTHEST.days), "--as-of")
    with Session(database()) as session:
        refuse_unknown(session, programme)
        named = programme and newest_calendar(session, programme)
        found = [
            letter for letter in letters_of(session, day, at, zone)
            if not named or named.name in letter.programmes
        ]  # fmt: skip
        session.rollback()
    writer = _writer()
    if json:
        as_json([_facts(writer, letter) for letter in found])
    elif not found:
        lines(say(NOBODY(day=day)))
    elif whole:
        lines(*(f"{letter.name} <{letter.address}>\n{writer.words(letter).text}\n" for letter in found))
    else:
        _print(writer, found)
        lines(say(IN_ALL(day=day, count=len(found))))


def _writer() -> LetterWriter:
    office = settings()
    return LetterWriter(office.letter_texts, locale(), mail_sender(office.mail_from, office.mail_reply_to))


def _print(writer: LetterWriter, found: list[Letter]) -> None:
    table(
        [text("收件人", "To"), text("地址", "Address"), text("渠道", "Way"), text("主题", "Subject")],
        [
            (
                one.name,
                "" if one.way == "chat" else one.address,
                say(WAYS[one.way]()),
                writer.words(one).subject,
            )
            for one in found[:MOST]
        ],
    )
    if len(found) > MOST:
        lines(say(AND_MORE(count=len(found) - MOST)))


def _facts(writer: LetterWriter, letter: Letter) -> dict[str, Any]:
    """The address of a robot holds a secret and is not shown."""
    words = writer.words(letter)
    return {
        "reader": letter.reader, "name": letter.name, "address": None if letter.way == "chat" else letter.address,
        "way": letter.way, "subject": words.subject, "text": words.text or words.chat,
    }  # fmt: skip


@reminders.command(
    help=text(
        "检查本单位自己的提醒文字（YANXIU_HOME/letters/zh、en）：语法、不认识的变量，用各种样例试写一遍。有问题时退出码为1。",
        "Check the office's own texts of reminders (YANXIU_HOME/letters/zh and en): their syntax, unknown variables, and by "
        "writing every kind of letter once. Exit code 1 if there are problems.",
    )
)
def check(json: AsJson = False) -> None:
    folder = settings().letter_texts
    problems = check_texts(folder if folder.is_dir() else None)
    if json:
        as_json([{"where": problem.where, "message": problem.message} for problem in problems])
    elif problems:
        lines(*(problem.text(locale()) for problem in problems))
    else:
        lines(say(TEXTS_FINE(folder=folder)) if folder.is_dir() else say(OURS))
    if problems:
        raise typer.Exit(Ends.PROBLEMS)
