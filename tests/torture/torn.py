"""A write-ahead log torn where the machine stopped: the database opens, and nights take it to the same."""

from __future__ import annotations

import os
import random
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, make_url, select, text
from sqlmodel import Session, col

from models.database import open_database
from models.nights import Night
from tests.support.outcomes import outcome
from tests.torture.forked import begun, ended
from tests.torture.killed import NIGHTS, first_difference
from tests.torture.offices import Office, opened, two_classes
from tests.torture.promise import Promise
from workflows.night import night

PAGE = 4096


def attempt(number: int, folder: Path) -> None:
    office, meant = _logged(folder)
    dice, file = random.Random(number), folder / f"torn-{os.getpid()}.sqlite"
    for old in folder.glob(f"{file.name}*"):
        old.unlink()
    whole = make_url(office.url).database or ""
    shutil.copy(whole, file)
    log = Path(f"{file}-wal")
    told = _tear(dice, Path(f"{whole}-wal").read_bytes(), log)
    story = office.story
    story.engine = opened(f"sqlite:///{file}")
    try:
        with story.engine.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"], told
        with Session(story.engine) as session:
            last = session.execute(select(func.max(col(Night.as_of)))).scalar()
        for words in NIGHTS:
            if last is None or story.at(words) >= last:
                story.night(words)
        found = outcome(story)
    finally:
        story.engine.dispose()
    assert found == meant, f"{told}: {first_difference(found, meant)}"


def _tear(dice: random.Random, log: bytes, into: Path) -> str:
    """Cut off, or with a stretch that never reached the disk, or that is of something else."""
    at = dice.randrange(len(log))
    how = dice.choice(["cut off", "not written", "of something else", "one bit"])
    length = dice.randrange(1, 8 * PAGE)
    if how == "cut off":
        torn = log[:at]
    elif how == "one bit":
        torn = log[:at] + bytes([log[at] ^ (1 << dice.randrange(8))]) + log[at + 1 :]
    else:
        piece = bytes(length) if how == "not written" else dice.randbytes(length)
        torn = (log[:at] + piece + log[at + length :])[: len(log)]
    into.write_bytes(torn)
    return f"{how} at byte {at} of {len(log)}"


@cache
def _logged(folder: Path) -> tuple[Office, dict[str, Any]]:
    """A database whose nights are all in its log still, and what they came to."""
    office = two_classes(folder, "sqlite").branch(folder, "logged")

    def live() -> None:
        engine = open_database(office.url)
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA wal_autocheckpoint=0"))
        for words in NIGHTS:
            night(engine, office.story.at(words), office.story.at(words))
        os._exit(0)  # as it stands: whoever closes it folds the log into the file

    assert ended(begun(live)) == 0
    whole = office.branch(folder, "folded")
    file, log = make_url(whole.url).database, make_url(office.url).database
    shutil.copy(f"{log}-wal", f"{file}-wal")
    story = office.story
    story.engine = open_database(whole.url)
    meant = outcome(story)
    story.engine.dispose()
    assert len(meant["seals"]) > 0
    return office, meant


TORN = Promise("the log torn at random: it opens, and nights take it to the same", 1_000, 24, attempt)
