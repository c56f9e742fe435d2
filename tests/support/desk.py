"""One office's desk: its home folder, and the `yanxiu` command as a person or a script types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from flows.data_keys import VARIABLE
from office.command import app


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Desk:
    """One office's home folder, and the command typed in it."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def variables(self, language: str) -> dict[str, str]:
        key = {VARIABLE: os.environ[VARIABLE]} if VARIABLE in os.environ else {}
        return {"YANXIU_HOME": str(self.home), "YANXIU_LOCALE": language, "YANXIU_DATABASE_URL": "", **key}

    def types(self, *words: object, language: str = "en") -> Answer:
        """Run the command in this process."""
        found = CliRunner().invoke(app, [str(word) for word in words], env=self.variables(language))
        return Answer(found.exit_code, found.stdout, found.stderr)

    def runs(self, *words: object, language: str = "en") -> Answer:
        """Run the command as a process of its own."""
        command = [str(Path(sys.executable).parent / "yanxiu"), *(str(word) for word in words)]
        found = subprocess.run(
            command,
            env={**os.environ, **self.variables(language)},
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(found.returncode, found.stdout, found.stderr)

    def expects(self, *words: object) -> Answer:
        """Run the command, which must succeed."""
        answer = self.types(*words)
        assert answer.code == 0, answer.errors
        return answer

    def begins(self, *operators: str) -> None:
        """Make the database, and add those in whose names something is done in it, with the scope of everything."""
        self.expects("init")
        for name in operators:
            self.expects("operator", "add", name)


ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "example"
PEOPLE_AND_RECORDS = (
    ("roster", "roster.xlsx", "2024-10-20 09:00"), ("evidence", "training.csv", "2024-12-09 10:00"),
)  # fmt: skip
MARKS = (("marks", "marks.csv", "2024-12-11 17:00"), ("marks", "late-marks.csv", "2024-12-11 17:30"))


def take_in(desk: Desk, files: Sequence[tuple[str, str, str]]) -> None:
    """Import files of the README's example, each as received when it was."""
    for kind, file, received in files:
        words = ("-p", "longcheng-2024", EXAMPLE / file, "--received", received, "--said-by", "陈主任")
        desk.expects(kind, "import", *words)


def example_office(home: Path, *files: tuple[str, str, str]) -> Desk:
    """The office of the README's example, with these of its files taken in."""
    desk = Desk(home)
    desk.begins("陈主任")
    desk.expects("calendar", "publish", ROOT / "calendars" / "programmes" / "longcheng-2024.yaml")
    take_in(desk, files)
    return desk


def enrolled_office(home: Path, roster: Path, received: str = "2024-10-20 09:00") -> Desk:
    """An office that runs the training of Longcheng, with everybody of a roster in it."""
    desk = Desk(home)
    desk.home.mkdir()
    desk.begins("陈主任")
    desk.expects("calendar", "publish", Path("calendars/programmes/longcheng-2024.yaml").absolute())
    said = ("--received", received, "--said-by", "陈主任")
    desk.expects("roster", "import", "-p", "longcheng-2024", roster, *said)
    return desk
