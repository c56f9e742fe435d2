"""One office's desk: its home folder, and the `yanxiu` command as a person or a script types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

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
        return {"YANXIU_HOME": str(self.home), "YANXIU_LOCALE": language, "YANXIU_DATABASE_URL": ""}

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
