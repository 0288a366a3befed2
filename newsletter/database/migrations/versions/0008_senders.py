"""Who sends: a row for each run, and whose each claim is; and what has gone out lately, counted once for all."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

moment = sa.DateTime(timezone=True)
PERIOD = timedelta(minutes=5)


def upgrade() -> None:
    op.create_table(
        "senders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("heard_at", moment, nullable=False),
        sa.Column("gone_at", moment),
        sa.Column("why", sa.String(length=12), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_senders_issue_id"),
        sa.PrimaryKeyConstraint("id", name="pk_senders"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_senders_issue_id", "senders", ["issue_id"])
    # NULL: claimed before there were senders. No foreign key and no index: both would be looked at with every claim.
    op.add_column("deliveries", sa.Column("sender", sa.Integer()))
    spent = op.create_table(
        "spent",
        sa.Column("since", moment, nullable=False),
        sa.Column("sender", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("since", "sender", name="pk_spent"),
    )
    _count_the_last_day(spent)


def _count_the_last_day(spent: sa.Table) -> None:
    """Because a daily limit holds across the upgrade, too."""
    deliveries = sa.table(
        "deliveries", sa.column("state", sa.String()), sa.column("at", moment), sa.column("id", sa.Integer())
    )
    since = datetime.now(UTC) - timedelta(days=1) - PERIOD
    gone_out = deliveries.c.state.in_(("accepted", "uncertain"))
    asked = sa.select(deliveries.c.at).where(gone_out, deliveries.c.at > since).execution_options(yield_per=1000)
    counted: Counter[datetime] = Counter()
    for at in op.get_bind().scalars(asked):
        utc = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        counted[utc - (utc - datetime.min.replace(tzinfo=UTC)) % PERIOD] += 1
    rows = [{"since": period, "sender": 0, "taken": number} for period, number in counted.items()]
    if rows:
        op.bulk_insert(spent, rows)


def downgrade() -> None:
    op.drop_table("spent")
    op.drop_column("deliveries", "sender")
    op.drop_index("ix_senders_issue_id", "senders")
    op.drop_table("senders")
