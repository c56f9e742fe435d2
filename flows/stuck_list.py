"""The list of what is stuck, as Markdown: in the page of the morning, and in the run that sums it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from calendars.messages import Locale, Wording
from calendars.spoken_times import shown
from flows.markdown import artifact_path, cohort_key, link, page_path, plain, run_path, table
from flows.settings import OfficeSettings
from workflows.cases import Case

MOST_LINES = 100  # with a line of their own; the others are counted

SUMMARY = Wording("卡住{count}处，涉及人数最多的在前", "{count} are stuck, the worst first")
NONE_STUCK = Wording("没有卡住的班级。", "No cohort is stuck.")
STUCK_COLUMNS = (  # the widest last, where a narrow window cuts it
    Wording("原因", "why"), Wording("班级", "cohort"), Wording("阶段", "phase"), Wording("起于", "since"),
    Wording("等待", "waits on"), Wording("人数", "people"), Wording("项目", "programme"),
)  # fmt: skip
OPEN_IT = Wording(
    "点“原因”打开表，作决定；点“班级”看它的页面。",
    "*Why* opens the form in which to decide, *cohort* its page.",
)
REST = Wording("其余{count}处，按区县和原因", "The other {count}, by county and kind")
REST_COLUMNS = (Wording("区县", "county"), Wording("原因", "kind"), Wording("数量", "count"))


def summary_of(cases: Sequence[Case], runs: Mapping[int, UUID], settings: OfficeSettings) -> tuple[str, str]:
    """The name of the run that sums up what is stuck, and what it shows: those first for whom most people wait."""
    worst = sorted(cases, key=lambda case: case.weight)
    name = SUMMARY(count=len(cases)).text(settings.locale)
    return name, "\n".join([f"## {name}", "", *stuck_lines(worst, runs, settings.locale, settings.zoneinfo)])


def stuck_lines(
    cases: Sequence[Case],
    runs: Mapping[int, UUID],
    locale: Locale,
    zone: ZoneInfo,
    pages: Mapping[int, UUID] = MappingProxyType({}),
) -> Iterator[str]:
    """The first hundred of them in their order, each with a link to its form and to its cohort's page (the newest of
    `pages`, or all of them); the others counted by county and kind."""
    if not cases:
        yield NONE_STUCK().text(locale)
        return
    first, rest = cases[:MOST_LINES], cases[MOST_LINES:]
    yield from (OPEN_IT().text(locale), "")
    yield from table(
        [title().text(locale) for title in STUCK_COLUMNS],
        (_case(case, runs, locale, zone, pages) for case in first),
    )
    if rest:
        yield from ("", f"### {REST(count=len(rest)).text(locale)}", "")
        counted = Counter((case.county, case.hold.label.text(locale)) for case in rest)
        yield from table(
            [title().text(locale) for title in REST_COLUMNS],
            ([plain(county), plain(kind), str(count)] for (county, kind), count in sorted(counted.items())),
        )


def _case(
    case: Case, runs: Mapping[int, UUID], locale: Locale, zone: ZoneInfo, pages: Mapping[int, UUID]
) -> list[str]:
    """A line that is no wider than the page: the form and the cohort's page tell the rest."""
    hold = case.hold
    run, why = runs.get(hold.id), hold.label.text(locale)
    page = pages.get(hold.cohort_id)
    path = artifact_path(page) if page else page_path(cohort_key(hold.cohort_id))
    return [
        link(why, run_path(run)) if run else plain(why), link(hold.cohort, path),
        plain(hold.phase_name), shown(hold.since, zone)[:10], plain(hold.waits_on_name.text(locale)),
        str(case.touched.people) if case.touched else "", plain(hold.programme_name),
    ]  # fmt: skip
