"""`yanxiu explain`, `results export`, `seal verify`: how scores came about, who has passed, that nothing changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from calendars.clock import now
from calendars.messages import Message, Wording, joined
from calendars.pages import UNITS
from calendars.quantities import shown as quantity
from calendars.spoken_times import happened, shown, shown_end
from exchange.results import export_results
from exchange.sealed_results import sealed_results
from models.database import reading
from office.acting import keep_export
from office.answers import as_json, lines, progress, table
from office.exceptions import exception_line
from office.exits import Ends
from office.options import A_TIME, AsJson, OfProgramme, Programme
from office.place import database, database_within, settings
from office.words import locale, say, text
from workflows.demanded import Demanded
from workflows.explained import Explained, ExplainedLine, ShortWeek
from workflows.explaining import explain as explain_person
from workflows.heads import fingerprint, heads_of
from workflows.known import calendar_named, refuse_unknown
from workflows.person_status import STATES
from workflows.status import sealed
from workflows.verifying import verify as verify_seals

app = typer.Typer()
seal = typer.Typer(no_args_is_help=True, help=text("锁定的成绩", "Sealed scores"))
results = typer.Typer(no_args_is_help=True, help=text("结果", "Results"))
app.add_typer(seal, name="seal")
app.add_typer(results, name="results")

HEAD = Wording(
    zh="{person}（{role}，{cohort}，参训号 {number}）{programme}：{assessment}",
    en="{person} ({role}, {cohort}, participation {number}), {programme}: {assessment}",
)
SEALED = Wording(
    zh="总分 {total} / {full}，合格线{mark}：{result}{earned}。{at} 锁定",
    en="total {total} of {full}, pass mark {mark}: {result}{earned}; sealed at {at}",
)
SO_FAR = Wording(
    zh="到 {at} 为止 {total} / {full}，合格线{mark}，尚未锁定",
    en="{total} of {full} up to {at}, pass mark {mark}; not sealed yet",
)
STATUS = Wording(zh="状态：{status}（{reason}）", en="status: {status} ({reason})")
NO_SHEET = Wording(zh="没有成绩单", en="no score sheet")
EXPORTED = Wording(
    zh="已写出 {file}：{count}张成绩单", en="written: {file}, {count:score sheet|score sheets}"
)
STANDS_FOR = Wording(
    zh="共锁定{links}次，总校验码：{fingerprint}",
    en="{links:seal|seals}, and what stands for all: {fingerprint}",
)
EARNED = Wording(zh="，{amount}", en=", {amount}")
FIRST_ENTRY = Wording(
    zh="第{number}次封存（{at}）：{total}，{result}", en="entry {number}, sealed at {at}: {total}, {result}"
)
LATER_ENTRY = Wording(
    zh="第{number}次封存（{at}）：{total}，{result}。{names}更正，理由：{reason}",
    en="entry {number}, sealed at {at}: {total}, {result}; corrected by {names}, because: {reason}",
)
APPEAL_UNTIL = Wording(
    zh="对这一结果的申诉须在 {until} 前提出", en="an appeal against it has to be filed before {until}"
)
PUNISHED = Wording(
    zh="{unit}：“{component}”按“{penalty}”计0，{name}决定，理由：{reason}",
    en="{unit}: {component} counts 0 by the penalty {penalty}, decided by {name}, because: {reason}",
)
BY_RULE = Wording(
    zh="{unit}：“{component}”按“{penalty}”计0（日历规定）",
    en="{unit}: {component} counts 0 by the penalty {penalty}, as the calendar has it",
)
SHORT_WEEKS = Wording(
    zh="“{name}”有{count}周不满：{weeks}", en="{name}: {count:week|weeks} short of what is asked: {weeks}"
)
WEEK = Wording(
    zh="第{number}周（{begins}至{ends}）{amount}", en="week {number} ({begins} to {ends}) {amount}"
)
EXTENDED = Wording(
    zh="“{task}”的截止时间由 {name} 为此人从 {cohorts} 延长到 {until}，理由：{reason}",
    en="{name} has extended the deadline of {task} for this person from {cohorts} until {until}, because: {reason}",
)
NOT_SET = Wording(zh="待定", en="to be determined")
SHARE = Wording(
    zh="约占所交作业的{share}，已交{count}份",
    en="about {share} of handed in work, {count:piece|pieces} so far",
)
LONG = Wording(zh="{amount}（{characters}字）", en="{amount} ({characters:character|characters})")
NEED = Wording(zh="{name}（必须达到）", en="{name} (must be met)")
CHECKED = Wording(
    zh="核验了{links}次锁定、{sheets}张成绩单",
    en="checked {links:seal|seals} with {sheets:score sheet|score sheets}",
)
UNCHANGED = Wording(zh="全部锁定的成绩都没有被改动", en="nothing that was sealed has been changed")
CHANGED = Wording(zh="{count}处与锁定时不符", en="{count:difference|differences} from what was sealed")


@app.command(
    help=text(
        "逐行说明一个人的成绩：每个考核项按什么规则得了多少分、依据文件的哪一句、哪些记录计入，哪些不计、为什么。"
        "锁定前显示到目前为止的情况。",
        "Explain one person's scores line by line: by which rule and which sentence of the document each line was "
        "scored, which records count, which do not and why. Before the lock it shows how things stand.",
    )
)
def explain(
    person: Annotated[
        str,
        typer.Argument(
            metavar=text("人员编号", "NUMBER"),
            help=text("身份证号或教师编号", "The ID number or teacher number"),
        ),
    ],
    programme: OfProgramme = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar=A_TIME,
            help=text(
                "未锁定的成绩看到何时为止，默认现在", "Up to when, for what is not sealed; by default now"
            ),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    zone = settings().zoneinfo
    with reading(database_within()) as session:
        found = explain_person(session, person, happened(at, zone, "--at"), programme)
    if json:
        as_json([asdict(sheet) for sheet in found])
        return
    if not found:
        lines(say(NO_SHEET))
    for sheet in found:
        _print_sheet(sheet, zone)


@seal.command(
    help=text(
        "核验锁定的成绩：重新计算每个班级的哈希链，并按锁定时的学习记录和学期日历重新评分，再与留存在数据库之外的校验码核对。"
        "有任何改动，退出码为1。",
        "Verify sealed scores: every cohort's hash chain is computed again, and every score from the evidence and the "
        "calendar of its seal; and they are compared with the heads that were kept outside of the database. Exit code 1 if "
        "anything was changed.",
    )
)
def verify(programme: OfProgramme = None, json: AsJson = False) -> None:
    with progress(text("核验", "Verifying")) as advance, reading(database()) as session:
        refuse_unknown(session, programme)
        problems = [
            *settings().head_file.check(session, programme),
            *verify_seals(session, programme, advance),
        ]
        links, sheets = sealed(session, programme)
    if json:
        found = [{"where": problem.where, "message": problem.message} for problem in problems]
        as_json({"seals": links, "sheets": sheets, "problems": found})
    else:
        lines(*(problem.text(locale()) for problem in problems))
        lines(say(CHECKED(links=links, sheets=sheets)))
        lines(say(CHANGED(count=len(problems))) if problems else say(UNCHANGED))
    if problems:
        raise typer.Exit(Ends.PROBLEMS)


@seal.command(
    help=text(
        "所有锁定的总校验码，现在的或当时的：与邮件、早晨页面或打印件上的核对。",
        "What stands for all seals, now or as they were at some time: to compare with a mail, a morning page or a print.",
    )
)
def heads(
    at: Annotated[
        str | None,
        typer.Option(metavar=A_TIME, help=text("当时的时刻，默认现在", "At which time; by default now")),
    ] = None,
    json: AsJson = False,
) -> None:
    then = happened(at, settings().zoneinfo, "--at")
    with reading(database()) as session:
        found = heads_of(session, then)
    if json:
        as_json({"links": len(found), "fingerprint": fingerprint(found)})
    else:
        lines(say(STANDS_FOR(links=len(found), fingerprint=fingerprint(found))))


@results.command(
    help=text(
        "导出一个项目的结果：每个考核项的得分、合格名单、不合格的人缺什么、应登记的学时学分、按区县和学校的汇总。"
        "已有的同名文件会被替换。",
        "Export a programme's results: every component, who has passed, what the others lacked, hours and credits "
        "to register, and a summary by county and school. A file of this name is replaced.",
    )
)
def export(
    programme: Programme,
    out: Annotated[Path, typer.Option(metavar="FILE.xlsx", help=text("写到哪个文件", "The file to write"))],
    json: AsJson = False,
) -> None:
    with reading(database()) as session:
        calendar_named(session, programme)
        out.open("ab").close()  # says why, if it cannot be written
        sheets = export_results(session, programme, out, locale(), now())
        results = sealed_results(session, programme, now()) if json else []
    keep_export(out, sheets)
    if json:
        as_json({"file": out, "sheets": sheets, "results": results})
    else:
        lines(say(EXPORTED(file=out, count=sheets)))


def _print_sheet(sheet: Explained, zone: ZoneInfo) -> None:
    names = {"person": sheet.person, "role": sheet.role, "cohort": sheet.cohort, "number": sheet.enrolment}
    lines("", say(HEAD(programme=sheet.programme_name, assessment=sheet.assessment_name, **names)))
    if sheet.status_reason:
        lines(say(STATUS(status=STATES[sheet.status](), reason=sheet.status_reason)))
    if not sheet.lines:
        lines(say(NO_SHEET), *_exceptions(sheet, zone))
        return
    facts = {
        "total": quantity(sheet.total),
        "full": quantity(sheet.full_mark),
        "mark": quantity(sheet.pass_mark),
        "at": shown_end(sheet.as_of, zone),
    }
    earned = "".join(
        say(EARNED(amount=UNITS[unit](amount=quantity(amount)))) for unit, amount in sheet.earned.items()
    )
    lines(say(SEALED(result=sheet.result, earned=earned, **facts) if sheet.sealed else SO_FAR(**facts)))
    table(
        [
            text("考核项", "Component"), text("计入", "Counted"), text("得分", "Points"), text("满分", "Most"),
            text("截止", "By"), text("规则", "Rule"), text("依据", "Source"),
        ],
        [_line(line, zone) for line in sheet.lines],
    )  # fmt: skip
    lines(
        *_entries(sheet, zone),
        *_penalties(sheet),
        *_exceptions(sheet, zone),
        *_extended(sheet, zone),
        *_short_weeks(sheet, zone),
    )
    if sheet.demands:
        table(
            [
                text("文件的要求", "Asked for"), text("至少", "At least"), text("已有", "Shown"), text("还差", "Short"),
                text("建议", "Advised"), text("依据", "Source"),
            ],
            [_demand(one) for one in sheet.demands],
        )  # fmt: skip
    if not any(line.facts for line in sheet.lines):
        return
    table(
        [
            text("考核项", "Component"), text("记录", "Record"), text("数量", "Amount"), text("发生", "Happened"),
            text("收到", "Received"), text("来源", "Source"), text("是否计入", "Counts"),
        ],
        fact_rows(sheet.lines, zone),
    )  # fmt: skip


def _line(line: ExplainedLine, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        say(NEED(name=line.name)) if line.is_need else line.name,
        quantity(line.counted),
        say(UNITS[line.unit](amount=quantity(line.points))) + (f" ({line.band})" if line.band else ""),
        quantity(line.most),
        shown_end(line.deadline, zone),
        say(line.rule),
        " ".join(line.cites),
    )


def _demand(one: Demanded) -> tuple[str, ...]:
    advised = one.advised or ""
    if one.share is not None:
        advised = say(SHARE(share=f"{one.share:g}%", count=one.handed_in))
    return (
        f"{one.name} {one.part}".rstrip(),
        quantity(one.asked),
        quantity(one.shown),
        quantity(one.short) if one.short else "",
        advised,
        " ".join(one.cites),
    )


def _extended(sheet: Explained, zone: ZoneInfo) -> list[str]:
    """Each deadline that was extended for this person, once, with who did so and why."""
    found = dict.fromkeys(own for line in sheet.lines for own in line.extended)
    return [
        say(
            EXTENDED(
                task=own.task, name=own.name, cohorts=shown_end(own.cohorts, zone) or NOT_SET(),
                until=shown_end(own.until, zone), reason=own.reason,
            )
        )
        for own in found
    ]  # fmt: skip


def _entries(sheet: Explained, zone: ZoneInfo) -> Iterator[str]:
    """Where a sheet was corrected: every entry, beside each other. Until when one may appeal."""
    for entry in sheet.entries if len(sheet.entries) > 1 else ():
        facts = {
            "number": entry.number + 1, "at": shown_end(entry.sealed_at, zone), "total": quantity(entry.total),
            "result": entry.result,
        }  # fmt: skip
        if entry.reason is None:
            yield say(FIRST_ENTRY(**facts))
        else:
            yield say(LATER_ENTRY(**facts, names=entry.names, reason=entry.reason))
    if sheet.appeal_until is not None:
        yield say(APPEAL_UNTIL(until=shown_end(sheet.appeal_until, zone)))


def _exceptions(sheet: Explained, zone: ZoneInfo) -> Iterator[str]:
    for one in sheet.exceptions:
        yield exception_line(one, zone)


def _penalties(sheet: Explained) -> Iterator[str]:
    names = {line.key: line.name for line in sheet.lines}
    for one in sheet.penalties:
        facts = {
            "penalty": one.penalty,
            "unit": one.organisation,
            "component": names.get(one.component, one.component),
        }
        yield say(PUNISHED(**facts, name=one.name, reason=one.reason) if one.name else BY_RULE(**facts))


def _short_weeks(sheet: Explained, zone: ZoneInfo) -> Iterator[str]:
    """Where something is asked each week, the weeks that lacked it."""
    for line in sheet.lines:
        tasks = list(dict.fromkeys(week.task for week in line.short))
        for task in tasks:
            told = [say(_week(week, zone)) for week in line.short if week.task == task]
            name = line.name if len(tasks) == 1 else task
            yield say(SHORT_WEEKS(name=name, count=len(told), weeks=text("；", "; ").join(told)))


def _week(week: ShortWeek, zone: ZoneInfo) -> Message:
    begins, ends = f"{week.begins.astimezone(zone):%m-%d}", shown_end(week.ends, zone)[5:10]
    return WEEK(number=week.number, begins=begins, ends=ends, amount=quantity(week.amount))


def fact_rows(found: Iterable[ExplainedLine], zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    """Every record under these lines, as the rows of a table."""
    for line in found:
        for fact in line.facts:
            amount = fact.grade or quantity(fact.amount)
            length = fact.characters
            yield (
                line.name,
                say(fact.kind_name) + (f" {fact.item}" if fact.item else ""),
                amount if length is None else say(LONG(amount=amount, characters=length)),
                shown(fact.happened_at, zone),
                shown(fact.received_at, zone),
                " ".join(filter(None, (fact.source, fact.reference, joined(fact.files, locale())))),
                say(fact.why),
            )
