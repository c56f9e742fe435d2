"""Attachments are kept by their content, once, readable by their office alone, and a change is found."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from calendars.messages import Refused
from exchange import keeping
from exchange.keeping import check_kept, keep, path_of


def test_a_file_is_kept_by_its_content_and_can_be_found_again(tmp_path: Path) -> None:
    plan = tmp_path / "校本研修计划.docx"
    plan.write_bytes(b"plan")
    kept = keep(tmp_path / "files", plan)
    assert (kept.name, kept.size) == ("校本研修计划.docx", 4)
    place = path_of(tmp_path / "files", kept.sha256)
    assert place.read_bytes() == b"plan"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    check_kept(tmp_path / "files", kept)


def test_the_same_content_is_kept_once_under_whatever_name(tmp_path: Path) -> None:
    for name in ("a.docx", "b.docx"):
        (tmp_path / name).write_bytes(b"the same")
        keep(tmp_path / "files", tmp_path / name)
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1


def test_a_file_over_the_size_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_BYTES", 3)
    (tmp_path / "large.zip").write_bytes(b"1234")
    with pytest.raises(Refused, match="4 bytes; 3 is the most"):
        keep(tmp_path / "files", tmp_path / "large.zip")
    assert not (tmp_path / "files").exists()


def test_a_folder_is_no_attachment(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no ordinary file"):
        keep(tmp_path / "files", tmp_path)


def test_a_kept_file_that_was_changed_or_removed_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"before")
    kept = keep(tmp_path / "files", tmp_path / "a.txt")
    place = path_of(tmp_path / "files", kept.sha256)
    place.write_bytes(b"after")
    with pytest.raises(Refused, match="was changed"):
        check_kept(tmp_path / "files", kept)
    place.unlink()
    with pytest.raises(Refused, match="is gone"):
        check_kept(tmp_path / "files", kept)
