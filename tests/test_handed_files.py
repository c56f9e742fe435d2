"""Files that come with a record and are no text, or need not be: a lesson's design and photos, a certificate (L24-09, L24-10)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from docx import Document

from exchange.keeping import MOST_BYTES, path_of
from tests.support.desk import Desk, enrolled_office
from tests.support.files import workbook

ROSTER = [
    ["人员编号", "姓名", "角色", "区县", "学校", "班级"],
    ["T001", "李老师", "参训学员", "龙城区", "一中", "一班"],
]
HEADER = ["人员编号", "任务", "类型", "项目", "数量", "附件", "发生时间"]
SLUG = ["-p", "longcheng-2024"]
WHEN = ["--received", "2025-04-20 09:00", "--said-by", "陈主任"]
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a teacher hands in of an open lesson: its design, two photos, and the certificate as a PDF."""
    folder = tmp_path / "所交"
    (folder / "照片").mkdir(parents=True)
    design = Document()
    design.add_paragraph("圆的面积：教学设计。")
    design.save(str(folder / "教学设计.docx"))
    for number in (1, 2):
        (folder / "照片" / f"{number}.jpg").write_bytes(PHOTO + bytes([number]))
    (folder / "证书.pdf").write_bytes(b"%PDF-1.7 certificate")
    return folder


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return enrolled_office(tmp_path / "home", workbook(tmp_path / "r.xlsx", ROSTER))


def lesson(files: str, kind: str = "公开课照片") -> list[object]:
    return ["T001", "公开课", kind, "第一节", 1, files, "2025-04-01 10:00"]


def certificate(files: str) -> list[object]:
    return ["T001", "结业证书（加盖公章）", "", "", 1, files, "2024-12-20 10:00"]


def sheet(tmp_path: Path, *rows: list[object]) -> Path:
    return workbook(tmp_path / "records.xlsx", [HEADER, *rows])


def imports(office: Desk, path: Path, folder: Path) -> str:
    return office.expects("evidence", "import", *SLUG, path, "--files", folder, *WHEN).out


ROWS = [
    lesson("教学设计.docx", "公开课教学设计"),
    lesson("照片/1.jpg；照片/2.jpg"),
    certificate("证书.pdf"),
]


def test_a_design_photos_and_a_certificate_are_kept_as_they_came(
    office: Desk, tmp_path: Path, folder: Path
) -> None:
    assert "3 added" in imports(office, sheet(tmp_path, *ROWS), folder)
    for file in (path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        assert path_of(office.home / "files", hashlib.sha256(content).hexdigest()).read_bytes() == content


def test_the_files_of_each_record_are_named_where_it_is_judged(
    office: Desk, tmp_path: Path, folder: Path
) -> None:
    imports(office, sheet(tmp_path, *ROWS), folder)
    office.expects("night", "--as-of", "2025-05-02")
    for asked in (("explain", "T001", *SLUG), ("review", "show", "T001", *SLUG)):
        records = [
            record
            for one in office.expects(*asked, "--json").json
            for line in one.get("lines", one.get("items"))
            for record in line.get("facts", line.get("records"))
        ]
        assert [record["files"] for record in records if record["files"]] == [
            ["证书.pdf"],
            ["教学设计.docx"],
            ["1.jpg", "2.jpg"],
        ]
        assert "1.jpg,2.jpg" in "".join(office.expects(*asked).out.split())


def test_the_same_files_again_change_nothing_and_another_photo_is_one_record_more(
    office: Desk, tmp_path: Path, folder: Path
) -> None:
    imports(office, sheet(tmp_path, *ROWS), folder)
    turned = [lesson("照片/2.jpg；照片/1.jpg;照片/1.jpg"), *ROWS[:1], *ROWS[2:]]
    assert "0 added, 0 changed, 3 unchanged" in imports(office, sheet(tmp_path, *turned), folder)
    assert "1 added, 0 changed, 0 unchanged" in imports(office, sheet(tmp_path, lesson("照片/1.jpg")), folder)


def test_what_is_exported_can_be_imported_again_and_changes_nothing(
    office: Desk, tmp_path: Path, folder: Path
) -> None:
    imports(office, sheet(tmp_path, *ROWS), folder)
    out = tmp_path / "out"
    assert office.expects("work", "export", *SLUG, "--out", out).out.strip() == f"written: {out}, 4 files"
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert written == [
        "list.xlsx",
        "一班/公开课/T001 李老师 2.jpg",
        "一班/公开课/T001 李老师.docx",
        "一班/公开课/T001 李老师.jpg",
        "一班/结业证书（加盖公章）/T001 李老师.pdf",
    ]
    assert "0 added, 0 changed, 3 unchanged" in imports(office, out / "list.xlsx", out)


@pytest.mark.parametrize(
    ("task", "files", "why"),
    [
        ("骨干教师专业发展个人规划", "证书.pdf", "'证书.pdf' is a PDF; .docx, .txt or .md is expected"),
        ("骨干教师专业发展个人规划", "照片/1.jpg", "is neither a .docx nor a text"),
        ("骨干教师专业发展个人规划", "教学设计.docx；另.txt", "one text a line, and here are 2: 教学设计.docx, 另.txt"),
        ("公开课", "照片/3.jpg", "there is no '照片/3.jpg' in the folder of files. Did you mean '照片/2.jpg'?"),
        ("公开课", "../别处.jpg", "is not inside the folder of files"),
        ("公开课", "照片/1.jpg；大.mp4", "'大.mp4' is too large; 50 MB is the most"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_by_its_cell(
    office: Desk, tmp_path: Path, folder: Path, task: str, files: str, why: str
) -> None:
    (folder / "另.txt").write_text("另一份规划", encoding="utf-8")
    with (folder / "大.mp4").open("wb") as large:
        large.truncate(MOST_BYTES + 1)
    (tmp_path / "别处.jpg").write_bytes(PHOTO)
    row = ["T001", task, "公开课照片" if task == "公开课" else "", "第一节" if task == "公开课" else "", 1, files, "2024-12-20 10:00"]  # fmt: skip
    answer = office.types("evidence", "import", *SLUG, sheet(tmp_path, row), "--files", folder, *WHEN)
    assert answer.code == 1
    told = " ".join((answer.out + answer.errors).split())
    assert "F2" in told
    assert why in told
    assert not (office.home / "files").exists()


def test_a_film_is_kept_unopened(office: Desk, tmp_path: Path, folder: Path) -> None:
    with (folder / "课堂实录.mp4").open("wb") as film:
        film.truncate(30 << 20)
    assert "1 added" in imports(office, sheet(tmp_path, lesson("课堂实录.mp4")), folder)


def test_one_photo_under_two_names_is_kept_once(office: Desk, tmp_path: Path, folder: Path) -> None:
    (folder / "照片" / "1 副本.jpg").write_bytes((folder / "照片" / "1.jpg").read_bytes())
    twice = sheet(tmp_path, lesson("照片/1.jpg；照片/1 副本.jpg"))
    assert "1 added" in imports(office, twice, folder)
    assert "0 added, 0 changed, 1 unchanged" in imports(office, twice, folder)
