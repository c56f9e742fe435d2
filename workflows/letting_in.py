"""Late facts that a granted appeal lets count: the conditions by which one person's work is looked at then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, not_, or_

from workflows.basis import Admitted
from workflows.facts import EVIDENCE, MARK

_EVIDENCE_KEY = ("source_id", "reference", "revision")
_MARK_KEY = ("activity_id", "item", "giver", "revision")


@dataclass(frozen=True)
class LetIn:
    """Where nothing is let in, every condition stays as it is."""

    admitted: Admitted

    def evidence(self, standing: ColumnElement[bool]) -> ColumnElement[bool]:
        """Learning records that stand: as at the lock, but with those let in, and without those that they replace."""
        facts = self.admitted
        return _with(EVIDENCE, _EVIDENCE_KEY, standing, facts.evidence, facts.replaced_evidence)

    def marks(self, standing: ColumnElement[bool]) -> ColumnElement[bool]:
        return _with(MARK, _MARK_KEY, standing, self.admitted.marks, self.admitted.replaced_marks)

    def late(self, in_time: ColumnElement[bool]) -> ColumnElement[bool]:
        """In time, or let in although it happened late."""
        if not self.admitted.evidence:
            return in_time
        return or_(in_time, _any_of(EVIDENCE, _EVIDENCE_KEY, self.admitted.evidence))


NOBODY = LetIn(Admitted())


def _with(
    facts: Table,
    names: Sequence[str],
    standing: ColumnElement[bool],
    admitted: Sequence[Sequence[Any]],
    replaced: Sequence[Sequence[Any]],
) -> ColumnElement[bool]:
    if replaced:
        standing = and_(standing, not_(_any_of(facts, names, replaced)))
    return or_(standing, _any_of(facts, names, admitted)) if admitted else standing


def _any_of(facts: Table, names: Sequence[str], keys: Sequence[Sequence[Any]]) -> ColumnElement[bool]:
    return or_(
        false(),
        *(and_(*(facts.c[name] == value for name, value in zip(names, key, strict=True))) for key in keys),
    )
