"""A role of PostgreSQL under which the program works: it adds to what is final and can change none of it, whatever is asked of
it. The tables belong to another role, which makes and upgrades them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.compiler import IdentifierPreparer
from sqlmodel import SQLModel

import models
from calendars.messages import Wording, refuse

# As the triggers of the migrations have it; a test compares.
NEVER_CHANGED = frozenset((
    "access", "appeal_step", "edition", "erasure", "exception", "extension", "filing_attachment", "filing_extension", "filing_step",
    "group_step", "likeness", "likeness_decision", "organisation_extension", "peer_assignment", "peer_opinion", "resolution",
    "restoration", "resumption", "score_sheet", "seal", "transition_log",
))  # fmt: skip
# A fact is withdrawn, once; the file and the text of a person who is erased are emptied.
CHANGED_IN = {"evidence": "withdrawn_at", "mark": "withdrawn_at", "handed_file": "name", "text_body": "body"}

NO_NAME = Wording(
    zh="“{name}”不能作角色名：以小写字母开头，只用小写字母、数字和下划线，不超过63个字符",
    en="{name!r} cannot be the name of a role: a small letter first, then small letters, figures and underscores, 63 at most",
)

_QUOTING: IdentifierPreparer = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]

_SQL = """\
-- A role for Yanxiu's own processes on PostgreSQL: what is final it may read and add to, never change or delete. It owns
-- nothing, so it can take no trigger away either. Written by: yanxiu init --role-sql {name}
--
-- To be run in the office's database once `yanxiu init` has made the tables there, and again after each upgrade: the first
-- time by somebody who may make roles, later by the tables' owner too. Then give the role a password: \\password {name}
BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN
        CREATE ROLE {role} LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO {role}', current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {role};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
GRANT SELECT ON alembic_version TO {role};

-- What was decided, sealed and published: written once.
GRANT SELECT, INSERT ON
{final}
TO {role};

-- Learning records and marks: withdrawn at most, once; files and texts: emptied at most. A trigger sees to it.
{facts}

-- What says how things stand now.
GRANT SELECT, INSERT, UPDATE, DELETE ON
{rest}
TO {role};

COMMIT;
"""


def role_sql(name: str) -> str:
    """What makes a role of this name, or brings it up to date. Raises Refused for a name that would have to be quoted."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise refuse(NO_NAME(name=name))
    assert models.__all__  # all tables are known once the package is there
    rest = set(SQLModel.metadata.tables) - NEVER_CHANGED - set(CHANGED_IN)
    role = _quoted(name)
    facts = "\n".join(
        f"GRANT SELECT, INSERT, UPDATE ({column}) ON {_quoted(table)} TO {role};"
        for table, column in sorted(CHANGED_IN.items())
    )
    return _SQL.format(name=name, role=role, final=_listed(NEVER_CHANGED), facts=facts, rest=_listed(rest))


def _quoted(name: str) -> str:
    return _QUOTING.quote(name)


def _listed(tables: Iterable[str]) -> str:
    return ",\n".join(f"    {_quoted(table)}" for table in sorted(tables))
