"""What a link did: moves, changed preferences, and the issue whose link was used; a mail that waits behind a cap."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create("changes", sa.Column("what", sa.Text(), nullable=False))
    _create(
        "moves",
        sa.Column("old_address", sa.String(254), nullable=False),
        sa.Column("new_address", sa.String(254), nullable=False),
        sa.Column("undone_at", moment),
    )
    op.create_index("ix_moves_old_address", "moves", ["old_address"])
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    few = sa.text("issue_id IS NOT NULL")  # because an import of a million rows should not write to it
    op.create_index("ix_consents_issue_id", "consents", ["issue_id"], sqlite_where=few, postgresql_where=few)
    op.create_index("ix_requests_mailbox", "requests", ["mailbox"])
    _remember_moves()


def downgrade() -> None:
    op.drop_index("ix_requests_mailbox", "requests")
    op.drop_index("ix_consents_issue_id", "consents")
    for table, columns in _added().items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
    op.drop_table("moves")
    op.drop_table("changes")


def _added() -> dict[str, list[sa.Column[Any]]]:
    """Give the new columns, made anew, because a column belongs to one statement."""
    return {
        "consents": [sa.Column("issue_id", sa.Integer())],
        "requests": [
            sa.Column("mailbox", sa.String(254), nullable=False, server_default=""),
            sa.Column("again_at", moment),
            sa.Column("over_at", moment),
            sa.Column("given_up_at", moment),
            sa.Column("issue_id", sa.Integer()),
            sa.Column("move_id", sa.Integer()),
        ],
    }


def _create(table: str, *columns: sa.Column[Any]) -> None:
    """Make a table of what somebody did through a link."""
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        *columns,
        sa.Column("at", moment, nullable=False),
        sa.Column("network_address", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=f"fk_{table}_subscriber_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{table}_subscriber_id", table, ["subscriber_id"])
    op.create_index(f"ix_{table}_issue_id", table, ["issue_id"])


def _remember_moves() -> None:
    """Because the old address stood only in words, where no import looked for it."""
    op.execute("""
        INSERT INTO moves (subscriber_id, old_address, new_address, at, network_address)
        SELECT c.subscriber_id, substr(c.source, 22), s.address, c.at, c.network_address
        FROM consents c JOIN subscribers s ON s.id = c.subscriber_id
        WHERE substr(c.source, 1, 21) = 'address changed from ' AND length(c.source) <= 275
    """)
