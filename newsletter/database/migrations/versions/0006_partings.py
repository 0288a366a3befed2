"""Why somebody left, where they said so."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "partings",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_partings_subscriber_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name="pk_partings"),
    )
    op.create_index("ix_partings_issue_id", "partings", ["issue_id"])


def downgrade() -> None:
    op.drop_table("partings")
