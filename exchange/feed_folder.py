"""A folder of feeds: a file for each, with a name that stays; none of them replaced before all are written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from exchange.file_names import short
from models.terms import Cohort


def stems(cohorts: Iterable[Cohort]) -> dict[int, str]:
    """How the files of each cohort of a programme begin, by its number: no two alike, and the same at every time, since a
    cohort that comes later has the greater number."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for cohort in sorted(cohorts, key=lambda one: one.id or 0):
        stem, number = short(cohort.name), 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{short(cohort.name)} {number}"
        taken.add(stem.casefold())
        found[cohort.id or 0] = stem
    return found


class Replacing:
    """Files that are written beside where they belong, and come to stand there together at the end, or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: dict[Path, Path] = {}

    def __enter__(self) -> Self:
        return self

    def add(self, name: Path, content: bytes) -> bool:
        """Whether it is another than the file that is there."""
        place = self.folder / name
        if place.is_file() and place.read_bytes() == content:
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.part")
        self.parts[part] = place
        part.write_bytes(content)
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for part, place in self.parts.items() if kind is None else ():
                part.replace(place)
        finally:
            for part in self.parts:
                part.unlink(missing_ok=True)
