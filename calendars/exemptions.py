"""On which grounds a person may be exempt: named by the document, some with so many hours that must be done already."""

from __future__ import annotations

from calendars.quantities import Hundredths
from calendars.values import Cited


class Ground(Cited):
    """One ground. With `hours`, whoever claims it states how many, and fewer will not do."""

    name: str
    hours: Hundredths | None = None
