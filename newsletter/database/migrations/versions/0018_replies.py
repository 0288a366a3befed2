"""Answers that people wrote to an issue: how many, and which may ask to be taken off the list. None of their words."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("wants_to_leave", sa.Boolean(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_replies_delivery_id_deliveries"),
        sa.PrimaryKeyConstraint("id", name="pk_replies"),
        sa.UniqueConstraint("digest", name="uq_replies_digest"),
    )
    op.create_index("ix_replies_delivery_id", "replies", ["delivery_id"])


def downgrade() -> None:
    op.drop_table("replies")
