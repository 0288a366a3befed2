"""Imports have numbers, and what each made is known, so that it can be taken back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

moment = sa.DateTime(timezone=True)
document = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
COUNTS = ("rows", "added", "updated", "unchanged", "suppressed", "rejected")


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False, server_default=""),
        sa.Column("program", sa.Text(), nullable=False, server_default=""),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in COUNTS),
        sa.Column("done_at", moment),
        sa.Column("undone_at", moment),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_changes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("import_id", sa.Integer(), sa.ForeignKey("imports.id", ondelete="CASCADE"), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), sa.ForeignKey("subscribers.id", ondelete="CASCADE")),
        sa.Column("address", sa.String(254)),
        sa.Column("before", document, nullable=False, server_default="{}"),
        sa.Column("after", document, nullable=False, server_default="{}"),
    )
    for column in ("import_id", "subscriber_id", "address"):
        op.create_index(f"ix_import_changes_{column}", "import_changes", [column])
    op.add_column("subscribers", sa.Column("changed_at", moment))
    # What imports brought before they had numbers is taken for the person's own word: it cannot be taken back.
    op.add_column("consents", sa.Column("import_id", sa.Integer()))
    op.add_column("suppressions", sa.Column("import_id", sa.Integer()))


def downgrade() -> None:
    op.drop_column("suppressions", "import_id")
    op.drop_column("consents", "import_id")
    op.drop_column("subscribers", "changed_at")
    op.drop_table("import_changes")
    op.drop_table("imports")
