"""History that outlives the rows it was counted from; and an index of the deliveries that ended badly, for reports."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

ENDED = sa.text("state IN ('refused', 'expired', 'skipped', 'uncertain')")


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("month", sa.String(length=7), nullable=False),
        *_numbers("joined", "left", "suppressed"),
        sa.PrimaryKeyConstraint("month", name="pk_tallies"),
    )
    op.create_table(
        "cohorts",
        sa.Column("joined", sa.String(length=7), nullable=False),
        sa.Column("gone", sa.String(length=7), nullable=False),
        *_numbers("people"),
        sa.PrimaryKeyConstraint("joined", "gone", name="pk_cohorts"),
    )
    op.create_table(
        "link_tallies",
        sa.Column("issue_id", sa.Integer(), nullable=False, autoincrement=False),
        *_numbers("unsubscribed", "came_back", "changed_address", "changed_preferences"),
        sa.PrimaryKeyConstraint("issue_id", name="pk_link_tallies"),
    )
    op.create_index(
        "ix_deliveries_ended", "deliveries", ["issue_id", "state"], sqlite_where=ENDED, postgresql_where=ENDED
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_ended", "deliveries")
    for table in ("link_tallies", "cohorts", "tallies"):
        op.drop_table(table)


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]
