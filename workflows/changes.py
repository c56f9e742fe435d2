"""What a night changed, as counts that add up: the same report from one batch or a hundred."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Changes:
    """Counts by key; `a + b` adds them. Keys hold programme, phase and kind names, never a person.

    moves: `programme|phase|state` · reminders: `programme` · sealed: `programme|assessment|pass` or `…|fail` ·
    holds_opened, holds_cleared: `programme|kind` · failed: `programme|cohort` · lapsed: `programme|filing` ·
    paired: `programme|peer review`, how many reviews were dealt out.
    """

    moves: Counter[str] = field(default_factory=Counter)
    reminders: Counter[str] = field(default_factory=Counter)
    sealed: Counter[str] = field(default_factory=Counter)
    holds_opened: Counter[str] = field(default_factory=Counter)
    holds_cleared: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    lapsed: Counter[str] = field(default_factory=Counter)
    paired: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Changes) -> Changes:
        return Changes(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))

    def __bool__(self) -> bool:
        return any(getattr(self, part.name) for part in fields(self))

    def programmes(self) -> set[str]:
        """The programmes in which something changed."""
        return {key.partition("|")[0] for part in fields(self) for key in getattr(self, part.name)}

    def as_json(self) -> str:
        """In the order in which it happened."""
        facts = {part.name: dict(getattr(self, part.name)) for part in fields(self)}
        return json.dumps(facts, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Changes:
        facts: dict[str, Any] = json.loads(text)
        return cls(**{part.name: Counter(facts.get(part.name, {})) for part in fields(cls)})
