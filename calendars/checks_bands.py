"""Bands of values: each runs forward, none overlaps another, and nothing that can occur falls between two."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from calendars.draft import Draft, Path
from calendars.messages import Wording
from calendars.quantities import HUNDREDTHS, shown
from calendars.term import Bands, Marked, Scale, Task
from calendars.values import Banded

BAND_BACKWARDS = Wording(zh="分数段前后颠倒：{band}", en="the band runs backwards: {band}")
BANDS_OVERLAP = Wording(zh="与分数段 {other} 重叠", en="this overlaps with the band {other}")
BANDS_GAP = Wording(
    zh="与分数段 {other} 之间有空档：{between}",
    en="there is a gap between this and the band {other}: {between}",
)
BAND_OUTSIDE = Wording(
    zh="分数段超出了任务“{task}”的分数 {low}..{high}",
    en="the band is outside the scores {low}..{high} of task {task!r}",
)
BANDS_END_BELOW = Wording(
    zh="最高的分数段到 {found} 为止，而任务“{task}”的最高分是 {high}",
    en="the highest band ends at {found}, and the highest score of task {task!r} is {high}",
)
BAND_OVER = Wording(zh="{found} 超过了这一项的 {most}", en="{found} is over the {most} of this component")
BANDS_BELOW = Wording(zh="没有哪个分数段给满 {most}", en="no band gives the full {most} of this component")


def bands_of_marks(draft: Draft) -> None:
    """The names of stretches of a marker's scores go by the steps in which scores are given."""
    for place in draft.whole_components():
        component = place.component
        if not isinstance(component, Marked) or not component.bands:
            continue
        for task in draft.tasks_of(component):
            if task.marks is not None and task.marks.step:
                bands = [((*place.path, "bands", name), band) for name, band in component.bands.items()]
                if _in_order(draft, bands, task.marks.step):
                    _check_ends(draft, bands, task, task.marks)
                break


def bands_of_amounts(draft: Draft) -> None:
    """Amounts of evidence come in whole numbers unless a bound has decimals."""
    for place in draft.whole_components():
        component = place.component
        if not isinstance(component, Bands):
            continue
        keys = draft.root.at((*place.path, "bands")).keys
        paths = [(*place.path, "bands", key) for key in keys]
        bands = [(path, band) for path, (band, _) in zip(paths, component.bands, strict=True)]
        _in_order(draft, bands, _step(band for _, band in bands))
        for path, (_, points) in zip(paths, component.bands, strict=True):
            if component.most and points > component.most:
                draft.report(path, BAND_OVER(found=shown(points), most=shown(component.most)))
        if component.most and all(points < component.most for _, points in component.bands):
            draft.report((*place.path, "bands"), BANDS_BELOW(most=shown(component.most)))


CHECKS = (bands_of_marks, bands_of_amounts)

_Placed = list[tuple[Path, Banded]]


def _in_order(draft: Draft, bands: _Placed, step: int) -> bool:
    """Report what is backwards, overlapping or between; whether all was well."""
    before = len(draft.found)
    forward = [(path, band) for path, band in bands if band.high is None or band.low <= band.high]
    for path, band in bands:
        if (path, band) not in forward:
            draft.report(path, BAND_BACKWARDS(band=_shown(band)), at_key=True)
    ordered = sorted(forward, key=lambda one: one[1].low)
    for (_, lower), (path, upper) in pairwise(ordered):
        if lower.high is None or upper.low <= lower.high:
            draft.report(path, BANDS_OVERLAP(other=_shown(lower)), at_key=True)
        elif upper.low > lower.high + step:
            between = _shown(Banded(low=lower.high + step, high=upper.low - step))
            draft.report(path, BANDS_GAP(other=_shown(lower), between=between), at_key=True)
    return len(draft.found) == before


def _check_ends(draft: Draft, bands: _Placed, task: Task, scale: Scale) -> None:
    """Every band lies inside the scale, and the best one reaches its top."""
    facts = {"task": task.id, "low": shown(scale.low), "high": shown(scale.high)}
    for path, band in bands:
        if band.low < scale.low or (band.high or band.low) > scale.high:
            draft.report(path, BAND_OUTSIDE(**facts), at_key=True)
    path, best = max(bands, key=lambda one: one[1].low)
    if best.high is not None and best.high < scale.high:
        message = BANDS_END_BELOW(found=shown(best.high), task=task.id, high=shown(scale.high))
        draft.report(path, message, at_key=True)


def _step(bands: Iterable[Banded]) -> int:
    """The finest decimals that a bound is written with: a whole, a tenth or a hundredth."""
    bounds = [bound for band in bands for bound in (band.low, band.high) if bound is not None]
    return next(step for step in (HUNDREDTHS, 10, 1) if all(bound % step == 0 for bound in bounds))


def _shown(band: Banded) -> str:
    if band.high == band.low:
        return shown(band.low)
    return f"{shown(band.low)}..{shown(band.high)}"
