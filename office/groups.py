"""`yanxiu groups form`: learners formed into research groups, as a roster to edit and import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from calendars.messages import Wording
from exchange.forming import HEADINGS, Formed, form_groups, write_formed
from models.database import reading
from office.acting import keep_export
from office.answers import as_json, lines, table
from office.exits import Ends
from office.options import AsJson, Programme
from office.outputs import check_free, tell_written
from office.place import database_within
from office.words import locale, say, text

app = typer.Typer()
groups = typer.Typer(help=text("研修组：按学校和学科组班", "Research groups, formed by school and subject"), no_args_is_help=True)  # fmt: skip
app.add_typer(groups, name="groups")

COUNTED = Wording(
    zh="{learners}人组成{groups}个研修组，已有班级的{kept}行不变", en="{groups:group|groups} of {learners:learner|learners}; {kept:row|rows} with a cohort left as they are"
)  # fmt: skip
SMALL = Wording(zh="不足{least}人的组：{names}", en="groups of fewer than {least}: {names}")
IDLE = Wording(
    zh="没有分到组的指导教师，不在写出的名单里：{names}",
    en="tutors without a group, who are not in the list: {names}",
)
NEXT = Wording(
    zh="可以在表格里调整班级、组长和指导教师，再用 roster import 导入", en="adjust cohorts, leaders and tutors in it, then take it in by roster import"
)  # fmt: skip


@groups.command(
    "form",
    help=text(
        "把学员名单（姓名、编号、单位、学科，可有结对学校、职务）按学期日历的 groups 组成研修组：同校同学科一组，人数不足的与"
        "结对学校或同区县的合组，均匀分配。写出带班级、组长、指导教师的名册，改好后用 roster import 导入。什么也不写入数据库。\n\n"
        "退出码3：有的组人数不足，或有指导教师没有分到组。",
        "Form the learners of a list (names, numbers, organisations, subjects; perhaps partner schools and posts) into groups as "
        "`groups` of the term calendar says: a group for each school and subject, one that is too small joining its partner's or "
        "others in its county, evenly. Writes a roster with cohorts, leaders and tutors, to be edited and taken in by roster "
        "import. Nothing is written to the database.\n\nExit code 3: a group stays too small, or a tutor has no group.",
    ),
)
def form(
    programme: Programme,
    roster: Annotated[Path, typer.Option(metavar="FILE", help=text("学员名单，xlsx 或 CSV", "The list of learners, xlsx or CSV"))],
    out: Annotated[Path, typer.Option(metavar="OUT.xlsx", help=text("写到哪个文件", "The file to write"))],
    json: AsJson = False,
) -> None:  # fmt: skip
    check_free(out)
    with reading(database_within()) as session:
        formed = form_groups(session, programme, roster, locale())
    write_formed(formed, out, locale())
    keep_export(out, sum(group.size for group in formed.groups))
    small = [group.name for group in formed.groups if formed.too_small(group)]
    if json:
        as_json(
            {
                "file": out,
                "kept": formed.kept,
                "groups": _facts(formed),
                "idle": [one.number for one in formed.idle],
            }
        )
    else:
        _tell(formed, small, out)
    if small or formed.idle:
        raise typer.Exit(Ends.ATTENTION)


def _tell(formed: Formed, small: list[str], out: Path) -> None:
    table([say(heading) for heading in HEADINGS], formed.described(locale()))
    learners = sum(group.size for group in formed.groups)
    lines(say(COUNTED(learners=learners, groups=len(formed.groups), kept=formed.kept)))
    if small:
        lines(say(SMALL(least=formed.grouping.at_least, names=small)))
    if formed.idle:
        lines(say(IDLE(names=[one.name for one in formed.idle])))
    tell_written(out, say(NEXT))


def _facts(formed: Formed) -> list[dict[str, object]]:
    return [
        {
            "group": group.name, "subject": group.subject, "learners": [one.number for one in group.learners],
            "schools": [unit.place[-1][1] for unit in group.units],
            "leaders": [one.number for one in group.leaders],
            "tutor": group.tutor.number if group.tutor else None, "too_small": formed.too_small(group),
        }
        for group in formed.groups
    ]  # fmt: skip
