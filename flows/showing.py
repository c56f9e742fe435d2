"""What Prefect shows of our database: the windows on the holds, the pages of stuck cohorts, the page of the morning."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sqlalchemy import Engine

from flows.cohort_page import look_up_pages, publish_cohorts
from flows.events import HoldFacts, holds_opened, holds_resolved
from flows.loglines import line
from flows.morning import morning_page
from flows.settings import OfficeSettings
from flows.today import draw_today
from flows.windows import Windows, look, reconcile
from models.database import open_database, reading
from workflows.cases import briefly
from workflows.changes import Changes
from workflows.status import last_night

log = logging.getLogger("yanxiu")


def show_holds(engine: Engine, settings: OfficeSettings, cohort_id: int | None = None) -> Windows:
    """Open, tell anew and close the windows, of one cohort or of all, draw the pages of the cohorts that it is about,
    and say by events what began and what ended."""
    windows = reconcile(engine, settings, cohort_id)
    if windows.shown:
        about = windows.cohorts | ({cohort_id} if cohort_id is not None else set())
        publish_cohorts(engine, settings, about, windows)
        look_up_pages(windows)
        holds_opened(_facts(engine, windows.opened))
        holds_resolved(_facts(engine, windows.closed))
    return windows


def tell_resolved(engine: Engine, hold_id: int) -> None:
    """Say by an event that a hold which was answered is over."""
    holds_resolved(_facts(engine, [hold_id]))


def refresh_today(engine: Engine, settings: OfficeSettings, windows: Windows | None = None) -> None:
    """Write the page of the morning anew with the last night's changes and the holds of now."""
    if windows is None:
        windows = look(engine)
        look_up_pages(windows)
    with reading(engine) as session:
        last = last_night(session)
        if last is None:
            return
        page = morning_page(session, settings, last.as_of, Changes.from_json(last.report), windows)
    draw_today(page)


def show_everything(settings: OfficeSettings) -> None:
    """Make all of it agree, as after a start: beside the process that serves, which nothing of this may stop."""
    engine = open_database(settings.database_url)
    try:
        refresh_today(engine, settings, show_holds(engine, settings))
    except Exception as error:  # noqa: BLE001 - the next night makes it agree
        log.warning(line("holds not shown", error=type(error).__name__))
    finally:
        engine.dispose()


def _facts(engine: Engine, holds: Iterable[int]) -> list[HoldFacts]:
    with reading(engine) as session:
        return [HoldFacts(*brief) for brief in briefly(session, list(holds))]
