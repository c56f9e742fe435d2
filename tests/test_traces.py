"""Whatever a program might leave behind of a person is found: the search itself, on what was put there on purpose."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import quopri
import sqlite3
import urllib.parse
import zlib
from contextlib import closing
from pathlib import Path

import cloudpickle
import pytest

from tests.support.traces import Words, traces

NAME, NUMBER = "龘𪚥然", "11010119900307001X"
WORDS = Words([NAME, NUMBER])
ERROR = ValueError(f"no number {NUMBER} of {NAME}")

WAYS: dict[str, bytes] = {
    "a line of a log": f"12:00:01 | ERROR | {ERROR}\n".encode(),
    "JSON": json.dumps({"message": str(ERROR)}, ensure_ascii=False).encode(),
    "escaped JSON": json.dumps({"message": str(ERROR)}).encode(),
    "JSON within JSON": json.dumps(json.dumps({"message": str(ERROR)})).encode(),
    "the repr of bytes": f"sent {str(ERROR).encode()!r}".encode(),
    "ascii()": ascii(str(ERROR)).encode(),
    "a pickled error": pickle.dumps(ERROR),
    "the oldest pickle": pickle.dumps(ERROR, protocol=0),
    "a result as Prefect keeps one": json.dumps(
        {"serializer": {"type": "pickle"}, "data": base64.b64encode(cloudpickle.dumps(ERROR)).decode()}
    ).encode(),
    "base64 of compressed JSON": base64.urlsafe_b64encode(zlib.compress(json.dumps(str(ERROR)).encode())),
    "a compressed log": gzip.compress(f"{ERROR}\n".encode()),
    "an address": f"GET /?who={urllib.parse.quote(str(ERROR))} 404".encode(),
    "the body of a mail": quopri.encodestring(str(ERROR).encode()),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_person_is_found_in(way: str, tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "behind").write_bytes(b"before it\n" + WAYS[way] + b"\nbehind it")
    found = traces(WORDS, [tmp_path])
    assert {(one.where, one.word) for one in found} == {("behind", NAME), ("behind", NUMBER)}
    if way == "a line of a log":
        assert found[0].around.startswith("before it\n12:00:01 | ERROR | no number")


@pytest.mark.parametrize("way", WAYS)
def test_a_person_is_found_in_a_table_beside(way: str, tmp_path: Path) -> None:
    found = traces(WORDS, [kept_in_a_table(tmp_path, WAYS[way])])
    assert {one.word for one in found if one.where == "prefect.db state.data"} == {NAME, NUMBER}


def test_a_person_is_found_where_a_row_was_deleted(tmp_path: Path) -> None:
    file = kept_in_a_table(tmp_path, WAYS["a line of a log"])
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA secure_delete = OFF")
        database.execute("DELETE FROM state")
        database.commit()
    assert {one.where for one in traces(WORDS, [file])} == {"prefect.db"}


def kept_in_a_table(folder: Path, content: bytes) -> Path:
    file = folder / "prefect.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE state (id INTEGER, data BLOB)")
        database.execute("INSERT INTO state VALUES (1, ?)", [content])
        database.commit()
    return file


def test_nobody_is_found_where_nobody_is(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"{NAME[:2]} {NUMBER[:-1]} {json.dumps(NAME[1:])}\n", encoding="utf-8")
    assert traces(WORDS, [tmp_path]) == []
