"""Many machines: slices of an issue, workers, what all know of a relay; a first wave that survives its terminal."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "slices",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("due_at", moment),
        sa.Column("priority", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_slices_issue_id"),
        sa.PrimaryKeyConstraint("issue_id", "number", name="pk_slices"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        # Only the database's clock is read here: the clocks of machines differ.
        sa.Column("since", moment, nullable=False),
        sa.Column("heard_at", moment, nullable=False),
        sa.Column("gone_at", moment),
        sa.Column("why", sa.String(length=12), nullable=False, server_default=""),
        sa.Column("only_issue", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
        sqlite_autoincrement=True,
    )
    op.create_table("relays", *_of_a_relay(), sa.PrimaryKeyConstraint("name", name="pk_relays"))
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    # Beside the index by time: by it, a slice would scan the deferred of all other slices.
    deferred = sa.text("state = 'deferred'")
    op.create_index(
        "ix_deliveries_deferred_slice",
        "deliveries",
        ["issue_id", "id"],
        sqlite_where=deferred,
        postgresql_where=deferred,
    )


def _added() -> dict[str, list[sa.Column[Any]]]:
    """Give the new columns, made anew, because a column belongs to one statement."""
    return {
        "senders": [
            sa.Column("worker", sa.Integer()),
            sa.Column("slice", sa.Integer()),
            sa.Column("engine_job", sa.BigInteger()),
        ],
        "issues": [
            # Which code builds the bytes of its mails: every try of a delivery must have the same.
            sa.Column("message_format", sa.SmallInteger(), nullable=False, server_default="1"),
            # So many get it first, and the others after so many seconds; NULL: none, or judged.
            sa.Column("canary_first", sa.Integer()),
            sa.Column("canary_seconds", sa.Float()),
            # When what became of the first is judged; NULL: they are not yet written to.
            sa.Column("canary_until", moment),
        ],
    }


def _of_a_relay() -> list[sa.Column[Any]]:
    return [
        sa.Column("name", sa.Text(), nullable=False),
        # When the next mail may begin, if all machines keep the rate.
        sa.Column("tat", moment),
        sa.Column("connections", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("calm", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("searching", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("paused_until", moment),
        sa.Column("deaf_until", moment),
        sa.Column("pauses", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("rests", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("spent_until", moment),
        sa.Column("rate", sa.Float(), nullable=False, server_default="0"),
        sa.Column("heard", sa.Text(), nullable=False, server_default=""),
    ]


def downgrade() -> None:
    op.drop_index("ix_deliveries_deferred_slice", "deliveries")
    for table, columns in _added().items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
    for name in ("relays", "workers", "slices"):
        op.drop_table(name)
