"""The page of one cohort that is or was stuck: a Markdown artifact with a key of its own, a version for each change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.client.schemas.objects import ArtifactCollection
from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Locale, Message, Wording
from calendars.schedule import Moment, Unset
from calendars.spoken_times import shown, shown_end
from flows.machine_picture import machine_picture
from flows.markdown import cohort_key, link, plain, run_path, table
from flows.settings import OfficeSettings
from flows.windows import PAGE, Windows
from models.database import reading
from workflows.cases import LABELS, Case
from workflows.histories import CohortHistory, PhaseHistory, cohort_history
from workflows.machines import PHASE

STATES = {state.name: state.label for state in PHASE.states}
TRIGGERS = {(row.trigger, row.source, row.target): row.why for row in PHASE.rows}

TITLE = Wording("{cohort}（{programme}）", "{cohort} ({programme})")
MEMBERS = Wording("参训{count}人", "{count:person|people}")
STUCK = Wording("卡住", "stuck")
NOT_STUCK = Wording("没有卡住", "not stuck")
OPEN_THE_FORM = Wording("打开并作决定", "open it and decide")
MACHINE = Wording("“{phase}”现在的状态：{state}", "{phase} is {state} at present")
UNREADABLE = Wording(
    "它的学期日历读不懂，所以没有阶段和日期。",
    "Its term calendar cannot be read, so there are no phases and dates.",
)
PHASES = Wording("阶段和日期（日历所定 → 实际）", "phases and dates (planned → real)")
PHASE_COLUMNS = (
    Wording("阶段", "phase"), Wording("状态", "state"), Wording("任务完成", "tasks done"),
    Wording("时间已过", "time passed"), Wording("开始", "opens"), Wording("结束", "closes"), Wording("锁定", "locks"),
)  # fmt: skip
MOVED = Wording("{planned} → {real}", "{planned} → {real}")
DONE_OF = Wording("{done}/{owing}人", "{done} of {owing}")
HOLDS = Wording("卡住的历史", "holds so far")
HOLD_COLUMNS = (
    Wording("阶段", "phase"), Wording("原因", "why"), Wording("起于", "since"), Wording("止于", "until"),
    Wording("怎样解除", "cleared by"),
)  # fmt: skip
STILL = Wording("仍然卡住", "still stuck")
ITSELF = Wording("自动", "itself")
MOVES = Wording("最近的变化", "last moves")
MOVE_COLUMNS = (
    Wording("时间", "at"), Wording("阶段", "phase"), Wording("变化", "move"), Wording("原因", "why"),
)  # fmt: skip
UNSET = {
    Unset.TO_BE_DETERMINED: Wording("待定", "to be determined"),
    Unset.COMPLETE: Wording("完成时", "when complete"),
    Unset.OPEN_ENDED: Wording("不限", "no end"),
    Unset.WAITING: Wording("等待前一项", "waits"),
}


def publish_cohorts(
    engine: Engine, settings: OfficeSettings, cohorts: Collection[int], windows: Windows
) -> None:
    """Draw the pages of these cohorts, and keep a new version of each that has changed."""
    with get_client(sync_client=True) as client, reading(engine) as session:
        newest = newest_pages(client, cohorts)
        for cohort_id in sorted(cohorts):
            cases = [case for case in windows.cases if case.hold.cohort_id == cohort_id]
            page = cohort_page(cohort_history(session, cohort_id, now()), cases, windows.runs, settings)
            key, standing = cohort_key(cohort_id), newest.get(cohort_id)
            if standing is not None and standing.data == page:
                continue
            # It belongs to the hold's run, where its page shows it.
            run = next((windows.runs[case.hold.id] for case in cases if case.hold.id in windows.runs), None)
            client.create_artifact(ArtifactCreate(key=key, type="markdown", data=page, flow_run_id=run))


def look_up_pages(windows: Windows) -> None:
    """Find the newest page of every cohort that is stuck."""
    with get_client(sync_client=True) as client:
        found = newest_pages(client, {case.hold.cohort_id for case in windows.cases})
    windows.pages = {cohort_id: page.latest_id for cohort_id, page in found.items()}


def newest_pages(client: SyncPrefectClient, cohorts: Iterable[int]) -> dict[int, ArtifactCollection]:
    """The newest version of the page of each of these cohorts that has one."""
    found: dict[int, ArtifactCollection] = {}
    wanted = {cohort_key(cohort_id): cohort_id for cohort_id in cohorts}
    keys_in_order = list(wanted)
    for start in range(0, len(keys_in_order), PAGE):
        keys = ArtifactCollectionFilter(
            key=ArtifactCollectionFilterKey(any_=keys_in_order[start : start + PAGE])
        )
        for page in client.read_latest_artifacts(artifact_filter=keys, limit=PAGE):
            found[wanted[page.key]] = page
    return found


def cohort_page(
    history: CohortHistory, cases: Sequence[Case], runs: dict[int, UUID], settings: OfficeSettings
) -> str:
    """The page as Markdown."""
    return "\n".join(_lines(history, cases, runs, settings.locale, _zone(history, settings)))


def _zone(history: CohortHistory, settings: OfficeSettings) -> ZoneInfo:
    return ZoneInfo(history.zone) if history.zone else settings.zoneinfo


def _lines(
    history: CohortHistory, cases: Sequence[Case], runs: dict[int, UUID], locale: Locale, zone: ZoneInfo
) -> Iterator[str]:
    def say(words: Wording | Message) -> str:
        return plain((words() if isinstance(words, Wording) else words).text(locale))

    yield f"# {say(TITLE(cohort=history.cohort, programme=history.programme_name))}"
    yield ""
    yield say(MEMBERS(count=history.members))
    yield ""
    for case in cases:
        hold = case.hold
        form = link(OPEN_THE_FORM().text(locale), run_path(runs[hold.id])) if hold.id in runs else ""
        yield f"- **{say(STUCK)}** {plain(hold.phase_name)} · {say(hold.explanation)} · {shown(hold.since, zone)} {form}"
    if not cases:
        yield say(NOT_STUCK)
    yield ""
    for phase in _in_sight(history.phases, {case.hold.phase for case in cases}):
        yield f"### {say(MACHINE(phase=phase.name, state=STATES[phase.state]()))}"
        yield from ("", machine_picture(PHASE, phase.state, locale), "")
    if history.phases:
        yield from (f"### {say(PHASES)}", "")
        yield from table(
            [say(title) for title in PHASE_COLUMNS], (_phase(phase, say, zone) for phase in history.phases)
        )
    else:
        yield say(UNREADABLE)
    yield from ("", f"### {say(HOLDS)}", "")
    yield from table([say(title) for title in HOLD_COLUMNS], (
        [
            plain(hold.phase_name), say(hold.label), shown(hold.since, zone),
            shown(hold.until, zone) if hold.until else say(STILL), _cleared_by(hold.cleared_by, say),
        ]
        for hold in history.holds
    ))  # fmt: skip
    if history.moves:
        yield from ("", f"### {say(MOVES)}", "")
        yield from table([say(title) for title in MOVE_COLUMNS], (
            [
                shown(move.at, zone), plain(move.phase_name),
                f"{say(STATES[move.source])} → {say(STATES[move.target])}",
                say(TRIGGERS[move.trigger, move.source, move.target]),
            ]
            for move in history.moves
        ))  # fmt: skip


def _in_sight(phases: Sequence[PhaseHistory], held: Collection[str]) -> list[PhaseHistory]:
    """The phases that are held; of a cohort that goes on, the one that is under way."""
    stuck = [phase for phase in phases if phase.phase in held]
    going = [phase for phase in phases if phase.state in {"open", "closing", "held"}]
    return stuck or going[:1] or [phase for phase in phases if phase.state == "planned"][:1]


def _phase(phase: PhaseHistory, say: Any, zone: ZoneInfo) -> list[str]:
    pairs = zip(phase.planned, phase.real, strict=True)
    opens, closes, locks = (
        _when(planned, real, say, zone, start=place == 0) for place, (planned, real) in enumerate(pairs)
    )
    done = say(DONE_OF(done=phase.owing - phase.behind, owing=phase.owing)) if phase.owing else ""
    elapsed = "" if phase.elapsed is None else f"{phase.elapsed}%"
    state = say(STATES[phase.state])
    marked = f"**{state}**" if phase.state == "held" else state
    return [plain(phase.name), marked, done, elapsed, opens, closes, locks]


def _when(planned: Moment | None, real: datetime | None, say: Any, zone: ZoneInfo, *, start: bool) -> str:
    """The planned instant, and the real one where it is another."""

    def clock(at: datetime | None) -> str:
        """A whole day by its date alone: a start is its 00:00, an end its 24:00."""
        told = shown(at, zone) if start else shown_end(at, zone)
        return told.removesuffix(" 00:00" if start else " 24:00")

    if planned == real:
        return clock(real)
    meant = say(UNSET[planned]) if isinstance(planned, Unset) else clock(planned)
    return say(MOVED(planned=meant, real=clock(real))) if real else meant


def _cleared_by(action: str | None, say: Any) -> str:
    if action is None:
        return ""
    return say(ITSELF if action == "itself" else LABELS[action])
