"""`yanxiu reminders unreachable`: who cannot be reached, and who is told instead."""

from __future__ import annotations

from dataclasses import asdict

import typer

from calendars.messages import Wording
from exchange.unreachable_pages import unreachable_pages, write_unreachable
from models.database import reading
from office.answers import as_json, lines, table
from office.exits import Ends
from office.options import AsJson, OfProgramme, Out
from office.outputs import check_free, tell_exported
from office.place import database
from office.reminders import reminders
from office.words import locale, say, text
from workflows.known import refuse_unknown
from workflows.unreachable import Unreachable
from workflows.unreachable import unreachable as find

EVERYBODY = Wording(
    zh="人人都能收到提醒，要告知的单位都有联系方式",
    en="everybody can be reached, and every organisation that is told has a contact",
)
COUNTED = Wording(
    zh="收不到提醒的{people}人；没有联系方式的单位{organisations}个，其中{nobody}个上级也没有。补上邮箱用 roster import，单位用 contact import",
    en="{people:person is|people are} not reached; {organisations:organisation has|organisations have} no contact, of which "
    "{nobody} have none above them either. Addresses come by roster import, those of organisations by contact import",
)


@reminders.command(
    "unreachable",
    help=text(
        "谁收不到提醒：在训而没有可用的邮箱、班级也没有群的人，和应被告知而没有联系方式的单位；各改为告知哪个上级。"
        "只看还没有结束的班级。\n\n退出码3：有人收不到，或有单位一直到最上级都没有联系方式。",
        "Who cannot be reached: people taking part who have no usable address and whose cohort has no group, and organisations "
        "that would have to be told and have no contact; and who above is told instead. Of cohorts that are not over.\n\n"
        "Exit code 3: somebody is not reached, or an organisation has no contact up to the top.",
    ),
)
def unreachable(programme: OfProgramme = None, out: Out = None, json: AsJson = False) -> None:
    check_free(out)
    with reading(database()) as session:
        refuse_unknown(session, programme)
        found = find(session, programme)
    if out is not None:
        write_unreachable(found, out, locale())
        counts = {"people": len(found.people), "organisations": len(found.organisations)}
        tell_exported(out, sum(counts.values()), json=json, **counts)
    elif json:
        as_json(asdict(found))
    else:
        _print(found)
    if found.asks_for_somebody:
        raise typer.Exit(Ends.ATTENTION)


def _print(found: Unreachable) -> None:
    if not (found.people or found.organisations):
        lines(say(EVERYBODY))
        return
    for page in unreachable_pages(found, locale()):
        rows = [[str(cell) for cell in row] for row in page.rows]
        if rows:
            table(page.headings, rows, title=page.name)
    nobody = sum(one.told is None for one in found.organisations)
    counts = {"people": len(found.people), "organisations": len(found.organisations)}
    lines(say(COUNTED(nobody=nobody, **counts)))
