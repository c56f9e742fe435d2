"""The heads of the chains on their way out of the database, at the end of each night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Locale, Message, Problem, Wording
from exchange.head_file import Keeping, keep_heads
from flows.events import seals_kept
from flows.markdown import plain
from flows.settings import OfficeSettings

TITLE = Wording("锁定的成绩", "Sealed scores")
STANDING = Wording(
    "共锁定{links}次，这一夜新增{new}次。总校验码（数据库之外的见证）：`{fingerprint}`",
    "{links:seal|seals}, {new} of them new tonight. What stands for all of them, as a witness outside of the database: "
    "`{fingerprint}`",
)
NO_LONGER = Wording(
    "有{count}处与留存在外的校验码不符：{first}。请运行 yanxiu seal verify",
    "{count:place is|places are} not as kept outside of the database: {first}. Run yanxiu seal verify",
)


@dataclass(frozen=True)
class Witness:
    """What came of keeping the heads: how they stand, unless they cannot be kept, and what is wrong with them."""

    keeping: Keeping | None
    problems: list[Problem]

    def wrong(self, locale: Locale) -> Message | None:
        if not self.problems:
            return None
        return NO_LONGER(count=len(self.problems), first=self.problems[0].text(locale))

    def lines(self, locale: Locale) -> list[str]:
        """For a page, as Markdown."""
        found = []
        if self.keeping is not None:
            facts = {name: getattr(self.keeping, name) for name in ("links", "new", "fingerprint")}
            found.append(STANDING(**facts).text(locale))
        wrong = self.wrong(locale)
        return found + (["", f"**{plain(wrong.text(locale))}**"] if wrong else [])


def seals_of_the_night(engine: Engine, settings: OfficeSettings, as_of: datetime) -> Witness:
    """Keep what the night has sealed, and tell where something is no longer as it was kept."""
    keeping, problems = keep_heads(engine, settings.head_file, as_of, now())
    if keeping is not None and keeping.new:
        seals_kept(keeping.links, keeping.new, keeping.fingerprint)
    return Witness(keeping, problems)
