"""How long a person waits for the command: its help, and where everybody stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.databases import Files
from benchmarks.figures import Found, up_to
from benchmarks.measuring import tried
from benchmarks.scored_term import bring_to_the_cutoff, make
from benchmarks.sizes import Sizes

YANXIU = (sys.executable, "-c", "from office.command import main; main()")
IN_ORDER = (0, 3)  # 3: done, but somebody should look
HELP, STATUS = 0.3, 1.0  # seconds


def measure(sizes: Sizes, folder: Path) -> Found:
    url = Files(folder).new()
    make(url, sizes.enrolments, 1)
    bring_to_the_cutoff(url)
    environment = {
        **os.environ,
        "YANXIU_HOME": str(folder / "home"),
        "YANXIU_DATABASE_URL": url,
        "YANXIU_LOCALE": "en",
        # As on a machine where it has run before: what Python compiles it keeps, here in this folder.
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "PYTHONDONTWRITEBYTECODE": "",
    }

    def run(*command: str) -> None:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode in IN_ORDER, ended.stderr

    for command in ("init", "--help", "status"):  # the first operator, and whatever is slow only once
        run(*YANXIU, command)
    python = tried(lambda: run(sys.executable, "-c", "pass"), sizes.times)
    found = Found("The command, by a Python that does nothing")
    found.add(
        "yanxiu --help", tried(lambda: run(*YANXIU, "--help"), sizes.times), python, up_to(HELP), main=True
    )
    found.add(
        "yanxiu status",
        tried(lambda: run(*YANXIU, "status"), min(3, sizes.times)),
        median(python),
        up_to(STATUS),
        main=True,
    )
    return found
