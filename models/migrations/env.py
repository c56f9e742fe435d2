"""How Alembic runs: on the connection that `models.migrating` hands over, inside its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
