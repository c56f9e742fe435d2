"""`yanxiu peers list`, `give`, `import`, `export`: groups that review one another."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Wording, refuse
from calendars.peers import PeerReview
from calendars.quantities import shown
from calendars.spoken_times import happened, not_to_come
from calendars.term import TermCalendar
from exchange.peer_sheets import HEADINGS, state, write_peers
from models.database import reading, transaction
from office.answers import as_json, lines, table
from office.decisions import At, Document
from office.intake import imports
from office.options import AsJson, Programme, hundredths
from office.outputs import check_free, tell_exported
from office.place import database, database_within
from office.words import locale, say, text
from workflows.known import calendar_named, cohorts_named, reviews_named
from workflows.organisations import load_tree
from workflows.peer_giving import Opinion, Pair, give
from workflows.peer_lists import GroupSeen, PairSeen, Seen, reviews_seen
from workflows.publishing import newest_edition
from workflows.resolving import Decision
from workflows.scopes import require_everything

app = typer.Typer()
group = typer.Typer(
    no_args_is_help=True,
    help=text(
        "互评：各组互相评价。到了开始的时间，由夜间推进给每组分配要评的组，不评自己，各组同样多。",
        "Peer reviews: groups look at one another's work. When one opens, the night gives each group others to review, never "
        "itself, and each as many.",
    ),
)
app.add_typer(group, name="peers")

NONE = Wording(zh="还没有分配互评", en="no peer review has been assigned yet")
WHICH = Wording(
    zh="请用 --review 写明是哪一项互评：{names}", en="say which peer review with --review: {names}"
)
FEWER = Wording(
    zh="这里的组太少，只能评{owes}组（应评{each}组）",
    en="too few groups here: it reviews {owes} instead of {each}",
)
ALONE = Wording(zh="没有别的组可以互评", en="there is no other group to review")
DONE = Wording(zh="{reviewer} 评 {reviewed}：{said}", en="{reviewer} on {reviewed}: {said}")
NOTE = Wording(zh="说明", en="note")
REVIEWER, REVIEWED = Wording(zh="评价组", en="reviewing group"), Wording(zh="被评组", en="reviewed group")
SAID, COMMENT, STATE = (
    Wording(zh="评分", en="said"),
    Wording(zh="评语", en="comment"),
    Wording(zh="状态", en="state"),
)

AnyReview = Annotated[
    str | None,
    typer.Option(
        "--review",
        metavar=text("互评", "REVIEW"),
        help=text(
            "哪一项互评：代号或名称；只有一项时可不写",
            "Which peer review, by its id or name; optional where there is one",
        ),
    ),
]
AnyCohort = Annotated[
    str | None,
    typer.Option(
        "--cohort",
        "-c",
        metavar=text("班级", "COHORT"),
        help=text("只看这个组评谁、谁评它", "This group alone: whom it reviews, and who reviews it"),
    ),
]


@group.command(
    "list",
    help=text(
        "每组应评几组、评了几组、得了多少；谁评谁，评语，谁还没有评。",
        "How many each group owes, has given and has got; who reviews whom, what was said, and who still owes it.",
    ),
)
def show_all(
    programme: Programme, review: AnyReview = None, cohort: AnyCohort = None, json: AsJson = False
) -> None:
    at = now()
    with reading(database_within()) as session:
        calendar = calendar_named(session, programme)
        seen = _seen(session, programme, calendar, review, at)
        if cohort is not None:
            (found,) = cohorts_named(session, programme, [cohort])
            seen = [_of(one, found.id or 0) for one in seen]
        else:
            require_everything(session)
    if json:
        as_json([_facts(one, at) for one in seen])
        return
    if not any(one.groups for one in seen):
        lines(say(NONE))
        return
    table(
        [say(one) for one in (*HEADINGS, NOTE)], [_group_row(one) for seen_ in seen for one in seen_.groups]
    )
    table(
        [say(one) for one in (REVIEWER, REVIEWED, SAID, COMMENT, STATE)],
        [_pair_row(calendar, pair, at) for one in seen for pair in one.pairs],
    )


def _seen(
    session: Session, programme: str, calendar: TermCalendar, review: str | None, at: datetime
) -> list[Seen]:
    number, tree = newest_edition(session, programme).programme_id, load_tree(session)
    return [reviews_seen(session, number, calendar, tree, one, at) for one in reviews_named(calendar, review)]


def _of(seen: Seen, cohort: int) -> Seen:
    return Seen(
        tuple(pair for pair in seen.pairs if cohort in (pair.reviewer_id, pair.reviewed_id)),
        tuple(one for one in seen.groups if one.id == cohort),
    )


def _group_row(one: GroupSeen) -> tuple[object, ...]:
    grades = " ".join(f"{grade}{count}" for grade, count in one.got.grades)
    return (
        one.review.name, one.name, "/".join(one.path), one.owes, one.given, one.reviewed_by, one.got.count,
        shown(one.got.mean), grades, _note(one),
    )  # fmt: skip


def _note(one: GroupSeen) -> str:
    if not one.owes:
        return say(ALONE)
    return say(FEWER(owes=one.owes, each=one.review.each_reviews)) if one.fewer else ""


def _pair_row(calendar: TermCalendar, pair: PairSeen, at: datetime) -> tuple[str, ...]:
    return (
        pair.reviewer, pair.reviewed, _said(pair.opinion), pair.opinion.comment if pair.opinion else "",
        state(calendar, pair, at, locale()),
    )  # fmt: skip


def _said(opinion: Opinion | None) -> str:
    return (opinion.grade or shown(opinion.score)) if opinion else ""


def _facts(seen: Seen, at: datetime) -> dict[str, Any]:
    return {
        "groups": [
            {
                "review": one.review.id, "group": one.name, "organisation": list(one.path), "owes": one.owes,
                "given": one.given, "reviewed_by": one.reviewed_by, "got": one.got.count, "mean": shown(one.got.mean) or None,
                "grades": dict(one.got.grades), "fewer_than_asked": one.fewer,
            }
            for one in seen.groups
        ],
        "pairs": [
            {
                "review": pair.review.id, "reviewer": pair.reviewer, "reviewed": pair.reviewed, "owed_by": list(pair.who),
                "assigned_at": pair.assigned_at, "until": pair.until, "missed": pair.is_missed(at),
                "score": shown(pair.opinion.score) or None if pair.opinion else None,
                "grade": pair.opinion.grade if pair.opinion else None,
                "comment": pair.opinion.comment if pair.opinion else None, "name": pair.name or None,
                "given_at": pair.given_at,
            }
            for pair in seen.pairs
        ],
    }  # fmt: skip


@group.command(
    "give",
    help=text(
        "一个组评分到的一个组：分数或等第，和评语。截止以前可以再评，以最后一次为准。许多一起交，用 peers import。",
        "A group reviews one that it was given: a score or grade, and a comment. It may be given anew while the review is "
        "open; the last counts. For many at once use peers import.",
    ),
)
def give_one(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    cohort: Annotated[str, typer.Option("--cohort", "-c", metavar=text("班级", "COHORT"), help=text("哪个组评的", "The group that reviews"))],
    on: Annotated[str, typer.Option("--on", metavar=text("班级", "COHORT"), help=text("评的是哪个组", "The group that is reviewed"))],
    comment: Annotated[str, typer.Option(metavar=text("评语", "TEXT"), help=text("评语，永久保存", "What is said of it; it is kept for ever"))],
    name: Annotated[str, typer.Option(metavar=text("姓名", "NAME"), help=text("谁评的，永久保存", "Who gives it; it is kept for ever"))],
    score: Annotated[str | None, typer.Option(metavar=text("分数", "SCORE"), help=text("按分数评的", "Where scores are given"))] = None,
    grade: Annotated[str | None, typer.Option(metavar=text("等第", "GRADE"), help=text("按等第评的", "Where grades are given"))] = None,
    review: AnyReview = None,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    opinion = Opinion(None if score is None else hundredths(score, "--score"), grade, comment)
    with transaction(database_within()) as session:
        calendar = calendar_named(session, programme)
        zone = calendar.zoneinfo
        effective_at = not_to_come(happened(at, zone, "--at"), zone, "--at")
        by = Decision(comment, name, effective_at, now(), document=document)
        (reviewer,) = cohorts_named(session, programme, [cohort])
        (reviewed,) = cohorts_named(session, programme, [on], whosever=True)
        number = newest_edition(session, programme).programme_id
        pair = Pair(number, _the_one(calendar, review), reviewer.id or 0, reviewed.id or 0)
        give(session, calendar, pair, opinion, by)
    if json:
        as_json({"reviewer": cohort, "reviewed": on, "said": _said(opinion), "effective_at": effective_at})
    else:
        lines(say(DONE(reviewer=cohort, reviewed=on, said=_said(opinion))))


def _the_one(calendar: TermCalendar, review: str | None) -> PeerReview:
    found = reviews_named(calendar, review)
    if len(found) != 1:
        raise refuse(WHICH(names=[one.name for one in found]), "--review")
    return found[0]


imports(
    group,
    "peers",
    "从表格收许多评价，一行一个（空白表格见 template peers，已分配的见 peers export）。",
    "Take in many reviews from a sheet, a row each (template peers writes an empty one, peers export the assigned ones).",
)


@group.command(
    help=text(
        "写成工作簿：谁评谁，填上分数和评语可以再导入；各组得分的均分。",
        "Write a workbook: who reviews whom, to be filled in and imported again, and the mean of what each group got.",
    )
)
def export(
    programme: Programme,
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help=text("写到哪个文件", "The file to write"))],
    review: AnyReview = None,
    json: AsJson = False,
) -> None:
    check_free(out)
    at = now()
    with reading(database()) as session:
        calendar = calendar_named(session, programme)
        seen = _seen(session, programme, calendar, review, at)
    write_peers(calendar, seen, at, out, locale())
    pairs = sum(len(one.pairs) for one in seen)
    tell_exported(out, pairs, json=json, reviews=pairs)
