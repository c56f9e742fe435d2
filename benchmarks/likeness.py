"""How well likeness finds what was copied, and what that costs: made-up texts in which copies were planted.

By kind of copying, how much was found (recall), how much of what was found was planted (precision), and time and memory
beside a floor that is measured in the same run: every run of ten letters hashed and sorted once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, insert
from sqlmodel import Session

from benchmarks.databases import Files, opened
from benchmarks.figures import Found
from benchmarks.measuring import peak, seconds_of, timed
from benchmarks.sizes import Sizes
from benchmarks.terms import PROGRAMME, Shape, lay_out
from calendars.characters import characters_in
from calendars.reader import read_calendar
from models.database import transaction
from models.migrating import upgrade
from models.texts import HandedFile, TextBody
from models.work import Evidence
from workflows.alike import rings
from workflows.fingerprints import grams, letters
from workflows.likeness import Looking

CHARACTERS = 2_000  # of a text
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
    lay_out(engine, Shape(calendar_text, AT, len(numbers), len(numbers), (("plan", "handed_in"),)))
    with transaction(engine) as session:
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
    at = datetime.fromisoformat("2024-11-01T00:00:00+00:00")
    return Looking(Session(engine), PROGRAMME, calendar, calendar.likeness[0], at, keeps=True)


def floor(texts: list[str]) -> int:
    """The least that any comparison by runs of letters does."""
    return len(np.sort(np.concatenate([grams(letters(text)) for text in texts])))


def measure(sizes: Sizes, folder: Path) -> Found:
    work = made(sizes.texts, CHARACTERS, seed=1)
    with opened(Files(folder).new()) as engine:
        upgrade(engine)
        looking = stored(engine, work)
        before = peak()
        pairs, seconds = timed(lambda: looking.pairs)
        after = peak()
        looking.session.commit()
        again = Looking(looking.session, looking.programme_id, looking.calendar, looking.likeness, looking.at)
        kept, once_more = timed(lambda: again.pairs)
        assert kept == pairs
        looking.session.close()
    bare = seconds_of(lambda: floor(work.texts))
    found = Found("Likeness, by every run of ten letters hashed and sorted once", f"{sizes.texts:,} texts")
    found.add("the floor itself", bare, bare)
    found.add("compared with each other", seconds, bare, main=True)
    found.add("asked once more", once_more, bare)
    found.add("peak memory, by that before", after, before, unit="MB")
    found.notes += told(work, [(pair.first.id - 1, pair.second.id - 1) for pair in pairs])
    return found


def told(work: Made, found: list[tuple[int, int]]) -> list[str]:
    """Recall by kind: of those who copied, who hangs together with the one from whom. Precision over all pairs found."""
    ring_of = {text: ring for ring, texts in enumerate(rings(found)) for text in texts}
    group_of = {
        text: (kind, group[0]) for kind, groups in work.planted.items() for group in groups for text in group
    }
    lines = []
    for kind, groups in work.planted.items():
        copies = [(text, group[0]) for group in groups for text in group[1:]]
        reached = sum(ring_of.get(text, -1) == ring_of.get(first, -2) for text, first in copies)
        lines.append(f"Likeness, {kind}: found {reached} of {len(copies)}")
    true = sum(first in group_of and group_of[first] == group_of.get(second) for first, second in found)
    return [*lines, f"Likeness: {true} of {len(found)} pairs that were found had been planted"]
