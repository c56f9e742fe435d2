"""Small pieces of Markdown as Prefect's page reads it, with everybody's words as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence


def plain(words: str) -> str:
    """Somebody's words as text: no link, no picture fetched from elsewhere, no tag, no end of a cell. Prefect's page
    reads Markdown in both of ours."""
    return re.sub(r"([\\`*_{}\[\]<>|!~&#$]|:(?=/))", r"\\\1", " ".join(words.split()))


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table whose cells are Markdown already."""
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def link(words: str, path: str) -> str:
    """A link within Prefect's own page."""
    return f"[{plain(words)}]({path})"


def run_path(run_id: object) -> str:
    return f"/runs/flow-run/{run_id}"


def artifact_path(artifact_id: object) -> str:
    return f"/artifacts/artifact/{artifact_id}"


def page_path(key: str) -> str:
    return f"/artifacts/key/{key}"


def cohort_key(cohort_id: int) -> str:
    """The key of a cohort's page."""
    return f"cohort-{cohort_id}"
