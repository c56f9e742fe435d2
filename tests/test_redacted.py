"""What is left of a sentence where anybody may read it."""

from __future__ import annotations

from calendars.messages import Wording
from flows.redacted import redacted

UNKNOWN = Wording(zh="没有“{found}”，只有：{known}", en="there is no {found!r}, only: {known}")
COLUMN = Wording(zh="人员编号", en="number")
NAMED = Wording(zh="姓名 {name}", en="name {name}")


def test_of_several_things_that_are_quoted_not_even_their_number_is_told() -> None:
    told = redacted(UNKNOWN(found="李老师", known=["王老师", "赵老师"]))
    assert told.text("zh") == "没有“…”，只有：…"


def test_several_sentences_stay_without_what_they_quote() -> None:
    told = redacted(UNKNOWN(found="李老师", known=[COLUMN(), NAMED(name="王老师"), "赵老师"]))
    assert told.text("en") == "there is no '…', only: number, name …, …"
