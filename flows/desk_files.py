"""Files from Prefect's page: one of the inbox imported, a programme's results exported to the outbox.

People's names and numbers stay in the files. A state has counts; the page of a refused file has places and what is
wrong there; a file beside it in the inbox has every word.
"""

from collections.abc import Iterator
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from sqlmodel import Session

from calendars.messages import Locale, Message, Problem, Refused, Wording, refuse
from exchange.forms import Kind
from exchange.intake import READERS, evidence_from
from exchange.plans import Plan, commit
from exchange.results import export_results
from flows import form_fields as fields
from flows.accesses import keep_export, keep_refusals
from flows.carrying_out import Asking, Desk, Done, carry_out, needed
from flows.folders import (
    free_name,
    inbox_files,
    outbox,
    problems_file,
    put_away,
    stamped,
    waiting_file,
    write_problems,
)
from flows.markdown import plain, table
from flows.redacted import place_and_kind
from models.database import reading, transaction
from workflows.known import calendar_named

PAGE = "import-problems"  # the key of the page of a refused file
MOST_LISTED = 200  # lines of the page

PREVIEW = Wording(
    "预览 {file}：{rows}行，将新增{added}，更改{changed}，不变{unchanged}，拒绝0{gone}。没有写入",
    "a preview of {file}: {rows:row|rows}; {added} would be added, {changed} changed, {unchanged} unchanged, "
    "0 refused{gone}. Nothing was written",
)
TAKEN = Wording(
    "{file}：{rows}行，新增{added}，更改{changed}，不变{unchanged}{gone}。文件移到 inbox/done/{place}",
    "{file}: {rows:row|rows}; {added} added, {changed} changed, {unchanged} unchanged{gone}. The file is now "
    "inbox/done/{place}",
)
NOT_MOVED = Wording(
    "{file}：{rows}行，新增{added}，更改{changed}，不变{unchanged}{gone}。文件没有能够移走（{why}），仍在 inbox，再导入一次不会改变什么",
    "{file}: {rows:row|rows}; {added} added, {changed} changed, {unchanged} unchanged{gone}. The file could not be moved "
    "({why}) and is in the inbox still; importing it again changes nothing",
)
GONE = Wording("，名单里不再有{count}人（不会删除）", ", {count} no longer in the file (nothing is deleted)")
FILE_REFUSED = Wording(
    "{file} 不能导入：{count}处问题，位置见本次运行的页面（Artifacts）{page}，全文写在 inbox/{problems}",
    "{file} cannot be imported: {count:problem|problems}. The places are on this run's page {page} (Artifacts), every "
    "word is in inbox/{problems}",
)
COULD_BE = Wording(
    "{refused}。其余{rows}行：新增{added}，更改{changed}，不变{unchanged}",
    "{refused}. Of its {rows:row|rows}, {added} would be added, {changed} changed, {unchanged} unchanged",
)
TITLE = Wording("{file}：{count}处问题", "{file}: {count:problem|problems}")
EXPLAINED = Wording(
    "“…”处是单元格的内容，这里不显示，写在 inbox/{problems}。",
    "“…” stands for what a cell holds, which is not shown here but in inbox/{problems}.",
)
COLUMNS = (Wording("位置", "where"), Wording("问题", "what is wrong"))
AND_MORE = Wording("还有{count}处", "{count} more")
EXPORTED = Wording(
    "已写出 outbox/{file}：{count}张成绩单", "written: outbox/{file}, {count:score sheet|score sheets}"
)


@flow(name="import", flow_run_name="{programme} · {kind} · {file}")
def import_file(
    programme: fields.Programme,
    kind: fields.KindOfFile,
    file: fields.FileName,
    operator: fields.Operator,
    preview: fields.Preview = True,
) -> State[None]:
    """导入 inbox 文件夹里的一个文件：先预览；整个写入，或者什么都不写。写入后移到 inbox/done。
    Import a file of the folder inbox: preview it first; it is written whole or not at all, and moved to inbox/done."""

    def act(desk: Desk) -> Done:
        asked = Asking()
        slug = programme.strip()
        asked.ask(lambda: desk.asks(fields.OPERATOR, operator))
        with reading(desk.engine) as session:
            asked.ask(lambda: calendar_named(session, slug))
        found = asked.ask(lambda: waiting_file(desk.settings, needed(fields.FILE, file)))
        asked.end()
        try:
            with transaction(desk.engine) as session:
                plan = _read(session, desk, slug, kind, found, preview=preview)
        except Refused as refused:
            keep_refusals(desk.engine, refused.problems, slug, desk.locale)
            raise refuse(_told_apart(desk, found, refused.problems)) from None
        if plan.refused:
            keep_refusals(desk.engine, plan.refused, slug, desk.locale)
            raise refuse(COULD_BE(refused=_told_apart(desk, found, plan.refused), **_counts(plan)))
        problems_file(found).unlink(missing_ok=True)
        return Done(PREVIEW(**_counts(plan))) if preview else _put_away(desk, found, plan)

    return carry_out(act, operator)


@flow(name="export", flow_run_name="export {programme}")
def export_to_outbox(programme: fields.Programme, operator: fields.Operator) -> State[None]:
    """把一个项目的结果写成工作簿，放在 outbox 文件夹。
    Write a programme's results as a workbook into the folder outbox."""

    def act(desk: Desk) -> Done:
        slug = programme.strip()
        desk.asks(fields.OPERATOR, operator, of_everything=True)
        with reading(desk.engine) as session:
            calendar_named(session, slug)
            place = free_name(outbox(desk.settings), slug, f"{stamped(desk.settings, desk.at)}.xlsx")
            count = export_results(session, slug, place, desk.locale, desk.at)
        keep_export(desk.engine, operator.strip(), slug, place, count)
        return Done(EXPORTED(file=place.name, count=count))

    return carry_out(act, operator)


def _read(session: Session, desk: Desk, slug: str, kind: Kind, file: Path, *, preview: bool) -> Plan:
    """Read the file and write it whole, if nothing in it is refused. A preview writes it too, and takes it all back."""
    read = evidence_from("file", inbox_files(desk.settings)) if kind == "evidence" else READERS[kind]
    plan = read(session, slug, file, desk.at, None)
    if not plan.refused:
        commit(session, plan, desk.at)
    if plan.refused or preview:
        session.rollback()
    else:
        plan.keep(desk.settings.files)
    return plan


def _told_apart(desk: Desk, file: Path, problems: list[Problem]) -> Message:
    """The problems of a file: their places to Prefect, every word to a file beside it. What the state says of them."""
    full = write_problems(file, (one.text(desk.locale) for one in problems))
    create_markdown_artifact(key=PAGE, markdown="\n".join(_page(file, problems, desk.locale)))
    return FILE_REFUSED(file=file.name, problems=full.name, page=PAGE, count=len(problems))


def _page(file: Path, problems: list[Problem], locale: Locale) -> Iterator[str]:
    yield f"## {plain(TITLE(file=file.name, count=len(problems)).text(locale))}"
    yield ""
    yield plain(EXPLAINED(problems=problems_file(file).name).text(locale))
    yield ""
    rows = []
    for problem in problems[:MOST_LISTED]:
        place, what = place_and_kind(problem)
        where = place if isinstance(place, str) else place.text(locale)
        rows.append((plain(where), plain(what.text(locale))))
    if len(problems) > MOST_LISTED:
        rows.append(("…", AND_MORE(count=len(problems) - MOST_LISTED).text(locale)))
    yield from table([title().text(locale) for title in COLUMNS], rows)


def _counts(plan: Plan) -> dict[str, object]:
    counts = {"rows": plan.rows, "added": plan.added, "changed": plan.changed, "unchanged": plan.unchanged}
    return {"file": plan.file, **counts, "gone": GONE(count=len(plan.gone)) if plan.gone else ""}


def _put_away(desk: Desk, file: Path, plan: Plan) -> Done:
    """Imported; from here on nothing may fail, for it is done."""
    try:
        place = put_away(desk.settings, file, desk.at)
    except OSError as error:
        return Done(NOT_MOVED(**_counts(plan), why=error.strerror), None)
    return Done(TAKEN(**_counts(plan), place=place.name), None)
