"""`yanxiu filing list`, `show`, `import`, `export`, `print`: where cases stand, and the office's sheets of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.filings import Filing
from calendars.messages import Refused, Wording, joined, refuse
from calendars.quantities import shown as shown_figure
from calendars.spoken_times import shown, shown_end
from exchange.filing_sheets import printed, write_cases
from exchange.filing_subjects import subjects
from exchange.keeping import check_kept, path_of
from models.database import reading
from office.answers import as_json, lines, table
from office.filing_acts import NO_CASE, OfFiling, case_numbered, desk_of, group
from office.intake import imports
from office.options import AsJson, Programme
from office.outputs import check_free, tell_exported
from office.place import database_within, settings
from office.words import locale, say, text
from workflows.filing_acts import ACTS, Desk
from workflows.filing_cases import Attached
from workflows.filing_fields import as_text
from workflows.filing_lists import CaseSeen, QuotaSeen, StepSeen, quotas_seen, seen
from workflows.known import filing_named
from workflows.scopes import require_organisation, require_place

app = typer.Typer()
app.add_typer(group, name="filing")

CASE, FILING, WHOSE = Wording("件号", "case"), Wording("上报", "filing"), Wording("谁的", "whose")
AT, STATE = Wording("单位", "organisation"), Wording("状态", "state")
STANDS_AT, UNTIL = Wording("环节", "link"), Wording("截止", "until")
LINK, MOST, OF = Wording("环节", "link"), Wording("名额", "quota"), Wording("本级件数", "of its")
PASSED_ON, LEFT = Wording("已上报", "passed on"), Wording("还可上报", "left")
ACT, WHEN, NAME, REASON = (
    Wording("办理", "act"),
    Wording("时间", "at"),
    Wording("姓名", "name"),
    Wording("理由", "reason"),
)
PEERS = Wording("互评均分", "peers' mean")
ATTACHED = Wording("附件", "attachments")
WEEK_OF = Wording(zh="{name}（{week} 起的一周）", en="{name} (week of {week})")
NONE = Wording(zh="没有", en="none")
LAPSE = Wording(zh="逾期", en="lapsed")
EXTEND = Wording(zh="延长", en="extended")
ACCEPT = Wording(zh="接收", en="accepted")
ACTED = ACTS | {"lapse": LAPSE, "extend": EXTEND, "accept": ACCEPT}

AnyFiling = Annotated[
    str | None,
    typer.Option(
        "--filing",
        "-f",
        metavar=text("上报", "FILING"),
        help=text("只看这一项：代号或名称", "This filing alone, by its id or name"),
    ),
]
Under = Annotated[
    str | None,
    typer.Option(
        "--organisation",
        metavar=text("单位", "NAME"),
        help=text("只看这个单位及其下属；重名时连同上级写", "Of this organisation and those below it alone"),
    ),
]


@dataclass(frozen=True)
class Look:
    """What is looked at: some filings of a programme, of everybody or under one organisation."""

    desk: Desk
    filings: Sequence[Filing]
    place: int | None

    @property
    def zone(self) -> ZoneInfo:
        return self.desk.calendar.zoneinfo

    @property
    def kinds(self) -> list[str]:
        return [filing.id for filing in self.filings]

    def cases(self) -> list[CaseSeen]:
        desk = self.desk
        found = seen(desk.session, desk.programme_id, desk.calendar, desk.tree, self.kinds)
        return [case for case in found if self.place is None or case.belongs_to(self.place, desk.tree)]

    def quotas(self) -> list[QuotaSeen]:
        desk = self.desk
        return [*quotas_seen(desk.session, desk.programme_id, desk.calendar, desk.tree, self.kinds)]


def _look(session: Session, programme: str, filing: str | None, organisation: str | None) -> Look:
    """Raises Refused where whoever acts may not look at so much."""
    desk = desk_of(session, programme)
    filings = [filing_named(desk.calendar, filing)] if filing else [*desk.calendar.filings]
    place = None
    if organisation is not None:
        known = subjects(session, desk.programme_id, desk.calendar)
        place = known.any_place_called(organisation, "--organisation")
    require_place(session, place)
    return Look(desk, filings, place)


@group.command(
    "list",
    help=text(
        "每件在哪个环节、等谁、何时截止；逾期的，是哪个环节；谁还没有报；各单位还可上报几件。",
        "Where each case stands, on whom it waits and until when, which link let it lapse, who has not filed, and how many "
        "each organisation may still pass on.",
    ),
)
def show_all(
    programme: Programme, filing: AnyFiling = None, organisation: Under = None, json: AsJson = False
) -> None:
    with reading(database_within()) as session:
        look = _look(session, programme, filing, organisation)
        cases, quotas, zone = look.cases(), look.quotas(), look.zone
        if json:
            as_json({"cases": [_facts(case) for case in cases], "quotas": [_quota(one) for one in quotas]})
            return
    if not cases:
        lines(say(NONE))
        return
    peers = any(case.got is not None for case in cases)
    rows = [
        (
            case.number or "", _named(case), case.whose, "/".join(case.path), say(case.label),
            f"{say(case.stands_at)} {case.holder}", shown_end(case.until, zone), *([str(case.got or "")] if peers else []),
        )
        for case in cases
    ]  # fmt: skip
    headings = (CASE, FILING, WHOSE, AT, STATE, STANDS_AT, UNTIL, *([PEERS] if peers else []))
    table([say(one) for one in headings], rows)
    if quotas:
        table(
            [say(one) for one in (FILING, LINK, AT, OF, MOST, PASSED_ON, LEFT)],
            [
                (one.filing.name, say(one.link), one.organisation, one.quota.of, one.quota.most, one.quota.passed, one.quota.left)
                for one in quotas
            ],
        )  # fmt: skip


@group.command(
    help=text(
        "一件写了什么，每一步由谁、何时、为什么办理。",
        "What a case says, and every step: by whom, when and why.",
    )
)
def show(
    programme: Programme,
    case: Annotated[int, typer.Argument(metavar=text("件号", "CASE"))],
    json: AsJson = False,
) -> None:
    with reading(database_within()) as session:
        desk = desk_of(session, programme)
        require_organisation(session, case_numbered(desk, case).organisation_id)
        look = Look(desk, [*desk.calendar.filings], None)
        found = next((one for one in look.cases() if one.number == case), None)
        if found is None:
            raise refuse(NO_CASE(case=case))
        if json:
            as_json(_facts(found))
            return
    lines(f"{case} {_named(found)} {found.whose} {'/'.join(found.path)}: {say(found.label)}")
    lines(*(f"  {found.filing.fields[key].name}: {as_text(value)}" for key, value in found.fields.items()))
    headings = [say(one) for one in (ACT, LINK, STATE, WHEN, NAME, REASON, ATTACHED)]
    table(headings, [_step_row(step, look.zone) for step in found.steps])
    for one in (attached for step in found.steps for attached in step.attachments):
        lines(f"  {one.name}: {_where(one)}")


def _where(attached: Attached) -> str:
    """Where the file lies, or that it is gone or no longer what it was."""
    try:
        check_kept(settings().files, attached)
    except Refused as refused:
        return "；".join(say(problem.message) for problem in refused.problems)
    return str(path_of(settings().files, attached.sha256))


def _step_row(step: StepSeen, zone: ZoneInfo) -> tuple[str, ...]:
    files = joined((f"{one.name} ({one.size} B)" for one in step.attachments), locale())
    at = shown(step.at, zone)
    return say(ACTED[step.act]), say(step.link), say(step.state), at, step.name, step.reason, files


imports(
    group,
    "filing",
    "从表格报出、通过、退回许多件，一行一件（空白表格见 template filing）。",
    "File, pass or return many cases from a sheet, one row each (template filing writes the sheet to fill in).",
)


Out = Annotated[Path, typer.Argument(metavar="OUT", help=text("写到哪个文件", "The file to write"))]


@group.command(
    help=text(
        "把一项上报写成表格，一行一件；填上办理，可以再导入。",
        "Write a filing's cases as a workbook, one row each; filled in further, it can be imported again.",
    )
)
def export(
    programme: Programme, filing: OfFiling, out: Out, organisation: Under = None, json: AsJson = False
) -> None:
    check_free(out)
    with reading(database_within()) as session:
        look = _look(session, programme, filing, organisation)
        cases = look.cases()
    write_cases(look.desk.calendar, look.filings[0], cases, out, locale())
    tell_exported(out, len(cases), json=json, cases=len(cases))


@group.command(
    "print",
    help=text(
        "把一个单位上报的名单写成网页，留有公章、签字和日期的位置，用浏览器打开即可打印。退回、逾期的不在内。",
        "Write the list that an organisation reports as a web page with room for seal, signature and date, to be printed from "
        "a browser. What was returned or has lapsed is left out.",
    ),
)
def print_list(
    programme: Programme,
    filing: OfFiling,
    organisation: Annotated[
        str, typer.Option(metavar=text("单位", "NAME"), help=text("哪个单位上报的", "Whose list it is"))
    ],
    out: Out,
    json: AsJson = False,
) -> None:
    check_free(out)
    with reading(database_within()) as session:
        look = _look(session, programme, filing, organisation)
        unit, cases = look.desk.tree.nodes[look.place or 0], look.cases()
        page = printed(look.desk.calendar, look.filings[0], unit, cases, locale())
    out.write_text(page, encoding="utf-8")
    tell_exported(out, len(cases), json=json)


def _named(case: CaseSeen) -> str:
    return say(WEEK_OF(name=case.filing.name, week=case.period)) if case.period else case.filing.name


def _facts(case: CaseSeen) -> dict[str, Any]:
    number, name = case.person or (None, None)
    return {
        "case": case.number, "filing": case.filing.id, "week": case.period or None, "organisation": list(case.path),
        "person": number, "name": name, "title": case.title or None, "state": case.state, "tier": case.tier,
        "waits_on": case.holder, "until": case.until, "fields": dict(case.fields),
        "peers": None if case.got is None else {
            "count": case.got.count, "mean": shown_figure(case.got.mean) or None, "grades": dict(case.got.grades),
        },
        "links": [
            {"tier": link.tier, "name": link.name, "organisation": link.organisation, "came_at": link.came_at, "passed_at": link.passed_at}
            for link in case.links
        ],
        "steps": [
            {
                "act": step.act, "link": step.link, "name": step.name, "reason": step.reason, "document": step.document,
                "at": step.at,
                "attachments": [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in step.attachments],
            }
            for step in case.steps
        ],
    }  # fmt: skip


def _quota(one: QuotaSeen) -> dict[str, Any]:
    return {
        "filing": one.filing.id, "week": one.period or None, "link": one.link, "organisation": one.organisation,
        "of": one.quota.of, "most": one.quota.most, "passed": one.quota.passed, "left": one.quota.left,
    }  # fmt: skip
