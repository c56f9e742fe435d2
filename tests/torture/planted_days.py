"""The days of an office full of planted people, in a process of its own with a clock that stands where a day needs it: run as
flows that Prefect looks on, so that it keeps whatever it would keep. Prints what each came to, and nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prefect import Flow
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    PREFECT_RESULTS_PERSIST_BY_DEFAULT,
    temporary_settings,
)
from sqlalchemy import Engine

from calendars.clock import frozen
from exchange.forms import Kind
from flows.desk import extend_deadline, lock_phase, resolve_hold, set_phase_dates
from flows.desk_checks import verify_seals, write_reminders_now
from flows.desk_files import export_to_outbox, import_file
from flows.desk_person import extend_for_one
from flows.nightly import begin_night, nightly
from flows.sending import sending
from flows.settings import OfficeSettings, chosen
from flows.sharing import advance_share, share
from flows.tidying import tidy
from models.database import open_database, reading
from tests.torture.planted_faults import FAULTS, fault
from workflows.holds import open_holds

ZONE = ZoneInfo("Asia/Shanghai")
SLUG = {"programme": "longcheng-2024"}
WHO = {"reason": "按文件办理", "name": "王主任"}
BY = {"operator": "王主任"}


class Days:
    """One office, and what its flows came to."""

    def __init__(self, settings: OfficeSettings, engine: Engine) -> None:
        self.settings = settings
        self.engine = engine
        self.came_to: list[tuple[str, str, str]] = []

    def runs(self, at: str, flow: Flow[..., Any], mail: str = "", **said: Any) -> None:
        """A flow at a moment, with letters to a mail server if one is named."""
        settings = self.settings.model_copy(update={"mail_url": mail}) if mail else self.settings
        with frozen(datetime.fromisoformat(at).replace(tzinfo=ZONE)), chosen(settings):
            state = flow(**said, return_state=True)
        self.came_to.append((flow.name, state.type.value, state.message or ""))

    def imports(self, files: dict[str, Kind], again: dict[str, Any]) -> None:
        """Bad ones that are to be written, and a good one that is not yet."""
        for name, kind in files.items():
            self.runs("2024-10-20 09:00", import_file, **SLUG, **BY, kind=kind, file=name, preview=False)
        self.runs("2024-10-20 09:00", import_file, **BY, **again)

    def terms(self, port: int, password: str) -> None:
        """The nights of a term, and the letters of each morning: by a server that lets nobody in, and by one that refuses some."""
        for night, morning in (
            ("2024-12-05 00:30", "2024-12-05 09:00"), ("2024-12-14 00:30", "2024-12-14 09:00"),
            ("2025-05-12 00:30", "2025-05-12 09:00"),
        ):  # fmt: skip
            self.runs(night, nightly, as_of=datetime.fromisoformat(night).replace(tzinfo=ZONE))
            self.runs(morning, sending, mail=f"smtp://office:{password}@127.0.0.1:{port}?starttls=no")
            self.runs(morning, sending, mail=f"smtp://127.0.0.1:{port}?timeout=5")

    def desk(self) -> None:
        """What an office decides, much of it refused."""
        at = "2025-06-01 09:00"
        self.runs("2025-06-01 00:30", nightly, as_of=datetime(2025, 6, 1, 0, 30, tzinfo=ZONE))
        for number in range(1, 8):
            for task in ("study", "plan", "assignment"):
                self.runs(at, extend_for_one, participation=number, until="2025-06-09", task=task, **WHO)
        for cohort in ("一班", "二班"):
            self.runs(at, extend_deadline, **SLUG, **WHO, phase="courses", cohort=cohort, until="2025-06-09")
            self.runs(at, lock_phase, **SLUG, **WHO, phase="review", cohort=cohort)
        dates = {"phase": "review", "opens": "2025-06-03", "closes": "2025-06-12"}
        self.runs(at, set_phase_dates, **SLUG, **WHO, cohort="一班", **dates)
        with reading(self.engine) as session:
            found = open_holds(session)[:-1]  # the last is left to its form
        for hold in found:
            for action in ("extend", *hold.actions):
                said = {"until": "2025-06-30"} if action == "extend" else {}
                self.runs(at, resolve_hold, hold=hold.id, action=action, **said, **WHO)
        self.runs("2025-06-13 09:00", write_reminders_now, **SLUG, **BY)
        self.runs("2025-06-14 09:00", nightly, as_of=datetime(2025, 6, 14, 0, 30, tzinfo=ZONE))
        self.runs("2025-06-14 09:00", export_to_outbox, **SLUG, **BY)
        self.runs("2025-06-14 09:00", verify_seals, **BY)

    def faults(self, port: int, again: dict[str, Any]) -> None:
        """The same with what must not be in the database, and with a database that says itself what it does not take."""
        at = "2025-06-20 09:00"
        acts: dict[str, Callable[[], None]] = {
            "night": lambda: self.runs(at, nightly, as_of=datetime(2025, 6, 20, 0, 30, tzinfo=ZONE)),
            "share": lambda: self.runs(at, share, night=1, number=1),
            "sending": lambda: self.runs(at, sending, mail=f"smtp://127.0.0.1:{port}?timeout=5"),
            "import": lambda: self.runs(at, import_file, preview=False, **BY, **again),
            "verify": lambda: self.runs(at, verify_seals, **BY),
            "lock": lambda: self.runs(at, lock_phase, **SLUG, **WHO, phase="review", cohort="一班"),
        }  # fmt: skip
        for one in FAULTS:
            with fault(self.engine, one):
                for act in one.met_by:
                    if act in acts:
                        acts[act]()
        self.runs(at, tidy)


def main(facts: dict[str, Any]) -> None:
    for waiting in (begin_night, advance_share):
        waiting.retry_delay_seconds = [0, 0, 0]
    settings = OfficeSettings(**facts["settings"])
    engine = open_database(settings.database_url)
    days = Days(settings, engine)
    told = {
        PREFECT_API_URL: facts["api"],
        PREFECT_HOME: settings.home / "prefect",
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        PREFECT_RESULTS_PERSIST_BY_DEFAULT: True,  # as somebody with a work pool may have set
    }
    with temporary_settings(told):
        days.imports(facts["files"], facts["again"])
        days.terms(facts["port"], facts["password"])
        days.desk()
        days.faults(facts["port"], facts["again"])
        for worker in (APILogWorker, EventsWorker):
            worker.drain_all(timeout=30, at_exit=False)
    engine.dispose()
    Path(facts["came_to"]).write_text(json.dumps(days.came_to, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
