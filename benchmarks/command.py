"""How fast Yanxiu is: one table of ratios to floors that are measured in the same run.

    make bench
    make bench ARGS="--enrolments 1000000"
    make bench ARGS="--only night intake"
    make bench ARGS="--growth 10000 100000 1000000"

Everything is done in a temporary folder. What PostgreSQL does is measured where `--database` or YANXIU_TEST_POSTGRES_URL
names a database on a server on which others may be made and dropped.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from benchmarks.databases import answering
from benchmarks.figures import Found
from benchmarks.measuring import alone, timed
from benchmarks.sizes import Sizes
from benchmarks.table import show, show_growth

PARTS = {
    "night": "a night on SQLite",
    "servers": "the same on PostgreSQL, by one process and by two",
    "instead": "the same work by an ORM loop, by rows and rules in Python, by polars",
    "moves": "enrolments moved together and one by one",
    "commands": "yanxiu --help and yanxiu status",
    "intake": "learning records from a file",
    "letters": "reminders, and letters to a mail server",
    "likeness": "texts compared with each other",
    "windows": "what Prefect adds to a night (a minute or more: only where it is named, or with --all)",
}
SLOW = {"windows"}
GROWING = ("night", "servers", "moves", "commands", "intake")  # with the number of enrolments
SERVED = {"servers"}  # those that are about PostgreSQL alone


def main(given: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(given)
    sizes = Sizes(**{one.name: getattr(options, one.name) for one in fields(Sizes)})
    server = answering(sizes.database) if sizes.database else ""
    if not server:
        sizes = replace(sizes, database="")
    usual = GROWING if options.growth else [name for name in PARTS if options.all or name not in SLOW]
    wanted = options.only or usual
    if not server and SERVED.intersection(wanted):
        print(
            "No PostgreSQL answers (--database, YANXIU_TEST_POSTGRES_URL): its figures are left out.",
            file=sys.stderr,
        )
        wanted = [name for name in wanted if name not in SERVED]
    if options.growth:
        grown = {n: measured(wanted, replace(sizes, enrolments=n)) for n in options.growth}
        show_growth({n: found for n, (found, _) in grown.items()}, sizes, server)
        return int(any(failed for _, failed in grown.values()))
    found, failed = measured(wanted, sizes)
    show(found, sizes, server)
    return int(failed)


def measured(wanted: Sequence[str], sizes: Sizes) -> tuple[list[Found], bool]:
    """What the parts found, each in a process and a folder of its own, and whether one of them failed."""
    found, failed = [], False
    for name in wanted:
        print(f"{name} … ", end="", flush=True, file=sys.stderr)
        try:
            part, seconds = timed(lambda: in_a_folder(name, sizes))  # noqa: B023
        except Exception:  # noqa: BLE001  # the figures of the others are minutes of work
            traceback.print_exc()
            failed = True
            continue
        print(f"{seconds:.0f} s", file=sys.stderr)
        found.append(part)
    return found, failed


def in_a_folder(name: str, sizes: Sizes) -> Found:
    with tempfile.TemporaryDirectory(prefix="yanxiu-bench-") as folder:
        return alone(one_part, name, sizes, Path(folder))


def one_part(name: str, sizes: Sizes, folder: Path) -> Found:
    measure = importlib.import_module(f"benchmarks.{name}").measure
    found: Found = measure(sizes, folder)
    return found


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:9} {about}" for name, about in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=f"{__doc__}\nParts:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    usual = Sizes()
    for name, about in {
        "enrolments": "of the term that is measured",
        "evidence": "learning records of each enrolment",
        "small": "enrolments of the term that is also scored by what one would write instead",
        "imported": "enrolments whose learning records are read from files; 0: a quarter of all",
        "letters": "sent in each round",
        "texts": "compared with each other",
        "cohorts": "of the night that is done through Prefect",
        "holds": "cohorts held in it",
        "tries": "at what takes the whole term; 0: as many as fit",
    }.items():
        default = getattr(usual, name)
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{about} (default: {default:,})")
    parser.add_argument("--database", default=os.environ.get("YANXIU_TEST_POSTGRES_URL", ""),
                        help="a database on a PostgreSQL server where others may be made and dropped")  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts", metavar="PART")
    parser.add_argument("--all", action="store_true", help="every part, also the slow one")
    parser.add_argument("--growth", nargs="+", type=int, metavar="N",
                        help="the main figures for each of these numbers of enrolments, side by side")  # fmt: skip
    return parser
