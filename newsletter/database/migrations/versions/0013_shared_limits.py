"""What machines share: the connections of a relay, the day; which programs and which server this database belongs to.

From here on migrations only add: an older program, down to the revision in `lineage.readable_from`, goes on working.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

moment = sa.DateTime(timezone=True)
PRESENT = sa.text("gone_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "relay_shares",
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column("process", sa.String(length=32), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("heard_at", moment, nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("relay", "process", name="pk_relay_shares"),
    )
    op.add_column("relays", sa.Column("used_at", moment))
    op.add_column("senders", sa.Column("granted", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_senders_present", "senders", ["issue_id"], sqlite_where=PRESENT, postgresql_where=PRESENT)
    lineage = op.create_table(
        "lineage",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("readable_from", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("place", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_lineage"),
    )
    op.bulk_insert(lineage, [{"id": 1, "readable_from": revision, "place": ""}])


def downgrade() -> None:
    op.drop_table("lineage")
    op.drop_index("ix_senders_present", "senders")
    op.drop_column("senders", "granted")
    op.drop_column("relays", "used_at")
    op.drop_table("relay_shares")
