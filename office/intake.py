"""`yanxiu roster|evidence|marks|rubric import` and `yanxiu template`: the files that an office takes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Problem, Refused, Wording
from calendars.spoken_times import happened, not_to_come, shown
from exchange.filing_sheets import narrowed
from exchange.forms import FORMS, Kind
from exchange.intake import READERS, evidence_from
from exchange.plans import Plan, Proposal, Read, commit, taken_already
from exchange.templates import write_template
from models.database import reading, transaction
from office.acting import names
from office.answers import as_json, lines, progress
from office.options import A_TIME, AsJson, Programme
from office.outputs import check_free, tell_written
from office.place import database_within, settings
from office.typed import at_the_desk
from office.words import locale, say, text
from workflows.known import calendar_named, filing_named

app = typer.Typer()

TAKEN = Wording(
    zh="{file}：{rows}行，新增{added}，更改{changed}，不变{unchanged}",
    en="{file}: {rows:row|rows}; {added} added, {changed} changed, {unchanged} unchanged",
)
PREVIEW = Wording(zh="（预览，没有写入）", en=" (a preview; nothing is written)")
IN_ALREADY = Wording(
    zh="{file}：{at} 已经导入过，跳过", en="{file}: taken in already at {at}, and passed over"
)
GONE = Wording(zh="名单里不再有（不会删除）：", en="no longer in the file (nothing is deleted):")
AND_MORE = Wording(zh="……还有{count}处", en="… and {count} more")
LISTED = 50  # lines of a preview

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar=text("文件…", "FILE…"),
        help=text("xlsx 或 CSV，中文或英文表头", "xlsx or CSV, Chinese or English headers"),
    ),
]
Preview = Annotated[
    bool,
    typer.Option(
        "--preview",
        help=text("只检查并列出会有什么变化，不写入", "Check and list what would change; write nothing"),
    ),
]
Received = Annotated[
    str | None,
    typer.Option(
        metavar=A_TIME,
        help=text(
            "文件何时收到，默认现在。锁定前收到的才计分。只写日期指当天最后一秒（23:59:59）",
            "When the file was received, by default now: what came in before the lock counts. A day alone is its "
            "last second (23:59:59)",
        ),
    ),
]
SaidBy = Annotated[
    str,
    typer.Option(
        metavar=text("姓名", "NAME"),
        help=text(
            "--received 早于现在时：是哪个操作员说的，记入日志；默认是这台机器的操作员",
            "Which operator says --received, where that is earlier than now; it is logged. By default the one at the keyboard",
        ),
        callback=at_the_desk.says,
    ),
]


Each = Annotated[
    bool,
    typer.Option(
        "--each",
        help=text(
            "逐个文件写入：写好的留下，被拒绝的不影响其余，以前已经导入的同一文件跳过。中断后再运行一次即可接着做",
            "Take one file after the other: what is written stays, one that is refused keeps no other out, and the very "
            "file that was taken in before is passed over. Broken off, the same command goes on",
        ),
    ),
]


@dataclass(frozen=True)
class Before:
    """A file that is passed over: the very same was taken in then."""

    file: str
    at: datetime
    zone: ZoneInfo


@dataclass(frozen=True)
class Intake:
    """One run of an import command. Every file is checked; all of them are written, or none; or each by itself."""

    programme: str
    kind: Kind
    files: list[Path]
    preview: bool
    received: str | None
    said_by: str
    json: bool
    each: bool = False

    def take(self, read: Read) -> None:
        found: list[Plan | Before] = []
        problems: list[Problem] = []
        for files in [[file] for file in self.files] if self.each else [self.files]:
            try:
                taken = self._together(read, files)
            except Refused as refused:
                problems += refused.problems
                continue
            found += taken
            if not self.json:
                tell_taken(taken, preview=self.preview, json=False)
        if self.json and (found or not problems):
            tell_taken(found, preview=self.preview, json=True)
        if problems:
            raise Refused(problems)

    def _together(self, read: Read, files: list[Path]) -> list[Plan | Before]:
        """Take these files in one transaction."""
        found: list[Plan | Before] = []
        problems: list[Problem] = []
        with transaction(database_within()) as session:
            zone = calendar_named(session, self.programme).zoneinfo
            received_at = not_to_come(happened(self.received, zone, "--received"), zone, "--received")
            for file in files:
                before = taken_already(session, self.programme, self.kind, file) if self.each else None
                if before is not None:
                    found.append(Before(file.name, before, zone))
                    continue
                try:
                    found.append(self._take(session, read, file, received_at))
                except Refused as refused:
                    problems += refused.problems
            if problems:
                raise Refused(problems)
            if self.preview:
                session.rollback()
            else:
                for plan in found:
                    if isinstance(plan, Plan):
                        plan.keep(settings().files)
        return found

    def _take(self, session: Session, read: Read, file: Path, received_at: datetime) -> Plan:
        said_by = self.said_by.strip() or names()[0] if self.received is not None else None
        with progress(file.name) as advance:
            plan = read(session, self.programme, file, received_at, advance)
            commit(session, plan, now(), said_by)
        return plan


def tell_taken(found: Sequence[Proposal | Before], *, preview: bool, json: bool) -> None:
    """What was taken in, or would be, and what was passed over."""
    if json:
        as_json([_facts(one, preview) for one in found])
        return
    for one in found:
        if isinstance(one, Before):
            lines(say(IN_ALREADY(file=one.file, at=shown(one.at, one.zone))))
        else:
            _tell(one, preview)


def _tell(proposal: Proposal, preview: bool) -> None:
    counts = {"added": proposal.added, "changed": proposal.changed, "unchanged": proposal.unchanged}
    lines(say(TAKEN(file=proposal.file, rows=proposal.rows, **counts)) + (say(PREVIEW) if preview else ""))
    lines(*(entry.text(locale()) for entry in proposal.notes))
    if preview:
        _list([entry.text(locale()) for entry in proposal.entries], proposal.added + proposal.changed)
    if proposal.gone:
        lines(say(GONE))
        _list([entry.text(locale()) for entry in proposal.gone], len(proposal.gone))


def _facts(one: Proposal | Before, preview: bool) -> dict[str, object]:
    if isinstance(one, Before):
        return {"file": one.file, "written": False, "taken_before": one.at}
    return {
        "file": one.file,
        "sha256": one.sha256,
        "received_at": one.received_at,
        "written": not preview,
        "taken_before": None,
        "rows": one.rows,
        "added": one.added,
        "changed": one.changed,
        "unchanged": one.unchanged,
        "entries": [entry.text(locale()) for entry in one.entries] if preview else [],
        "gone": [entry.text(locale()) for entry in one.gone],
        "notes": [entry.text(locale()) for entry in one.notes],
    }


def _list(found: list[str], count: int) -> None:
    lines(*(f"  {line}" for line in found[:LISTED]))
    if count > LISTED:
        lines(f"  {say(AND_MORE(count=count - LISTED))}")


def _group(name: str, zh: str, en: str) -> typer.Typer:
    group = typer.Typer(help=text(zh, en), no_args_is_help=True)
    app.add_typer(group, name=name)
    return group


RULES = text(
    "\n\n整个文件先检查，所有问题按单元格一次列出；要么全部写入，要么什么都不写。几个文件也是如此，用 --each 则各算各的。"
    "同一个文件再导入一次不会改变什么。",
    "\n\nThe whole file is checked first and every problem is listed by cell; it is written whole, or not at all. So are "
    "several files together, unless --each is said. The same file again changes nothing.",
)


def imports(group: typer.Typer, kind: Kind, zh: str, en: str) -> None:
    """Give a group of commands its `import`, of sheets of one kind."""

    def take(
        programme: Programme,
        files: Files,
        preview: Preview = False,
        received: Received = None,
        said_by: SaidBy = "",
        each: Each = False,
        json: AsJson = False,
    ) -> None:
        Intake(programme, kind, files, preview, received, said_by, json, each).take(READERS[kind])

    group.command("import", help=text(zh, en) + RULES)(take)


roster = _group("roster", "学员名单", "Rosters")
evidence = _group("evidence", "学习记录", "Learning records")
marks = _group("marks", "评分", "Marks")
rubric = _group("rubric", "学校自定的评分细则", "The schools' own rubrics")


imports(roster, "roster", "导入学员名单。", "Import a roster.")


@evidence.command("import", help=text("导入学习记录。", "Import learning records.") + RULES)
def import_evidence(  # noqa: PLR0913, PLR0917 (its options)
    programme: Programme,
    files: Files,
    source: Annotated[
        str,
        typer.Option(
            metavar=text("来源", "NAME"),
            help=text("没有写来源的行，记为来自哪里", "Where rows come from that do not say so themselves"),
        ),
    ] = "file",
    texts: Annotated[
        Path | None,
        typer.Option(
            "--files", metavar=text("文件夹", "FOLDER"),
            help=text("“附件”一列所写的文件在哪个文件夹", "The folder of the files that the column `file` names"),
        ),
    ] = None,
    preview: Preview = False,
    received: Received = None,
    said_by: SaidBy = "",
    each: Each = False,
    json: AsJson = False,
) -> None:  # fmt: skip
    read = evidence_from(source, texts)
    Intake(programme, "evidence", files, preview, received, said_by, json, each).take(read)


imports(marks, "marks", "导入评分。", "Import marks.")


imports(rubric, "rubric", "导入学校自定的评分细则。", "Import the schools' own rubrics.")


@app.command(
    help=text(
        "生成一个项目要填写的工作簿，有下拉选项、示例行和说明：roster 名单，evidence 学习记录，marks 评分，rubric 评分细则，filing 上报，exceptions 例外，peers 互评，steps 磨课步骤。",
        "Write a programme's workbook to fill in, with lists to choose from, an example row and notes: roster, "
        "evidence, marks, rubric, filing, exceptions, peers or steps.",
    )
)
def template(
    kind: Annotated[Kind, typer.Argument(metavar="|".join(FORMS), help=text("哪一种", "Which one"))],
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help=text("写到哪个文件", "The file to write"))],
    programme: Programme,
    filing: Annotated[
        str | None,
        typer.Option(
            metavar=text("上报", "FILING"),
            help=text("filing 时：只要这一项的列", "With filing: the columns of this one alone"),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    check_free(out)
    with reading(database_within()) as session:
        calendar = calendar_named(session, programme)
    if filing is not None:
        calendar = narrowed(calendar, filing_named(calendar, filing))
    out.touch()  # says why, if it cannot be written
    write_template(calendar, kind, out, locale())
    tell_written(out, json=json)
