"""The heads leave the database each night: whoever writes a whole chain anew is found out by what was kept elsewhere."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from calendars.messages import Refused
from exchange.head_file import HeadFile, Keeping
from flows.settings import OfficeSettings
from models.database import open_database, transaction
from models.types import seconds
from models.verdicts import Seal
from models.work import Mark
from tests.support.desk import Desk
from tests.support.story import Story
from tests.test_verifying import break_into
from workflows.cohorts import load_terms
from workflows.digests import mark_digest
from workflows.heads import fingerprint, heads_of
from workflows.sealing import seal_assessments
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")
NIGHT = "2024-12-16 00:30"


@pytest.fixture
def story(engine: Engine) -> Story:
    story = two_classes(engine)
    story.night(NIGHT)
    return story


def two_classes(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
        for name in ("李", "王"):
            story.enrol(f"{cohort}{name}", "learner", cohort, *SCHOOL)
            story.shows(f"{cohort}{name}", "study", 500, at="2024-11-05 20:00")
            story.shows(f"{cohort}{name}", "assignment", at="2024-11-20 21:15")
            story.marks(f"{cohort}{name}", "assignment", "良好", received="2024-12-10 10:00")
        story.enrol(f"{cohort}导", "tutor", cohort, *SCHOOL)
    return story


@pytest.fixture
def file(tmp_path: Path) -> HeadFile:
    return HeadFile(tmp_path / "heads.jsonl", tmp_path / "safe" / "seal.key")


def an_office(folder: Path) -> tuple[Desk, Story]:
    """The two classes in an office's own home."""
    desk = Desk(folder / "home")
    desk.expects("init")
    return desk, two_classes(open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}"))


def keep(story: Story, file: HeadFile, at: str = NIGHT) -> Keeping:
    with Session(story.engine) as session:
        return file.keep(session, story.at(at), story.at(at))


def wrong(story: Story, file: HeadFile, locale: str = "en") -> list[str]:
    with Session(story.engine) as session:
        return [problem.text(locale) for problem in file.check(session)]  # type: ignore[arg-type]


def verified(story: Story) -> list[str]:
    with Session(story.engine) as session:
        return [problem.text("en") for problem in verify(session)]


def write_anew(story: Story) -> None:
    """As somebody with the database and the program would: another mark, and everything sealed again as if it had been so."""
    break_into(story.engine)
    with transaction(story.engine) as session:
        of_whom = col(Mark.enrolment_id) == story.people["一班李"]
        mark = session.execute(select(Mark).where(of_whom)).scalar_one()
        mark.grade = "优秀"
        mark.digest = mark_digest(
            "assignment:mark", mark.item, mark.giver, mark.score, mark.grade, seconds(mark.received_at)
        )
    with Session(story.engine) as session:
        seals = (
            session.execute(select(Seal).where(col(Seal.cohort_id) == 1).order_by(col(Seal.number)))
            .scalars()
            .all()
        )
        sealed = {seal.assessment: (seal.locked_at, seal.recorded_at) for seal in seals}
    chain = "WHERE cohort_id = 1"
    break_into(story.engine, f"DELETE FROM score_sheet {chain}", f"DELETE FROM seal {chain}")
    with transaction(story.engine) as session:
        terms = load_terms(session, [1])
        cutoffs = {one.locks: sealed[one.id] for one in terms[0].calendar.assessments if one.id in sealed}
        for cutoff, (locked, recorded) in cutoffs.items():
            seal_assessments(session, terms, cutoff, locked, recorded)


def test_what_a_night_seals_is_kept_once(story: Story, file: HeadFile) -> None:
    first = keep(story, file)
    assert (first.new, first.links, first.problems) == (4, 4, [])
    content = file.path.read_bytes()
    again = keep(story, file, "2024-12-17 00:30")
    assert (again.new, again.links, again.fingerprint) == (0, 4, first.fingerprint)
    assert file.path.read_bytes() == content
    assert wrong(story, file) == []
    assert file.path.stat().st_mode & 0o777 == file.key_path.stat().st_mode & 0o777 == 0o600


def test_a_chain_written_anew_is_found_by_its_head_alone(story: Story, file: HeadFile) -> None:
    keep(story, file)
    write_anew(story)
    assert verified(story) == []
    assert any(
        "cohort '一班' is not the one whose head was kept outside" in line for line in wrong(story, file)
    )
    assert not any("二班" in line for line in wrong(story, file))
    later = keep(story, file, "2024-12-17 00:30")
    assert later.new == 0
    assert later.problems


def test_a_tail_that_was_cut_off_is_found(story: Story, file: HeadFile) -> None:
    keep(story, file)
    last = "WHERE cohort_id = 2 AND {} = 2"
    break_into(
        story.engine,
        f"DELETE FROM score_sheet {last.format('seal')}",
        f"DELETE FROM seal {last.format('number')}",
    )
    (told,) = wrong(story, file)
    assert told.startswith(
        "longcheng-2024: link 2 of cohort '二班' is gone: the head that was kept outside is "
    )
    assert wrong(story, file, "zh")[0].startswith("longcheng-2024: 班级“二班”的第2次封存不见了")


@pytest.mark.parametrize("how", ["edited", "left out", "swapped", "by another key", "no head", "no JSON"])
def test_a_file_that_was_changed_does_not_go_with_its_key(story: Story, file: HeadFile, how: str) -> None:
    keep(story, file)
    lines = file.path.read_bytes().splitlines(keepends=True)
    if how == "edited":
        lines[0] = lines[0].replace(b'"number":1', b'"number":7')
    elif how == "left out":
        del lines[1]
    elif how == "swapped":
        lines[0], lines[1] = lines[1], lines[0]
    elif how == "no head":
        lines[2] = b'{"cohort":1}\n'
    elif how == "no JSON":
        lines[2] = b"\xff\n"
    else:
        file.key_path.write_text("ab" * 32 + "\n")
    file.path.write_bytes(b"".join(lines))
    told = wrong(story, file)
    assert len(told) == 1
    assert told[0].startswith("heads.jsonl: ")
    before = file.path.read_bytes()
    assert keep(story, file).problems
    assert file.path.read_bytes() == before  # for somebody to look at


def test_what_was_being_written_when_the_machine_stopped_is_written_again(
    story: Story, file: HeadFile
) -> None:
    keep(story, file)
    whole = file.path.read_bytes()
    for size in range(0, len(whole), 7):
        file.path.write_bytes(whole[:size])
        kept = keep(story, file)
        assert kept.problems == []
        with Session(story.engine) as session:
            assert file.read().heads == heads_of(session)


def test_without_its_key_nothing_is_checked_and_nothing_lost(story: Story, file: HeadFile) -> None:
    keep(story, file)
    before = file.path.read_bytes()
    file.key_path.unlink()
    with pytest.raises(Refused) as refused:
        keep(story, file)
    assert "the seal key cannot be opened: No such file or directory" in str(refused.value)
    assert file.path.read_bytes() == before
    file.key_path.write_text("rusty\n")
    with pytest.raises(Refused, match="no seal key"):
        keep(story, file)


def test_where_they_cannot_be_kept_the_night_is_done_and_says_so(tmp_path: Path) -> None:
    desk, story = an_office(tmp_path)
    story.engine.dispose()
    (desk.home / "yanxiu.heads.jsonl").mkdir()
    answer = desk.types("night", "--as-of", NIGHT)
    assert answer.code == 3
    assert "advanced to 2024-12-16 00:30" in answer.out
    assert "yanxiu.heads.jsonl: the file of heads cannot be read or written: Is a directory" in answer.errors
    (desk.home / "yanxiu.heads.jsonl").rmdir()
    assert "new seals: 4" in desk.expects("night", "--as-of", NIGHT).out


def test_what_stood_for_all_can_be_asked_for_again(story: Story, file: HeadFile) -> None:
    first = keep(story, file)
    story.shows("一班李", "journal", at="2024-11-30 20:00", received="2024-12-17 09:00")
    story.night("2025-03-01 00:30")
    with Session(story.engine) as session:
        then = heads_of(session, story.at(NIGHT) + timedelta(hours=1))
        assert fingerprint(then) == first.fingerprint
        assert len(heads_of(session)) >= len(then)


def test_the_lines_say_what_was_sealed_and_by_when(story: Story, file: HeadFile) -> None:
    keep(story, file)
    *links, end = map(json.loads, file.path.read_text().splitlines())
    assert [(link["cohort"], link["number"]) for link in links] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert end["links"] == 4
    assert end["as_of"] == int(story.at(NIGHT).timestamp())


def test_the_command_keeps_and_compares(tmp_path: Path) -> None:
    desk, story = an_office(tmp_path)
    told = desk.expects("night", "--as-of", NIGHT).out
    (code,) = re.findall(r"new seals: 4, in all: 4; what stands for all: ([0-9a-f]{64})", told)
    assert "nothing that was sealed has been changed" in desk.expects("seal", "verify").out
    assert json.loads(desk.expects("seal", "heads", "--json").out) == {"links": 4, "fingerprint": code}
    assert json.loads(desk.expects("seal", "heads", "--json", "--at", "2024-01-01").out)["links"] == 0
    write_anew(story)
    story.engine.dispose()
    verify_answer, night_answer = desk.types("seal", "verify"), desk.types("night", "--as-of", "2024-12-17")
    assert verify_answer.code == 1
    assert "link 1 of cohort '一班' is not the one whose head was kept outside" in verify_answer.out
    assert night_answer.code == 3
    assert "link 1 of cohort '一班' is not the one whose head was kept outside" in night_answer.errors


@pytest.mark.parametrize(
    ("url", "said", "where"),
    [
        ("", "", "/home/office/yanxiu.heads.jsonl"),
        ("sqlite:////data/term.sqlite", "", "/data/term.heads.jsonl"),
        ("postgresql+psycopg://office@db/term", "", "/home/office/term.heads.jsonl"),
        ("sqlite:////data/term.sqlite", "/share/heads", "/share/heads"),
        ("sqlite:////data/term.sqlite", "kept", "/home/office/kept"),
    ],
)
def test_heads_lie_beside_their_database_unless_it_is_said_where(
    url: str, said: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YANXIU_HEADS", said)
    found = OfficeSettings(home=Path("/home/office"), database_url=url)
    assert (found.heads, found.seal_key) == (Path(where), Path("/home/office/seal.key"))
