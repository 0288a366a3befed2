"""What came by webhook: counts by service and event, and tokens that may be used once."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "hook_events",
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("service", "what", "name", name=op.f("pk_hook_events")),
    )
    op.create_table(
        "hook_tokens",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_hook_tokens")),
    )


def downgrade() -> None:
    op.drop_table("hook_tokens")
    op.drop_table("hook_events")
