"""What a part of the benchmarks finds: figures beside their floors, and what they are to reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Unit = Literal["s", "MB"]
Of = Literal["ratio", "value"]


@dataclass(frozen=True)
class Target:
    """A bound of a figure's ratio, or of the figure itself."""

    of: Of
    bound: float
    least: bool = False

    def met_by(self, figure: Figure) -> bool:
        found = figure.ratio if self.of == "ratio" else figure.value
        assert found is not None, figure
        return found >= self.bound if self.least else found <= self.bound

    def text(self, unit: Unit) -> str:
        bound = f"{self.bound:g}" if self.of == "ratio" else shown(self.bound, unit)
        return f"at least {bound}" if self.least else f"at most {bound}"


def ratio_up_to(bound: float) -> Target:
    return Target("ratio", bound)


def ratio_from(bound: float) -> Target:
    return Target("ratio", bound, least=True)


def up_to(bound: float) -> Target:
    return Target("value", bound)


@dataclass(frozen=True)
class Figure:
    """One line of the table: the tries at one thing, and as many or fewer at what it is measured by."""

    what: str
    values: tuple[float, ...]
    floors: tuple[float, ...] = ()
    targets: tuple[Target, ...] = ()
    unit: Unit = "s"
    main: bool = False  # shown for each size where several are asked for

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def floor(self) -> float | None:
        return median(self.floors) if self.floors else None

    @property
    def ratios(self) -> list[float]:
        """Of each try to its own floor, where each has one; otherwise to the median of the floors."""
        if not self.floors:
            return []
        if len(self.values) == len(self.floors):
            return [value / floor for value, floor in zip(self.values, self.floors, strict=True)]
        return [value / median(self.floors) for value in self.values]

    @property
    def ratio(self) -> float | None:
        return median(self.ratios) if self.floors else None

    @property
    def met(self) -> bool:
        return all(target.met_by(self) for target in self.targets)


@dataclass
class Found:
    """The figures of one part, under what they are measured by."""

    title: str
    size: str = ""
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self,
        what: str,
        values: float | Sequence[float],
        floors: float | Sequence[float] = (),
        *targets: Target,
        unit: Unit = "s",
        main: bool = False,
    ) -> None:
        self.figures.append(Figure(what, _several(values), _several(floors), targets, unit, main))

    def main(self) -> Iterator[Figure]:
        return (figure for figure in self.figures if figure.main)


def _several(values: float | Sequence[float]) -> tuple[float, ...]:
    return (values,) if isinstance(values, int | float) else tuple(values)


def shown(value: float, unit: Unit) -> str:
    """As a person reads it: three digits that matter, in the unit that suits them."""
    if unit == "MB":
        return (
            f"{value:,.0f} MB"
            if value >= 10
            else f"{value:,.1f} MB"
            if value >= 0.1
            else f"{value * 1024:.0f} kB"
        )
    if value >= 1:
        return f"{value:,.1f} s" if value < 100 else f"{value:,.0f} s"
    milliseconds = value * 1000
    if milliseconds >= 0.1:
        return f"{milliseconds:,.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
    return f"{value * 1_000_000:.1f} µs"


def shown_ratio(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"
