"""`yanxiu contact import`, `template`, `list`: where organisations and the chat groups of cohorts are reached."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from calendars.clock import now
from calendars.messages import Problem, Refused, Wording
from exchange.contact_columns import CONTACT_COLUMNS, SHEET
from exchange.contact_sheets import REFUSED, ContactShown, contacts_shown, write_contacts
from exchange.contacts import read_contacts
from exchange.plans import Proposal, carry_out
from exchange.templates import write_form
from models.database import reading, transaction
from office.answers import as_json, lines, table
from office.intake import RULES, Files, Preview, tell_taken
from office.options import AsJson, Out
from office.outputs import check_free, tell_exported, tell_written
from office.place import database
from office.words import locale, say, text

app = typer.Typer()
contact = typer.Typer(
    help=text(
        "联系方式：单位的邮箱、班级群的机器人", "Contacts: addresses of organisations, robots of chat groups"
    ),
    no_args_is_help=True,
)
app.add_typer(contact, name="contact")

NOBODY = Wording(
    zh="还没有联系方式。空白表格见 contact template，单位一览见 contact list --all",
    en="there are no contacts yet. `contact template` writes the sheet to fill in, `contact list --all` lists who may have one",
)


@contact.command(
    "import",
    help=text(
        "导入联系方式，一行一个单位，或一个班级的群。空着的格子保持原样，“无”取消原有的。群机器人的地址里有密钥，任何地方都不显示全文。",
        "Import contacts, a row for each organisation or group of a cohort. An empty cell leaves what is there, `none` takes "
        "it away. A robot's address holds its secret and is never shown whole.",
    )
    + RULES,
)
def take(files: Files, preview: Preview = False, json: AsJson = False) -> None:
    found: list[Proposal] = []
    problems: list[Problem] = []
    with transaction(database()) as session:
        for file in files:
            at = now()
            try:
                found.append(read_contacts(session, file, at))
                carry_out(session, found[-1], at)
            except Refused as refused:
                problems += refused.problems
        if problems:
            raise Refused(problems)
        if preview:
            session.rollback()
    tell_taken(found, preview=preview, json=json)


@contact.command("template", help=text("生成要填写的空白表格。", "Write the workbook to fill in."))
def template(
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help=text("写到哪个文件", "The file to write"))],
    json: AsJson = False,
) -> None:
    check_free(out)
    out.touch()  # says why, if it cannot be written
    write_form(SHEET, CONTACT_COLUMNS, out, locale())
    tell_written(out, json=json)


@contact.command(
    "list",
    help=text(
        "列出联系方式。写 --out 则写成表格，可以再导入；群机器人的地址是遮住的，再导入时保持原样。",
        "List the contacts. With --out as a workbook, which can be imported: addresses of robots are masked there, and left as "
        "they are by an import.",
    ),
)
def listed(
    everybody: Annotated[
        bool,
        typer.Option(
            "--all",
            help=text(
                "还没有联系方式的单位和班级也列出", "Also organisations and cohorts that have none yet"
            ),
        ),
    ] = False,
    out: Out = None,
    json: AsJson = False,
) -> None:
    check_free(out)
    with reading(database()) as session:
        found = contacts_shown(session, also_missing=everybody)
    if out is not None:
        write_contacts(found, out, locale())
        tell_exported(out, len(found), json=json, contacts=len(found))
    elif json:
        as_json([asdict(one) for one in found])
    elif not found:
        lines(say(NOBODY))
    else:
        table([say(column.name) for column in CONTACT_COLUMNS], [_cells(one) for one in found])


def _cells(one: ContactShown) -> list[str]:
    *cells, refused = asdict(one).values()
    return [*(cell or "" for cell in cells), say(REFUSED) if refused else ""]
