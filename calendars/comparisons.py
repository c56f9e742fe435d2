"""Two tasks that measure the same thing at two times, such as a test before and one after, to be compared."""

from __future__ import annotations

from calendars.values import Cited, Identifier


class Comparison(Cited):
    """Each person's best record of the one task beside the best of the other, each by its own deadline."""

    id: Identifier
    name: str
    before: str  # a task
    after: str
