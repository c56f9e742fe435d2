"""What Prefect keeps of nights long past is cleared away: ended runs with their logs, and old versions of pages.

Nothing of the term goes with it, which is in the office's own database. What waits for an answer, however long, stays, and so
does the newest version of each page. Annotations are real types here because Prefect reads them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from prefect import flow, get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, State
from prefect.states import Completed

from calendars.clock import now
from calendars.messages import Wording
from flows.faults import told_by_kind
from flows.loglines import line
from flows.settings import office_settings

AT_ONCE = 200  # in one answer, which is the most that Prefect gives
T = TypeVar("T")

TIDIED = Wording(
    zh="清理了{days}天以前的运行{runs}次、页面旧版本{pages}个",
    en="cleared away: {runs:run|runs} and {pages:old version|old versions} of pages, older than {days:day|days}",
)


@flow(name="tidy")
@told_by_kind()
def tidy() -> State[None]:
    """Clear away what Prefect keeps of runs that ended long ago (清理运行记录). Nothing of the term goes with it."""
    settings = office_settings()
    old = _ended_before(now() - timedelta(days=settings.keep_days))
    with get_client(sync_client=True) as client:
        pages = list(_old_versions(client, old))
        for page in pages:
            client.delete_artifact(page)
        runs = sum(_delete_runs(client, old))
    get_run_logger().info(line("tidied", runs=runs, pages=len(pages)))
    told = TIDIED(days=settings.keep_days, runs=runs, pages=len(pages))
    return Completed(message=told.text(settings.locale))


def _ended_before(instant: datetime) -> FlowRunFilter:
    return FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[*TERMINAL_STATES])),
        end_time=FlowRunFilterEndTime.model_validate({"before_": instant}),
    )


def _old_versions(client: SyncPrefectClient, old: FlowRunFilter) -> Iterator[UUID]:
    """Of the pages that old runs made: those of which there is a newer version."""
    newest = {page.latest_id for page in _pages(client.read_latest_artifacts)}
    made = partial(client.read_artifacts, flow_run_filter=old)
    yield from (page.id for page in _pages(made) if page.id not in newest)


def _pages(read: Callable[..., Sequence[T]]) -> Iterator[T]:
    offset = 0
    while found := read(limit=AT_ONCE, offset=offset):
        yield from found
        offset += len(found)


def _delete_runs(client: SyncPrefectClient, old: FlowRunFilter) -> Iterator[int]:
    while found := client.read_flow_runs(flow_run_filter=old, limit=AT_ONCE):
        for run in found:
            client.delete_flow_run(run.id)
        yield len(found)
