"""The process in which workbooks and CSV files are opened: a hostile one ends this process, and nothing else.

It is told one question a line as JSON, with the seconds that the answer may take of a processor, and answers one line for each.
`{"open": path}` is answered by what `SheetFile` says of the file; `{"rows": "first"}` and `{"rows": "next"}` by
`{"lines": …, "rows": …}`, some hundreds of rows at a time and none at the end, where `lines` is the number of the first row or, if
they do not follow one another, of each. Whatever is refused is answered by `{"refused": …}`. It can write no file; memory and time
are limited.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from calendars.messages import Message, Refused, Wording, refuse
from exchange.children import give_time, limited
from exchange.sheet_files import SheetFile, open_file

MOST_MEMORY = 4 << 30  # bytes of address space: a full sheet of twenty columns wants half of them
MOST_COLUMNS = 1_000
MOST_ROWS = 1_000  # in one answer
MOST_CELLS = 20_000  # likewise

TOO_WIDE = Wording(
    zh="第{line}行有{count}列，最多{most}列",
    en="line {line} has {count:column|columns}, and {most} are the most",
)


def main() -> None:
    """Answer until nobody asks any more."""
    limited(MOST_MEMORY)
    answer: dict[str, Any]
    opened: SheetFile | None = None
    blocks: Iterator[dict[str, Any]] = iter(())
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        give_time(asked["seconds"])
        try:
            if "open" in asked:
                path = Path(asked["open"])
                opened = open_file(path)
                answer = {"name": opened.name, "sha256": opened.sha256, "lines": opened.lines}
            else:
                assert opened is not None
                if asked["rows"] == "first":
                    blocks = _blocks(opened.rows(), path.name)
                answer = next(blocks, {"lines": 0, "rows": []})
        except Refused as refused:
            answer = {"refused": [[problem.where, problem.message] for problem in refused.problems]}
        _say(answer)


def _say(answer: dict[str, Any]) -> None:
    written = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=_written)
    sys.stdout.buffer.write(written.encode() + b"\n")
    sys.stdout.buffer.flush()


def _blocks(rows: Iterator[tuple[int, list[Any]]], file: str) -> Iterator[dict[str, Any]]:
    at_once = MOST_ROWS
    while block := list(islice(rows, at_once)):
        lines, cells = map(list, zip(*block, strict=True))
        widest = max(map(len, cells))
        if widest > MOST_COLUMNS:
            cells = [_narrow(line, row, file) for line, row in block]
        follow = lines[-1] - lines[0] == len(lines) - 1
        yield {"lines": lines[0] if follow else lines, "rows": cells}
        at_once = max(1, min(MOST_ROWS, MOST_CELLS // max(widest, 1)))


def _narrow(line: int, cells: list[Any], file: str) -> list[Any]:
    """Without the empty cells that stand behind what may be a column."""
    if any(cell != "" for cell in cells[MOST_COLUMNS:]):
        raise refuse(TOO_WIDE(line=line, count=len(cells), most=MOST_COLUMNS), file)
    return cells[:MOST_COLUMNS]


def _written(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, datetime | date | time):
        return [type(value).__name__, value.isoformat()]
    if isinstance(value, timedelta):
        return ["timedelta", value.total_seconds()]
    if isinstance(value, Message):
        return {"zh": value.wording.zh, "en": value.wording.en, "facts": dict(value.facts)}
    return str(value)


if __name__ == "__main__":
    main()
