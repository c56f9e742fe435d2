"""Who acts in a command: the operators whom it names, or the one at the keyboard; and what is kept of it in the access log.

A name is an identification and no more: whoever types it may type another. docs/security.md says what that is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from calendars.clock import now
from calendars.messages import Problem, Refused, Wording, refuse
from flows.accounts import account
from models.database import open_database, reading, transaction
from models.migrating import require_current
from office.typed import at_the_desk
from office.variables import settings
from office.words import locale, text
from workflows import access
from workflows.operators import operator_at

NOBODY_HERE = Wording(
    zh="这台机器的帐户“{account}”不是哪个操作员的。请用 --name 写明操作员，或设置 YANXIU_OPERATOR；登记用 yanxiu operator add 姓名 --account "
    "{account}，数据库还没有操作员的用 yanxiu init",
    en="this machine's account {account!r} is no operator's. Name one by --name or by YANXIU_OPERATOR; one is added by "
    "yanxiu operator add NAME --account {account}, or by yanxiu init where the database has none yet",
)


def names() -> Sequence[str]:
    """The operators whose scope must cover what is done: those named, or the one at the keyboard."""
    return at_the_desk.said or [at_the_keyboard()]


def at_the_keyboard() -> str:
    """The operator whom YANXIU_OPERATOR names, or else the one who uses the machine's account. Raises Refused where there is
    none."""
    office = settings()
    if office.operator:
        return office.operator
    engine = open_database(office.database_url)
    try:
        require_current(engine)
        with reading(engine) as session:
            found = operator_at(session, account())
    finally:
        engine.dispose()
    if found is None:
        raise refuse(NOBODY_HERE(account=account()))
    return found


def _at_the_keyboard_if_any() -> str:
    """Nobody, where none is known: the command says so when it asks for the database, after all that is typed wrongly."""
    try:
        return at_the_keyboard()
    except Refused:
        return ""


def an_operator(zh: str, en: str) -> Any:
    """An option that names an operator; by default the one at the keyboard."""
    return typer.Option(
        metavar=text("姓名", "NAME"),
        help=text(zh + "；默认是这台机器的操作员", en + "; by default the operator at the keyboard"),
        default_factory=_at_the_keyboard_if_any,
        show_default=False,
        callback=at_the_desk.says,
    )


def keep_export(file: Path, rows: int) -> None:
    """Keep in the access log that people's data were written into a file or a folder."""
    engine = open_database(settings().database_url)
    try:
        with transaction(engine) as session:
            access.exported(session, _done("、".join(names())), file.name, rows, now())
    finally:
        engine.dispose()


def keep_shown_in_full() -> None:
    """Keep in the access log that a command shows numbers and phones as they are."""
    engine = open_database(settings().database_url)
    try:
        with transaction(engine) as session:
            access.shown_in_full(session, _done("、".join(names())), now())
    finally:
        engine.dispose()


def keep_refusals(problems: Sequence[Problem]) -> None:
    """Keep in the access log what was refused for its scope, in a transaction of its own."""
    if not [*access.of_scope(problems, locale())]:
        return
    engine = open_database(settings().database_url)
    try:
        with transaction(engine) as session:
            access.refused(session, _done(""), problems, locale(), now())
    finally:
        engine.dispose()


def _done(operator: str) -> access.Done:
    return access.Done(operator, account(), at_the_desk.act, at_the_desk.programme)
