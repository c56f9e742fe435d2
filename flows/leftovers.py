"""Runs that a stopped machine left behind: Prefect goes on believing that they run.

A night of that kind holds the one place that the deployment has, so every later night would be cancelled without a
word. An answer to a hold would never be carried out.
"""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed, Scheduled

from calendars.messages import Locale, Wording

UNDERWAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]

LEFT_BEHIND = Wording(
    zh="执行它的进程已经停止。没有做完的由下一夜接着做",
    en="the process that ran it has stopped; the next night takes up what is left",
)


def settle_leftovers(deployment_id: UUID, locale: Locale) -> int:
    """Mark as crashed what no process runs any more, and say how many. For the one process that runs a deployment,
    before it begins."""
    with get_client(sync_client=True) as client:
        left = client.read_flow_runs(flow_run_filter=_underway(deployment_id))
        for run in left:
            client.set_flow_run_state(run.id, Crashed(message=LEFT_BEHIND().text(locale)))
    return len(left)


def take_up_answers(deployment_id: UUID) -> int:
    """Let what was answered, and what no process carries out any more, run again from the top, and say how many. An
    answer that was carried out already finds its hold cleared and ends by that."""
    with get_client(sync_client=True) as client:
        left = client.read_flow_runs(flow_run_filter=_underway(deployment_id))
        for run in left:
            client.set_flow_run_state(run.id, Scheduled(name="Resuming"), force=True)
    return len(left)


def _underway(deployment_id: UUID) -> FlowRunFilter:
    return FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDERWAY)),
    )
