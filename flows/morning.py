"""The page that an administrator opens in the morning: who is stuck, what the night changed, what comes, the counts.

Counts, and the names of programmes, phases and cohorts; never a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from calendars.messages import Locale, Message, Wording
from calendars.spoken_times import shown, shown_end
from flows.changes_told import STATES, changes_lines
from flows.letters_told import WAYS, letters_lines
from flows.markdown import plain, table
from flows.seals import TITLE as SEALED
from flows.seals import Witness
from flows.settings import OfficeSettings
from flows.stuck_list import stuck_lines
from flows.windows import Windows
from workflows.changes import Changes
from workflows.coming import coming
from workflows.letter_counts import counted, reaching_nobody, unsent, ways_down
from workflows.resuming import sending_is_off
from workflows.status import PhaseStatus, last_night, status

KEY = "morning"
MOST_COMING = 60
AHEAD = timedelta(days=7)

TITLE = Wording("{as_of} 的夜间推进", "The night of {as_of}")
RAN = Wording("实际运行于 {at}", "it really ran at {at}")
STUCK = Wording("卡住的班级：{count}", "Cohorts that are stuck: {count}")
CHANGED = Wording("这一夜改变了什么", "What changed tonight")
LETTERS = Wording("{day} 的提醒", "The letters of {day}")
NOT_REACHED = Wording(
    "有{count}条提醒等了一天以上还没有发出：没有可以告知的人（见 yanxiu reminders unreachable），或没有在发送",
    "{count:reminder has|reminders have} waited for more than a day: nobody can be told (see yanxiu reminders unreachable), or "
    "nothing sends",
)
WAY_DOWN = Wording("渠道不通：{way}", "a channel is down: {way}")
COMING = Wording("今后七天到期", "Due in the next seven days")
NOTHING_COMES = Wording("没有到期的事项。", "Nothing is due.")
COMING_COLUMNS = (
    Wording("时间", "at"), Wording("对象", "of"), Wording("事项", "what"), Wording("班级数", "cohorts"),
    Wording("项目", "programme"),
)  # fmt: skip
WHAT = {
    "open": Wording("阶段开始", "phase opens"),
    "close": Wording("阶段结束", "phase ends"),
    "lock": Wording("锁定", "locks"),
    "task": Wording("任务截止", "task is due"),
}
STANDING = Wording("各项目进度（班级数）", "Where the programmes stand (cohorts)")
NO_PROGRAMMES = Wording("还没有班级。", "There are no cohorts yet.")
PHASE_COLUMN = Wording("阶段", "phase")
AND_MORE = Wording("……以及另外{count}项", "… and {count} more")


def morning_page(
    session: Session,
    settings: OfficeSettings,
    as_of: datetime,
    changes: Changes,
    windows: Windows,
    kept: Witness | None = None,
) -> str:
    """The whole page as Markdown."""
    locale, zone = settings.locale, settings.zoneinfo

    def heading(words: Message) -> list[str]:
        return ["", f"## {plain(words.text(locale))}", ""]

    last = last_night(session)
    ran = RAN(at=shown(last.started_at, zone)).text(locale) if last else ""
    cohorts = len({case.hold.cohort_id for case in windows.cases})
    return "\n".join(
        [
            f"# {TITLE(as_of=shown(as_of, zone)).text(locale)}", *([ "", ran] if ran else []),
            *heading(STUCK(count=cohorts)), *stuck_lines(windows.cases, windows.runs, locale, zone, windows.pages),
            *heading(CHANGED()), *changes_lines(session, changes, locale),
            *heading(LETTERS(day=_yesterday(as_of, zone))), *_letters(session, as_of, locale, zone),
            *heading(COMING()), *_coming(session, as_of, locale, zone),
            *heading(STANDING()), *_standing(session, locale),
            *([*heading(SEALED()), *kept.lines(locale)] if kept else []),
        ]
    )  # fmt: skip


def _yesterday(as_of: datetime, zone: ZoneInfo) -> date:
    return (as_of - timedelta(seconds=1)).astimezone(zone).date()


def _letters(session: Session, as_of: datetime, locale: Locale, zone: ZoneInfo) -> Iterator[str]:
    """What became of them, and what keeps others from going."""
    yield from letters_lines(counted(session, _yesterday(as_of, zone)), unsent(session), locale)
    lost = reaching_nobody(session, as_of)
    told = [NOT_REACHED(count=lost)] if lost else []
    told += [WAY_DOWN(way=WAYS[way]()) for way in sorted(ways_down(session))]
    off = sending_is_off(session)
    told += [off] if off is not None else []
    for one in told:
        yield from ("", one.text(locale))


def _coming(session: Session, as_of: datetime, locale: Locale, zone: ZoneInfo) -> Iterator[str]:
    found = coming(session, as_of, as_of + AHEAD)
    if not found:
        yield NOTHING_COMES().text(locale)
        return
    yield from table(
        [title().text(locale) for title in COMING_COLUMNS],
        (
            [
                shown(one.at, zone) if one.what == "open" else shown_end(one.at, zone), plain(one.name),
                WHAT[one.what]().text(locale), str(one.cohorts), plain(one.programme_name),
            ]
            for one in found[:MOST_COMING]
        ),
    )  # fmt: skip
    if len(found) > MOST_COMING:
        yield from ("", AND_MORE(count=len(found) - MOST_COMING).text(locale))


def _standing(session: Session, locale: Locale) -> Iterator[str]:
    """Each programme's phases with the number of cohorts in each state."""
    programmes: dict[tuple[str, str], list[PhaseStatus]] = {}
    for phase in status(session).phases:
        programmes.setdefault((phase.programme, phase.programme_name), []).append(phase)
    if not programmes:
        yield NO_PROGRAMMES().text(locale)
    for (_, name), phases in programmes.items():
        yield from (f"### {plain(name)}", "", *_phases(phases, locale), "")


def _phases(phases: Sequence[PhaseStatus], locale: Locale) -> Iterator[str]:
    seen = [state for state in STATES if any(state in phase.states for phase in phases)]
    yield from table(
        [PHASE_COLUMN().text(locale), *(STATES[state]().text(locale) for state in seen)],
        (
            [plain(phase.phase_name), *(str(phase.states.get(state, "")) for state in seen)]
            for phase in phases
        ),
    )
