"""Notes to the organiser about an issue: a row each, so that none is lost, and none is sent twice."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("mail_at", moment),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_notes_issue_id"),
        sa.UniqueConstraint("issue_id", "what", "run", name="uq_notes_issue_id_what_run"),
    )


def downgrade() -> None:
    op.drop_table("notes")
