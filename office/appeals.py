"""`yanxiu appeal`, `yanxiu revoke`: sealed results that a person appeals against, or that are taken away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Wording, refuse
from calendars.quantities import shown as quantity
from calendars.spoken_times import ending, happened, not_to_come, shown, shown_end
from exchange.appeal_sheets import write_appeals
from models.database import reading, transaction
from models.work import Enrolment
from office.answers import as_json, lines, table
from office.appeal_facts import facts_of, late_facts_of, late_row
from office.decisions import END, At, Document, Name, Reason
from office.options import A_TIME, AsJson, OfPerson, Out, Programme
from office.outputs import check_free, tell_exported
from office.place import database, database_within
from office.typed import at_the_desk
from office.words import locale, say, text
from workflows import appealing
from workflows.appealing import STATES, OneAppeal, appeals, called, late_of, open_until
from workflows.correcting import standing_entry
from workflows.known import assessment_named, calendar_named, enrolments_numbered
from workflows.publishing import newest_edition
from workflows.resolving import Decision
from workflows.scopes import require_enrolment

app = typer.Typer()
appeal = typer.Typer(
    help=text("申诉：提出、受理、两人决定", "Appeals: filed, taken up, decided by two"), no_args_is_help=True
)
app.add_typer(appeal, name="appeal")

FILED = Wording(
    zh="申诉 {id}：{person}（{cohort}）“{assessment}”已提出，期限到 {until}",
    en="appeal {id}: {person} ({cohort}), {assessment}; filed, the window closes at {until}",
)
MOVED = Wording(zh="申诉 {id}：{state}", en="appeal {id}: {state}")
CORRECTED = Wording(
    zh="申诉 {id} 成立：{before}，{was}，更正为 {after}，{now}；两次都已封存",
    en="appeal {id} is granted: {before}, {was}, is corrected to {after}, {now}; both entries are sealed",
)
REVOKED = Wording(
    zh="{person}（{cohort}）“{assessment}”：{result}", en="{person} ({cohort}), {assessment}: {result}"
)
NO_APPEALS = Wording(zh="没有申诉", en="no appeals")
STEP = Wording(zh="{at} {act}：{name}，{reason}", en="{at} {act} by {name}, because: {reason}")
BY_ITSELF = Wording(zh="{at} {act}", en="{at} {act}")
LATE = Wording(
    zh="迟到而没有计入的（可用 --admit 准予）：", en="late, and not counted (--admit lets it count):"
)
NONE_LATE = Wording(zh="没有迟到的记录", en="nothing came late")
NOT_ASSESSED = Wording(
    zh="{person} 没有“{assessment}”的已锁定成绩", en="{person} has no sealed result of {assessment}"
)
OPEN_UNTIL = Wording(zh="本人可在 {until} 前申诉", en="an appeal against it may be filed before {until}")
BEFORE_LOCK = Wording(zh="锁定时按“{result}”封存", en="it will be sealed as {result}")
GIVEN_BACK = Wording(zh="决定成立，恢复结果", en="granted, the result given back")
ACTS = {
    "file": Wording(zh="提出", en="filed"),
    "take_up": Wording(zh="受理", en="taken up"),
    "grant": Wording(zh="决定成立", en="granted"),
    "refuse": Wording(zh="决定不成立", en="refused"),
    "withdraw": Wording(zh="撤回", en="withdrawn"),
    "extend": Wording(zh="延长期限", en="given more time"),
    "fall_due": Wording(zh="到期没有决定", en="not decided in time"),
}

OfAssessment = Annotated[
    str,
    typer.Option(
        metavar=text("考核", "ASSESSMENT"), help=text("考核的代号或名称", "The assessment's id or name")
    ),
]
Number = Annotated[
    int,
    typer.Argument(
        metavar=text("编号", "ID"),
        help=text("申诉的编号，见 yanxiu appeal list", "The appeal's number, see yanxiu appeal list"),
    ),
]
Second = Annotated[
    str,
    typer.Option(
        metavar=text("姓名", "NAME"), callback=at_the_desk.says,
        help=text("第二个决定的操作员，须与 --name 不同", "The second operator who decides, not the same as --name"),
    ),
]  # fmt: skip

SecondAfterTheLock = Annotated[
    str,
    typer.Option(
        metavar=text("姓名", "NAME"), callback=at_the_desk.says,
        help=text("第二个决定的操作员，锁定后必填", "The second operator who decides, needed after the lock"),
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What every step says: of which programme, why, by whom, when."""

    programme: str
    reason: str
    name: str
    document: str | None
    at: str | None

    def decision(self, session: Session) -> tuple[Decision, ZoneInfo]:
        zone = calendar_named(session, self.programme).zoneinfo
        at = not_to_come(happened(self.at, zone, "--at"), zone, "--at")
        return Decision(self.reason, self.name, at, now(), document=self.document), zone

    def one(self, session: Session, appeal_id: int) -> OneAppeal:
        return _one(session, self.programme, appeal_id)

    def move(self, appeal_id: int, act: Callable[[Session, int, Decision], object], json: bool) -> None:
        with transaction(database_within()) as session:
            by, _ = self.decision(session)
            self.one(session, appeal_id)
            act(session, appeal_id, by)
            found = self.one(session, appeal_id)
        if json:
            as_json(facts_of(found))
        else:
            lines(say(MOVED(id=found.id, state=STATES[found.state]())))


@appeal.command(
    "file", help=text("提出申诉，在锁定后规定的期限内。", "File an appeal, within the window after the lock.")
)
def file(
    *, programme: Programme, person: OfPerson, assessment: OfAssessment, reason: Reason, name: Name,
    document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    with transaction(database_within()) as session:
        by, zone = Said(programme, reason, name, document, at).decision(session)
        wanted = assessment_named(session, programme, assessment)
        enrolment, cohort = _assessed(session, programme, person, wanted)
        made = appealing.file_appeal(session, enrolment, wanted, by)
        calendar = calendar_named(session, programme)
        one = _one(session, programme, made.id or 0)
        told = FILED(
            id=made.id,
            person=person,
            cohort=cohort,
            assessment=called(calendar, wanted),
            until=shown_end(one.open_until, zone),
        )
        facts = facts_of(one) | {"until": one.open_until}
    as_json(facts) if json else lines(say(told))


@appeal.command("take-up", help=text("受理申诉。", "Take an appeal up."))
def take_up(
    *, appeal_id: Number, programme: Programme, reason: Reason, name: Name, document: Document = None, at: At = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    Said(programme, reason, name, document, at).move(appeal_id, appealing.take_up, json)


@appeal.command("withdraw", help=text("撤回申诉。", "Take an appeal back."))
def withdraw(
    *, appeal_id: Number, programme: Programme, reason: Reason, name: Name, document: Document = None, at: At = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    Said(programme, reason, name, document, at).move(appeal_id, appealing.withdraw, json)


@appeal.command(
    "extend",
    help=text(
        "延长决定的期限；因逾期没有决定而卡住的，随即消除。",
        "Give whoever decides until later; what was stuck because it was not decided in time is so no more.",
    ),
)
def extend(
    *, appeal_id: Number, programme: Programme,
    to: Annotated[str, typer.Option(metavar=A_TIME, help=text("最迟到；", "Until when; ") + END)],
    reason: Reason, name: Name, document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    def act(session: Session, number: int, by: Decision) -> object:
        until = ending(to, calendar_named(session, programme).zoneinfo, "--to")
        return appealing.extend(session, number, until, by)

    Said(programme, reason, name, document, at).move(appeal_id, act, json)


@appeal.command("refuse", help=text("两人决定申诉不成立。", "Two decide that the appeal does not stand."))
def refuse_it(
    *, appeal_id: Number, programme: Programme, reason: Reason, name: Name, second_name: Second,
    document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    said = Said(programme, reason, name, document, at)
    said.move(
        appeal_id, lambda session, number, by: appealing.refuse_appeal(session, number, by, second_name), json
    )


@appeal.command(
    "grant",
    help=text(
        "两人决定申诉成立：准予迟到的记录计入，或恢复被取消的结果，重新计算，在原来的成绩旁边封存新的一次。",
        "Two decide that the appeal stands: late records count, or a result that was taken away is given back; it is scored "
        "again and sealed beside the old one.",
    ),
)
def grant(  # noqa: PLR0913
    *, appeal_id: Number, programme: Programme, reason: Reason, name: Name, second_name: Second,
    admit: Annotated[
        list[str] | None,
        typer.Option(metavar=text("记录", "RECORD"), help=text("只准予这条记录，可写几次；不写就是列出的全部", "This record alone, may be repeated; without it all that are listed")),
    ] = None,
    give_back: Annotated[
        bool,
        typer.Option("--give-back", help=text("恢复被取消的结果；不另写 --admit，就不计入迟到的记录", "Give back a result that was taken away; late records count only where --admit names them")),
    ] = False,
    document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    said = Said(programme, reason, name, document, at)
    with transaction(database_within()) as session:
        by, _ = said.decision(session)
        before = said.one(session, appeal_id)
        old = standing_entry(session, before.enrolment_id, before.assessment)
        appealing.grant(session, appeal_id, by, second_name, admit or [], give_back=give_back)
        new = standing_entry(session, before.enrolment_id, before.assessment)
        facts = facts_of(said.one(session, appeal_id))
    assert old is not None
    assert new is not None
    if json:
        as_json(facts | {"before": quantity(old.total), "after": quantity(new.total), "result": new.result})
    else:
        figures = {
            "before": quantity(old.total),
            "was": old.result,
            "after": quantity(new.total),
            "now": new.result,
        }
        lines(say(CORRECTED(id=appeal_id, **figures)))


@appeal.command(
    "list",
    help=text(
        "列出申诉：在哪一步，最迟何时决定，改变了什么。写 --out 则写成表格。",
        "List the appeals: where each stands, by when it is to be decided, what came of it. With --out as a workbook.",
    ),
)
def listed(programme: Programme, out: Out = None, json: AsJson = False) -> None:
    check_free(out)
    with reading(database()) as session:
        calendar = calendar_named(session, programme)
        found = appeals(session, newest_edition(session, programme).programme_id, programme)
        if out is not None:
            write_appeals(session, calendar, found, out, locale(), now())
    if out is not None:
        tell_exported(out, len(found), json=json, appeals=len(found))
    elif json:
        as_json([facts_of(one) for one in found])
    elif not found:
        lines(say(NO_APPEALS))
    else:
        headings = [
            text("编号", "ID"), text("人员编号", "Number"), text("姓名", "Name"), text("班级", "Cohort"),
            text("考核", "Assessment"), text("可提出到", "Open until"), text("提出", "Filed"),
            text("最迟决定", "Decide by"), text("状态", "State"),
        ]  # fmt: skip
        zone = calendar.zoneinfo
        rows = [
            (
                one.id, one.number, one.person, one.cohort, called(calendar, one.assessment),
                shown_end(one.open_until, zone), shown(one.steps[0].effective_at, zone), shown_end(one.decide_by, zone), say(STATES[one.state]()),
            )
            for one in found
        ]  # fmt: skip
        table(headings, rows)


@appeal.command(
    "show",
    help=text("一件申诉的每一步，和可以准予计入的迟到记录。", "Each step of one appeal, and what came late."),
)
def show(appeal_id: Number, programme: Programme, json: AsJson = False) -> None:
    with reading(database_within()) as session:
        zone = calendar_named(session, programme).zoneinfo
        found = _one(session, programme, appeal_id)
        late = late_of(session, found, now())
    if json:
        as_json(facts_of(found) | {"late": [late_facts_of(fact) for fact in late]})
        return
    lines(f"{found.id}  {found.number} {found.person}  {found.cohort}  {say(STATES[found.state]())}")
    if found.open_until is not None:
        lines(say(OPEN_UNTIL(until=shown_end(found.open_until, zone))))
    for step in found.steps:
        names = [*filter(None, (step.name, step.second_name))]
        act = GIVEN_BACK() if step.given_back else ACTS[step.act]()
        facts = {"at": shown(step.effective_at, zone), "act": act}
        lines(say(STEP(**facts, name=names, reason=step.reason) if names else BY_ITSELF(**facts)))
    lines(say(LATE) if late else say(NONE_LATE))
    headings = [
        text("记录", "Record"),
        text("任务", "Task"),
        text("数量", "Amount"),
        text("发生", "Happened"),
        text("收到", "Received"),
    ]
    if late:
        table(headings, [late_row(fact, zone) for fact in late])


@app.command(
    help=text(
        "取消一个人的考核结果。锁定前凭一人决定，按“取消”封存；锁定后须两人签名，在原来的成绩旁边封存新的一次。",
        "Take a person's result away. Before the lock one name is enough; after it two are needed, and a new entry is "
        "sealed beside the old one.",
    )
)
def revoke(  # noqa: PLR0913
    *, programme: Programme, person: OfPerson, assessment: OfAssessment, reason: Reason, name: Name,
    second_name: SecondAfterTheLock = "",
    document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    with transaction(database_within()) as session:
        by, _ = Said(programme, reason, name, document, at).decision(session)
        wanted = assessment_named(session, programme, assessment)
        enrolment, cohort = _assessed(session, programme, person, wanted, sealed=False)
        appealing.revoke(session, enrolment, wanted, by, second_name)
        calendar = calendar_named(session, programme)
        called_so = calendar.assessment(wanted).results.revoked
        standing = standing_entry(session, enrolment, wanted)
        facts = {"person": person, "cohort": cohort, "assessment": called(calendar, wanted)}
        result = standing.result if standing else BEFORE_LOCK(result=called_so)
        until = open_until(calendar, wanted, standing)
    if json:
        as_json(facts | {"result": result, "sealed": standing is not None, "appeal_until": until})
        return
    lines(say(REVOKED(**facts, result=result)))
    if until is not None:
        lines(say(OPEN_UNTIL(until=shown_end(until, calendar.zoneinfo))))


def _assessed(
    session: Session, slug: str, number: str, assessment: str, sealed: bool = True
) -> tuple[int, str]:
    """The enrolment of a person that an assessment is about: with a sealed result, or the one whose role it is of, in the
    cohort to which the person was transferred last."""
    found = enrolments_numbered(session, slug, number)
    for enrolment, cohort in found:
        if standing_entry(session, enrolment, assessment) is not None:
            return enrolment, cohort
    calendar = calendar_named(session, slug)
    if sealed:
        raise refuse(NOT_ASSESSED(person=number, assessment=called(calendar, assessment)), "--assessment")
    rows = {one: session.get_one(Enrolment, one[0]) for one in found}
    roles = calendar.assessment(assessment).of
    meant = [one for one, row in rows.items() if row.role in roles and row.status != "transferred"]
    return [*meant, *found][0]


def _one(session: Session, slug: str, appeal_id: int) -> OneAppeal:
    found = appeals(session, newest_edition(session, slug).programme_id, slug, appeal_id)
    if not found:
        raise refuse(appealing.NO_APPEAL(id=appeal_id))
    require_enrolment(session, found[0].enrolment_id)
    return found[0]
