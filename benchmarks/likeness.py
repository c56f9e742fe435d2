"""How well likeness finds what was copied, and what that costs: made-up texts in which copies were planted.

`python benchmarks/likeness.py` makes 10,000 texts of 2,000 characters on SQLite and prints, by kind of copying, how much
was found (recall), how much of what was found was planted (precision), and time and memory beside a floor that is
measured in the same run: every run of ten letters hashed and sorted once.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlalchemy import Engine, insert
from sqlmodel import Session

from calendars.characters import characters_in
from calendars.reader import read_calendar
from models.database import open_database, transaction
from models.migrating import upgrade
from models.people import Organisation, Person
from models.texts import HandedFile, TextBody
from models.work import Activity, Enrolment, Evidence, Source
from workflows.alike import rings
from workflows.cohorts import create_cohort
from workflows.fingerprints import grams, letters
from workflows.likeness import Looking
from workflows.publishing import publish

Found = TypeVar("Found")
AT = datetime.fromisoformat("2024-10-01T00:00:00+00:00")
CALENDAR = """
programme: benchmark
name: 基准
zone: Asia/Shanghai
source: 基准
tiers: [county, school]
roles: {learner: 学员}
evidence: {handed_in: {name: 提交}}
phases:
  - {id: study, kind: online_study, name: 学习, window: 2024-09-01 .. 2024-09-30, locks: lock}
cutoffs: {lock: end of study}
tasks:
  - {id: plan, role: learner, phase: study, name: 规划, shows: handed_in}
assessments:
  - {id: result, of: learner, locks: lock, pass: all of 1, components: [{task: plan, points: 1, rule: flat}]}
likeness:
  - tasks: plan
    alike: 10%
    of: result
    waits on: county
    leave out: LEFT_OUT
"""


@dataclass
class Made:
    """Texts with what was planted in them: by kind of copying, groups of texts of which each shares with each."""

    texts: list[str]
    left_out: list[str]
    planted: dict[str, list[list[int]]] = field(default_factory=dict)


class Writer:
    """Writes texts of words that come as often as words do: the second half as often as the first, and so on."""

    def __init__(self, seed: int) -> None:
        self.dice = np.random.default_rng(seed)
        signs = 0x4E00 + self.dice.permutation(6000)[:3500]
        lengths = self.dice.choice([1, 2, 2, 2, 3, 4], 30_000)
        self.words = ["".join(map(chr, self.dice.choice(signs, length))) for length in lengths]
        often = 1 / np.arange(1, len(self.words) + 1)
        self.up_to = np.cumsum(often / often.sum())

    def text(self, length: int) -> str:
        chosen = np.searchsorted(self.up_to, self.dice.random(length))
        return "".join(self.words[word] for word in chosen.tolist())[:length]

    def reworded(self, text: str, every: int) -> str:
        """With about one sign of so many replaced by another."""
        signs = list(text)
        for at in np.flatnonzero(self.dice.random(len(signs)) < 1 / every):
            signs[at] = chr(0x4E00 + int(self.dice.integers(6000)))
        return "".join(signs)

    def below(self, most: int) -> int:
        return int(self.dice.integers(most))


def put(text: str, passage: str, at: int) -> str:
    """A passage in place of as many characters."""
    return text[:at] + passage + text[at + len(passage) :]


def made(count: int, length: int, seed: int) -> Made:
    """Texts of which three in five quote a paper that is left out, and three in ten hold a sentence that everybody was
    given and nobody listed. In some of them copies are planted, in none of them twice."""
    writer = Writer(seed)
    texts = [writer.text(length) for _ in range(count)]
    papers = [writer.text(200) for _ in range(5)]
    sentence = writer.text(length * 4 // 100)
    for number in range(count):
        if number % 5 < 3:
            texts[number] = put(texts[number], papers[number % 5], length - 220)
        if number % 10 < 3:
            texts[number] = put(texts[number], sentence, length - 320)
    found = Made(texts, papers)
    free = iter(writer.dice.permutation(count).tolist())
    room = length - 320  # before what everybody has
    pairs = max(count // 50, 2)

    def plant(kind: str, groups: int, size: int, share: int, change: Callable[[str], str] = str) -> None:
        """Groups in which each after the first has this share of a text, in percent, from the first."""
        passage_length = length * share // 100
        for _ in range(groups):
            group = [next(free) for _ in range(size)]
            start = writer.below(room - passage_length)
            passage = found.texts[group[0]][start : start + passage_length]
            for number in group[1:]:
                found.texts[number] = put(
                    found.texts[number], change(passage), writer.below(room - passage_length)
                )
            found.planted.setdefault(kind, []).append(group)

    plant("15% copied as it is", pairs, 2, 15)
    plant("40% copied as it is", pairs, 2, 40)
    plant("40% copied, one sign of 30 reworded", pairs, 2, 40, lambda text: writer.reworded(text, 30))
    plant("40% copied, one sign of 15 reworded", pairs, 2, 40, lambda text: writer.reworded(text, 15))
    plant("rings of five, 20% in common", max(pairs // 5, 1), 5, 20)
    plant("rings of sixty, 20% in common", max(pairs // 100, 1), 60, 20)
    plant("4% copied: below what is looked at", pairs, 2, 4)
    return found


def stored(engine: Engine, work: Made) -> Looking:
    """The texts of one programme, each of one person, as an import leaves them."""
    calendar_text = CALENDAR.replace("LEFT_OUT", str(work.left_out).replace("'", '"'))
    calendar = read_calendar(calendar_text, "benchmark")
    numbers = range(1, len(work.texts) + 1)
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in work.texts]
    with transaction(engine) as session:
        edition = publish(session, calendar_text, calendar, "b", AT)
        county = Organisation(tier="county", name="县")
        session.add_all([county, Source(programme_id=edition.programme_id, name="p")])
        session.add(Activity(programme_id=edition.programme_id, task="plan", kind="handed_in"))
        session.flush()
        cohort = create_cohort(session, calendar, edition, "一班", county.id or 0, AT)
        session.execute(insert(Person), [{"id": n, "number": f"N{n}", "name": "某"} for n in numbers])
        session.execute(insert(Enrolment), [
            {"id": n, "cohort_id": cohort.id, "person_id": n, "organisation_id": county.id, "role": "learner",
             "status": "enrolled", "joined_at": AT, "received_at": AT} for n in numbers
        ])  # fmt: skip
        session.execute(insert(Evidence), [
            {"enrolment_id": n, "source_id": 1, "reference": f"r{n}", "revision": 0, "activity_id": 1, "item": "",
             "amount": 100, "characters": None, "happened_at": AT, "received_at": AT, "withdrawn_at": None, "digest": n}
            for n in numbers
        ])  # fmt: skip
        session.execute(insert(TextBody), [
            {"sha256": sha256, "body": text, "characters": characters_in(text)}
            for sha256, text in dict(zip(hashes, work.texts, strict=True)).items()
        ])  # fmt: skip
        session.execute(insert(HandedFile), [
            {"id": n, "enrolment_id": n, "source_id": 1, "reference": f"r{n}", "revision": 0, "name": "t.txt", "size": 1,
             "sha256": hashes[n - 1], "text": hashes[n - 1]} for n in numbers
        ])  # fmt: skip
        programme = edition.programme_id
    at = datetime.fromisoformat("2024-11-01T00:00:00+00:00")
    return Looking(Session(engine), programme, calendar, calendar.likeness[0], at, keeps=True)


def timed(work: Callable[[], Found]) -> tuple[Found, float]:
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def peak() -> float:
    """The most memory that this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def floor(texts: list[str]) -> int:
    """The least that any comparison by runs of letters does."""
    return len(np.sort(np.concatenate([grams(letters(text)) for text in texts])))


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--texts", type=int, default=10_000)
    asked.add_argument("--characters", type=int, default=2_000)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    work = made(options.texts, options.characters, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'yanxiu.sqlite'}")
        upgrade(engine)
        looking = stored(engine, work)
        before = peak()
        pairs, seconds = timed(lambda: looking.pairs)
        after = peak()
        looking.session.commit()
        again = Looking(looking.session, looking.programme_id, looking.calendar, looking.likeness, looking.at)
        kept, once_more = timed(lambda: again.pairs)
        assert kept == pairs
        _, bare = timed(lambda: floor(work.texts))
    print(f"{options.texts} texts of {options.characters} characters, {len(pairs)} pairs found")
    told(work, [(pair.first.id - 1, pair.second.id - 1) for pair in pairs])
    print(
        f"  compared        {seconds:7.1f} s  {seconds / bare:5.1f}   peak memory {after:.0f} MB, {before:.0f} before"
    )
    print(f"  asked once more {once_more:7.1f} s  {once_more / bare:5.1f}")
    print(f"  the floor       {bare:7.1f} s    1.0   every run of ten letters hashed and sorted once")


def told(work: Made, found: list[tuple[int, int]]) -> None:
    """Recall by kind: of those who copied, who hangs together with the one from whom. Precision over all pairs found."""
    ring_of = {text: ring for ring, texts in enumerate(rings(found)) for text in texts}
    group_of = {
        text: (kind, group[0]) for kind, groups in work.planted.items() for group in groups for text in group
    }
    for kind, groups in work.planted.items():
        copies = [(text, group[0]) for group in groups for text in group[1:]]
        reached = sum(ring_of.get(text, -1) == ring_of.get(first, -2) for text, first in copies)
        print(f"  {kind:<40} {reached:5} of {len(copies):5}   recall {reached / len(copies):.3f}")
    true = sum(first in group_of and group_of[first] == group_of.get(second) for first, second in found)
    print(f"  precision: {true} of {len(found)} pairs were planted, {true / max(len(found), 1):.4f}")


if __name__ == "__main__":
    main()
