"""`yanxiu reminders unsubscribe`: who does not want what is not obligatory."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from calendars.clock import now
from calendars.messages import Problem, Refused, Wording
from exchange.unsubscribe_mails import Unsubscriptions, token_of
from models.database import transaction
from office.answers import as_json, lines
from office.options import AsJson
from office.place import database
from office.reminders import reminders
from office.words import say, text
from workflows.unsubscribing import Token, Unsubscribed
from workflows.unsubscribing import unsubscribe as note

STDIN = Path("-")
EITHER = Wording(zh="请写信的编号，或 --mail", en="say the keys of letters, or --mail")
NOBODY = Wording(zh="没有新的退订邮件", en="no new mail unsubscribes")
DONE = {
    (True, True): Wording(
        zh="{name}（{number}）：已退订。必须完成的仍会提醒",
        en="{name} ({number}): unsubscribed. What is obligatory is reminded of still",
    ),
    (True, False): Wording(
        zh="{name}（{number}）：早已退订", en="{name} ({number}): had unsubscribed before"
    ),
    (False, True): Wording(
        zh="{name}（{number}）：重新接收全部提醒", en="{name} ({number}): gets all reminders again"
    ),
    (False, False): Wording(
        zh="{name}（{number}）：没有退订过", en="{name} ({number}): had not unsubscribed"
    ),
}


@reminders.command(
    "unsubscribe",
    help=text(
        "退订：此人不再收到可有可无的提醒（如每周的进度），必须完成的照旧。编号在每封信的退订地址里；收到的退订邮件用 --mail。",
        "Unsubscribe: the person gets no more reminders that are not obligatory, such as of the weekly pace. A letter's key "
        "stands in its address to unsubscribe; for mails that came back use --mail.",
    ),
)
def unsubscribe(
    tokens: Annotated[
        list[str] | None,
        typer.Argument(metavar=text("编号…", "TOKEN…"), help=text("信的编号", "The keys of letters")),
    ] = None,
    mail: Annotated[
        Path | None,
        typer.Option(
            metavar=text("文件", "FILE"),
            help=text(
                "退订邮件：一个文件，- 为标准输入，或 Maildir 文件夹（看过的标为已读）",
                "The mail that unsubscribes: a file, - for the standard input, or a Maildir, whose mails are marked as seen",
            ),
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help=text("取消退订", "Take it back: subscribe again"))
    ] = False,
    json: AsJson = False,
) -> None:
    if bool(tokens) == (mail is not None):
        raise typer.TyperException(say(EITHER))
    if mail is not None and mail.is_dir():
        _from_folder(Unsubscriptions(mail), again=again, json=json)
        return
    found = [Token(token.strip()) for token in tokens or []]
    if mail is not None:
        content = sys.stdin.buffer.read() if mail == STDIN else mail.read_bytes()
        found = [token_of(content, str(mail))]
    with transaction(database()) as session:
        done = note(session, found, now(), again=again)
    _tell(done, json=json)


def _from_folder(mails: Unsubscriptions, *, again: bool, json: bool) -> None:
    """Each mail by itself: one that names no letter keeps nobody else from it, and is told once."""
    tokens, done = mails.tokens(), list[Unsubscribed]()
    problems: list[Problem] = []
    for token in tokens:
        try:
            with transaction(database()) as session:
                done += note(session, [token], now(), again=again)
        except Refused as refused:
            problems += refused.problems
    mails.mark_seen(tokens)
    _tell(done, json=json)
    if problems:
        raise Refused(problems)


def _tell(done: list[Unsubscribed], *, json: bool) -> None:
    if json:
        as_json([asdict(one) for one in done])
        return
    lines(*(say(DONE[one.unsubscribed, one.changed](name=one.name, number=one.number)) for one in done))
    if not done:
        lines(say(NOBODY))
