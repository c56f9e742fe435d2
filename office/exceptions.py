"""`yanxiu exception`: what an office decides about one person beside the calendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Message, Wording, refuse
from calendars.quantities import shown as quantity
from calendars.spoken_times import happened, not_to_come, shown, shown_end
from exchange.exception_sheets import write_exceptions
from models.database import reading, transaction
from models.exceptions import PersonException
from office.answers import as_json, lines, table
from office.decisions import At, Document, Name, Reason
from office.intake import imports
from office.options import A_TIME, AsJson, OfPerson, Out, Programme, hundredths
from office.outputs import check_free, tell_exported
from office.place import database, database_within
from office.words import locale, say, text
from workflows import exceptions, transferring
from workflows.exceptions import Prior
from workflows.exceptions_told import Told, exceptions_of
from workflows.known import calendar_named, cohorts_named, enrolments_numbered, task_named
from workflows.person_status import ACTS
from workflows.publishing import newest_edition
from workflows.resolving import Decision
from workflows.transferring import OtherDeadline, other_deadlines

app = typer.Typer()
exception = typer.Typer(
    help=text(
        "对个人的例外：免修、退出、转班、认定以前的学习",
        "Exceptions for one person: exempt, withdrawn, transferred, prior work",
    ),
    no_args_is_help=True,
)
app.add_typer(exception, name="exception")

DONE = Wording(zh="{person}（{cohort}）：{line}", en="{person} ({cohort}): {line}")
LINE = Wording(
    zh="{at} {act}{what}，{names}，理由：{reason}{document}",
    en="{at} {act}{what}, by {names}, because: {reason}{document}",
)
DOCUMENT = Wording(zh="（{document}）", en=" ({document})")
WHAT = Wording(zh="：{what}", en=": {what}")
OTHER_DEADLINE = Wording(
    zh="注意：“{task}”在那个班级 {there} 截止，原来是 {here}",
    en="note: {task} is due at {there} in that cohort; it was {here}",
)
UNDATED = Wording(zh="日期待定", en="a date to be determined")
NONE = Wording(zh="没有例外", en="no exceptions")
WHICH_COHORT = Wording(
    zh="{person} 在几个班级，请用 --cohort 写明：{cohorts}",
    en="{person} is in several cohorts; say which by --cohort: {cohorts}",
)

OfTask = Annotated[
    str, typer.Option(metavar=text("任务", "TASK"), help=text("任务的代号或名称", "The task's id or name"))
]
InCohort = Annotated[
    str | None,
    typer.Option(
        "--cohort",
        "-c",
        metavar=text("班级", "COHORT"),
        help=text("此人在几个班级时写明", "Needed for a person in several cohorts"),
    ),
]
OfItem = Annotated[
    str, typer.Option(metavar=text("项目", "ITEM"), help=text("课程、模块等的名称", "The course or module"))
]

Act = Callable[[Session, int, Decision], PersonException]


def exception_line(one: Told, zone: ZoneInfo) -> str:
    """One exception in a line."""
    amount = None if one.amount is None else quantity(one.amount)
    until = shown_end(one.until, zone)
    named = (one.assessment_name, one.task_name, one.item, amount, one.to_cohort, until)
    what = " ".join(filter(None, named))
    return say(
        LINE(
            at=shown(one.effective_at, zone), act=ACTS[one.kind](), what=WHAT(what=what) if what else "",
            names=one.names, reason=one.reason, document=DOCUMENT(document=one.document) if one.document else "",
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What every exception says: of whom, why, by whom, on which paper, from when on."""

    programme: str
    person: str
    cohort: str | None
    reason: str
    name: str
    document: str | None
    at: str | None
    json: bool

    def decide(self, act: Act) -> None:
        with transaction(database_within()) as session:
            zone = calendar_named(session, self.programme).zoneinfo
            at = not_to_come(happened(self.at, zone, "--at"), zone, "--at")
            by = Decision(self.reason, self.name, at, now(), document=self.document)
            enrolment, cohort = self._meant(session)
            made = act(session, enrolment, by)
            told = next(
                one
                for one in reversed(exceptions_of(session, enrolment_id=enrolment))
                if one.kind == made.kind and one.effective_at == by.effective_at
            )
            line = exception_line(told, zone)
            other = _other_deadlines(session, made, by.effective_at)
        if self.json:
            as_json(facts(told) | {"deadlines": [asdict(one) for one in other]} if other else facts(told))
            return
        lines(
            say(DONE(person=self.person, cohort=cohort, line=line)),
            *(say(_other_deadline(one, zone)) for one in other),
        )

    def _meant(self, session: Session) -> tuple[int, str]:
        found = enrolments_numbered(session, self.programme, self.person)
        if self.cohort is not None:
            cohorts_named(session, self.programme, [self.cohort])
            found = [one for one in found if one[1] == self.cohort] or found
        if len(found) > 1:
            cohorts = [*dict.fromkeys(cohort for _, cohort in found)]
            raise refuse(WHICH_COHORT(person=self.person, cohorts=cohorts), "--cohort")
        return found[0]


def _other_deadlines(session: Session, made: PersonException, at: datetime) -> list[OtherDeadline]:
    """After a transfer, what is due at another instant from now on."""
    if made.to_enrolment_id is None:
        return []
    return other_deadlines(session, made.enrolment_id, made.to_enrolment_id, at)


def _other_deadline(one: OtherDeadline, zone: ZoneInfo) -> Message:
    here, there = (shown_end(at, zone) or UNDATED() for at in (one.here, one.there))
    return OTHER_DEADLINE(task=one.task, here=here, there=there)


def facts(one: Told) -> dict[str, Any]:
    return {
        "kind": one.kind, "number": one.number, "person": one.person, "cohort": one.cohort, "task": one.task,
        "item": one.item, "assessment": one.assessment, "amount": None if one.amount is None else quantity(one.amount),
        "to_cohort": one.to_cohort, "until": one.until, "reason": one.reason, "names": list(one.names), "document": one.document,
        "effective_at": one.effective_at,
    }  # fmt: skip


@exception.command(
    "exempt",
    help=text(
        "免修：既不合格也不不合格。日历列出免修条件的，写明是哪一条；要求学时的，写明已完成多少。",
        "Exempt: neither passed nor failed. Where the calendar lists grounds, say which; where it asks for hours, how many.",
    ),
)
def exempt(  # noqa: PLR0913
    *, programme: Programme, person: OfPerson, reason: Reason, name: Name,
    ground: Annotated[str, typer.Option(metavar=text("条件", "GROUND"), help=text("日历列出的免修条件", "The ground, as the calendar calls it"))] = "",
    hours: Annotated[str | None, typer.Option(metavar=text("学时", "HOURS"), help=text("已完成多少学时", "The hours that were done"))] = None,
    document: Document = None, cohort: InCohort = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    def act(session: Session, enrolment: int, by: Decision) -> PersonException:
        figure = None if hours is None else hundredths(hours, "--hours")
        return exceptions.exempt(session, enrolment, by, ground, figure)

    Said(programme, person, cohort, reason, name, document, at, json).decide(act)


@exception.command("readmit", help=text("取消免修。", "Take an exemption back."))
def readmit(
    *, programme: Programme, person: OfPerson, reason: Reason, name: Name, document: Document = None,
    cohort: InCohort = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    Said(programme, person, cohort, reason, name, document, at, json).decide(exceptions.readmit)


@exception.command(
    "withdraw", help=text("退出：做过的和锁定的都保留。", "Withdraw: what was done and sealed stays.")
)
def withdraw(
    *, programme: Programme, person: OfPerson, reason: Reason, name: Name, document: Document = None,
    cohort: InCohort = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    Said(programme, person, cohort, reason, name, document, at, json).decide(exceptions.withdraw)


@exception.command(
    "transfer",
    help=text(
        "转到同一项目的另一个班级，学习记录和评分随人转走。",
        "To another cohort of the programme, with all work and marks.",
    ),
)
def transfer(  # noqa: PLR0913
    *, programme: Programme, person: OfPerson,
    to: Annotated[str, typer.Option(metavar=text("班级", "COHORT"), help=text("转到哪个班级", "To which cohort"))],
    reason: Reason, name: Name, document: Document = None, cohort: InCohort = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    def act(session: Session, enrolment: int, by: Decision) -> PersonException:
        return transferring.transfer(session, enrolment, cohorts_named(session, programme, [to])[0], by)

    Said(programme, person, cohort, reason, name, document, at, json).decide(act)


@exception.command(
    "prior",
    help=text(
        "认定以前在别处完成的学习，在日历允许的数量以内。",
        "Accept what was done elsewhere before, as far as the calendar admits.",
    ),
)
def prior(  # noqa: PLR0913
    *, programme: Programme, person: OfPerson, task: OfTask,
    amount: Annotated[str, typer.Option(metavar=text("数量", "AMOUNT"), help=text("认定多少", "How much"))],
    done: Annotated[str, typer.Option(metavar=A_TIME, help=text("何时完成的", "When it was done"))],
    reason: Reason, name: Name,
    kind: Annotated[str | None, typer.Option(metavar=text("类型", "KIND"), help=text("学习记录的种类；任务只有一种时可不写", "The kind of record, where the task shows several"))] = None,
    item: OfItem = "", document: Document = None, cohort: InCohort = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    def act(session: Session, enrolment: int, by: Decision) -> PersonException:
        zone = calendar_named(session, programme).zoneinfo
        when: datetime = happened(done, zone, "--done")
        wanted = task_named(session, programme, task)
        return exceptions.accept_prior(
            session, enrolment, wanted, Prior(hundredths(amount, "--amount"), when, kind, item), by
        )

    Said(programme, person, cohort, reason, name, document, at, json).decide(act)


imports(
    exception,
    "exceptions",
    "从表格办理许多例外，一行一件：免修、恢复、退出、转班、以往学时、不予接受、延期（空白表格见 template exceptions）。",
    "Decide many exceptions from a sheet, one row each: exempt, readmit, withdraw, transfer, prior, refuse, extend "
    "(template exceptions writes the sheet to fill in).",
)


@exception.command(
    "list",
    help=text(
        "列出一个项目的全部例外，延期也在内。写 --out 则写成表格，可以再导入。",
        "List every exception of a programme, later deadlines among them. With --out as a workbook, which can be imported.",
    ),
)
def listed(programme: Programme, out: Out = None, json: AsJson = False) -> None:
    check_free(out)
    with reading(database()) as session:
        calendar = calendar_named(session, programme)
        found = exceptions_of(session, newest_edition(session, programme).programme_id)
    if out is not None:
        write_exceptions(calendar, found, out, locale())
        tell_exported(out, len(found), json=json, exceptions=len(found))
    elif json:
        as_json([facts(one) for one in found])
    elif not found:
        lines(say(NONE))
    else:
        headings = [
            text("人员编号", "Number"),
            text("姓名", "Name"),
            text("班级", "Cohort"),
            text("例外", "Exception"),
        ]
        zone = calendar.zoneinfo
        table(headings, [(one.number, one.person, one.cohort, exception_line(one, zone)) for one in found])
