"""How many cases an organisation may pass on: a share of its own, rounded down."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.filings import Filing as Defined
from calendars.filings import Link
from calendars.quantities import shown
from models.filings import Filing, FilingLink


@dataclass(frozen=True)
class Quota:
    """`of` so many that have come to the link, `passed` so many have gone on; `percent` in hundredths."""

    percent: int
    of: int
    passed: int

    @property
    def most(self) -> int:
        return self.of * self.percent // 100_00

    @property
    def left(self) -> int:
        return self.most - self.passed

    @property
    def share(self) -> str:
        return f"{shown(self.percent)}%"


def quota_of(session: Session, filing: Defined, link: Link, like: Filing, organisation_id: int) -> Quota:
    """The quota of an organisation at a link, among cases of the programme and week of this one."""
    return quotas(session, filing, link, like.programme_id, like.period).get(
        organisation_id, Quota(link.most or 0, 0, 0)
    )


def quotas(
    session: Session, filing: Defined, link: Link, programme_id: int, period: str = ""
) -> dict[int, Quota]:
    """The quota of every organisation to which cases have come at a link."""
    counted = (
        select(col(FilingLink.organisation_id), func.count(col(FilingLink.came_at)), func.count(col(FilingLink.passed_at)))
        .join(Filing, col(Filing.id) == col(FilingLink.filing_id))
        .where(
            col(Filing.programme_id) == programme_id, col(Filing.kind) == filing.id, col(Filing.period) == period,
            col(FilingLink.tier) == link.at, col(FilingLink.organisation_id).is_not(None),
        )
        .group_by(col(FilingLink.organisation_id))
    )  # fmt: skip
    return {place: Quota(link.most or 0, came, passed) for place, came, passed in session.execute(counted)}
