"""What every run that an administrator starts by a form has in common: it does what was said or refuses it whole, and
its final state says which, in the office's language.

Nothing of a refused input is kept. A fault of the program is told by its kind alone, for its text might quote
somebody's data; `faults.log` has it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar, cast

from prefect import get_run_logger, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Locale, Message, Problem, Refused, Wording, joined, refuse
from flows.accesses import keep_refusals
from flows.faults import record
from flows.form_fields import NAME, OPTIONS, REASON
from flows.loglines import line
from flows.settings import OfficeSettings, office_settings
from flows.showing import show_holds
from models.database import open_database, reading
from models.migrating import require_current
from workflows.changes import Changes
from workflows.resolving import Decision
from workflows.scopes import acting_as, require_everything, scopes_of

T = TypeVar("T")

MOST_TOLD = 12  # problems in a state; a person mends those first
MOST_NAMED = 6  # cohorts in a line
MOST_PAGES = 20  # cohorts whose windows are looked at one by one

REFUSED = Wording(
    "没有执行，什么都没有改变。{problems}", "nothing was done and nothing has changed. {problems}"
)
AND_MORE = Wording("……还有{count}处", "… and {count} more")
OF_COHORTS = Wording("{where}：{what}", "{where}: {what}")
FAULT = Wording(
    "程序出错（{error}），正在做的已经撤回。详情记在本机的 faults.log",
    "the program failed ({error}), and what was begun is undone; the details are in faults.log on this machine",
)
WINDOWS_LATER = Wording(
    "{done} 但卡住班级的窗口没有能够更新（{error}），下一夜会更新",
    "{done} But the windows of stuck cohorts could not be brought up to date ({error}); the next night does it",
)
NEEDED = Wording("请填写“{field}”", "fill in {field!r}")
EITHER = Wording("“{first}”和“{second}”填且只填一个", "fill in {first} or {second}, one of them")
NAMED = Wording("{named}（{count}个班级）", "{named} ({count:cohort|cohorts})")
AND_OTHERS = Wording("{named}等", "{named} and others")

CHANGED = Wording("随即：{what}。", "At once: {what}.")
NOTHING_CHANGED = Wording("没有随即发生的变化。", "Nothing else changed at once.")
COUNTED = {
    "moves": Wording("阶段推进{count}次", "{count:phase|phases} moved"),
    "reminders": Wording("写出提醒{count}条", "{count:reminder|reminders} written"),
    "sealed": Wording("封存成绩单{count}张", "{count:score sheet|score sheets} sealed"),
    "holds_opened": Wording("新卡住{count}处", "{count:hold|holds} opened"),
    "holds_cleared": Wording("解除卡住{count}处", "{count:hold|holds} cleared"),
    "failed": Wording("{count}个班级出错，见卡住的班级", "{count:cohort|cohorts} failed, see the holds"),
}


@dataclass(frozen=True)
class Done:
    """What a run did, in words, and the cohorts whose windows may have to change: some, or by None all."""

    message: Message
    cohorts: Collection[int] | None = ()
    failed: bool = False  # done, and what came of it is bad


@dataclass(frozen=True)
class Desk:
    """One run: the office that it is of, its database, and the instant at which it was begun."""

    settings: OfficeSettings
    engine: Engine
    at: datetime

    @property
    def locale(self) -> Locale:
        return self.settings.locale

    def decision(self, reason: str, name: str) -> Decision:
        """Why and by whom, which must be said, from now on."""
        asked = Asking()
        asked.ask(lambda: needed(REASON, reason))
        asked.ask(lambda: self.asks(NAME, name))
        asked.end()
        return Decision(reason.strip(), name.strip(), self.at, self.at, str(runtime.flow_run.id))

    def asks(self, title: Wording, name: str, *, of_everything: bool = False) -> None:
        """Raises Refused where no operator is named in this field, or one who does not stand or may not do what concerns
        everybody."""
        needed(title, name)
        with reading(self.engine) as session:
            scopes_of(session)
            if of_everything:
                require_everything(session)


@dataclass
class Asking:
    """Collects what is wrong with one field after the other, so that all of it is told at once."""

    problems: list[Problem] = field(default_factory=list)

    def ask(self, read: Callable[[], T]) -> T:
        """What a field says. Where that is refused, the reasons are kept for `end`, which must come before any use."""
        try:
            return read()
        except Refused as refused:
            self.problems += refused.problems
            return cast("T", None)

    def must(self, read: Callable[[], T]) -> T:
        """The same for what the next fields cannot be read without."""
        before = len(self.problems)
        found = self.ask(read)
        if len(self.problems) > before:
            self.end()
        return found

    def end(self) -> None:
        if self.problems:
            raise Refused(self.problems)


def carry_out(act: Callable[[Desk], Done], name: str) -> State[None]:
    """Do it in an operator's name, and say in the final state what was done or why not."""
    settings = office_settings()
    engine = open_database(settings.database_url)
    try:
        require_current(engine)
        done = act(Desk(settings, acting_as(engine, name.strip()), now()))
        message = _agreeing(engine, settings, done).text(settings.locale)
        return Failed(message=message) if done.failed else Completed(message=message)
    except Refused as refused:
        programme = str(runtime.flow_run.parameters.get("programme") or "").strip()
        keep_refusals(engine, refused.problems, programme or None, settings.locale)
        told = REFUSED(problems=" · ".join(problems_told(refused.problems, settings.locale)))
        return Failed(message=told.text(settings.locale))
    except Exception as error:  # noqa: BLE001 - whoever started it is told, without anybody's data
        record(error)
        get_run_logger().error(line("failed", error=type(error).__name__))
        return Failed(message=FAULT(error=type(error).__name__).text(settings.locale))
    finally:
        engine.dispose()


def _agreeing(engine: Engine, settings: OfficeSettings, done: Done) -> Message:
    """Let the windows of stuck cohorts agree with what was done. It is done whether or not Prefect can be told."""
    try:
        if done.cohorts is None or len(done.cohorts) > MOST_PAGES:
            show_holds(engine, settings)
        else:
            for cohort_id in sorted(done.cohorts):
                show_holds(engine, settings, cohort_id)
    except Exception as error:  # noqa: BLE001 - what was decided stands
        record(error)
        return WINDOWS_LATER(done=done.message, error=type(error).__name__)
    return done.message


def problems_told(problems: Iterable[Problem], locale: Locale) -> Iterator[str]:
    """Every problem once, behind the fields or cohorts that have it; the first of them if there are very many."""
    places: dict[str, list[str]] = {}
    for problem in problems:
        place = OPTIONS[problem.where]().text(locale) if problem.where in OPTIONS else problem.where
        places.setdefault(problem.message.text(locale), []).append(place)
    for what, where in list(places.items())[:MOST_TOLD]:
        of = _listed([one for one in where if one], locale)
        yield OF_COHORTS(where=of, what=what).text(locale) if of else what
    if len(places) > MOST_TOLD:
        yield AND_MORE(count=len(places) - MOST_TOLD).text(locale)


def _listed(names: list[str], locale: Locale) -> str:
    return joined(names[:MOST_NAMED], locale) + ("…" if len(names) > MOST_NAMED else "")


def needed(title: Wording, value: str) -> str:
    """What was filled in. Raises Refused where nothing was."""
    if not value.strip():
        raise refuse(NEEDED(field=title()))
    return value.strip()


def exactly_one(first: Wording, one: str, second: Wording, other: str) -> None:
    """Raises Refused where both fields are filled in, or none."""
    if bool(one.strip()) == bool(other.strip()):
        raise refuse(EITHER(first=first(), second=second()))


def cohorts_in_words(names: Collection[str]) -> Message:
    """The first cohorts by name, and how many there are."""
    shown = [*names][:MOST_NAMED]
    return NAMED(named=AND_OTHERS(named=shown) if len(names) > MOST_NAMED else shown, count=len(names))


def changes_in_words(changes: Changes, locale: Locale) -> Message:
    """What else changed at once."""
    what = counts_in_words(changes, locale)
    return CHANGED(what=what) if what else NOTHING_CHANGED()


def counts_in_words(changes: Changes, locale: Locale) -> str:
    """The sums of what changed; empty where nothing did."""
    counts = {part: getattr(changes, part).total() for part in COUNTED}
    told = [COUNTED[part](count=count).text(locale) for part, count in counts.items() if count]
    return ("，" if locale == "zh" else ", ").join(told)
