"""Bands of values: each runs forward, none overlaps another, and nothing that can occur falls between two."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from calendars.messages import Wording
from calendars.quantities import HUNDREDTHS, shown
from calendars.values import Banded

if TYPE_CHECKING:
    from calendars.draft import Path, Place
    from calendars.scales import Scale
    from calendars.term import Task

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
    zh="最高的分数段到 {found} 为止，而任务“{task}”的最高分是{high}",
    en="the highest band ends at {found}, and the highest score of task {task!r} is {high}",
)

Placed = list[tuple["Path", Banded]]  # each with where it stands in its component


def check_bands(place: Place, bands: Placed, step: int) -> bool:
    """Report what is backwards, overlapping or between, values coming in these steps; whether all was well."""
    forward = [(path, band) for path, band in bands if band.high is None or band.low <= band.high]
    before = len(place.draft.found)
    for path, band in bands:
        if (path, band) not in forward:
            place.report(path, BAND_BACKWARDS(band=band), at_key=True)
    ordered = sorted(forward, key=lambda one: one[1].low)
    for (_, lower), (path, upper) in pairwise(ordered):
        if lower.high is None or upper.low <= lower.high:
            place.report(path, BANDS_OVERLAP(other=lower), at_key=True)
        elif upper.low > lower.high + step:
            between = Banded(low=lower.high + step, high=upper.low - step)
            place.report(path, BANDS_GAP(other=lower, between=between), at_key=True)
    return len(place.draft.found) == before


def check_ends(place: Place, bands: Placed, task: Task, scale: Scale) -> None:
    """Every band lies inside the scale of a task's marks, and the best one reaches its top."""
    facts = {"task": task.id, "low": shown(scale.low), "high": shown(scale.high)}
    for path, band in bands:
        if band.low < scale.low or (band.high or band.low) > scale.high:
            place.report(path, BAND_OUTSIDE(**facts), at_key=True)
    path, best = max(bands, key=lambda one: one[1].low)
    if best.high is not None and best.high < scale.high:
        message = BANDS_END_BELOW(found=shown(best.high), task=task.id, high=shown(scale.high))
        place.report(path, message, at_key=True)


def step_of(bands: Iterable[Banded]) -> int:
    """The finest decimals that a bound is written with: a whole, a tenth or a hundredth."""
    bounds = [bound for band in bands for bound in (band.low, band.high) if bound is not None]
    return next(step for step in (HUNDREDTHS, 10, 1) if all(bound % step == 0 for bound in bounds))
