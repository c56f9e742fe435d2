"""`yanxiu night`, `yanxiu status`, `yanxiu holds`: the nightly advance, and what an office sees of it."""

from __future__ import annotations

import json as standard_json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import timedelta
from itertools import groupby
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Message, Wording, joined
from calendars.spoken_times import ending, not_to_come, shown, shown_end
from exchange.head_file import keep_heads
from exchange.masks import masked
from exchange.pinging import ping
from models.database import reading
from office.answers import as_json, lines, progress, table
from office.changed import STATES, changed_rows
from office.exits import Ends
from office.options import AsJson, OfProgramme
from office.place import database, database_within, settings
from office.words import locale, say, text
from workflows.changes import Changes
from workflows.holds import open_holds
from workflows.known import refuse_unknown
from workflows.lesson_lists import StudyStatus
from workflows.machines import PHASE
from workflows.night import night as run_night
from workflows.publishing import all_calendars
from workflows.resuming import sending_is_off
from workflows.status import TERM_OVER, PhaseStatus, Status
from workflows.status import status as status_of

app = typer.Typer()

LATE = timedelta(hours=26)  # a day, and two hours for a night that was slow

NIGHT_DONE = Wording(zh="已推进到 {as_of}", en="advanced to {as_of}")
NOTHING = Wording(zh="没有到期的事项", en="nothing was due")
COHORTS_FAILED = Wording(
    zh="{count}个班级推进时出错，已各自撤回，其他班级照常推进。见 yanxiu holds",
    en="{count:cohort|cohorts} failed and stayed as before; the others went on. See yanxiu holds",
)
KEPT = Wording(
    zh="新锁定{new}次，共{links}次，总校验码：{fingerprint}",
    en="new seals: {new}, in all: {links}; what stands for all: {fingerprint}",
)
NO_NIGHT = Wording(
    zh="已有26小时没有夜间推进（最近一次：{last}）。请查看 yanxiu up 是否在运行，或运行 yanxiu night",
    en="no night has run for 26 hours (the last one: {last}). See whether yanxiu up is running, or run yanxiu night",
)
NEVER = Wording(zh="从未", en="never")
NO_NIGHT_YET = Wording(zh="还没有夜间推进过", en="no night has run yet")
NO_HOLDS = Wording(zh="没有卡住的班级", en="no cohort is stuck")
NO_COHORTS = Wording(
    zh="还没有班级。先 yanxiu calendar publish，再 yanxiu roster import",
    en="there are no cohorts yet. First yanxiu calendar publish, then yanxiu roster import",
)

HELD = Wording(zh="卡住{count}处，见 yanxiu holds", en="open holds: {count}; see yanxiu holds")
APPEALS = Wording(
    zh="待决定的申诉{count}件，其中逾期{overdue}件，见 yanxiu appeal list",
    en="appeals to be decided: {count}, of them overdue: {overdue}; see yanxiu appeal list",
)
LAST_NIGHT = Wording(zh="夜间推进到：{as_of}", en="the nights have gone to: {as_of}")
NOT_FINISHED = Wording(zh="（没有完成）", en=" (not finished)")

ENDS_WHEN = {
    "all tasks shown": Wording(
        zh="“{phase}”没有结束日期，人人完成全部任务才结束；还没有完成的：{cohorts}",
        en="{phase} has no end: it ends when everybody has shown all its tasks; who has not: {cohorts}",
    ),
    "the office says so": Wording(
        zh="“{phase}”没有结束日期，项目办确认完成才结束 (accept --phase {id})：{cohorts}",
        en="{phase} has no end: it ends when the office says so (accept --phase {id}): {cohorts}",
    ),
    TERM_OVER: Wording(
        zh="“{phase}”没有结束日期，有日期的阶段都完成后结束：{cohorts}",
        en="{phase} has no end: it ends when every phase with dates is over: {cohorts}",
    ),
}
LACKING = Wording(zh="{cohort}（{count}人）", en="{cohort} ({count})")
AND_OTHERS = Wording(zh="{named}，另有{count}个班级", en="{named}, and {count} more")
COMPLETE, OVERDUE = Wording(zh="已完成", en="complete"), Wording(zh="逾期：", en="overdue: ")
NAMED = 8  # cohorts in a line; --json has them all


@app.command(
    help=text(
        "夜间推进：做完到某一时刻应做的一切——阶段推进、提醒、锁定成绩。漏了几夜、重复运行都不影响结果。\n\n"
        "不写 --as-of 就做到现在。只写日期指当天的 24:00，即次日 00:00。不能早于已经推进到的时刻，也不能是将来。\n\n"
        "退出码3：有班级推进时出错，或锁定的成绩与留存在数据库之外的校验码不符。",
        "Run a night: do everything due up to an instant: phases move, reminders are written, scores are sealed. "
        "Nights that were missed or run twice change no result.\n\n"
        "Without --as-of it goes up to now. A day alone is its 24:00, the next day's 00:00. It cannot go back "
        "behind a night that has run, nor into the future.\n\nExit code 3: cohorts failed, or what was sealed is not as the heads "
        "that were kept outside of the database.",
    )
)
def night(
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar=text("时间", "TIME"),
            help=text(
                "2024-12-08（当天 24:00）、“2024-12-08 24:00”或 ISO 时刻",
                "2024-12-08 (its 24:00), '2024-12-08 24:00' or an ISO instant",
            ),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    zone = settings().zoneinfo
    up_to = now() if as_of is None else not_to_come(ending(as_of, zone, "--as-of"), zone, "--as-of")
    engine = database()
    with progress(text("夜间推进", "Night")) as advance:
        changes = run_night(engine, up_to, now(), advance)
    kept, problems = keep_heads(engine, settings().head_file, up_to, now())
    if json:
        heads = {"links": kept.links, "fingerprint": kept.fingerprint} if kept else None
        as_json({"as_of": up_to, **standard_json.loads(changes.as_json()), "heads": heads})
    else:
        lines(say(NIGHT_DONE(as_of=shown_end(up_to, zone))))
        _print_changes(engine, changes)
        if kept and kept.new:
            lines(say(KEPT(new=kept.new, links=kept.links, fingerprint=kept.fingerprint)))
    for problem in problems:
        print(masked(problem.text(locale())), file=sys.stderr)
    if changes.failed:
        print(say(COHORTS_FAILED(count=changes.failed.total())), file=sys.stderr)
    not_told = ping(settings().ping_url, good=not (changes.failed or problems))
    if not_told is not None:
        print(say(not_told), file=sys.stderr)
    if changes.failed or problems:
        raise typer.Exit(Ends.ATTENTION)


def _print_changes(engine: Engine, changes: Changes) -> None:
    if not changes:
        lines(say(NOTHING))
        return
    with reading(engine) as session:
        rows = list(changed_rows(changes, all_calendars(session)))
    table([text("项目", "Programme"), text("变化", "Change"), text("数量", "Count")], rows)


@app.command(
    help=text(
        "哪些班级卡住了：为什么，从何时起，在等谁，怎样才能继续。\n\n退出码3：有班级卡住，或26小时没有夜间推进。",
        "Which cohorts are stuck: why, since when, on whom they wait, and what would let them go on.\n\n"
        "Exit code 3: cohorts are stuck, or no night has run for 26 hours.",
    )
)
def holds(programme: OfProgramme = None, json: AsJson = False) -> None:
    zone = settings().zoneinfo
    with reading(database_within()) as session:
        refuse_unknown(session, programme)
        found, late = open_holds(session, programme), is_late(status_of(session))
    if json:
        as_json([asdict(hold) for hold in found])
    elif found:
        table(
            [
                text("编号", "Hold"), text("项目", "Programme"), text("班级", "Cohort"), text("阶段", "Phase"),
                text("起于", "Since"), text("原因", "Why"), text("等待", "Waits on"), text("怎样继续", "What clears it"),
            ],
            [
                (
                    hold.id, hold.programme, hold.cohort, f"{hold.phase} {hold.phase_name}", shown(hold.since, zone),
                    say(hold.explanation), say(hold.waits_on_name), say(hold.clears),
                )
                for hold in found
            ],
        )  # fmt: skip
    else:
        lines(say(NO_HOLDS))
    _end(attention=bool(found), late=late)


@app.command(
    help=text(
        "各项目的阶段：日期、各状态的班级数、没有结束日期的阶段在等什么，以及最近一次夜间推进。\n\n退出码3：有班级卡住，26小时没有夜间推进，或恢复备份后没有在发送。",
        "Every programme's phases: dates, how many cohorts stand in which state, what an open phase without an end "
        "waits for, and the last night.\n\n"
        "Exit code 3: cohorts are stuck, no night has run for 26 hours, or nothing is sent after a restore.",
    )
)
def status(programme: OfProgramme = None, json: AsJson = False) -> None:
    zone = settings().zoneinfo
    with reading(database_within()) as session:
        refuse_unknown(session, programme)
        found, off = status_of(session, programme), sending_is_off(session)
    late = is_late(found)
    if json:
        as_json({**asdict(found), "late": late is not None, "sending_off": off is not None})
    elif found.phases:
        for (slug, name), phases in groupby(found.phases, lambda one: (one.programme, one.programme_name)):
            _phases(f"{name}  {slug}", phases, zone)
            for study in found.studies:
                if study.programme == slug:
                    _study(study, zone)
        lines(
            _last_night(found, zone), say(HELD(count=found.open_holds)) if found.open_holds else say(NO_HOLDS)
        )
        if found.appeals:
            lines(say(APPEALS(count=found.appeals, overdue=found.appeals_overdue)))
    else:
        lines(say(NO_COHORTS))
    if off is not None:
        print(say(off), file=sys.stderr)
    _end(attention=found.open_holds > 0 or off is not None, late=late)


def _phases(title: str, phases: Iterable[PhaseStatus], zone: ZoneInfo) -> None:
    """One programme's phases, with the ids by which other commands name them."""
    standing = list(phases)
    table(
        [
            text("代号", "Id"), text("阶段", "Phase"), text("开始", "Opens"), text("结束", "Closes"),
            text("锁定", "Locks"), text("班级", "Cohorts"),
        ],
        [
            (
                phase.phase, phase.phase_name, shown(phase.opens_at, zone), shown_end(phase.closes_at, zone),
                shown_end(phase.locks_at, zone), _states(phase.states),
            )
            for phase in standing
        ],
        title=title,
    )  # fmt: skip
    lines(*(line for phase in standing for line in _without_an_end(phase)))


def _without_an_end(phase: PhaseStatus) -> Iterator[str]:
    """What an open phase without an end waits for; of its cohorts those first in which most people lack something."""
    for when, words in ENDS_WHEN.items():
        waiting = sorted(
            (one for one in phase.waiting if one.ends_when == when), key=lambda one: -one.lacking
        )
        named = [
            LACKING(cohort=one.cohort, count=one.lacking) if one.lacking else one.cohort
            for one in waiting[:NAMED]
        ]
        more = len(waiting) - NAMED
        cohorts = AND_OTHERS(named=named, count=more) if more > 0 else named
        if waiting:
            yield say(words(phase=phase.phase_name, id=phase.phase, cohorts=cohorts))


def _study(study: StudyStatus, zone: ZoneInfo) -> None:
    """Which groups have which step of a lesson study before them."""
    table(
        [text("下一步", "Next step"), text("截止", "By"), text("研修组", "Groups"), ""],
        [
            (
                stands.step_name or say(COMPLETE), shown_end(stands.due_at, zone), len(stands.groups),
                (say(OVERDUE) if stands.overdue else "") + _some(stands.groups),
            )
            for stands in study.stands
        ],
        title=study.study_name,
    )  # fmt: skip


def _some(cohorts: list[str]) -> str:
    if len(cohorts) > NAMED:
        return say(AND_OTHERS(named=cohorts[:NAMED], count=len(cohorts) - NAMED))
    return joined(cohorts, locale())


def _states(counts: dict[str, int]) -> str:
    return "  ".join(f"{say(label)} {counts[name]}" for name, label in STATES.items() if name in counts)


def _last_night(found: Status, zone: ZoneInfo) -> str:
    last = found.last_night
    if last is None:
        return say(NO_NIGHT_YET)
    return say(LAST_NIGHT(as_of=shown_end(last.as_of, zone))) + (
        "" if last.finished_at else say(NOT_FINISHED)
    )


def is_late(found: Status) -> Message | None:
    """What to say if the nights have stopped while something is still to come."""
    last = found.last_night
    going = any(state not in PHASE.final for phase in found.phases for state in phase.states)
    if not going or (last and last.finished_at and now() - last.started_at <= LATE):
        return None
    zone = settings().zoneinfo
    return NO_NIGHT(last=shown(last.started_at, zone) if last else NEVER())


def _end(*, attention: bool, late: Message | None) -> None:
    if late is not None:
        print(say(late), file=sys.stderr)
    if attention or late is not None:
        raise typer.Exit(Ends.ATTENTION)
