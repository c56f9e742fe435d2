"""Prefect as the window on the holds: one suspended run for each open hold, which waits for a person's answer.

Our table of holds is the truth. `reconcile` makes the runs agree with it, as often as it is called: it opens what
is missing, also what somebody cancelled or deleted, tells anew what has changed, and closes what is over.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.input import RunInput
from prefect.input.run_input import keyset_from_base_key
from prefect.states import Completed, Suspended
from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Wording
from flows.endings import CLEARED, Ending, ending_of, few_again
from flows.hold_form import form, waits_for
from flows.settings import OfficeSettings
from flows.stuck_list import summary_of
from models.database import reading
from workflows.answering import cohort_of
from workflows.cases import Case, cases
from workflows.holds import holds_of

FLOW = "hold"
DEPLOYMENT = "cohort-hold"
STUCK = "stuck"  # the tag of what waits for a person
ABANDONED = "abandoned"  # of a run that somebody cancelled, or whose process was killed
SUMMARY = 0  # in the place of a hold: the run that sums up all of them

WAITING = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED]
OVER = [StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED, StateType.CANCELLING]
PATIENCE = 10 * 366 * 86400  # seconds: a hold waits for a person, and Prefect wants a figure
PAGE = 200  # runs in one answer of the server
FORMS = "suspended-"  # how the keys of forms begin
MOST_INPUTS = 200  # three for each form; nobody is refused so often

NAME = Wording("{programme} · {cohort} · {phase}", "{programme} · {cohort} · {phase}")
TWIN = Wording("同一处卡住另有一个窗口", "the same hold has another run")


@dataclass
class Windows:
    """What a reconciliation found and did: the open holds, the run of each, and what was opened, told, closed.
    `cohorts` are all that it was about; nothing is shown where there is no deployment of the holds."""

    cases: list[Case] = field(default_factory=list)
    cohorts: set[int] = field(default_factory=set)
    shown: bool = False
    runs: dict[int, UUID] = field(default_factory=dict)
    pages: dict[int, UUID] = field(
        default_factory=dict
    )  # of cohorts: the newest, where it has been looked up
    opened: list[int] = field(default_factory=list)
    told_anew: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Window:
    """What a run shows: its name, what it waits for, its tags and its form."""

    hold: int
    name: str
    message: str
    tags: tuple[str, ...]
    asked: type[RunInput]


def reconcile(engine: Engine, settings: OfficeSettings, cohort_id: int | None = None) -> Windows:
    """Make the runs agree with the open holds, of one cohort or of all. Doing it twice changes nothing. Where the
    deployment is not there, as before the first `yanxiu up`, nothing is shown."""
    with reading(engine) as session:
        windows = Windows(cases(session, now(), cohort_id))
        mine = None if cohort_id is None else holds_of(session, cohort_id)
    with get_client(sync_client=True) as client:
        deployment = deployment_id(client)
        if deployment is None:
            return windows
        windows.shown = True
        windows.cohorts |= {case.hold.cohort_id for case in windows.cases}
        standing = waiting_runs(client, deployment, mine)
        for case in windows.cases:
            _show(client, deployment, settings, case, standing.get(case.hold.id, []), windows)
        if cohort_id is None:
            _untag_the_dead(client, deployment)
            _sum_up(client, deployment, settings, standing.get(SUMMARY, []), windows)
        for hold_id, run in _over(standing, windows.runs):
            with reading(engine) as session:
                ending = few_again(settings) if hold_id == SUMMARY else ending_of(session, settings, hold_id)
                cohort = cohort_of(session, hold_id)
            close(client, run, ending or Ending(CLEARED, TWIN().text(settings.locale), CLEARED.lower()))
            if ending is not None and cohort is not None:
                windows.cohorts.add(cohort)
                windows.closed.append(hold_id)
    return windows


def look(engine: Engine) -> Windows:
    """The open holds and the run of each, with nothing done about them."""
    with reading(engine) as session:
        windows = Windows(cases(session, now()))
    with get_client(sync_client=True) as client:
        deployment = deployment_id(client)
        standing = waiting_runs(client, deployment) if deployment else {}
    windows.runs = {hold: runs[0].id for hold, runs in standing.items()}
    return windows


def deployment_id(client: SyncPrefectClient) -> UUID | None:
    """The deployment of the holds, where it has been made."""
    try:
        return client.read_deployment_by_name(f"{FLOW}/{DEPLOYMENT}").id
    except ObjectNotFound:
        return None


def waiting_runs(
    client: SyncPrefectClient, deployment: UUID, holds: Collection[int] | None = None
) -> dict[int, list[FlowRun]]:
    """The runs that are not over, by hold, the oldest first. One that somebody is cancelling waits no more."""
    waiting = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=WAITING)),
    )
    found: dict[int, list[FlowRun]] = {}
    for offset in count(0, PAGE):
        page = client.read_flow_runs(flow_run_filter=waiting, limit=PAGE, offset=offset)
        for run in page:
            hold = run.parameters.get("hold_id")
            if hold is not None and (holds is None or hold in holds):
                found.setdefault(hold, []).append(run)
        if len(page) < PAGE:
            break
    for runs in found.values():
        runs.sort(key=lambda run: str(run.created))
    return found


def close(client: SyncPrefectClient, run: FlowRun, ending: Ending) -> None:
    """End a run that waits, and take it out of the list of what is stuck."""
    client.set_flow_run_state(run.id, Completed(name=ending.name, message=ending.message), force=True)
    retag(client, run.id, run.tags, ending.tag)


def retag(client: SyncPrefectClient, run_id: UUID, tags: Collection[str], tag: str) -> None:
    """Put another tag in the place of `stuck`."""
    client.update_flow_run(run_id, tags=[*(one for one in tags if one != STUCK), tag])


def _show(
    client: SyncPrefectClient,
    deployment: UUID,
    settings: OfficeSettings,
    case: Case,
    runs: list[FlowRun],
    windows: Windows,
) -> None:
    """Let one open hold have its run, with what is to be told of it now."""
    hold = case.hold
    names = {"programme": hold.programme_name, "cohort": hold.cohort, "phase": hold.phase_name}
    window = Window(
        hold.id,
        NAME(**names).text(settings.locale),
        waits_for(case).text(settings.locale),
        (STUCK, hold.label.text(settings.locale), case.county),
        form(case, settings.locale, settings.zoneinfo),
    )
    if _keep(client, deployment, window, runs, windows):
        windows.opened.append(hold.id)


def _sum_up(
    client: SyncPrefectClient,
    deployment: UUID,
    settings: OfficeSettings,
    runs: list[FlowRun],
    windows: Windows,
) -> None:
    """One run more with the worst first, where more cohorts are stuck than anybody looks through."""
    if len(windows.cases) > settings.most_in_sight:
        name, told = summary_of(windows.cases, windows.runs, settings)
        asked = RunInput.with_initial_data(description=told)
        _keep(client, deployment, Window(SUMMARY, name, name, (STUCK,), asked), runs, windows)


def _keep(
    client: SyncPrefectClient, deployment: UUID, window: Window, runs: list[FlowRun], windows: Windows
) -> bool:
    """Open a window, or tell in it what has changed. Says whether it is a new one."""
    if not runs:
        windows.runs[window.hold] = _open(client, deployment, window)
        return True
    windows.runs[window.hold] = runs[0].id
    if runs[0].state is not None and runs[0].state.is_paused() and _tell_anew(client, runs[0], window.asked):
        windows.told_anew.append(window.hold)
    return False


def _untag_the_dead(client: SyncPrefectClient, deployment: UUID) -> None:
    """Runs that were cancelled, or whose process was killed, leave the list: others stand in their place."""
    dead = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=OVER)),
        tags=FlowRunFilterTags(all_=[STUCK]),
    )
    for run in client.read_flow_runs(flow_run_filter=dead, limit=PAGE):
        retag(client, run.id, run.tags, ABANDONED)


def _over(standing: Mapping[int, list[FlowRun]], open_now: Collection[int]) -> Iterator[tuple[int, FlowRun]]:
    """Runs whose hold is over, and all but the first of a hold that has several. What somebody has just answered
    ends by itself."""
    for hold, runs in standing.items():
        for run in runs[1:] if hold in open_now else runs:
            if run.state is not None and run.state.is_paused():
                yield hold, run


def _open(client: SyncPrefectClient, deployment: UUID, window: Window) -> UUID:
    """A new run, suspended without a process. Its key is the hold's own, so nobody can open it twice; a run that
    was cancelled has used its key, and the next number is taken."""
    state: State[None] = Suspended(timeout_seconds=PATIENCE, pause_key="1", message=window.message)
    state.state_details.run_input_keyset = _keyset(1)
    for number in count(1):
        run = client.create_flow_run_from_deployment(
            deployment,
            parameters={"hold_id": window.hold},
            name=window.name,
            tags=window.tags,
            idempotency_key=f"hold-{window.hold}-{number}",
            state=state,
        )
        if run.state is not None and run.state.is_paused():
            _save(client, run.id, _keyset(1), window.asked)
            return run.id
    raise AssertionError("unreachable")


def _tell_anew(client: SyncPrefectClient, run: FlowRun, asked: type[RunInput]) -> bool:
    """Save the form again if it says something else by now, or was never saved."""
    assert run.state is not None
    keys = run.state.state_details.run_input_keyset or _keyset(1)
    standing = {
        one.key: one.value
        for one in client.filter_flow_run_input(
            run.id, key_prefix=FORMS, limit=MOST_INPUTS, exclude_keys=set()
        )
    }
    wanted = _values(keys, asked)
    if all(standing.get(key) == value for key, value in wanted.items()):
        return False
    for key in wanted.keys() & standing.keys():
        client.delete_flow_run_input(run.id, key)
    _save(client, run.id, keys, asked)
    return True


def _save(client: SyncPrefectClient, run_id: UUID, keys: Mapping[str, str], asked: type[RunInput]) -> None:
    for key, value in _values(keys, asked).items():
        with suppress(ObjectAlreadyExists):  # two reconciliations at once say the same
            client.create_flow_run_input(run_id, key=key, value=value)


def _values(keys: Mapping[str, str], asked: type[RunInput]) -> dict[str, str]:
    return {
        keys["schema"]: json.dumps(asked.model_json_schema(by_alias=True)),
        keys["description"]: json.dumps(asked._description),
    }


def _keyset(number: int) -> dict[str, str]:
    """Where Prefect keeps the n-th form of a run and its answer, as `suspend_flow_run` does with `key="n"`."""
    return {str(part): key for part, key in keyset_from_base_key(f"{FORMS}{number}").items()}


@dataclass(frozen=True)
class Filled:
    """The newest form of a run: its number, and what was filled in, if it was."""

    number: int
    values: dict[str, Any] | None


def newest_form(client: SyncPrefectClient, run_id: UUID) -> Filled:
    """The form that a run asked for last. Number 0: it has not asked yet."""
    inputs = {
        one.key: one.value
        for one in client.filter_flow_run_input(
            run_id, key_prefix=FORMS, limit=MOST_INPUTS, exclude_keys=set()
        )
    }
    number = 0
    while _keyset(number + 1)["schema"] in inputs:
        number += 1
    answer = inputs.get(_keyset(number)["response"])
    return Filled(number, None if answer is None else json.loads(answer))
