"""What was decided stays: the database itself refuses to change or delete it, whoever asks."""

from models.append_only import make_postgresql_function, never_changed, only_withdrawn

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_postgresql_function()
    never_changed(("edition", "seal", "score_sheet", "transition_log", "resolution", "extension"))
    only_withdrawn(("evidence", "mark"))
