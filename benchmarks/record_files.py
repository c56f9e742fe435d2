"""Files of learning records as a platform sends them, and the same rows as the table holds them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.scored_term import AT_ONCE, CLOSING, Done, records
from benchmarks.terms import number_of
from models.types import seconds

HEADER = ("人员编号", "任务", "类型", "数量", "发生时间", "记录编号")
TOLD = {
    1: ("学习", "学习时间"), 2: ("作业", "提交"), 3: ("日志", "提交"), 4: ("研讨", "主题帖"), 5: ("研讨", "回复帖"),
}  # fmt: skip
ZONE = ZoneInfo("Asia/Shanghai")


def whole_term(enrolments: int, each: int) -> Iterator[Done]:
    for start in range(1, enrolments + 1, AT_ONCE):
        yield from records(range(start, min(start + AT_ONCE, enrolments + 1)), each)


def one_night(enrolments: int, each: int) -> Iterator[Done]:
    """One per cent as many, spread over everybody: one record of each so many-th learner."""
    return records(range(1, enrolments + 1, max(1, 100 // each)), 1, seed=1)


def write_file(path: Path, done: Iterator[Done]) -> int:
    """How many rows it has."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for count, one in enumerate(done, 1):  # noqa: B007
            happened = datetime.fromtimestamp(one.happened, ZONE)
            writer.writerow(
                (number_of(one.enrolment), *TOLD[one.activity], f"{one.amount / 100:g}", f"{happened:%Y-%m-%d %H:%M:%S}",
                 one.reference)
            )  # fmt: skip
    return count


def stored_rows(done: Iterator[Done], at_once: int = 100_000) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of the table of evidence, so many at a time, made up before anybody asks how long they take to insert."""
    received = seconds(CLOSING)
    while chunk := [
        (one.enrolment, 1, one.reference, 0, one.activity, "", one.amount, None, one.happened, received, None, one.happened << 15)
        for one in islice(done, at_once)
    ]:  # fmt: skip
        yield chunk
