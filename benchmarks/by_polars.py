"""The scores of the term by polars: frames of the same rows, grouped, scored and written back."""

from __future__ import annotations

import polars as pl
from sqlalchemy import Connection, Engine

from benchmarks.by_hand import BY_GRADE, JOURNAL, LAST, LOCKED, LOGS, MOVES, PASS, SHEETS, STUDY, TALK, WORK

EVIDENCE = (
    "SELECT enrolment_id AS id, activity_id AS activity, amount, digest FROM evidence WHERE withdrawn_at IS NULL "
    f"AND happened_at < {LAST} AND received_at < {LOCKED}"
)
MARKS = f"SELECT enrolment_id AS id, grade, digest AS given FROM mark WHERE withdrawn_at IS NULL AND received_at < {LOCKED}"
PEOPLE = "SELECT id, cohort_id AS cohort FROM enrolment"


def by_polars(engine: Engine) -> None:
    with engine.begin() as connection:
        people, evidence, marks = (pl.read_database(asked, connection) for asked in (PEOPLE, EVIDENCE, MARKS))
        write_back(connection, scored(people, evidence, marks))


def scored(people: pl.DataFrame, evidence: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """A row for each learner: what was counted and the points of each component, total, pass, count and digest."""

    def of(*activities: int) -> pl.Expr:
        return pl.col("amount").filter(pl.col("activity").is_in(activities)).sum()

    shown = evidence.group_by("id").agg(
        study=of(STUDY),
        work=of(WORK),
        journal=of(JOURNAL),
        talk=of(*TALK),
        count=pl.len(),
        digest=pl.col("digest").sum(),
    )
    mark = pl.col("grade").replace_strict(BY_GRADE, default=0, return_dtype=pl.Int64)
    return (
        people.join(shown, on="id", how="left")
        .join(marks, on="id", how="left")
        .with_columns(pl.col("study", "work", "journal", "talk", "count", "digest", "given").fill_null(0), mark=mark)
        .with_columns(
            p_study=pl.min_horizontal(4000, (pl.col("study") * 8000 + 75_000) // 150_000),
            p_work=pl.when(pl.col("work") > 0).then(1000).otherwise(0) + pl.col("mark"),
            p_journal=pl.when(pl.col("journal") > 0).then(2000).otherwise(0),
            p_talk=pl.min_horizontal(2000, pl.col("talk") // 100 * 500),
        )
        .with_columns(total=pl.sum_horizontal("p_study", "p_work", "p_journal", "p_talk"))
        .with_columns(
            passed=pl.col("total") >= PASS,
            count=pl.col("count") + pl.col("grade").is_not_null(),
            digest=pl.col("digest") + pl.col("given"),
            breakdown=pl.format(
                '{{"study":[{},{}],"work":[{},{}],"journal":[{},{}],"talk":[{},{}]}}',
                "study", "p_study", "mark", "p_work", "journal", "p_journal", "talk", "p_talk",
            ),
        )
    )  # fmt: skip


def write_back(connection: Connection, found: pl.DataFrame) -> None:
    passed = pl.col("passed")
    told = found.with_columns(
        result=pl.when(passed).then(pl.lit("合格")).otherwise(pl.lit("不合格")),
        trigger=pl.when(passed).then(pl.lit("complete")).otherwise(pl.lit("fall_short")),
        target=pl.when(passed).then(pl.lit("completed")).otherwise(pl.lit("incomplete")),
        at=pl.lit(LOCKED),
    )

    def rows(*names: str) -> list[tuple[object, ...]]:
        return told.select(names).rows()

    connection.exec_driver_sql(
        SHEETS, rows("id", "cohort", "total", "passed", "result", "breakdown", "count", "digest")
    )
    connection.exec_driver_sql(MOVES, rows("target", "id"))
    connection.exec_driver_sql(
        LOGS, told.select("cohort", "id", "trigger", "target", "at", at_too="at").rows()
    )
