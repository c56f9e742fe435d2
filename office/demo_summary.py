"""What a demonstration shows at its end: each programme in a line, who is stuck and why, about whom something was decided,
which lists were written, and the seals' fingerprint."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from calendars.messages import Wording
from models.database import reading
from models.nights import Resolution
from models.people import Organisation
from models.terms import Cohort, Programme
from models.verdicts import Seal
from office.answers import lines, table
from office.demo_lists import KINDS, LISTS, Written
from office.exceptions import WHAT
from office.words import say, text
from workflows.appealing import STATES, appeals, called
from workflows.cases import LABELS
from workflows.changes import Changes
from workflows.exceptions_told import Told, exceptions_of
from workflows.holds import OpenHold, open_holds
from workflows.person_status import ACTS
from workflows.publishing import all_calendars, newest_edition

SEALS = Wording(
    zh="锁定链的总指纹（每次演示都相同）：{head}",
    en="fingerprint of all seals (the same in every demo): {head}",
)
DECIDED = Wording(
    zh="例外、雷同、申诉和扣分（用 yanxiu explain 人员编号 查看每个人）",
    en="Exceptions, likeness, appeals and penalties (yanxiu explain NUMBER shows each person)",
)
WRITTEN = Wording(zh="写出的表格，在 {folder}/项目/", en="Lists, in {folder}/PROGRAMME/")
COMMANDS = Wording(
    zh="每种都用一条命令写出，例如（先设 YANXIU_HOME={home}）：",
    en="Each is written by a command, such as (with YANXIU_HOME={home}):",
)
APPEALED = Wording(zh="申诉“{assessment}”：{state}", en="appeal against {assessment}: {state}")
PUNISHED = Wording(zh="{action}：{reason}", en="{action}: {reason}")
EXCEPTED = Wording(zh="{act}{what}：{reason}", en="{act}{what}: {reason}")
AND_OTHERS = Wording(zh="{first}等{count}个班级", en="{first} and {rest} more")

_PLAIN = re.compile(r"[\w@%+=:,./-]+")


def print_summary(
    engine: Engine, changes: Changes, home: Path, written: Sequence[Written], letters: Sequence[str]
) -> None:
    with reading(engine) as session:
        table(
            [
                text("项目", "Programme"), text("阶段推进", "Phases moved"), text("提醒", "Reminders"),
                text("合格", "Pass"), text("不合格", "Fail"), text("卡住的班级", "Cohorts stuck"),
            ],
            _programmes(session, changes),
        )  # fmt: skip
        table(
            [
                text("项目", "Programme"), text("班级", "Cohorts"), text("阶段", "Phase"), text("原因", "Why"),
                text("等待", "Waits on"),
            ],
            _stuck(open_holds(session)),
        )  # fmt: skip
        table(
            [
                text("项目", "Programme"),
                text("人员编号", "Number"),
                text("姓名、单位", "Who"),
                text("决定", "Decided"),
                text("另有", "And more"),
            ],
            _decided(session),
            title=say(DECIDED),
        )
        _print_lists(written, home)
        lines("", *letters)
        lines("", say(SEALS(head=fingerprint(session))))


def _print_lists(written: Sequence[Written], home: Path) -> None:
    """Each kind of list in a row, with how many rows it has in each programme; then how the first of each is made."""
    kinds = {kind: [one for one in written if one.kind == kind] for kind in KINDS}
    table(
        [text("文件", "File"), text("内容", "What it is"), text("各项目的行数", "Rows in each programme")],
        [(_file(those), say(kind.about), _rows(those)) for kind, those in kinds.items() if those],
        title=say(WRITTEN(folder=home / LISTS)),
    )
    lines(say(COMMANDS(home=home)))
    firsts = {(kind.file, those[0].file.suffix): those[0] for kind, those in reversed(kinds.items()) if those}
    lines(*(f"  yanxiu {' '.join(map(_typed, one.command))}" for one in reversed(firsts.values())))


def _typed(word: str) -> str:
    """As a person types it: in quotes only where it must be, not for being Chinese."""
    return word if _PLAIN.fullmatch(word) else shlex.quote(word)


def _file(those: Sequence[Written]) -> str:
    names = {one.file.name for one in those}
    return names.pop() if len(names) == 1 else say(those[0].kind.file(name="…")) + those[0].file.suffix


def _rows(those: Sequence[Written]) -> str:
    rows: Counter[str] = Counter()
    for one in those:
        rows[one.programme] += one.rows
    return ", ".join(f"{programme}:{count}" for programme, count in rows.items())


def _decided(session: Session) -> Iterator[tuple[object, ...]]:
    """Whom the office has decided about, so that a newcomer can look each up: of each kind in a programme the last, and how
    many more there are."""
    for slug, calendar in all_calendars(session).items():
        programme = newest_edition(session, slug).programme_id
        kinds: dict[str, list[Told]] = {}
        for one in exceptions_of(session, programme):
            kinds.setdefault(one.kind, []).append(one)
        for those in kinds.values():
            last = those[-1]
            what = " ".join(filter(None, (last.assessment_name, last.task_name, last.item, last.to_cohort)))
            told = EXCEPTED(act=ACTS[last.kind](), what=WHAT(what=what) if what else "", reason=last.reason)
            yield slug, last.number, last.person, say(told), len(those) - 1 or ""
        for appeal in appeals(session, programme, slug):
            told = APPEALED(assessment=called(calendar, appeal.assessment), state=STATES[appeal.state]())
            yield slug, appeal.number, appeal.person, say(told), ""
        decided = select(Resolution, Organisation.name).join(
            Organisation, col(Organisation.id) == col(Resolution.organisation_id)
        ).join(Cohort, col(Cohort.id) == col(Resolution.cohort_id)).where(Cohort.programme_id == programme)  # fmt: skip
        for resolution, unit in session.exec(decided):
            told = PUNISHED(action=LABELS[resolution.action](), reason=resolution.reason)
            yield slug, "", unit, say(told), ""


def fingerprint(session: Session) -> str:
    """One hash of the last seal of every cohort."""
    rows = session.exec(
        select(Programme.slug, Cohort.name, Seal.number, Seal.head)
        .join(Cohort, col(Cohort.programme_id) == col(Programme.id))
        .join(Seal, col(Seal.cohort_id) == col(Cohort.id))
        .order_by(Programme.slug, Cohort.name, col(Seal.number))
    )
    return hashlib.sha256("\n".join("|".join(map(str, row)) for row in rows).encode()).hexdigest()


def _programmes(session: Session, changes: Changes) -> list[tuple[object, ...]]:
    holds = open_holds(session)
    return [
        (
            calendar.name,
            _sum(changes.moves, slug),
            changes.reminders[slug],
            _sum(changes.sealed, slug, "pass"),
            _sum(changes.sealed, slug, "fail"),
            len({hold.cohort_id for hold in holds if hold.programme == slug}),
        )
        for slug, calendar in all_calendars(session).items()
    ]


def _sum(counts: dict[str, int], slug: str, last: str = "") -> int:
    return sum(count for key, count in counts.items() if key.startswith(f"{slug}|") and key.endswith(last))


def _stuck(holds: list[OpenHold]) -> list[tuple[object, ...]]:
    """Holds of one phase and cause together, as one line."""
    together: dict[tuple[str, str, str], list[OpenHold]] = {}
    for hold in holds:
        together.setdefault((hold.programme, hold.phase, say(hold.explanation)), []).append(hold)
    return [
        (
            same[0].programme_name,
            same[0].cohort
            if len(same) == 1
            else say(AND_OTHERS(first=same[0].cohort, count=len(same), rest=len(same) - 1)),
            same[0].phase_name,
            why,
            say(same[0].waits_on_name),
        )
        for (_, _, why), same in together.items()
    ]
