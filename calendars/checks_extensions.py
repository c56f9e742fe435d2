"""Whether the bounds of extensions speak of what there is, and leave what is planned as it is."""

from __future__ import annotations

from calendars.checks_names import expect
from calendars.draft import Draft, Path
from calendars.extensions import edge_of
from calendars.messages import Wording
from calendars.nearest import nearest
from calendars.source import shortened

UNKNOWN = Wording(
    zh="没有叫“{found}”的任务、截止或上报{nearest}",
    en="there is no task, cutoff or filing called {found!r}{nearest}",
)
ONE_BOUND = Wording(zh="请写 at most 或 until，二者之一", en="say either `at most` or `until`")
BEFORE_PLANNED = Wording(
    zh="“{found}”原定 {planned}，晚于 {until}", en="{found!r} is planned for {planned}, after {until}"
)


def names_in_extensions(draft: Draft) -> None:
    for number, bound in enumerate(draft.calendar.extensions):
        for index, name in enumerate(bound.of):
            path: Path = ("extensions", number, "of", index)
            known = draft.names("tasks", "cutoffs", "filings")
            edge = edge_of(name)
            if edge is not None and name not in known:
                expect(draft, path, edge[0], "phases")
            elif name not in known:
                draft.report(path, UNKNOWN(found=shortened(name), nearest=nearest(name, sorted(known))))


def extensions_have_one_bound(draft: Draft) -> None:
    for number, bound in enumerate(draft.calendar.extensions):
        if draft.is_whole("extensions", number) and (bound.at_most is None) == (bound.until is None):
            draft.report(("extensions", number), ONE_BOUND())


def extensions_go_beyond_what_is_planned(draft: Draft) -> None:
    for number, bound in enumerate(draft.calendar.extensions):
        until = draft.instant(bound.until) if bound.until is not None else None
        for name in bound.of if until is not None else ():
            task = draft.task(name)
            planned = draft.instant((task.by or f"end of {task.phase}") if task else name)
            if planned is not None and until is not None and planned > until:
                facts = {"planned": draft.shown(planned, "end"), "until": draft.shown(until, "end")}
                draft.report(("extensions", number, "until"), BEFORE_PLANNED(found=name, **facts))
                break


CHECKS = (names_in_extensions, extensions_have_one_bound, extensions_go_beyond_what_is_planned)
