"""After a night: Prefect's windows agree with the holds, and the pages of stuck cohorts say how they stand."""

from __future__ import annotations

from sqlalchemy import Engine

from flows.cohort_page import publish_cohorts
from flows.settings import OfficeSettings
from flows.windows import Windows, reconcile


def show_holds(engine: Engine, settings: OfficeSettings, cohort_id: int | None = None) -> Windows:
    """Open, tell anew and close what must be, of one cohort or of all, and draw the pages of those it is about."""
    windows = reconcile(engine, settings, cohort_id)
    if windows.shown:
        publish_cohorts(engine, settings, windows.cohorts | ({cohort_id} if cohort_id else set()), windows)
    return windows
