"""Segments, erasures, requests to confirm, and a pause."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("paused_until", moment, nullable=True))
    op.add_column("issues", sa.Column("segment", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "erasures",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_erasures"),
    )
    op.create_table(
        "segments",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_segments"),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=9), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("network_address", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("used_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.UniqueConstraint("address", "day", name="uq_requests_address_day"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_requests_address", "requests", ["address"], unique=False)
    op.create_index("ix_requests_at", "requests", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("requests")
    op.drop_table("segments")
    op.drop_table("erasures")
    op.drop_column("issues", "segment")
    op.drop_column("subscribers", "paused_until")
