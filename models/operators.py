"""Who may act for the office: operators with their scope, and the log of what was exported and what was refused."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.types import Instant

STANDING = "retired_at IS NULL"


class Operator(SQLModel, table=True):
    """One name in which decisions are made. A retired one stays: what was decided names it."""

    __tablename__ = "operator"
    __table_args__ = (
        Index("operator_of_account", "account", unique=True, sqlite_where=text(STANDING), postgresql_where=text(STANDING)),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    account: str | None = None  # the machine's account at whose keyboard this operator sits
    added_at: datetime = Field(sa_type=Instant)
    added_by: str
    retired_at: datetime | None = Field(default=None, sa_type=Instant)
    retired_by: str | None = None


class OperatorScope(SQLModel, table=True):
    """One part of an operator's scope: an organisation with all below it, and a tier in whose name filings are dealt with."""

    __tablename__ = "operator_scope"
    __table_args__ = (Index("scope_of_operator", "operator_id"),)

    id: int | None = Field(default=None, primary_key=True)
    operator_id: int = Field(foreign_key="operator.id")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")  # None: the whole tree
    tier: str | None = None  # None: every tier


class Access(SQLModel, table=True):
    """One line of the access log: people's data written into a file, or something refused for its scope. It holds
    nobody's data."""

    __tablename__ = "access"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    operator: str  # the name that was said; none such need stand
    account: str  # the machine's account, whatever name was said
    act: str  # the command, or the form in Prefect
    refused: bool = False
    programme: str | None = None
    concerned: str | None = None  # cohorts and organisations by name
    file: str | None = None  # its name alone
    rows: int | None = None
    run_id: str | None = None  # the Prefect run in which it was
