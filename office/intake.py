"""`yanxiu roster|evidence|marks|rubric import` and `yanxiu template`: the files that an office takes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Problem, Refused, Wording
from calendars.spoken_times import happened, not_to_come, shown
from exchange.filing_sheets import narrowed
from exchange.forms import FORMS, Kind
from exchange.intake import READERS, evidence_from
from exchange.plans import Plan, Proposal, Read, commit
from exchange.templates import write_template
from models.database import reading, transaction
from office.answers import as_json, lines, progress
from office.options import A_TIME, AsJson, Programme
from office.outputs import check_free, tell_written
from office.place import database, settings
from office.words import locale, say, text
from workflows.known import calendar_named, filing_named

app = typer.Typer()

TAKEN = Wording(
    zh="{file}：{rows}行，新增{added}，更改{changed}，不变{unchanged}",
    en="{file}: {rows:row|rows}; {added} added, {changed} changed, {unchanged} unchanged",
)
PREVIEW = Wording(zh="（预览，没有写入）", en=" (a preview; nothing is written)")
GONE = Wording(zh="名单里不再有（不会删除）：", en="no longer in the file (nothing is deleted):")
AND_MORE = Wording(zh="……还有{count}处", en="… and {count} more")
WHO_SAYS = Wording(
    zh="--received 是过去的时刻（{at}），请用 --said-by 写明是谁说的，会记入日志",
    en="--received is in the past ({at}): say with --said-by who says so; it is kept in the log",
)
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
            "--received 早于现在时必填：是谁说的，记入日志",
            "Who says --received, needed when that is earlier than now; it is logged",
        ),
    ),
]


@dataclass(frozen=True)
class Intake:
    """One run of an import command. Every file is checked; all of them are written, or none."""

    programme: str
    files: list[Path]
    preview: bool
    received: str | None
    said_by: str
    json: bool

    def take(self, read: Read) -> None:
        plans: list[Plan] = []
        problems: list[Problem] = []
        with transaction(database()) as session:
            zone = calendar_named(session, self.programme).zoneinfo
            received_at = not_to_come(happened(self.received, zone, "--received"), zone, "--received")
            if received_at < now() and self.received is not None and not self.said_by.strip():
                raise typer.TyperException(say(WHO_SAYS(at=shown(received_at, zone))))
            for file in self.files:
                try:
                    plans.append(self._take(session, read, file, received_at))
                except Refused as refused:
                    problems += refused.problems
            if problems:
                raise Refused(problems)
            if self.preview:
                session.rollback()
            else:
                for plan in plans:
                    plan.keep(settings().files)
        tell_taken(plans, preview=self.preview, json=self.json)

    def _take(self, session: Session, read: Read, file: Path, received_at: datetime) -> Plan:
        said_by = self.said_by.strip() if self.received is not None else None
        with progress(file.name) as advance:
            plan = read(session, self.programme, file, received_at, advance)
            commit(session, plan, now(), said_by)
        return plan


def tell_taken(found: Sequence[Proposal], *, preview: bool, json: bool) -> None:
    """What was taken in, or would be."""
    if json:
        as_json([_facts(proposal, preview) for proposal in found])
        return
    for proposal in found:
        counts = {"added": proposal.added, "changed": proposal.changed, "unchanged": proposal.unchanged}
        lines(
            say(TAKEN(file=proposal.file, rows=proposal.rows, **counts)) + (say(PREVIEW) if preview else "")
        )
        lines(*(entry.text(locale()) for entry in proposal.notes))
        if preview:
            _list([entry.text(locale()) for entry in proposal.entries], proposal.added + proposal.changed)
        if proposal.gone:
            lines(say(GONE))
            _list([entry.text(locale()) for entry in proposal.gone], len(proposal.gone))


def _facts(proposal: Proposal, preview: bool) -> dict[str, object]:
    return {
        "file": proposal.file,
        "sha256": proposal.sha256,
        "received_at": proposal.received_at,
        "written": not preview,
        "rows": proposal.rows,
        "added": proposal.added,
        "changed": proposal.changed,
        "unchanged": proposal.unchanged,
        "entries": [entry.text(locale()) for entry in proposal.entries] if preview else [],
        "gone": [entry.text(locale()) for entry in proposal.gone],
        "notes": [entry.text(locale()) for entry in proposal.notes],
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
    "\n\n整个文件先检查，所有问题按单元格一次列出；要么全部写入，要么什么都不写。同一个文件再导入一次不会改变什么。",
    "\n\nThe whole file is checked first and every problem is listed by cell; it is written whole, or not at all. "
    "The same file again changes nothing.",
)


def imports(group: typer.Typer, kind: Kind, zh: str, en: str) -> None:
    """Give a group of commands its `import`, of sheets of one kind."""

    def take(
        programme: Programme,
        files: Files,
        preview: Preview = False,
        received: Received = None,
        said_by: SaidBy = "",
        json: AsJson = False,
    ) -> None:
        Intake(programme, files, preview, received, said_by, json).take(READERS[kind])

    group.command("import", help=text(zh, en) + RULES)(take)


roster = _group("roster", "学员名单", "Rosters")
evidence = _group("evidence", "学习记录", "Learning records")
marks = _group("marks", "评分", "Marks")
rubric = _group("rubric", "学校自定的评分细则", "The schools' own rubrics")


imports(roster, "roster", "导入学员名单。", "Import a roster.")


@evidence.command("import", help=text("导入学习记录。", "Import learning records.") + RULES)
def import_evidence(
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
    json: AsJson = False,
) -> None:  # fmt: skip
    Intake(programme, files, preview, received, said_by, json).take(evidence_from(source, texts))


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
    with reading(database()) as session:
        calendar = calendar_named(session, programme)
    if filing is not None:
        calendar = narrowed(calendar, filing_named(calendar, filing))
    out.touch()  # says why, if it cannot be written
    write_template(calendar, kind, out, locale())
    tell_written(out, json=json)
