"""Texts that come as files beside the sheet of learning records: read with limits, counted, kept (L24-09)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docx import Document
from sqlalchemy import Engine, text
from sqlmodel import Session

from calendars.characters import characters_in
from calendars.messages import Refused
from exchange import handed_files
from exchange.evidence import read_evidence
from exchange.keeping import path_of
from exchange.plans import Plan
from exchange.roster import read_roster
from models.database import transaction
from tests.support.desk import Desk, enrolled_office
from tests.support.files import count, everything, imported, local, published, table, told, workbook

ROSTER = [
    ["姓名", "人员编号", "角色", "班级", "区县", "学校"],
    ["李老师", "T001", "参训学员", "一班", "龙城区", "第一小学"],
    ["王老师", "T002", "参训学员", "一班", "龙城区", "第二小学"],
]
HEADER = ["人员编号", "任务", "字数", "附件", "发生时间", "记录编号"]
SLUG = ["-p", "longcheng-2024"]
PLAN = "培训使我明白：专业发展要有计划，要有恒心。" * 100


def row(file: str = "李.txt", number: str = "T001", said: object = "", reference: str = "") -> list[object]:
    return [number, "plan", said, file, "2024-12-18 20:15", reference]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "李.txt").write_text(PLAN, encoding="utf-8")
    return folder


@pytest.fixture
def session(engine: Engine, tmp_path: Path) -> Iterator[Session]:
    published(engine, "longcheng-2024")
    with transaction(engine) as session:
        roster = table(tmp_path / "roster.csv", ROSTER)
        imported(session, read_roster(session, "longcheng-2024", roster, local("2024-10-20 09:00")))
        yield session


@pytest.fixture
def read(session: Session, tmp_path: Path, folder: Path) -> Callable[..., Plan]:
    def read(*rows: list[object], received: str = "2024-12-20 09:00", files: Path | None = folder) -> Plan:
        path = workbook(tmp_path / "records.xlsx", [HEADER, *rows])
        return read_evidence(session, "longcheng-2024", path, local(received), files=files)

    return read


def document(path: Path, *paragraphs: str, cells: str = "") -> Path:
    made = Document()
    for words in paragraphs:
        made.add_paragraph(words)
    if cells:
        made.add_table(1, 1).cell(0, 0).text = cells
    made.save(str(path))
    return path


def counted(session: Session) -> list[tuple[object, ...]]:
    """Of each record that stands: what it was handed in as, its length by the record and by the text, and the text."""
    found = text(
        "SELECT handed_file.name, evidence.characters, text_body.characters, body FROM evidence "
        "JOIN handed_file USING (enrolment_id, source_id, reference, revision) JOIN text_body ON text_body.sha256 = text "
        "WHERE withdrawn_at IS NULL ORDER BY handed_file.name"
    )
    return [tuple(row) for row in session.connection().execute(found)]


# ---------------------------------------------------------------- 字数


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("骨干教师，专业发展。", 10),  # each mark is one
        ("——……", 4),  # as wide as two signs, and counted as two
        ("“引用”", 4),
        ("你好 Word 2016，3.14！", 7),  # a run of Latin letters or digits is one
        ("2024-12-15", 1),
        ("Hello, world", 2),
        ("用PPT讲课", 4),
        ("ＡＢ", 2),  # as wide as Chinese characters
        ("𠮷", 1),  # one character, though two code units
        (" \n\u3000\t", 0),
        ("规\u200b划", 2),  # nobody sees the blank between
        ("", 0),
    ],
)
def test_characters_are_counted_as_the_office_counts_them(written: str, count: int) -> None:
    assert characters_in(written) == count


# ---------------------------------------------------------------- what comes in


def test_a_text_is_taken_in_and_counted_from_itself(
    session: Session, read: Callable[..., Plan], folder: Path
) -> None:
    document(folder / "王.docx", "第一段，", "第二段。", cells="表里的字")
    imported(session, read(row(), row("王.docx", "T002")))
    assert counted(session) == [
        ("李.txt", 2100, 2100, PLAN),
        ("王.docx", 12, 12, "第一段，\n第二段。\n表里的字"),
    ]


def test_a_length_in_the_sheet_that_the_text_contradicts_is_told(
    session: Session, read: Callable[..., Plan], folder: Path
) -> None:
    (folder / "王.txt").write_text("太短了。", encoding="utf-8")
    plan = imported(session, read(row(said=2100), row("王.txt", "T002", said=2000)))
    assert [note.text("zh") for note in plan.notes] == [
        "records.xlsx!名单!C3: 表中写2000字，按文件“王.txt”数得4字，以文件为准"
    ]
    assert [row[1] for row in counted(session)] == [2100, 4]


def test_the_same_files_again_change_nothing_and_another_text_is_a_correction(
    session: Session, read: Callable[..., Plan], folder: Path
) -> None:
    imported(session, read(row(reference="R1"), row("李.txt", "T002")))
    before = everything(session), count(session, "handed_file"), count(session, "text_body")
    again = imported(session, read(row(reference="R1"), row("李.txt", "T002"), received="2024-12-21 09:00"))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert (everything(session), count(session, "handed_file"), count(session, "text_body")) == before
    assert before[1:] == (2, 1)  # two handed in one text
    other = PLAN.replace("恒心", "决心")  # of the same length
    (folder / "李.txt").write_text(other, encoding="utf-8")
    changed = imported(session, read(row(reference="R1"), received="2024-12-22 09:00"))
    assert (changed.added, changed.changed) == (0, 1)
    assert {found[3] for found in counted(session)} == {other, PLAN}


def test_what_tracked_changes_inserted_is_read_and_what_they_deleted_is_not(
    session: Session, read: Callable[..., Plan], folder: Path
) -> None:
    path = document(folder / "王.docx", "原文")
    body = (
        "<w:p><w:r><w:t>留下</w:t></w:r><w:ins w:id='1' w:author='x'><w:r><w:t>加上</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='x'><w:r><w:delText>删去</w:delText></w:r></w:del>"
        "<w:sdt><w:sdtContent><w:r><w:t>表单</w:t></w:r></w:sdtContent></w:sdt></w:p><w:sectPr/>"
    )
    rewrite(path, body)
    imported(session, read(row("王.docx")))
    assert [found[3] for found in counted(session)] == ["留下加上表单"]


def rewrite(path: Path, body: str, head: str = "") -> None:
    """Put another body into a document."""
    parts = {}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    parts["word/document.xml"] = (
        f"<?xml version='1.0'?>{head}<w:document {space}><w:body>{body}</w:body></w:document>".encode()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("王.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "“王.doc”是旧格式（.doc）或加了密码。请另存为不加密的 .docx"),
        ("王.txt", b"%PDF-1.7", "“王.txt”是 PDF。请交 .docx、.txt 或 .md"),
        ("王.txt", "规划".encode("utf-16"), "“王.txt”是 UTF-16 编码。请另存为 UTF-8"),
        ("王.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "“王.jpg”既不是 .docx，也不是 UTF-8 或 GB18030 的文本"),
        ("王.docx", b"PK\x03\x04 and nothing more", "“王.docx”已损坏，打不开"),
        ("王.txt", b" \r\n\t", "“王.txt”里没有文字"),
        ("王.txt", "字".encode() * 200_001, "“王.txt”超过200000字"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_by_its_cell(
    session: Session, read: Callable[..., Plan], folder: Path, name: str, content: bytes, why: str
) -> None:
    (folder / name).write_bytes(content)
    plan = read(row(), row(name, "T002"))
    assert told(plan) == [f"records.xlsx!名单!D3: {why}"]
    with pytest.raises(Refused):
        imported(session, plan)
    assert count(session, "handed_file") == 0


def test_a_text_in_gb18030_is_read(session: Session, read: Callable[..., Plan], folder: Path) -> None:
    (folder / "王.md").write_bytes("专业发展规划㐀".encode("gb18030"))
    imported(session, read(row("王.md")))
    assert [found[3] for found in counted(session)] == ["专业发展规划㐀"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("李.text", "附件的文件夹里没有“李.text”。是不是“李.txt”？"),
        ("不在.docx", "附件的文件夹里没有“不在.docx”。请核对文件名，连同 .docx、.txt"),
        ("../roster.csv", "“../roster.csv”不在附件的文件夹里"),
        ("/etc/passwd", "“/etc/passwd”不在附件的文件夹里"),
        ("outside.txt", "“outside.txt”不在附件的文件夹里"),
    ],
)
def test_a_file_is_taken_from_inside_the_folder_alone(
    read: Callable[..., Plan], folder: Path, name: str, why: str
) -> None:
    (folder / "outside.txt").symlink_to("/etc/hostname")
    assert told(read(row(name))) == [f"records.xlsx!名单!D2: {why}"]


def test_a_file_in_a_folder_within_may_be_named_with_either_slash(
    session: Session, read: Callable[..., Plan], folder: Path
) -> None:
    (folder / "一班").mkdir()
    (folder / "一班" / "王.txt").write_text("规划", encoding="utf-8")
    imported(session, read(row("一班\\王.txt"), row("一班/王.txt", "T002")))
    assert [found[0] for found in counted(session)] == ["王.txt", "王.txt"]


def test_without_a_folder_a_named_file_is_refused_with_what_to_do(read: Callable[..., Plan]) -> None:
    assert told(read(row(), files=None)) == [
        "records.xlsx!名单!D2: 这里写了附件“李.txt”；请用 --files 指明附件在哪个文件夹"
    ]


def test_a_folder_that_is_not_there_is_refused(read: Callable[..., Plan], tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no such folder"):
        read(row(), files=tmp_path / "elsewhere")


def test_a_document_that_swells_when_it_is_unpacked_is_refused_and_the_next_is_read(
    session: Session, read: Callable[..., Plan], folder: Path
) -> None:
    rewrite(document(folder / "王.docx", "小"), f"<w:p><w:r><w:t>{'0' * (101 << 20)}</w:t></w:r></w:p>")
    assert (folder / "王.docx").stat().st_size < 1 << 20
    plan = read(row("王.docx"), row("李.txt", "T002"))
    assert told(plan) == ["records.xlsx!名单!D2: “王.docx”展开后太大"]


def test_a_document_made_of_entities_is_not_blown_up(read: Callable[..., Plan], folder: Path) -> None:
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE w [<!ENTITY l0 "{"字" * 100}">{bomb}]>'
    rewrite(document(folder / "王.docx", "小"), "<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>", head)
    (problem,) = told(read(row("王.docx")))
    assert problem.startswith("records.xlsx!名单!D2: “王.docx”")


def test_a_document_on_which_the_reader_stops_is_refused_and_the_next_is_read(
    session: Session, read: Callable[..., Plan], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many elements within each other as no office writes, and no time for the reader: it is stopped, not waited for."""
    document(folder / "王.docx", "小")
    monkeypatch.setattr(handed_files, "SECONDS", 0.0)
    plan = read(row("王.docx"))
    assert told(plan) == ["records.xlsx!名单!D2: 读取“王.docx”没有完成：文件已损坏，或者太复杂"]
    monkeypatch.setattr(handed_files, "SECONDS", 20.0)
    assert told(read(row("王.docx"), row("李.txt", "T002"))) == []


def test_elements_within_elements_without_end_end_the_reading_alone(
    read: Callable[..., Plan], folder: Path
) -> None:
    depth = 200
    rewrite(
        document(folder / "王.docx", "小"), "<w:p>" * depth + "<w:r><w:t>深</w:t></w:r>" + "</w:p>" * depth
    )
    assert told(read(row("王.docx"))) == []
    depth = 100_000
    rewrite(
        document(folder / "王.docx", "小"), "<w:p>" * depth + "<w:r><w:t>深</w:t></w:r>" + "</w:p>" * depth
    )
    (problem,) = told(read(row("王.docx")))
    assert problem.startswith("records.xlsx!名单!D2: “王.docx”")


# ---------------------------------------------------------------- the command


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return enrolled_office(
        tmp_path / "home", workbook(tmp_path / "r.xlsx", ROSTER), received="2024-12-20 09:00"
    )


def takes(office: Desk, tmp_path: Path, folder: Path, *more: str) -> str:
    sheet = workbook(tmp_path / "records.xlsx", [HEADER, row(said=3000)])
    return office.expects(
        "evidence", "import", "-p", "longcheng-2024", sheet, "--files", folder, "--received", "2024-12-20 10:00",
        "--said-by", "陈主任", *more,
    ).out  # fmt: skip


def test_the_file_itself_is_kept_by_its_content_beside_the_database(
    office: Desk, tmp_path: Path, folder: Path
) -> None:
    import hashlib

    place = path_of(office.home / "files", hashlib.sha256(PLAN.encode()).hexdigest())
    previewed = takes(office, tmp_path, folder, "--preview")
    assert "the sheet says 3000 characters, and '李.txt' has 2100: the file counts" in previewed
    assert not place.exists()
    assert "1 added" in takes(office, tmp_path, folder)
    assert place.read_text(encoding="utf-8") == PLAN
    assert "1 unchanged" in takes(office, tmp_path, folder)


def test_what_is_exported_can_be_imported_again_and_changes_nothing(
    office: Desk, tmp_path: Path, folder: Path
) -> None:
    """Two texts of one person for one task, one of them with a number of the platform's."""
    document(folder / "另一份.docx", "第二份规划。")
    rows = [row(), row("另一份.docx", reference="P7"), row("李.txt", "T002")]
    sheet = workbook(tmp_path / "records.xlsx", [HEADER, *rows])
    when = ("--received", "2024-12-20 10:00", "--said-by", "陈主任")
    office.expects("evidence", "import", *SLUG, sheet, "--files", folder, *when)
    out = tmp_path / "out"
    assert office.expects("work", "export", *SLUG, "--out", out).out.strip() == f"written: {out}, 3 files"
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    task = "一班/骨干教师专业发展个人规划"
    assert written == [
        "list.xlsx", f"{task}/T001 李老师.docx", f"{task}/T001 李老师.txt", f"{task}/T002 王老师.txt",
    ]  # fmt: skip
    again = office.expects("evidence", "import", *SLUG, out / "list.xlsx", "--files", out, *when).out
    assert "3 rows; 0 added, 0 changed, 3 unchanged" in again
    refused = office.types("work", "export", *SLUG, "--out", out)
    assert refused.code == 1
    assert "not empty" in refused.errors


def test_a_kept_file_that_was_changed_is_told_and_nothing_is_exported(
    office: Desk, tmp_path: Path, folder: Path
) -> None:
    takes(office, tmp_path, folder)
    (kept,) = (path for path in (office.home / "files").rglob("*") if path.is_file())
    kept.write_text("别的", encoding="utf-8")
    answer = office.types("work", "export", *SLUG, "--out", tmp_path / "out")
    assert answer.code == 1
    assert "was changed, or is gone" in answer.errors
    assert not (tmp_path / "out").exists()


def test_a_text_too_short_does_not_count_whatever_the_sheet_says(
    office: Desk, tmp_path: Path, folder: Path
) -> None:
    """L24-09: a plan of 2000 characters; 1995 with a sheet that says 3000."""
    (folder / "李.txt").write_text(PLAN[:1995], encoding="utf-8")
    takes(office, tmp_path, folder)
    office.expects("night", "--as-of", "2024-12-24")
    told = office.expects("explain", "T001").out
    assert "1995 characters" in " ".join(told.split())
